"""The rules of the house that a reader could otherwise only hope for: who may import whom, and where files stand."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOTS = ("proto", "client", "server")
MODULES = {
    path: ".".join(path.relative_to(ROOT / root).with_suffix("").parts).removesuffix(".__init__")
    for root in ROOTS
    for path in sorted((ROOT / root).rglob("*.py"))
    if "_pb2" not in path.name
}
TESTS = sorted((ROOT / "tests").rglob("*.py"))
GENERATED = sorted((ROOT / "proto").rglob("*_pb2*.py"))

STANDARD = frozenset(sys.stdlib_module_names)
SOCKETS = frozenset({"socket"})
# What would let the core wait, touch the system or find out time and chance for itself.
IMPURE = SOCKETS | {
    "asyncio",
    "grpc",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "select",
    "selectors",
    "signal",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "uuid",
}
CONTRACT = frozenset(
    {"grpc", "grpc_channelz", "grpc_health", "grpc_reflection", "grpc_status", "google", "telesock.v1"}
)
PROGRAM = frozenset(
    {"opentelemetry", "prometheus_client", "pydantic", "pydantic_settings", "structlog", "typer"}
) | {"grpc"}  # for what to listen with

# Package -> what its modules may import, themselves included. The longest matching package decides.
LAYERS = {
    "telesock.v1": CONTRACT,
    "telesock.server.core": (STANDARD - IMPURE) | {"telesock.server.core"},
    "telesock.server.engine": STANDARD
    | {"google_crc32c", "psutil", "telesock.server.core", "telesock.server.engine"},
    "telesock.server.service": (STANDARD - SOCKETS)
    | CONTRACT
    | {"structlog", "telesock.server.core", "telesock.server.engine", "telesock.server.service"},
    "telesock.server": (STANDARD - SOCKETS) | PROGRAM | {"telesock.server"},
    "telesock.command_line": STANDARD | {"telesock.client.cli"},
    "telesock.pytest_plugin": STANDARD | {"pytest", "telesock.client"},
    "telesock.client": (STANDARD - SOCKETS) | CONTRACT | {"opentelemetry", "telesock.client"},
    "telesock.client.core": (STANDARD - IMPURE)
    | {
        "google.protobuf",
        "telesock.client.core",
        "telesock.client.enumerations",
        "telesock.client.errors",
        "telesock.v1",
    },
    "telesock.client.faults": (STANDARD - IMPURE)
    | {"google.protobuf", "telesock.client.enumerations", "telesock.client.faults", "telesock.v1"},
    "telesock.client.texts": (STANDARD - IMPURE)
    | {
        "google.protobuf",
        "telesock.client.core",
        "telesock.client.enumerations",
        "telesock.client.texts",
        "telesock.v1",
    },
    "telesock.client.timeline": (STANDARD - SOCKETS)
    | {
        "telesock.client.core",
        "telesock.client.enumerations",
        "telesock.client.errors",
        "telesock.client.texts",
        "telesock.client.timeline",
        "telesock.v1",
    },
    "telesock.client.streams": (STANDARD - SOCKETS)
    | {"anyio", "httpcore", "httpx", "telesock.client", "telesock.v1"},
    "telesock.client.lab.core": (STANDARD - IMPURE)
    | {
        "telesock.client.core",
        "telesock.client.faults",
        "telesock.client.lab.core",
        "telesock.client.lab.errors",
        "telesock.client.lab.inventory",
    },
    "telesock.client.lab.sources": STANDARD | {"dns", "docker", "httpx2", "lightkube", "telesock.client"},
    "telesock.client.scenarios": (STANDARD - SOCKETS) | {"junitparser", "telesock.client"},
    "telesock.client.streams.local_end": STANDARD | {"telesock.client"},
    "telesock.client.streams.socket_options": STANDARD | {"telesock.client"},
    "telesock.client.streams.sockets": STANDARD | {"telesock.client"},
    "telesock.client.testing": (STANDARD - SOCKETS) | {"pytest", "telesock.client", "telesock.pytest_plugin"},
    "telesock.client.cli": (STANDARD - SOCKETS) | CONTRACT | {"rich", "typer", "telesock.client"},
    "telesock.client.cli.local_server": STANDARD | {"typer", "telesock.client"},
}


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def layer(module: str) -> str:
    return max((package for package in LAYERS if within(module, package)), key=len)


def imports(path: Path, module: str) -> Iterator[str]:
    """Every module that the file names in an import, wherever in the file it stands."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            # `from package import name` may name a module: then the module counts, not the package.
            yield from (
                known if (known := f"{base}.{a.name}") in MODULES.values() else base for a in node.names
            )


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("package", sorted(LAYERS))
def test_a_module_imports_only_what_its_layer_allows(package: str) -> None:
    members = {path: module for path, module in MODULES.items() if layer(module) == package}
    forbidden = [
        f"{named(path)}: {target}"
        for path, module in members.items()
        for target in imports(path, module)
        if not any(within(target, allowed) for allowed in LAYERS[package])
    ]

    assert members, f"the layer {package} has no modules: rename it here too"
    assert forbidden == []


@pytest.mark.parametrize("root", ROOTS)
def test_no_root_turns_the_namespace_into_a_package_and_hides_the_others(root: str) -> None:
    assert not (ROOT / root / "telesock" / "__init__.py").exists()


@pytest.mark.parametrize("package", ["proto/telesock/v1", "client/telesock/client", "server/telesock/server"])
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


def mirrored(test: Path) -> bool:
    """Whether tests/server/core/test_states_listening.py finds its states.py (or its package states/)."""
    inside = test.relative_to(ROOT / "tests")
    side = inside.parts[0]
    folder = ROOT / side / "telesock" / inside.parent
    subject = test.stem.removeprefix("test_")
    sources = {path.stem.strip("_") for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"}
    return any(subject == source or subject.startswith(source + "_") for source in sources)


# About both clients at once: no one module is their subject.
BOTH_CLIENTS = {"tests/client/test_clients.py", "tests/client/test_twins.py"}


def test_every_test_of_the_server_and_the_client_stands_where_its_module_does() -> None:
    tests = [path for side in ("server", "client") for path in (ROOT / "tests" / side).rglob("test_*.py")]
    astray = [named(path) for path in tests if named(path) not in BOTH_CLIENTS and not mirrored(path)]

    assert tests
    assert astray == []


def decides(path: Path) -> bool:
    """Whether the file holds more than names and values."""
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(path.read_text())))


def test_every_module_of_the_core_that_decides_something_has_tests_of_its_own() -> None:
    core = ROOT / "server/telesock/server/core"
    modules = [path.relative_to(core) for path in sorted(core.rglob("*.py")) if decides(path)]
    folder = ROOT / "tests/server/core"
    bare = [str(path) for path in modules if not list((folder / path.parent).glob(f"test_{path.stem}*.py"))]

    assert modules
    assert bare == []


# Where the wall clock may be read: to stamp events, and to tell a client what time the agent has.
WALL_CLOCK = {
    ("telesock.server.engine.turns", "clock"),
    ("telesock.server.service.agent", "SampleClock"),
}


def wall_clock_readers(path: Path) -> Iterator[str]:
    """The functions of a file that read the wall clock; nothing where it is read outside of any."""
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in filter(reads_wall_clock, ast.walk(tree)):
        inside = [each for each in functions if node in ast.walk(each)]
        yield inside[-1].name if inside else ""


def reads_wall_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.name for alias in node.names]
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        return module in {"time", "datetime"} or "datetime" in names
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        wall = {"time", "time_ns", "gmtime", "localtime", "ctime", "clock_gettime", "clock_gettime_ns"}
        return node.value.id == "time" and node.attr in wall
    return False


def test_leases_and_deadlines_cannot_see_the_wall_clock() -> None:
    layers = ("telesock.server.core", "telesock.server.engine", "telesock.server.service")
    found = {
        (module, reader)
        for path, module in MODULES.items()
        if module.startswith(layers)
        for reader in wall_clock_readers(path)
    }

    assert found == WALL_CLOCK


def test_no_file_written_by_hand_is_longer_than_420_lines() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in [*MODULES, *TESTS]}

    assert {path: lines for path, lines in lengths.items() if lines > 420} == {}


def test_every_check_that_is_waved_through_says_which_and_why() -> None:
    waved = re.compile(r"#\s*(type: ignore|noqa|pragma: no cover)")
    reasoned = re.compile(r"# (type: ignore\[[\w, -]+\]|noqa: [A-Z\d, ]*\d|pragma: no cover)\W+\w+")
    bare = [
        f"{named(path)}:{number}"
        for path in [*MODULES, *TESTS]
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if waved.search(line) and not reasoned.search(line)
    ]

    assert bare == []


def test_every_generated_file_has_its_source() -> None:
    stems = {re.sub(r"_pb2(_grpc)?$", "", path.stem) for path in GENERATED}

    assert stems == {path.stem for path in (ROOT / "proto").rglob("*.proto")}


def test_every_path_that_contributing_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"`((?:proto|server|client|tests|deploy|docs)/[\w./]*)`", text)

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
