"""`telesock relay`: a program's connections go on to an upstream, with faults, and end with the command."""

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


async def relaying(program: RunningProgram) -> int:
    """Wait until the program says where it listens, and return the port."""
    line = (await program.stderr.readline()).decode()
    found = re.fullmatch(r"telesock: relaying 127\.0\.0\.1:(\d+) to 127\.0\.0\.1:\d+\n", line)
    assert found, line
    return int(found[1])


async def lines(program: RunningProgram, count: int) -> list[str]:
    """The next lines of its story, without times and addresses."""
    told = [(await program.stdout.readline()).decode().rstrip("\n") for _ in range(count)]
    return [re.sub(r"^[\d:.]+ 127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+", "WAY", line) for line in told]


async def test_connections_go_on_and_are_told_and_the_totals_are_said(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    upstream = peer()
    program = await start_telesock("relay", "127.0.0.1:0", f"127.0.0.1:{upstream.port}", agent=agent.address)
    near = await dial("127.0.0.1", await relaying(program))
    far = await upstream.accepted()
    near.send(b"question")
    assert await far.until_bytes(8) == b"question"
    far.send(b"yes")
    await near.until_bytes(3)
    near.finish()
    await far.until_end()
    far.finish()
    told = await lines(program, 2)
    program.interrupt()

    ended = await program.ended()

    assert told == ["WAY: connected", "WAY: ended, 8 bytes to the upstream, 3 to the client"]
    assert ended == Ended(130, "", "telesock: 1 connection, 8 bytes to the upstream, 3 to the client\n")
    near.close()


async def test_a_kill_ends_it_as_an_interrupt_does_and_gives_its_port_back(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    program = await start_telesock("relay", "127.0.0.1:0", f"127.0.0.1:{peer().port}", agent=agent.address)
    await relaying(program)

    program.terminate()

    assert (await program.ended()).status == 143
    assert (agent.engine.sockets, len(agent.engine.sessions)) == (0, 0)


async def test_an_interrupt_resets_what_is_still_connected(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    upstream = peer()
    program = await start_telesock("relay", "127.0.0.1:0", f"127.0.0.1:{upstream.port}", agent=agent.address)
    near = await dial("127.0.0.1", await relaying(program))
    far = await upstream.accepted()
    assert await lines(program, 1) == ["WAY: connected"]
    program.interrupt()

    ended = await program.ended()
    await near.until_end()
    await far.until_end()

    assert ended.status == 130
    assert "ended, CANCELLED, by this side in close, the socket was closed, 0 bytes" in ended.stdout
    assert (near.saw_fin, far.saw_reset) == (False, True)
    assert agent.engine.sockets == 0
    near.close()


async def test_faults_are_of_every_connection_and_what_they_do_is_told_with_v(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    upstream = peer()
    program = await start_telesock(
        *("relay", "127.0.0.1:0", f"127.0.0.1:{upstream.port}", "-v"),
        *("--fault", "to-client:limit=2", "--fault", "to-upstream:latency=1ms,seed=7,name=late"),
        agent=agent.address,
    )
    port = await relaying(program)
    said = [(await program.stderr.readline()).decode() for _ in range(2)]
    near = await dial("127.0.0.1", port)
    far = await upstream.accepted()
    near.send(b"x")
    await far.until_bytes(1)
    far.send(b"hello")
    await near.until_end()
    told = await lines(program, 3)
    program.interrupt()
    await program.ended()

    assert re.fullmatch(r"telesock: fault limit-1: limit=2, seed \d+\n", said[0])
    assert said[1] == "telesock: fault late: latency=1ms, seed 7\n"
    assert bytes(near.received) == b"he"
    assert told == [
        "WAY: connected",
        "WAY, to the upstream: late: decision 0, sending, for 1 ms",
        "WAY, to the client: limit-1: decision 0, sending at offset 2, ended by FIN",
    ]
    near.close()


async def test_an_upstream_that_refuses_is_told_and_the_relay_goes_on(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    upstream = peer()
    program = await start_telesock(
        *("relay", "127.0.0.1:0", f"127.0.0.1:{upstream.port}", "--fault", "connect-failure,times=1,name=no"),
        agent=agent.address,
    )
    port = await relaying(program)
    first = await dial("127.0.0.1", port)
    await first.until_end()
    refused = (await program.stdout.readline()).decode()
    second = await dial("127.0.0.1", port)
    await upstream.accepted()
    connected = await lines(program, 1)
    program.interrupt()
    ended = await program.ended()

    assert "CONNECTION_REFUSED" in refused
    assert "by the injected fault no in connect" in refused
    assert connected == ["WAY: connected"]
    assert ended.stderr == (
        "telesock: 1 connection, 1 could not be made, 0 bytes to the upstream, 0 to the client\n"
    )
    first.close()
    second.close()


async def test_in_a_session_faults_are_added_while_it_runs_and_the_session_goes_on(
    start_telesock: StartTelesock,
    telesock: Telesock,
    agent: RunningAgent,
    peer: MakePeer,
) -> None:
    upstream = peer()
    opened = await telesock("session", "open", agent=agent.address)
    known = {"agent": agent.address, "session": opened.stdout.strip()}
    program = await start_telesock("relay", "-q", "127.0.0.1:0", f"127.0.0.1:{upstream.port}", **known)
    while not (port := await listening_port(telesock, **known)):
        pass
    near = await dial("127.0.0.1", port)
    far = await upstream.accepted()
    await telesock("faults", "add", "reset", "--relay-side", "downstream", "--name", "cut", **known)
    await near.until_end()
    await far.until_end()
    await lines(program, 2)
    program.interrupt()
    ended = await program.ended()
    told = (await telesock("events", **known)).stdout
    closed = await telesock("session", "close", **known)

    assert (ended.status, ended.stderr, far.saw_reset) == (130, "", True)
    assert '"relay_connected"' in told
    assert '"fault_name": "cut"' in told
    assert closed.status == 0
    near.close()


async def listening_port(telesock: Telesock, **known: str) -> int:
    found = re.search(r'"port": (\d+)', (await telesock("sockets", **known)).stdout)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("127.0.0.1:0",), 2, "missing argument 'UPSTREAM'; see telesock relay --help"),
        (
            ("127.0.0.1:0", "127.0.0.1:0"),
            2,
            "invalid value for 'UPSTREAM': '127.0.0.1:0' is not HOST:PORT or [IPV6]:PORT with a port from 1 to "
            "65535, or unix:PATH; see telesock relay --help",
        ),
        (
            ("127.0.0.1:0", "127.0.0.1:9", "--fault", "latncy=1s"),
            2,
            "invalid value for '--fault': 'latncy' is no effect; did you mean latency? `telesock faults effects` "
            "lists all; see telesock relay --help",
        ),
        (
            ("127.0.0.1:0", "10.1.2.3:9"),
            1,
            "policy does not allow 10.1.2.3 port 9; the agent's --allow says where sockets may go, 10.1.2.3:9 for example",
        ),
        (
            ("127.0.0.1:0", "127.0.0.1:9", "--fault", "never-accept,peer=::1"),
            1,
            None,
        ),
    ],
)
async def test_what_cannot_be_relayed_is_one_line(
    telesock: Telesock, agent: RunningAgent, arguments: tuple[str, ...], status: int, message: str | None
) -> None:
    ended = await telesock("relay", *arguments, agent=agent.address)

    assert (ended.status, ended.stdout, ended.stderr.count("\n")) == (status, "", 1)
    if message is not None:
        assert ended.stderr == f"telesock: {message}\n"
    assert agent.engine.sockets == 0


async def test_an_agent_that_ends_ends_it_in_one_line(
    start_telesock: StartTelesock, start_agent_process: Callable[..., Awaitable[AgentProcess]]
) -> None:
    process = await start_agent_process()
    program = await start_telesock("relay", "127.0.0.1:0", "127.0.0.1:9", agent=process.address)
    await relaying(program)
    process.terminate()

    ended = await program.ended()

    assert ended.status == 1
    assert ended.stderr.startswith("telesock: ")
    assert "Traceback" not in ended.stderr
