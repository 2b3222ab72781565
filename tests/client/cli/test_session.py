"""`telesock session`: one printable string owns a session; what others may see never holds the secret."""

import json
from collections.abc import Awaitable, Callable

from tests.agents import RunningAgent
from tests.programs import Ended, credential, run_on_terminal

from telesock.client import AsyncClient, AsyncSession
from telesock.v1 import sessions_pb2

Telesock = Callable[..., Awaitable[Ended]]


async def test_open_prints_what_owns_the_session_and_nothing_else(
    telesock: Telesock, agent: RunningAgent
) -> None:
    ended = await telesock("session", "open", agent=agent.address)

    (opened,) = agent.engine.sessions
    assert ended == Ended(0, f"{opened.session_id}.{opened.token}\n", "")


async def test_open_passes_lease_and_label_on(telesock: Telesock, agent: RunningAgent) -> None:
    await telesock("session", "open", "--lease", "10m", "--label", "night run", agent=agent.address)

    (opened,) = agent.engine.sessions
    assert (opened.lease.duration, opened.label) == (600.0, "night run")


async def test_open_tells_a_person_how_long_the_session_lasts(agent: RunningAgent) -> None:
    shown = await run_on_terminal("session", "open", agent=agent.address)

    (opened,) = agent.engine.sessions
    assert shown == (
        f"{opened.session_id}.{opened.token}\n"
        f"telesock: session {opened.session_id} lasts 30 s beyond the last sign of its owner\n"
    )


async def test_a_lease_that_the_agent_refuses_is_told_in_its_words(
    telesock: Telesock, agent: RunningAgent
) -> None:
    ended = await telesock("session", "open", "--lease", "100ms", agent=agent.address)

    assert ended == Ended(1, "", "telesock: lease_duration: 0.1 s is not between 1 and 86400 s\n")


async def test_list_is_json_on_a_pipe_without_the_token(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession
) -> None:
    ended = await telesock("session", "list", agent=agent.address)

    (listed,) = json.loads(ended.stdout)["sessions"]
    assert listed.keys() == {field.name for field in sessions_pb2.Session.DESCRIPTOR.fields}
    assert (listed["session_id"], listed["label"]) == (session.session_id, "test")
    assert session.session_token not in ended.stdout


async def test_list_is_a_table_on_a_terminal(agent: RunningAgent, client: AsyncClient) -> None:
    async with client.session(label="[bold]mine") as session:
        shown = await run_on_terminal("session", "list", agent=agent.address)

    heading, row = (line.split() for line in shown.splitlines())
    assert heading == ["session", "label", "lease", "left", "sockets", "pending", "events", "attached"]
    assert row[:2] == [session.session_id, "[bold]mine"]
    assert row[-4:] == ["0", "0", "0", "yes"]


async def test_list_says_when_there_is_none(agent: RunningAgent) -> None:
    assert await run_on_terminal("session", "list", agent=agent.address) == "no session is open\n"


async def test_keep_alive_says_how_long_the_session_lasts_now(
    telesock: Telesock, agent: RunningAgent, client: AsyncClient
) -> None:
    async with client.session(lease=600) as session:
        ended = await telesock("session", "keep-alive", "--session", credential(session), agent=agent.address)

    assert ended == Ended(0, "", f"telesock: session {session.session_id} lasts another 10:00 min\n")


async def test_close_ends_the_session(telesock: Telesock, agent: RunningAgent, session: AsyncSession) -> None:
    ended = await telesock("session", "close", agent=agent.address, session=credential(session))

    assert ended == Ended(0, "", "")
    assert list(agent.engine.sessions) == []


async def test_a_session_that_is_lost_is_a_failure_that_says_why(
    telesock: Telesock, agent: RunningAgent, client: AsyncClient
) -> None:
    async with client.session() as session:
        pass

    ended = await telesock("session", "keep-alive", agent=agent.address, session=credential(session))

    assert ended == Ended(
        1, "", f"telesock: session '{session.session_id}' is lost (CLOSED); open a new one\n"
    )
