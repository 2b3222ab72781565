"""`--fault` of connect, listen and udp: sockets that are born with faults, and who is told of what those did."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.dialers import dial
from tests.peers import Peer
from tests.programs import Ended, RunningProgram

from telesock.client.cli.fault_options import complete_effect

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
MakePeer = Callable[..., Peer]


async def test_a_connection_s_end_by_a_fault_names_it(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock(
        *("connect", f"127.0.0.1:{listener.port}", "--fault", "receive:limit=3,name=short"),
        agent=agent.address,
    )
    far = await listener.accepted()
    far.send(b"hello")
    ended = await program.ended()

    assert (ended.status, ended.stdout) == (0, "hel")
    assert "telesock: the peer has ended, fault short\n" in ended.stderr


async def test_with_v_the_faults_are_said_with_their_seeds(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock(
        *("connect", f"127.0.0.1:{listener.port}", "-v"),
        *("--fault", "latency=1ms,seed=7", "--fault", "send:stall=1ms@0.5,name=slow"),
        agent=agent.address,
    )
    far = await listener.accepted()
    far.finish()
    ended = await program.ended()

    said = [line for line in ended.stderr.splitlines() if ": fault " in line]
    assert said[0] == "telesock: fault latency-1: latency=1ms, seed 7"
    assert re.fullmatch(r"telesock: fault slow: stall=1ms, seed \d+", said[1])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            "connect-failure=host-unreachable,name=no",
            "connect: HOST_UNREACHABLE 127.0.0.1:{}, by the injected fault no in connect, EHOSTUNREACH",
        ),
        (
            "reset=next-operation,name=cut",
            "receive: CONNECTION_RESET by the injected fault cut in receive, ECONNRESET",
        ),
    ],
)
async def test_a_failure_by_a_fault_names_it_once(
    telesock: Telesock, agent: RunningAgent, peer: MakePeer, fault: str, message: str
) -> None:
    listener = peer()
    ended = await telesock(
        "connect", "-q", f"127.0.0.1:{listener.port}", "--fault", fault, agent=agent.address
    )

    assert ended == Ended(1, "", f"telesock: {message.format(listener.port)}\n")
    assert agent.engine.sockets == 0


@pytest.mark.parametrize("arguments", [("--echo",), ("--keep", "--echo")])
async def test_a_listener_s_faults_are_of_what_it_accepts(
    start_telesock: StartTelesock, agent: RunningAgent, arguments: tuple[str, ...]
) -> None:
    program = await start_telesock(
        *("listen", "127.0.0.1:0", *arguments, "--fault", "send:limit=2,name=short"), agent=agent.address
    )
    found = re.search(rb":(\d+)\n", await program.stderr.readline())
    assert found
    far = await dial("127.0.0.1", int(found[1]))
    far.send(b"hello")
    await far.until_end()
    far.close()
    program.interrupt()
    await program.ended()

    assert bytes(far.received) == b"he"


async def test_datagrams_meet_faults_of_their_socket(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(20)
        program = await start_telesock(
            *("udp", f"127.0.0.1:{far.getsockname()[1]}", "--timeout", "10ms"),
            *("--fault", "send:datagram-loss,nth=1", "--fault", "send:datagram-truncation=1"),
            agent=agent.address,
        )
        ending = asyncio.create_task(program.ended(b"one\ntwo\n"))
        arrived = await asyncio.to_thread(far.recv, 100)
        ended = await ending

    assert (arrived, ended) == (b"t", Ended(0, "", "telesock: sent 2 datagrams\n"))


@pytest.mark.parametrize(
    ("command", "fault", "problem"),
    [
        (
            "connect",
            "datagram-loss",
            "datagram-loss acts on datagrams; here a fault can act on bytes, connections,",
        ),
        ("connect", "to-client:stall", "'to-client' is no place here; there are send, receive"),
        ("connect", "stall,listener=1", "it acts on what it is given to; leave out socket and listener"),
        ("listen", "connect-delay=1s", "connect-delay acts on connects; here a fault can act on bytes,"),
        ("udp", "latency=1s", "latency acts on bytes; here a fault can act on datagrams, operations"),
        ("udp", "datagram-los", "'datagram-los' is no effect; did you mean datagram-loss?"),
    ],
)
async def test_a_fault_that_cannot_be_meant_is_said_before_anything_is_asked(
    telesock: Telesock, command: str, fault: str, problem: str
) -> None:
    ended = await telesock(command, "127.0.0.1:9", "--fault", fault, agent="127.0.0.1:1")

    assert (ended.status, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith(f"telesock: invalid value for '--fault': {problem}")


async def test_in_a_session_that_goes_on_a_socket_s_faults_end_with_it(
    telesock: Telesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    opened = (await telesock("session", "open", agent=agent.address)).stdout.strip()
    await telesock(
        *("connect", "--abort", f"127.0.0.1:{listener.port}", "--fault", "latency=1ms"),
        agent=agent.address,
        session=opened,
    )
    left = await telesock("faults", "reset", agent=agent.address, session=opened)
    await telesock("session", "close", agent=agent.address, session=opened)

    assert left == Ended(0, "", "telesock: the session has no faults\n")


@pytest.mark.parametrize(
    ("incomplete", "offered"),
    [
        ("lat", ["latency="]),
        ("send:st", ["send:stall"]),
        ("never", ["never-read", "never-accept"]),
        ("to-client:never_r", ["to-client:never-read"]),
        ("x", []),
    ],
)
def test_effects_are_completed_behind_a_place_too(incomplete: str, offered: list[str]) -> None:
    assert complete_effect(incomplete) == offered
