"""Real servers for the tests, from Debian's packages, on loopback ports of their own and with files of their own.

async with redis_server(folder) as place: ...      # redis-server; `await run("redis-cli", …)` returns what it prints
async with web_server(folder) as place: ...        # nginx, which serves `folder`
async with postgresql() as place: ...              # a database of its own, user "postgres", whom it trusts

A test that needs them says so with `needs(...)`; .ci/run installs what they need and sets TELESOCK_TEST_PROGRAMS, and
there a program that is missing fails the test.
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.ports import free_port
from tests.wire.caller import Place

_PACKAGES = {
    "redis-server": "redis-server",
    "redis-cli": "redis-tools",
    "nginx": "nginx-light",
    "postgres": "postgresql",
    "curl": "curl",
    "promtool": "prometheus",
    "chromium": "chromium",
}
_PATIENCE = 30.0  # seconds until a server has to answer
_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip where a program is missing, unless all have to be there."""
    missing = [_PACKAGES[program] for program in programs if _find(program) is None]
    if "postgres" in programs and not _has_name():
        return pytest.mark.skip(reason="PostgreSQL does not run as a user without a name")
    required = os.environ.get("TELESOCK_TEST_PROGRAMS") == "required"
    reason = f"runs real programs: needs Debian's {', '.join(missing)}"
    return pytest.mark.skipif(bool(missing) and not required, reason=reason)


def _has_name() -> bool:
    try:
        return bool(pwd.getpwuid(os.getuid()))
    except KeyError:
        return False


def _find(program: str) -> str | None:
    ours = ":".join(str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin"))
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:{ours}")


async def run(program: str, *arguments: str, timeout: float = 60.0) -> tuple[int, str]:
    """Run a program to its end; return its status, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        _find(program) or program,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asyncio.wait_for(process.communicate(), timeout)
    assert process.returncode is not None, "it has ended"
    return process.returncode, printed.decode()


@contextlib.asynccontextmanager
async def _server(
    place: Place, program: str, *arguments: str, stop: signal.Signals = signal.SIGKILL
) -> AsyncIterator[Place]:
    process = await asyncio.create_subprocess_exec(
        _find(program) or program,
        *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL if stop == signal.SIGINT else None,  # it tells of its whole life
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            await _answers(place)
        yield place
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(stop)
        await process.wait()


async def _answers(place: Place) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(*place)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)  # it tells nobody when it listens
        else:
            writer.close()
            await writer.wait_closed()
            return


@contextlib.asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[Place]:
    """Run redis-server, which keeps nothing."""
    place = Place("127.0.0.1", free_port())
    settings = ("--bind", place.host, "--port", str(place.port), "--save", "", "--dir", str(folder))
    async with _server(place, "redis-server", *settings) as running:
        yield running


@contextlib.asynccontextmanager
async def web_server(folder: Path) -> AsyncIterator[Place]:
    """Run nginx, which serves the files of a folder."""
    place = Place("127.0.0.1", free_port())
    configuration = folder / "nginx.conf"
    _write(configuration, _NGINX.format(folder=folder, port=place.port))
    async with _server(place, "nginx", "-e", "stderr", "-c", str(configuration)) as running:
        yield running


@contextlib.asynccontextmanager
async def postgresql() -> AsyncIterator[Place]:
    """Run PostgreSQL, which refuses to be root: then it is the user of its package, with a folder of its own."""
    place = Place("127.0.0.1", free_port())
    with tempfile.TemporaryDirectory(dir="/tmp") as data:  # pytest's own folders are closed to others
        become = _as_its_user(data)
        made = ("--auth=trust", "--username=postgres", "--no-sync", "--pgdata", f"{data}/data")
        making = [*become, _find("initdb") or "initdb", *made]
        status, printed = await run(making[0], *making[1:])
        assert status == 0, printed
        settings = ("-D", f"{data}/data", "-h", place.host, "-p", str(place.port), "-k", "", "-F")
        command = [*become, _find("postgres") or "postgres", *settings]
        async with _server(place, command[0], *command[1:], stop=signal.SIGINT) as running:
            yield running


def _as_its_user(folder: str) -> tuple[str, ...]:
    if os.getuid():
        return ()
    shutil.chown(folder, "postgres")
    return ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")


def _write(file: Path, text: str) -> None:
    file.write_text(text)
