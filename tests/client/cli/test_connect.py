"""`telesock connect`: stdin to a real peer, what it sends to stdout, and how both sides end."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.agents import RunningAgent
from tests.peers import Peer
from tests.programs import Ended, RunningProgram, credential, run_on_terminal

from telesock.client import AsyncSession

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
MakePeer = Callable[..., Peer]


def address(listener: Peer) -> str:
    return f"{listener.host}:{listener.port}"


async def test_stdin_is_sent_and_what_still_arrives_after_its_end_is_printed(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), agent=agent.address)
    far = await listener.accepted()
    ending = asyncio.create_task(program.ended(b"hello"))
    await far.until_end()

    far.send(b"and ")
    far.send(b"good bye")
    far.finish()

    local = f"{far.remote[0]}:{far.remote[1]}"
    assert await ending == Ended(
        0,
        "and good bye",
        f"telesock: connected: {local} → {address(listener)}\n"
        "telesock: disconnected; the peer's host has everything that was sent\n"
        "telesock: the peer has ended\n",
    )
    assert (bytes(far.received), far.saw_fin, far.error) == (b"hello", True, 0)


async def test_a_session_of_its_own_ends_with_it(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), agent=agent.address)
    far = await listener.accepted()
    (session,) = agent.engine.sessions
    far.finish()

    await program.ended()

    assert session.label == f"telesock connect {address(listener)}"
    assert list(agent.engine.sessions) == []


async def test_megabytes_of_any_bytes_go_both_ways_unchanged(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer, tmp_path: Path
) -> None:
    there, back = (random.Random(seed).randbytes(5_000_000) for seed in (1, 2))
    (tmp_path / "there").write_bytes(there)
    listener = peer()
    with (tmp_path / "there").open("rb") as stdin, (tmp_path / "back").open("wb") as stdout:
        program = await start_telesock(
            "connect", address(listener), agent=agent.address, stdin=stdin.fileno(), stdout=stdout.fileno()
        )
        far = await listener.accepted()
        far.send(back)
        await far.until_end()
        far.finish()
        ended = await program.ended()

    assert ended.status == 0
    unchanged = (far.received == there, (tmp_path / "back").read_bytes() == back)
    assert unchanged == (True, True)


async def test_final_data_goes_last(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock(
        "connect", address(listener), "--final-data", "good bye", agent=agent.address
    )
    far = await listener.accepted()
    far.finish()

    ended = await program.ended(b"hello, ")

    assert ended.status == 0
    await far.until_end()
    assert (bytes(far.received), far.saw_fin) == (b"hello, good bye", True)


async def test_abort_resets_at_the_end_of_stdin(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), "--abort", agent=agent.address)
    far = await listener.accepted()
    await program.write(b"hello")
    await far.until_received(b"hello")

    ended = await program.ended()

    await far.until_end()
    assert (ended.status, ended.stdout, ended.stderr.splitlines()[1:]) == (0, "", ["telesock: reset"])
    assert far.saw_reset


async def test_a_peer_that_ends_first_is_still_sent_to(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), agent=agent.address)
    far = await listener.accepted()
    far.finish()
    await program.stderr.readuntil(b"the peer has ended\n")

    ended = await program.ended(b"all the same")

    assert ended.status == 0
    assert (bytes(far.received), far.saw_fin) == (b"all the same", True)


async def test_on_a_terminal_the_peer_s_end_ends_the_conversation(
    agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    running = asyncio.create_task(run_on_terminal("connect", address(listener), agent=agent.address))
    far = await listener.accepted()
    far.send(b"bye\n")
    far.finish()

    shown = await running

    assert shown.splitlines()[1:] == [
        "bye",
        "telesock: the peer has ended",
        "telesock: disconnected; the peer's host has everything that was sent",
    ]
    assert far.saw_fin


async def test_a_session_that_was_named_goes_on_without_the_connection(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    held = agent.engine.sessions.find(session.session_id, session.session_token)
    program = await start_telesock(
        "connect", address(listener), agent=agent.address, session=credential(session)
    )
    far = await listener.accepted()
    assert [*held.sockets] == [1]
    far.finish()

    ended = await program.ended(b"hello")

    assert ended.status == 0
    assert [held.session_id for held in agent.engine.sessions] == [session.session_id]
    assert held.sockets == {}


async def test_local_is_the_address_that_the_peer_sees(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), "--local", "127.0.0.2", agent=agent.address)

    far = await listener.accepted()

    assert far.remote[0] == "127.0.0.2"
    far.finish()
    await program.ended()


async def test_quiet_says_nothing_but_the_data(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), "--quiet", agent=agent.address)
    far = await listener.accepted()
    far.send(b"data")
    far.finish()

    assert await program.ended() == Ended(0, "data", "")


async def test_verbose_tells_the_numbers_too(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    program = await start_telesock("connect", address(listener), "-v", agent=agent.address)
    far = await listener.accepted()
    ending = asyncio.create_task(program.ended(b"hello"))
    await far.until_end()
    far.send(b"bye")
    far.finish()

    lines = (await ending).stderr.splitlines()

    assert any(re.fullmatch(r"telesock: TCP \w+, RTT [\d.]+ ms", line) for line in lines)
    assert lines[-1] == "telesock: sent 5 bytes, received 3 bytes"


async def test_streams_that_were_closed_beforehand_are_as_good_as_empty(
    start_telesock: StartTelesock, agent: RunningAgent, peer: MakePeer
) -> None:
    listener = peer()
    without = ("sh", "-c", 'exec "$@" <&- >&-', "sh")
    program = await start_telesock("connect", address(listener), agent=agent.address, through=without)
    far = await listener.accepted()
    await far.until_end()
    far.send(bytes(100_000))
    far.finish()

    ended = await program.ended()

    assert (ended.status, bytes(far.received), far.error) == (0, b"", 0)
