"""`telesock socks`: RFC 1928 byte by byte; curl through it stands in tests/wire/test_streamed_programs.py."""

from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.client.cli.test_forward import listening
from tests.dialers import dial
from tests.peers import Peer
from tests.programs import RunningProgram

StartTelesock = Callable[..., Awaitable[RunningProgram]]
MakePeer = Callable[..., Peer]
HELLO = b"\x05\x02\x00\x02"
NO_ONE = b"\x00\x01" + bytes(6)  # the address of a reply that refuses


def name(text: str, port: int) -> bytes:
    return b"\x03" + bytes([len(text)]) + text.encode() + port.to_bytes(2, "big")


@pytest.mark.parametrize("literal", [True, False], ids=["IPv4", "name"])
async def test_a_connect_is_answered_with_our_end_and_then_bytes_and_ends_go_through(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer, literal: bool
) -> None:
    there = peer()
    place = b"\x01\x7f\0\0\x01" + there.port.to_bytes(2, "big") if literal else name("localhost", there.port)
    program = await start_telesock("socks", "127.0.0.1:0", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))
    near.send(HELLO)
    assert await near.until_bytes(2) == b"\x05\x00"
    near.send(b"\x05\x01\x00" + place + b"early")
    far = await there.accepted()
    near.finish()
    await far.until_end()
    far.send(b"late")
    far.finish()
    await near.until_end()

    port = far.remote[1].to_bytes(2, "big")
    assert bytes(near.received)[2:] == b"\x05\x00\x00\x01\x7f\0\0\x01" + port + b"late"
    assert bytes(far.received) == b"early"
    near.close()


async def test_ipv6_is_a_place_and_our_end_there_too(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    there = peer("::1")
    program = await start_telesock("socks", "127.0.0.1:0", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))
    near.send(HELLO + b"\x05\x01\x00\x04" + bytes(15) + b"\x01" + there.port.to_bytes(2, "big"))

    far = await there.accepted()
    received = await near.until_bytes(2 + 22)

    assert received[2:] == b"\x05\x00\x00\x04" + bytes(15) + b"\x01" + far.remote[1].to_bytes(2, "big")
    near.close()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"\x01" + name("127.0.0.1", 1), 5),
        (b"\x01" + name("10.1.2.3", 80), 2),
        (b"\x01" + name("no-such.invalid", 80), 4),
        (b"\x01" + name("127.0.0.1", 0), 1),
        (b"\x01" + name("unix:/run/x", 80), 8),
        (b"\x01\x07", 8),
        (b"\x02" + name("127.0.0.1", 80), 7),
        (b"\x03" + name("127.0.0.1", 80), 7),
    ],
    ids=["refused", "policy", "no such name", "no port", "a path", "unknown kind", "bind", "udp"],
)
async def test_what_cannot_be_is_refused_by_its_code(
    start_telesock: StartTelesock, agent: RunningAgent, request_: bytes, code: int
) -> None:
    program = await start_telesock("socks", "127.0.0.1:0", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))

    near.send(HELLO + b"\x05" + request_[:1] + b"\x00" + request_[1:])
    await near.until_end()

    assert bytes(near.received) == b"\x05\x00" + bytes([5, code]) + NO_ONE
    assert agent.engine.sockets == 0
    near.close()


async def test_who_wants_to_be_authenticated_is_told_that_nobody_is(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("socks", "127.0.0.1:0", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))

    near.send(b"\x05\x01\x02")
    await near.until_end()

    assert bytes(near.received) == b"\x05\xff"
    assert (await program.stderr.readline()).endswith(
        b"it wants to be authenticated, which is not done here\n"
    )
    near.close()


async def test_who_speaks_something_else_is_reset_and_told_of(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("socks", "127.0.0.1:0", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))

    near.send(b"GET / HTTP/1.0\r\n\r\n")
    await near.until_end()

    assert bytes(near.received) == b""
    assert (await program.stderr.readline()).endswith(b"it does not speak SOCKS5: its first byte is 71\n")
    near.close()
