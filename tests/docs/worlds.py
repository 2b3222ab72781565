"""What the examples of the documentation are about: a host on which the names, servers and agents of a page are what it says.

A page's blocks run in a network of their own, so ports are those on the page; names in it are this host's, see NAMES. Each page has
the servers of PEERS but those it starts itself, and an agent at 127.0.0.1:50551 until it starts its own.
"""

import asyncio
import contextlib
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

NAMES = {"127.0.0.1": ("localhost", "lab-a"), "127.0.0.2": ("server.lab", "db", "db.lab")}
"""What /etc/hosts has."""
_SERVERS = "127.0.0.2"
_GREETING, _LINES, _TLS, _WEB = 8080, (5432, 6379), 8443, 8000
_DIALLED = 9000
AGENT = ("--allow-resolve", "*", "--allow-listen", "0.0.0.0", "--allow-listen", "127.0.0.0/8")

_SESSION = """
import contextlib
from telesock.client import *
stack = contextlib.AsyncExitStack()
agent = await stack.enter_async_context(AsyncClient("127.0.0.1:50551"))
session = await stack.enter_async_context(agent.session())
connection = await session.connect("server.lab", 8080)
"""
_CONTEXT = "import ssl\ncontext = ssl.create_default_context(cafile='ca.pem')\n"


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class World(NamedTuple):
    """What a page finds when its first block is run."""

    web: bool = True
    """Whether a web server is on port 8000: Python's, with a hello.txt and a big.bin."""
    tls: bool = False
    """Whether a server speaks TLS on port 8443, as server.lab; ca.pem has signed for it."""
    names: str = ""
    """What a reader is taken to have: a program that defines the names that blocks use."""


WORLDS = {
    "README.md": World(web=False),
    "docs/client.md": World(names=_SESSION),
    "docs/faults.md": World(names=_SESSION),
    "docs/streams.md": World(tls=True, names=_SESSION + _CONTEXT),
}
ORDINARY = World()


def prepare(folder: Path, world: World) -> None:
    """Put the files of a world into its folder."""
    (folder / "hello.txt").write_text("hello\n")
    (folder / "big.bin").write_bytes(bytes(1_000_000))
    (folder / "toxiproxy.json").write_text(
        '[{"name": "web", "listen": "127.0.0.1:8080", "upstream": "127.0.0.1:8000"}]'
    )
    (folder / "lab.toml").write_text('[agents.a]\ntarget = "lab-a:50551"\n')
    if world.tls:
        import trustme  # it takes its time to load, and one page needs it

        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        authority.issue_cert("server.lab").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")


@contextlib.asynccontextmanager
async def peers(folder: Path, world: World) -> AsyncIterator[None]:
    """Serve all that a page's agents may connect to, and connect to what it listens on."""
    async with contextlib.AsyncExitStack() as stack:
        serving: list[tuple[int, Serve, ssl.SSLContext | None]] = [(_GREETING, _greet, None)]
        serving += [(port, _take, None) for port in _LINES]
        serving += [(_TLS, _answer, _context(folder))] if world.tls else []
        for port, serve, secure in serving:
            await stack.enter_async_context(await asyncio.start_server(serve, _SERVERS, port, ssl=secure))
        if world.web:
            await stack.enter_async_context(_web_server(folder))
        dialling = asyncio.create_task(_dial())
        stack.callback(dialling.cancel)
        yield


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return context


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"welcome\n")
    await _take(reader, writer)


async def _take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
    writer.close()


@contextlib.asynccontextmanager
async def _web_server(folder: Path) -> AsyncIterator[None]:
    command = (sys.executable, "-u", "-m", "http.server", "--bind", "0.0.0.0", str(_WEB))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None, "it is a pipe"
    await process.stdout.readline()  # it serves
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def _dial() -> None:
    """Connect to the listener of an example as soon as there is one, and keep the connection."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", _DIALLED)
            writer.write(b"hello\n")
            await reader.read()
            writer.close()
        await asyncio.sleep(0.05)
