"""The proxy's own behaviour: it cuts where it says, and in the way it says."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from tests.cutting.passing import Hit, Passing
from tests.cutting.plan import Cut, Direction, Kind

OFFSET = 1_000
SENT = bytes(range(256)) * 8


def cut(kind: Kind, pause: float = 0.0) -> Cut:
    return Cut(Direction.UP, OFFSET, kind, pause, 0.0)


def pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    for end in (near, far):
        end.setblocking(False)
    return near, far


@contextlib.asynccontextmanager
async def passing(
    planned: Cut | None,
) -> AsyncIterator[tuple[socket.socket, socket.socket, asyncio.Task[Hit | None]]]:
    client, near = pair()
    far, agent = pair()
    running = asyncio.create_task(Passing(near, far, planned).run())
    with client, agent:
        yield client, agent, running
        await asyncio.wait((running,))


async def read(end: socket.socket) -> tuple[bytes, bool]:
    """Everything until the end, and whether that was a reset."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := await asyncio.get_running_loop().sock_recv(end, 65_536):
            received += data
        return received, False
    return received, True


@pytest.mark.parametrize(
    ("kind", "arrived", "reset"),
    [
        (Kind.RESET, SENT[:OFFSET], True),
        (Kind.FINISH, SENT[:OFFSET], False),
        (Kind.STALL, SENT[:OFFSET], True),
        (Kind.HALF_CLOSE, SENT[:OFFSET], False),
        (Kind.TRUNCATE, SENT[:OFFSET], True),
        (Kind.LAG, SENT, True),
    ],
)
async def test_a_cut_lets_so_many_bytes_pass_and_ends_the_connection_in_its_way(
    kind: Kind, arrived: bytes, reset: bool
) -> None:
    async with passing(cut(kind, 0.05)) as (client, agent, running):
        await asyncio.get_running_loop().sock_sendall(client, SENT)

        assert await read(agent) == (arrived, reset)
        assert await running == Hit("up", OFFSET, kind.value, "handshake", "other frame")


async def test_after_a_half_close_the_other_direction_goes_on() -> None:
    async with passing(cut(Kind.HALF_CLOSE, 30.0)) as (client, agent, running):
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, SENT)
        assert await read(agent) == (SENT[:OFFSET], False)
        await loop.sock_sendall(agent, b"answer")

        assert await loop.sock_recv(client, 100) == b"answer"
        running.cancel()


async def test_without_a_cut_everything_passes_and_both_ends_are_told_of_the_end() -> None:
    async with passing(None) as (client, agent, running):
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, SENT)
        client.shutdown(socket.SHUT_WR)
        assert await read(agent) == (SENT, False)
        await loop.sock_sendall(agent, SENT)
        agent.shutdown(socket.SHUT_WR)

        assert await read(client) == (SENT, False)
        assert await running is None
