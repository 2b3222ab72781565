"""`telesock udp`: lines as datagrams to a peer, and datagrams that arrive."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable

from tests.agents import RunningAgent
from tests.programs import Ended, RunningProgram

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]


def peer() -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.bind(("127.0.0.1", 0))
    found.settimeout(20)
    return found


async def test_each_line_is_a_datagram_and_answers_are_printed(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    with peer() as far:
        host, port = far.getsockname()
        program = await start_telesock("udp", f"{host}:{port}", "--timeout", "1s", agent=agent.address)
        ending = asyncio.create_task(program.ended(b"one\ntwo"))
        for expected in (b"one", b"two"):
            data, source = await asyncio.to_thread(far.recvfrom, 100)
            assert data == expected
            far.sendto(data.upper(), source)

        ended = await ending

    assert ended == Ended(0, "ONE\nTWO\n", "telesock: sent 2 datagrams\n")
    assert list(agent.engine.sessions) == []


async def test_what_arrives_is_printed_with_its_source_and_echoed(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock(
        "udp", "--listen", "--echo", "--count", "1", "127.0.0.1:0", agent=agent.address
    )
    line = (await program.stderr.readline()).decode()
    found = re.fullmatch(r"telesock: receiving on 127\.0\.0\.1:(\d+)\n", line)
    assert found, line
    with peer() as far:
        far.sendto(b"hello", ("127.0.0.1", int(found[1])))
        assert await asyncio.to_thread(far.recv, 100) == b"hello"
        port = far.getsockname()[1]

    assert await program.ended() == Ended(0, f"127.0.0.1:{port} hello\n", "")


async def test_a_destination_outside_the_policy_is_one_line(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("udp", "10.1.2.3:9", agent=agent.address)

    ended = await program.ended(b"x\n")

    assert ended == Ended(
        1,
        "",
        "telesock: policy does not allow 10.1.2.3 port 9; the agent's --allow says where sockets may go\n",
    )
