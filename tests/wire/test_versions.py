"""Clients and agents of different versions (docs/versions.md): what works, and who is refused by name."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.programs import Ended, credential, run_on_terminal, start_program
from tests.promises.owners import Caller, refused
from tests.wire.other_versions import NEW_KIND, OlderAgent, newer_agent, older_agent

from telesock.client import AsyncClient, AsyncSession, IndicationKind, OperationDelay, Rejected, contract
from telesock.server.core import contract as spoken
from telesock.server.core.contract import CONTRACT_REVISION
from telesock.v1.agent_pb2 import GetAgentRequest
from telesock.v1.events_pb2 import Event
from telesock.v1.sessions_pb2 import OpenSessionRequest

NEWER = CONTRACT_REVISION + 1
Listen = Callable[..., Peer]


async def telesock(*arguments: str, agent: str, session: str | None = None) -> Ended:
    return await (await start_program(*arguments, agent=agent, session=session)).ended()


# A client that is older than the agent


@pytest.fixture
async def anybody(agent: RunningAgent) -> AsyncIterator[Caller]:
    async with grpc.aio.insecure_channel(agent.address) as channel:
        yield Caller(channel)


@pytest.mark.parametrize("revision", [0, CONTRACT_REVISION])
async def test_a_client_that_says_no_revision_or_this_one_gets_a_session_and_is_told_the_agents(
    revision: int, anybody: Caller
) -> None:
    opened = await anybody.ask(OpenSessionRequest(contract_revision=revision))

    assert (opened.contract_revision, opened.session_token != "") == (CONTRACT_REVISION, True)


@pytest.fixture
async def newer() -> AsyncIterator[RunningAgent]:
    async with newer_agent() as running:
        yield running


@pytest.fixture
async def told(newer: RunningAgent, peer: Listen) -> AsyncIterator[AsyncSession]:
    """A session with five events: connected, unknown (data), unknown (a fault, of a send), sent, closed."""
    listener = peer()
    async with AsyncClient(newer.address) as client, client.session() as session:
        connection = await session.connect(listener.host, listener.port, indications=[IndicationKind.DATA])
        far = await listener.accepted()
        far.send(b"hello")
        indicated = await anext(connection.indications())
        assert isinstance(indicated, Event)
        assert indicated.WhichOneof("body") is None  # it comes as what it is
        await session.fault(OperationDelay(0.0), name="slow", operations="send")
        await connection.send(b"abc")
        await far.until_received(b"abc")
        await connection.close()
        yield session


async def test_events_of_a_kind_that_a_client_does_not_know_are_in_its_story_and_disturb_nothing(
    newer: RunningAgent, told: AsyncSession
) -> None:
    story = told.events()
    events = [each for each in [await anext(story) for _ in range(5)] if isinstance(each, Event)]

    assert [(each.sequence, each.operation_id, each.WhichOneof("body")) for each in events] == [
        (1, 1, "completion"),
        (2, 0, None),
        (3, 2, None),
        (4, 2, "completion"),
        (5, 3, "completion"),
    ]
    [held] = newer.engine.sessions
    assert (told.last_sequence, told.lost, held.pending_operations) == (5, None, 0)


async def test_the_command_line_says_which_kind_it_does_not_know_in_json_and_in_words(
    newer: RunningAgent, told: AsyncSession
) -> None:
    ended = await telesock("events", agent=newer.address, session=credential(told))
    shown = await run_on_terminal("events", agent=newer.address, session=credential(told), columns=120)

    lines: list[dict[str, Any]] = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.status, ended.stderr) == (0, "")
    assert [(line["sequence"], line.get("unknown_kind")) for line in lines] == [
        ("1", None),
        ("2", NEW_KIND),
        ("3", NEW_KIND),
        ("4", None),
        ("5", None),
    ]
    words = f"unknown kind number {NEW_KIND}; this client is older than the agent"
    rows = [line.split(maxsplit=2)[1:] for line in shown.splitlines() if "unknown" in line]
    assert [(number, " ".join(row.split())) for number, row in rows] == [
        ("2", f"1 {words}"),
        ("3", f"1 2 {words}"),
    ]


# A client that is newer than the agent


async def test_an_agent_refuses_a_newer_client_opens_nothing_and_tells_it_about_itself(
    agent: RunningAgent, anybody: Caller
) -> None:
    with refused("CONTRACT_TOO_NEW", grpc.StatusCode.FAILED_PRECONDITION) as info:
        await anybody.ask(OpenSessionRequest(contract_revision=NEWER))

    assert dict(info.metadata) == {"client_revision": str(NEWER), "agent_revision": str(CONTRACT_REVISION)}
    assert list(agent.engine.sessions) == []
    assert (await anybody.ask(GetAgentRequest())).agent.contract_revision == CONTRACT_REVISION


async def test_a_newer_client_raises_what_the_agent_says(
    agent: RunningAgent, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken, "CONTRACT_REVISION", CONTRACT_REVISION - 1)

    with pytest.raises(Rejected) as rejected:
        async with client.session():
            pytest.fail("the agent is older")

    assert (rejected.value.reason, list(agent.engine.sessions)) == ("CONTRACT_TOO_NEW", [])


async def test_the_command_line_says_what_the_agent_says_in_one_line(
    agent: RunningAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken, "CONTRACT_REVISION", CONTRACT_REVISION - 1)

    ended = await telesock("session", "open", agent=agent.address)

    assert ended == Ended(
        1,
        "",
        f"telesock: the client speaks revision {CONTRACT_REVISION} of the contract, this agent "
        f"{CONTRACT_REVISION - 1}; use a newer agent, or a client as old as this one\n",
    )


async def test_a_session_of_an_older_client_is_not_taken_up_by_a_newer_one(
    agent: RunningAgent, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "CONTRACT_REVISION", NEWER)
    async with AsyncClient(agent.address) as newer:
        with pytest.raises(Rejected) as rejected:
            async with newer.attach_session(session.session_id, session.session_token):
                pytest.fail("the agent is older")

    assert (rejected.value.reason, session.lost) == (contract.TOO_NEW, None)


# An agent from before the contract had revisions: it says nothing, and is older than any client


@pytest.fixture
async def older() -> AsyncIterator[tuple[OlderAgent, str]]:
    async with older_agent() as running:
        yield running


def too_old(address: str) -> str:
    return (
        f"this client speaks revision {CONTRACT_REVISION} of the contract, the agent at {address} one from before "
        "revision 1; use a newer agent, or a client as old as that one"
    )


async def test_an_agent_that_names_no_revision_is_too_old_and_the_session_is_closed_again(
    older: tuple[OlderAgent, str],
) -> None:
    agent, address = older
    async with AsyncClient(address) as client:
        with pytest.raises(Rejected) as rejected:
            async with client.session():
                pytest.fail("the agent is older")

    assert (str(rejected.value), rejected.value.reason, agent.open) == (
        too_old(address),
        contract.TOO_NEW,
        set(),
    )


async def test_a_session_of_a_known_request_id_may_be_anothers_and_is_left_to_its_lease(
    older: tuple[OlderAgent, str],
) -> None:
    agent, address = older
    async with AsyncClient(address) as client:
        with pytest.raises(Rejected):
            async with client.session(request_id="mine"):
                pytest.fail("the agent is older")

    assert agent.open == {"s-mine"}


async def test_an_agent_that_names_no_revision_has_no_session_taken_up(older: tuple[OlderAgent, str]) -> None:
    _, address = older
    async with AsyncClient(address) as client:
        with pytest.raises(Rejected) as rejected:
            async with client.attach_session("s-1", "t"):
                pytest.fail("the agent is older")

    assert str(rejected.value) == too_old(address)


@pytest.mark.parametrize(
    "command", [("session", "open"), ("connect", "127.0.0.1:9"), ("listen", "127.0.0.1:0")]
)
async def test_the_command_line_says_that_an_agent_is_too_old_in_one_line_and_leaves_nothing(
    command: tuple[str, ...], older: tuple[OlderAgent, str]
) -> None:
    agent, address = older

    ended = await telesock(*command, agent=address)

    assert (ended, agent.open) == (Ended(1, "", f"telesock: {too_old(address)}\n"), set())


async def test_an_agent_of_any_age_can_be_asked_what_it_is(older: tuple[OlderAgent, str]) -> None:
    _, address = older
    async with AsyncClient(address) as client:
        told = await client.get_agent()
    ended = await telesock("agent", "info", agent=address)

    assert (told.version, told.contract_revision) == ("0.0.1", 0)
    assert (ended.status, json.loads(ended.stdout)["agent_id"], ended.stderr) == (0, "old", "")
