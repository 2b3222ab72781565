"""`telesock forward`: a port of this host leads through the agent, both ends are kept, and nothing is left open."""

import re
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.dialers import dial
from tests.peers import Peer
from tests.programs import Ended, RunningProgram

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
MakePeer = Callable[..., Peer]


async def listening(program: RunningProgram) -> int:
    """Wait until the program says where it listens, and return the port."""
    line = (await program.stderr.readline()).decode()
    found = re.fullmatch(r"telesock: 127\.0\.0\.1:(\d+): (forwarding to .*|SOCKS5)\n", line)
    assert found, line
    return int(found[1])


async def test_bytes_and_each_sides_end_go_through_and_an_interrupt_leaves_nothing(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    there = peer()
    program = await start_telesock("forward", "127.0.0.1:0", f"localhost:{there.port}", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))
    far = await there.accepted()

    near.send(b"question")
    near.finish()
    await far.until_end()
    far.send(b"answer" * 100_000)
    far.finish()
    await near.until_end()
    program.interrupt()
    ended = await program.ended()

    assert (bytes(far.received), far.saw_fin, near.saw_fin) == (b"question", True, True)
    assert bytes(near.received) == b"answer" * 100_000
    assert ended == Ended(130, "", "")
    assert (agent.engine.sockets, len(agent.engine.sessions)) == (0, 0)
    near.close()


@pytest.mark.parametrize("side", ["near", "far"])
async def test_a_reset_stays_a_reset(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer, side: str
) -> None:
    there = peer()
    program = await start_telesock("forward", "127.0.0.1:0", f"127.0.0.1:{there.port}", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))
    far = await there.accepted()
    first, second = (near, far) if side == "near" else (far, near)

    first.reset()
    await second.until_end()

    assert second.saw_reset
    near.close()


async def test_a_kill_resets_what_is_connected(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    there = peer()
    program = await start_telesock("forward", "127.0.0.1:0", f"127.0.0.1:{there.port}", agent=agent.address)
    near = await dial("127.0.0.1", await listening(program))
    far = await there.accepted()

    program.terminate()
    ended = await program.ended()
    await near.until_end()
    await far.until_end()

    assert (ended.status, near.saw_reset, far.saw_reset, agent.engine.sockets) == (143, True, True, 0)
    near.close()


async def is_reset(port: int) -> bool:
    """Whether a connection is accepted and then reset; that may be before whoever connects has looked."""
    try:
        far = await dial("127.0.0.1", port)
    except ConnectionResetError:
        return True
    await far.until_end()
    far.close()
    return far.saw_reset


async def test_connections_beyond_the_bound_are_reset_and_one_that_fails_is_a_line(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    there = peer()
    program = await start_telesock(
        *("forward", "127.0.0.1:0", f"127.0.0.1:{there.port}", "--connections", "1"),
        *("--fault", "connect-failure,nth=1"),
        agent=agent.address,
    )
    port = await listening(program)
    refused = await is_reset(port)
    told = (await program.stderr.readline()).decode()
    near = await dial("127.0.0.1", port)
    beyond = await is_reset(port)
    reset = (await program.stderr.readline()).decode()

    assert (refused, beyond) == (True, True)
    assert "CONNECTION_REFUSED" in told
    assert reset.endswith(": reset, 1 are connected already\n")
    near.close()


@pytest.mark.parametrize(
    ("local", "message"),
    [
        (
            ":0",
            "0.0.0.0:0 can be reached from other hosts, and whoever does acts through the agent as you; listen on a "
            "loopback address or say --insecure",
        ),
        ("unix:/tmp/x", "unix:/tmp/x: it listens on a port, HOST:PORT or [IPV6]:PORT"),
    ],
)
async def test_where_it_does_not_listen_is_one_line(telesock: Telesock, local: str, message: str) -> None:
    assert await telesock("forward", local, "db:5432") == Ended(2, "", f"telesock: {message}\n")


async def test_a_port_that_is_taken_is_one_line(
    telesock: Telesock, agent: RunningAgent, peer: MakePeer
) -> None:
    taken = f"127.0.0.1:{peer().port}"

    ended = await telesock("forward", taken, "db:5432", agent=agent.address)

    assert (ended.status, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith(f"telesock: cannot listen on {taken}: ")


async def test_an_agent_that_ends_ends_it_in_one_line(
    start_telesock: StartTelesock, start_agent_process: Callable[..., Awaitable[AgentProcess]]
) -> None:
    process = await start_agent_process("--grace", "0")
    program = await start_telesock("forward", "127.0.0.1:0", "127.0.0.1:9", agent=process.address)
    await listening(program)
    process.terminate()

    ended = await program.ended()

    assert (ended.status, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("telesock: ")
