"""`telesock connect` when something breaks: the peer, the reader, the agent, the person's patience."""

import asyncio
import os
import select
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.peers import Peer
from tests.ports import unused_port
from tests.programs import Ended, RunningProgram, credential

from telesock.client import AsyncClient, AsyncSession

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
MakePeer = Callable[..., Peer]


def address(listener: Peer) -> str:
    return f"{listener.host}:{listener.port}"


@pytest.fixture
def unanswered() -> Iterator[str]:
    """A listener whose queue of one is full, so that Linux leaves further connects unanswered (listen(2))."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        host, port = listener.getsockname()
        with socket.create_connection((host, port)):
            select.select([listener], [], [])  # the one connection is in the queue
            yield f"{host}:{port}"


async def test_a_reset_by_the_peer_is_one_line_and_a_failure(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), agent=agent.address)
    far = await listener.accepted()
    await program.stderr.readuntil(b"\n")

    far.reset()

    assert await program.stderr.read() == (
        b"telesock: receive: CONNECTION_RESET by the peer in receive, ECONNRESET\n"
    )
    assert (await program.ended()).status == 1


async def test_a_refused_connect_is_one_line_that_says_where(telesock: Telesock, agent: RunningAgent) -> None:
    port = unused_port()

    assert await telesock("connect", f"127.0.0.1:{port}", agent=agent.address) == Ended(
        1,
        "",
        f"telesock: connect: CONNECTION_REFUSED 127.0.0.1:{port}, by the peer in connect, ECONNREFUSED\n",
    )


async def test_a_peer_that_policy_forbids_is_a_refusal_in_the_agent_s_words(
    telesock: Telesock, agent: RunningAgent
) -> None:
    assert await telesock("connect", "192.0.2.1:80", agent=agent.address) == Ended(
        1,
        "",
        "telesock: policy does not allow 192.0.2.1 port 80; the agent's --allow says where sockets may go, "
        "192.0.2.1:80 for example\n",
    )


async def test_a_peer_that_does_not_read_holds_up_stdin_until_the_timeout(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer, tmp_path: Path
) -> None:
    (tmp_path / "zeros").write_bytes(bytes(64 << 20))
    listener = peer(receive_buffer=4096, reading=False)
    with (tmp_path / "zeros").open("rb") as stdin:
        program = await start_telesock(
            "connect",
            address(listener),
            "--timeout",
            "500ms",
            agent=agent.address,
            stdin=stdin.fileno(),
        )
        ended = await program.ended()
        read = os.lseek(stdin.fileno(), 0, os.SEEK_CUR)

    assert (ended.status, ended.stderr.splitlines()[1:]) == (
        1,
        ["telesock: the peer takes nothing since 0.5 s; reset"],
    )
    assert read < 32 << 20


async def test_a_peer_that_does_not_take_our_end_is_reset_after_the_timeout(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer(receive_buffer=4096, reading=False)
    program = await start_telesock("connect", address(listener), "--timeout", "500ms", agent=agent.address)

    ended = await program.ended(bytes(1 << 20))

    assert ended.status == 1
    assert ended.stderr.splitlines()[1].startswith(
        "telesock: disconnect: IO_TIMEOUT by a deadline in disconnect, the timeout passed, "
    )


async def test_an_interrupt_resets_the_connection_and_closes_the_session(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), agent=agent.address)
    far = await listener.accepted()
    await program.stderr.readuntil(b"\n")

    program.interrupt()

    await far.until_end()
    assert (await program.stderr.read(), await program.process.wait()) == (b"", 130)
    assert far.saw_reset
    assert list(agent.engine.sessions) == []


async def test_an_interrupt_while_connecting_leaves_no_socket_in_a_session_that_goes_on(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, unanswered: str
) -> None:
    held = agent.engine.sessions.find(session.session_id, session.session_token)
    program = await start_telesock("connect", unanswered, agent=agent.address, session=credential(session))
    while not held.sockets:  # noqa: ASYNC110, nothing tells of a connect that is pending
        await asyncio.sleep(0.01)

    program.interrupt()

    assert await program.process.wait() == 130
    assert held.sockets == {}


async def test_a_reader_that_goes_away_resets_the_connection_without_a_word(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    ours, theirs = os.pipe()
    listener = peer()
    program = await start_telesock("connect", address(listener), agent=agent.address, stdout=theirs)
    os.close(theirs)
    far = await listener.accepted()
    await program.stderr.readuntil(b"\n")
    os.close(ours)

    far.send(b"is anybody there?")

    await far.until_end()
    assert (await program.stderr.read(), await program.process.wait()) == (b"", 1)
    assert far.saw_reset


async def test_a_newer_owner_of_the_session_ends_it_with_a_word(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock(
        "connect", address(listener), agent=agent.address, session=credential(session)
    )
    await listener.accepted()
    await program.stderr.readuntil(b"\n")

    newer = await start_telesock(
        "connect", address(listener), agent=agent.address, session=credential(session)
    )

    assert await program.stderr.read() == b"telesock: a newer attachment has taken this one's place\n"
    assert await program.process.wait() == 1
    await newer.kill()


async def test_an_agent_that_is_killed_is_given_up_after_a_lease(
    start_telesock: StartTelesock,
    start_agent_process: Callable[..., Awaitable[AgentProcess]],
    peer: MakePeer,
) -> None:
    listener = peer()
    process = await start_agent_process()
    async with AsyncClient(process.address) as client, client.session(lease=1.0) as session:
        program = await start_telesock(
            "connect", address(listener), agent=process.address, session=credential(session)
        )
        await listener.accepted()
        await program.stderr.readuntil(b"\n")

        process.kill()

        told = (await program.stderr.read()).decode()
        assert await program.process.wait() == 1
    assert told.startswith(
        f"telesock: nothing was heard from the agent at {process.address} for a whole lease of 1 s: "
    )
    assert told.count("\n") == 1
