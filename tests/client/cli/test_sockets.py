"""`telesock sockets` and `telesock socket show`: tables for a person, JSON for a program, nothing taken from the owner."""

import asyncio
import contextlib
import io
import json
import os
import pty
from collections.abc import Awaitable, Callable
from typing import Any

from tests.agents import RunningAgent
from tests.peers import Peer
from tests.programs import Ended, RunningProgram, credential, run_on_terminal

from telesock.client import AsyncClient, AsyncSession

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]


async def test_the_sockets_of_a_session_are_a_table_for_a_person(
    agent: RunningAgent, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    await connection.send(b"hello")

    shown = await run_on_terminal("sockets", agent=agent.address, session=credential(session), columns=120)

    heading, line = shown.splitlines()
    assert heading.split() == [
        "socket",
        "category",
        "state",
        "local",
        "remote",
        "sent",
        "received",
        "pending",
    ]
    assert connection.local is not None
    ends = [f"127.0.0.1:{connection.local.port}", f"127.0.0.1:{listener.port}"]
    assert line.split() == ["1", "connection", "CONNECTED", *ends, "5", "0", "0"]


async def test_the_sockets_of_a_session_are_json_for_a_program_and_lines_of_it_while_watched(
    telesock: Telesock, start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession
) -> None:
    await session.listen("127.0.0.1")
    known = {"agent": agent.address, "session": credential(session)}

    once = await telesock("sockets", **known)
    watching = await start_telesock("sockets", "--watch", "--interval", "10ms", **known)
    lines = [json.loads(await watching.stdout.readline()) for _ in range(2)]
    watching.interrupt()

    assert (await watching.ended()).status == 130
    assert [json.loads(once.stdout), *lines] == [lines[0]] * 3
    assert lines[0]["sockets"][0]["state"] == "SOCKET_STATE_LISTENING"


async def test_while_watched_on_a_terminal_they_change_before_one_s_eyes(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession
) -> None:
    ours, theirs = pty.openpty()
    arguments = ("sockets", "--watch", "--interval", "10ms")
    watching = await start_telesock(
        *arguments,
        agent=agent.address,
        session=credential(session),
        stdout=theirs,
        variables={"TERM": "xterm-256color", "COLUMNS": "120"},
    )
    os.close(theirs)
    with io.FileIO(ours) as screen:
        await asyncio.to_thread(read_until, screen, b"the session has no sockets")
        listener = await session.listen("127.0.0.1")
        await asyncio.to_thread(read_until, screen, b"LISTENING")
        await listener.close()
        await asyncio.to_thread(read_until, screen, b"the session has no sockets")
        watching.interrupt()

        await asyncio.to_thread(read_to_end, screen)
    assert (await watching.ended()).status == 130


def read_until(screen: io.FileIO, expected: bytes) -> None:
    seen = b""
    while expected not in seen:
        seen += screen.read(4096)


def read_to_end(screen: io.FileIO) -> None:
    """Take what is left, so that nobody waits for room on the screen; its end is EIO."""
    with contextlib.suppress(OSError):
        while screen.read(4096):
            pass


async def test_a_socket_is_shown_with_its_queues_options_and_pending_operations(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port, options={"no_delay": True})
    receiving = connection.receive(5)
    known = {"agent": agent.address, "session": credential(session)}

    shown = await run_on_terminal("socket", "show", "1", "--ask", columns=120, **known)
    plain = json.loads((await telesock("socket", "show", "1", "--ask", **known)).stdout)

    assert "TCP_INFO" in shown
    assert "ESTABLISHED" in shown
    assert {"no_delay": True} in plain["options"]
    assert plain["unavailable_options"] == {"v6_only": "only IPv6 sockets have it"}
    assert plain["queries"]["tcp_info"]["state"] == "ESTABLISHED"
    assert [each["kind"] for each in plain["pending_operations"]] == ["OPERATION_KIND_RECEIVE"]
    assert await receiving.cancel()


async def test_looking_at_a_socket_disturbs_no_owner_who_is_there(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    far = await listener.accepted()
    await connection.send(b"before, ")

    ended = await telesock("socket", "show", "1", agent=agent.address, session=credential(session))
    await connection.send(b"after")

    await far.until_received(b"before, after")
    assert (ended.status, json.loads(ended.stdout)["options"]) == (0, None)
    assert ended.stderr == (
        "telesock: not asked for options and queues: that takes numbers which the session's owner counts on; "
        "see --ask\n"
    )
    assert session.lost is None


async def test_all_is_asked_where_nobody_is_attached_and_nothing_is_acknowledged(
    telesock: Telesock, agent: RunningAgent, client: AsyncClient
) -> None:
    owned = (await telesock("session", "open", agent=agent.address)).stdout.strip()
    session_id, token = owned.split(".")
    async with client.attach_session(session_id, token) as session:
        listener = await session.listen("127.0.0.1")
        assert listener.local is not None
        port = listener.local.port
    while (await told(telesock, agent))["attached"]:
        pass
    before = await told(telesock, agent)

    shown = await run_on_terminal("socket", "show", "1", agent=agent.address, session=owned, columns=120)
    plain = json.loads((await telesock("socket", "show", "1", agent=agent.address, session=owned)).stdout)

    assert plain["socket"]["local"] == {"host": "127.0.0.1", "port": port}
    assert plain["queries"]["tcp_info"]["state"] == "LISTEN"
    assert {"backlog": 4096} in plain["options"]
    assert plain["pending_operations"] == []
    assert "pending operations: none" in shown
    after = await told(telesock, agent)
    assert after["acknowledged_sequence"] == before["acknowledged_sequence"]
    assert after["attached"] is False


async def told(telesock: Telesock, agent: RunningAgent) -> dict[str, Any]:
    [session] = json.loads((await telesock("session", "list", agent=agent.address)).stdout)["sessions"]
    return dict(session)


async def test_a_session_without_sockets_says_so(agent: RunningAgent, session: AsyncSession) -> None:
    shown = await run_on_terminal("sockets", agent=agent.address, session=credential(session))

    assert shown == "the session has no sockets\n"


async def test_a_socket_that_never_was_is_one_line(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession
) -> None:
    ended = await telesock("socket", "show", "9", agent=agent.address, session=credential(session))

    assert ended == Ended(1, "", "telesock: socket 9 was never made; the highest number is 0\n")
