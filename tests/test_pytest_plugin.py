import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.loading import load_client

from telesock.client.testing.agents import LocalAgents

pytest_plugins = ["pytester"]
load_client()

_FEW_PLUGINS = "-p", "no:cacheprovider", "-p", "no:hypothesispytest"
_INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"

# A connection that its peer resets while 7 of 10 bytes have arrived; what the test expects is something else.
_FAILING = """
import pytest

def test_is_told_why(telesock_session, telesock_timeline):
    listener = telesock_session.listen().result()
    accepting = listener.accept()
    connection = telesock_session.connect("127.0.0.1", listener.local.port, indications=[2]).result()
    telesock_timeline.note("the peer goes")
    accepting.result().close(graceful=False).result()
    telesock_session.expect("data_received", socket=connection, within=0.1)

def test_passes(telesock_session):
    telesock_session.create_socket().result()

def test_without_us_fails():
    assert 0

@pytest.mark.telesock_lab(agents=("left", "right"))
def test_in_a_lab_fails(telesock_lab):
    telesock_lab["left"].session.resolve("127.0.0.1").result()
    assert telesock_lab["right"].addresses == ("127.0.1.1",)
"""

_ASYNCHRONOUS = """
import asyncio
import pytest

async def ask(session):
    await session.create_socket()
    return (await session.expect("create_socket")).sequence

@pytest.mark.asyncio
async def test_pytest_asyncio(telesock_async_session):
    assert await ask(telesock_async_session) == 1

@pytest.mark.asyncio(loop_scope="module")
async def test_pytest_asyncio_on_the_loop_of_a_module(telesock_async_session):
    assert await ask(telesock_async_session) == 1

@pytest.mark.anyio
async def test_anyio(telesock_async_session):
    assert await ask(telesock_async_session) == 1

@pytest.mark.anyio
@pytest.mark.telesock_lab(agents=2)
async def test_a_lab_on_anyio(telesock_async_lab):
    assert await ask(telesock_async_lab["agent-2"].session) == 1

@pytest.mark.asyncio
@pytest.mark.telesock_lab(agents=2)
async def test_a_lab_on_pytest_asyncio(telesock_async_lab):
    assert await ask(telesock_async_lab["agent-1"].session) == 1

def test_on_no_loop(telesock_async_session):
    pass

@pytest.mark.asyncio
async def test_in_no_lab(telesock_async_lab):
    pass
"""

_WORKERS = """
import pathlib
import pytest

@pytest.mark.parametrize("number", range(4))
def test_has_an_agent(number, worker_id, telesock_agent, telesock_session):
    telesock_session.create_socket().result()
    with pathlib.Path("agents.txt").open("a") as file:
        print(worker_id, telesock_agent.target, file=file)
"""

_STANDING = """
import threading
import psutil

def test_waits(telesock_agent):
    print("agent is", psutil.Process().children()[0].pid, flush=True)
    threading.Event().wait()
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Where runs of pytest inside this one stand."""
    for name in [name for name in os.environ if name.startswith("TELESOCK_")]:
        monkeypatch.delenv(name)
    pytester.makeini(_INI)
    return pytester


def run(inner: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in this process, where gRPC is loaded already."""
    return inner.runpytest_inprocess(*_FEW_PLUGINS, "-W", "error", *arguments)


def run_apart(inner: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own."""
    return inner.runpytest_subprocess(*_FEW_PLUGINS, "-p", "no:html", "-W", "error", *arguments, timeout=50)


def properties(file: Path, test: str) -> dict[str, str]:
    cases = {case.get("name"): case for case in ElementTree.parse(file).iter("testcase")}
    return {each.get("name", ""): each.get("value", "") for each in cases[test].iter("property")}


def test_the_timeline_of_a_test_that_fails_is_in_every_report(inner: pytest.Pytester) -> None:
    inner.makepyfile(test_it=_FAILING)
    result = run(inner, "--junitxml=j.xml", "--html=h.html", "--telesock-timelines=kept")
    result.assert_outcomes(passed=1, failed=3)
    pages = sorted(path.name for path in (inner.path / "kept").iterdir())
    text = result.stdout.str()
    told = properties(inner.path / "j.xml", "test_is_told_why")

    assert [re.sub("-[0-9a-f]{6}", "", page) for page in pages] == [
        "test_it.py-test_in_a_lab_fails.html",
        "test_it.py-test_is_told_why.html",
    ]
    assert told["telesock_timeline"] == str(inner.path / "kept" / pages[1])
    result.stdout.fnmatch_lines(
        [
            "E  *EventExpected: no data received on socket 2 within 0.1 s",
            "E  *what came instead:",
            "E  *#7 * socket 2  peer disconnected  CONNECTION_RESET abortive, by the peer*",
            "*- Telesock timeline -*",
            "* 5 connect * SUCCESS *",
            "* # the peer goes",
            "* ← peer disconnected * CONNECTION_RESET *",
            "* # ✗ call failed: EventExpected",
            f"all of it: {inner.path / 'kept' / pages[1]}",
            "*- Telesock timeline -*",
            "*left*resolve*SUCCESS*",
            "* # ✗ call failed: AssertionError",
        ]
    )
    assert text.count("- Telesock timeline -") == 2
    assert told["telesock_text"].splitlines()[-1].endswith("# ✗ call failed: EventExpected")
    assert told["telesock_text"] in text
    assert properties(inner.path / "j.xml", "test_passes") == {}
    assert "peer disconnected" in (inner.path / "kept" / pages[1]).read_text()
    assert (inner.path / "kept" / pages[1]).as_uri() in (inner.path / "h.html").read_text()


def test_a_test_that_is_run_again_shows_the_last_run_alone(inner: pytest.Pytester) -> None:
    inner.makeconftest(
        """
        import pytest
        from _pytest.runner import runtestprotocol

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item, nextitem):
            runtestprotocol(item, log=False, nextitem=nextitem)  # as plugins do that try again
            item._initrequest()
        """
    )
    inner.makepyfile("def test_it(telesock_timeline): telesock_timeline.note('once'); assert 0")

    assert run(inner).stdout.str().count("# once") == 1


def test_asynchronous_fixtures_are_on_the_loop_of_whoever_runs_the_test(inner: pytest.Pytester) -> None:
    inner.makepyfile(_ASYNCHRONOUS)
    result = run(inner, "-rs")

    result.assert_outcomes(passed=5, errors=2, skipped=2)
    result.stdout.fnmatch_lines_random(
        [
            "telesock_async_session is for a test that pytest-asyncio or anyio runs: @pytest.mark.asyncio or *",
            "no lab for this test: name one by --telesock-lab WHERE, or mark it @pytest.mark.telesock_lab(agents=3)",
            "SKIPPED * telesock's client runs on asyncio, this test on another of anyio's backends",
        ]
    )


def test_a_given_agent_is_used_and_pytest_asyncio_may_take_all_tests_for_its_own(
    inner: pytest.Pytester,
) -> None:
    inner.makepyfile(
        """
        async def test_it(request, telesock_agent, telesock_async_session):
            assert telesock_agent.target == request.config.getoption("--telesock-agent")
            assert (await telesock_async_session.create_socket()).socket_id == 1
        """
    )
    with LocalAgents() as local:
        [given] = local.take(1)
        result = run(
            inner,
            f"--telesock-agent={given.target}",
            *("-o", "asyncio_mode=auto", "-o", "asyncio_default_test_loop_scope=session"),
        )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"telesock: agent {given.target} (--telesock-agent)"])


def test_each_worker_of_xdist_has_an_agent_of_its_own(inner: pytest.Pytester) -> None:
    inner.makepyfile(_WORKERS)
    run_apart(inner, "-n2", "--dist=load").assert_outcomes(passed=4)
    pairs = [line.split() for line in (inner.path / "agents.txt").read_text().splitlines()]
    agents = {worker: {target for who, target in pairs if who == worker} for worker, _ in pairs}

    assert {worker: len(targets) for worker, targets in agents.items()} == {"gw0": 1, "gw1": 1}
    assert agents["gw0"] != agents["gw1"]


@contextlib.contextmanager
def standing(inner: pytest.Pytester) -> "Iterator[subprocess.Popen[str]]":
    """A run of pytest whose test does not end."""
    command = [sys.executable, "-m", "pytest", "-s", *_FEW_PLUGINS]
    with subprocess.Popen(command, cwd=inner.path, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def agent_of(process: "subprocess.Popen[str]") -> int:
    """Wait until a run has its local agent, and return that one's process id."""
    assert process.stdout is not None
    found = (re.search(r"agent is (\d+)$", line) for line in process.stdout)
    return next(int(each[1]) for each in found if each)


def wait_until_gone(pid: int) -> None:
    watched = select.poll()
    with contextlib.suppress(ProcessLookupError):
        watched.register(os.pidfd_open(pid), select.POLLIN)
        watched.poll()


def test_an_interrupt_shows_what_the_test_waited_for(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        """
        def test_hangs(telesock_session):
            telesock_session.listen().result().accept()
            raise KeyboardInterrupt
        """
    )
    result = inner.runpytest_inprocess(*_FEW_PLUGINS, "-W", "error", no_reraise_ctrlc=True)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        ["-* Telesock timeline of *::test_hangs, interrupted -*", "* accept *has not ended*"]
    )


def test_a_run_without_a_plugin_for_asyncio_names_one(inner: pytest.Pytester) -> None:
    inner.makeini("[pytest]")  # without an option of a plugin that is not there
    inner.makepyfile("def test_it(telesock_async_session): pass")
    result = run(inner, "-p", "no:asyncio", "-p", "no:anyio")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["telesock_async_session is for *; * (neither is there: pip install pytest-asyncio)"]
    )


def test_agents_end_with_a_run_that_is_interrupted_or_killed(inner: pytest.Pytester) -> None:
    inner.makepyfile(_STANDING)
    with standing(inner) as interrupted, standing(inner) as killed:
        agents = [agent_of(interrupted), agent_of(killed)]
        interrupted.send_signal(signal.SIGINT)
        killed.kill()
        statuses = [process.wait() for process in (interrupted, killed)]
        for agent in agents:
            wait_until_gone(agent)

    assert statuses == [pytest.ExitCode.INTERRUPTED, -signal.SIGKILL]


def test_a_run_without_our_fixtures_loads_nothing_heavy(inner: pytest.Pytester) -> None:
    inner.makepyfile(test_plain="def test_it(): pass")
    inner.makeconftest(
        """
        import json, sys
        def pytest_unconfigure(config):
            ours = sorted(name for name in sys.modules if name.startswith("telesock"))
            print(json.dumps({"ours": ours, "grpc": "grpc" in sys.modules, "google": "google.protobuf" in sys.modules}))
        """
    )
    result = run_apart(inner, "--collect-only", "-q")
    without = run_apart(inner, "-p", "no:telesock", "-q")
    loaded = [
        json.loads(line) for each in (result, without) for line in each.outlines if line.startswith("{")
    ]

    assert loaded == [
        {"ours": ["telesock", "telesock.pytest_plugin"], "grpc": False, "google": False},
        {"ours": [], "grpc": False, "google": False},
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--telesock-agent", "lab-a"],
            "ERROR: --telesock-agent lab-a: write it as HOST:PORT, [[]IPV6]:PORT or unix:PATH",
        ),
        (
            ["-o", "telesock_agent=lab-a"],
            "ERROR: telesock_agent = lab-a: write it as HOST:PORT, [[]IPV6]:PORT or unix:PATH",
        ),
        (
            ["--telesock-timelines", "test_it.py"],
            "ERROR: --telesock-timelines test_it.py: it is there and is no directory",
        ),
    ],
)
def test_wrong_options_are_refused_before_any_test(
    inner: pytest.Pytester, arguments: list[str], said: str
) -> None:
    inner.makepyfile(test_it="def test_it(telesock_session): pass")
    result = inner.runpytest_inprocess(*arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_what_keeps_a_fixture_from_being_there_is_told_in_a_line(
    inner: pytest.Pytester, unused_tcp_port: int
) -> None:
    inner.makepyfile(
        """
        import pytest
        def test_agent(telesock_session): pass
        def test_lab(telesock_lab): pass
        @pytest.mark.telesock_lab(agents=0)
        def test_marker(telesock_lab): pass
        """
    )
    nobody = f"127.0.0.1:{unused_tcp_port}"
    result = run(inner, "--telesock-agent", nobody, "--telesock-lab", "nowhere.toml")

    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines_random(
        [
            f"--telesock-agent {nobody}: *",
            "--telesock-lab nowhere.toml: *",
            "telesock_lab takes how many agents it has, or their names: @pytest.mark.telesock_lab(agents=3)",
        ]
    )
    assert "Traceback" not in result.stdout.str()
