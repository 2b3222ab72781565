"""`telesock sockets` and `telesock socket show`: tables for a person, JSON for a program, nothing taken from the owner."""

import json
from collections.abc import Awaitable, Callable

from tests.agents import RunningAgent
from tests.peers import Peer
from tests.programs import Ended, RunningProgram, credential, run_on_terminal

from telesock.client import AsyncSession

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


async def test_a_socket_is_shown_with_its_queues_options_and_pending_operations(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port, options={"no_delay": True})
    receiving = connection.receive(5)

    shown = await run_on_terminal(
        "socket", "show", "1", agent=agent.address, session=credential(session), columns=120
    )
    plain = json.loads(
        (await telesock("socket", "show", "1", agent=agent.address, session=credential(session))).stdout
    )

    assert "TCP_INFO" in shown
    assert "ESTABLISHED" in shown
    assert {"no_delay": True} in plain["options"]
    assert plain["queries"]["tcp_info"]["state"] == "ESTABLISHED"
    assert [each["kind"] for each in plain["pending_operations"]] == ["OPERATION_KIND_RECEIVE"]
    assert await receiving.cancel()


async def test_a_socket_that_never_was_is_one_line(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession
) -> None:
    ended = await telesock("socket", "show", "9", agent=agent.address, session=credential(session))

    assert ended == Ended(1, "", "telesock: socket 9 was never made; the highest number is 0\n")
