"""Opening, keeping and ending sessions, and streams of events that end as they should."""

from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.promises.owners import Caller, Listen, Open, Owner, refused

from telesock.server.service.subscription import Subscription
from telesock.v1.events_pb2 import EVENT_KIND_COMPLETION, EVENT_KIND_DATA_RECEIVED, EventFilter
from telesock.v1.sessions_pb2 import (
    RETENTION_LATEST,
    RETENTION_UNSPECIFIED,
    RETENTION_UNTIL_ACKNOWLEDGED,
    AcknowledgeEventsRequest,
    CloseSessionRequest,
    GetSessionRequest,
    KeepAliveRequest,
    ListSessionsRequest,
    OpenSessionRequest,
)
from telesock.v1.sockets_pb2 import CreateSocketRequest

INVALID, EXISTS = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS
OPENING: dict[str, Any] = {"request_id": "r-1", "label": "mine", "lease_duration": {"seconds": 20}}


@pytest.fixture
def anybody(owner: Owner) -> Caller:
    """Somebody without a session."""
    return Caller(owner.channel)


# Opening


@pytest.mark.parametrize(
    "other", [{"label": "its"}, {"retention": RETENTION_LATEST}, {"lease_duration": {"seconds": 21}}]
)
async def test_a_request_id_with_other_values_is_refused_and_opens_nothing(
    other: dict[str, Any], agent: RunningAgent, anybody: Caller
) -> None:
    first = await anybody.ask(OpenSessionRequest(**OPENING))

    with refused("OPERATION_ID_REUSED", EXISTS) as info:
        await anybody.ask(OpenSessionRequest(**{**OPENING, **other}))

    assert dict(info.metadata) == {"field": "request_id"}
    assert await anybody.ask(OpenSessionRequest(**OPENING)) == first
    assert len(agent.engine.sessions) == 2


async def test_openings_without_a_request_id_are_sessions_of_their_own(anybody: Caller) -> None:
    opened = [await anybody.ask(OpenSessionRequest(label="same")) for _ in range(2)]

    assert opened[0].session_id != opened[1].session_id
    assert opened[0].session_token != opened[1].session_token


@pytest.mark.parametrize("lease", [{"seconds": 1}, {"seconds": 86_400}])
async def test_the_shortest_and_the_longest_lease_are_granted(lease: dict[str, int], anybody: Caller) -> None:
    asked = OpenSessionRequest(lease_duration=lease)

    assert (await anybody.ask(asked)).lease_duration == asked.lease_duration


@pytest.mark.parametrize(
    "lease",
    [{}, {"nanos": 999_999_999}, {"seconds": 86_400, "nanos": 1}, {"seconds": -1}, {"seconds": 2**63 - 1}],
)
async def test_a_lease_beyond_its_bounds_is_refused(
    lease: dict[str, int], agent: RunningAgent, anybody: Caller
) -> None:
    with refused("MALFORMED", INVALID) as info:
        await anybody.ask(OpenSessionRequest(lease_duration=lease))
    assert info.metadata["field"] == "lease_duration"
    assert len(agent.engine.sessions) == 1


@pytest.mark.parametrize("text", ["", "ä ☎ " * 32])
async def test_a_label_is_shown_and_logged_as_it_was_given(text: str, agent: RunningAgent) -> None:
    async with grpc.aio.insecure_channel(agent.address) as channel:
        with capture_logs() as logs:
            opened = await Caller(channel).ask(OpenSessionRequest(label=text))
        (listed,) = (await Caller(channel).ask(ListSessionsRequest())).sessions

    assert (listed.session_id, listed.label) == (opened.session_id, text)
    session = {"session_id": opened.session_id, "label": text, "identity": ""}
    assert logs == [{"event": "session_opened", "log_level": "info", **session}]


@pytest.mark.parametrize("field", ["label", "request_id"])
@pytest.mark.parametrize("text", ["x" * 129, "two\nlines", "\x1b[31m", "\0"])
async def test_text_that_would_spoil_a_list_or_a_log_is_refused(
    field: str, text: str, anybody: Caller
) -> None:
    with refused("MALFORMED", INVALID) as info:
        await anybody.ask(OpenSessionRequest(**dict[str, Any]({field: text})))
    assert info.metadata["field"] == field


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (RETENTION_UNSPECIFIED, RETENTION_UNTIL_ACKNOWLEDGED),
        (RETENTION_UNTIL_ACKNOWLEDGED, RETENTION_UNTIL_ACKNOWLEDGED),
        (RETENTION_LATEST, RETENTION_LATEST),
    ],
)
async def test_a_session_retains_as_asked(
    asked: Any, granted: Any, agent: RunningAgent, open_owner: Open
) -> None:
    assert (await (await open_owner(agent.address, retention=asked)).view()).retention == granted


# Looking, keeping, ending


async def test_sessions_are_listed_in_the_order_of_their_opening_as_their_owners_see_them(
    agent: RunningAgent, open_owner: Open
) -> None:
    owners = [await open_owner(agent.address, label=f"number {n}") for n in range(3)]
    await owners[1].start(CreateSocketRequest())

    listed = list((await owners[0].ask(ListSessionsRequest())).sessions)
    seen = [await owner.view() for owner in owners]

    for session in (*listed, *seen):
        session.ClearField("lease_remaining")
    assert listed == seen


async def test_a_keep_alive_tells_what_is_left_of_the_lease(owner: Owner) -> None:
    left = (await owner.ask(KeepAliveRequest())).lease_remaining

    assert 29 < left.ToNanoseconds() / 1e9 <= 30


async def test_a_session_is_closed_once_and_then_lost(agent: RunningAgent, owner: Owner) -> None:
    await owner.ask(CloseSessionRequest())

    for request in (CloseSessionRequest(), GetSessionRequest(), KeepAliveRequest()):
        with refused("SESSION_LOST", grpc.StatusCode.NOT_FOUND) as info:
            await owner.ask(request)
        assert dict(info.metadata) == {"session_id": owner.session_id, "cause": "CLOSED"}
    assert len(agent.engine.sessions) == 0


async def test_an_acknowledgement_may_be_repeated_and_never_goes_back(owner: Owner) -> None:
    for _ in range(3):
        await owner.start(CreateSocketRequest())

    told = []
    for sequence in (2, 2, 1, 0, 3):
        await owner.ask(AcknowledgeEventsRequest(sequence=sequence))
        told.append((await owner.view()).acknowledged_sequence)

    assert told == [2, 2, 2, 2, 3]


# Streams


async def test_a_stream_begins_with_a_mark_of_where_it_stands(owner: Owner) -> None:
    for _ in range(2):
        await owner.start(CreateSocketRequest())

    empty = await owner.read(2)

    assert (empty.events, empty.batches, empty.last_sequence) == ([], 1, 2)


@pytest.mark.parametrize(
    ("wanted", "passed"),
    [
        (EventFilter(), [1, 2, 3]),
        (EventFilter(socket_ids=[2]), [2]),
        (EventFilter(socket_ids=[1, 3], kinds=[EVENT_KIND_COMPLETION]), [1, 3]),
        (EventFilter(kinds=[EVENT_KIND_DATA_RECEIVED]), []),
    ],
)
async def test_a_filtered_stream_tells_what_is_wanted_and_marks_the_rest(
    wanted: EventFilter, passed: list[int], owner: Owner
) -> None:
    for _ in range(3):
        await owner.start(CreateSocketRequest())

    story = await owner.read(0, wanted)

    assert (story.sequences, story.last_sequence) == (passed, 3)


async def test_a_stream_from_behind_the_last_event_is_refused(owner: Owner) -> None:
    await owner.start(CreateSocketRequest())

    story = await owner.read(2)

    assert (story.code, story.reason, story.metadata) == (INVALID, "SEQUENCE_AHEAD", {"last_sequence": "1"})


@pytest.mark.parametrize("open_", ["read", "attach"])
async def test_a_bug_in_a_stream_ends_it_with_internal_is_logged_and_spoils_nothing_else(
    open_: str, owner: Owner, peer: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = await getattr(owner, open_)()
    await story.until(lambda: story.batches == 1)

    def broken(subscription: Subscription, rest: bytes = b"") -> bytes:
        raise KeyError("a secret")

    with capture_logs() as logs, monkeypatch.context() as patched:
        patched.setattr(Subscription, "next_batch", broken)
        await owner.start(CreateSocketRequest())
        await story.until_ended()

    assert (story.code, story.reason) == (grpc.StatusCode.INTERNAL, "")
    assert [(entry["event"], repr(entry["exc_info"])) for entry in logs] == [
        ("stream_failed", "KeyError('a secret')")
    ]
    again = await getattr(owner, open_)()
    await again.until_sequence(1)
    assert again.code is None
