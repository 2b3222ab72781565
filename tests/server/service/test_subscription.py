"""Reading a journal as it grows: how much one batch holds, when it is sent, and how long the last ones may take."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from telesock.server.core.events import CreditStalled, DataReceived, EventKind, StallReason
from telesock.server.core.filter import Filter
from telesock.server.core.journal import Retention
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.session import SessionEnd
from telesock.server.engine.engine import Engine
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession
from telesock.server.service import subscription as subscriptions
from telesock.server.service.subscription import BATCH_BYTES, BATCH_EVENTS, Subscription
from telesock.server.service.wire.events import encode_event
from telesock.v1.events_pb2 import EventBatch, Gap
from telesock.v1.sessions_pb2 import StreamEventsResponse


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(encode_event, Limits(journal_events=2000))
    yield engine
    engine.close()


@pytest.fixture
async def session(engine: Engine) -> HeldSession:
    return engine.open_session(Opening())


def happen(engine: Engine, session: HeldSession, count: int = 1, data: bytes = b"x") -> None:
    """Let data arrive on the sockets 0, 1, 2, … of a session."""
    for number in range(count):
        session.append(DataReceived(data, 0), engine.clock(), socket_id=number)


def read(batch: bytes) -> EventBatch:
    return StreamEventsResponse.FromString(batch).batch


def sequences(batch: bytes) -> list[int]:
    return [event.sequence for event in read(batch).events]


class Reader:
    """Runs a subscription, and writes down the batches as long as it is `taking`."""

    def __init__(self, subscription: Subscription) -> None:
        self.batches: list[list[int]] = []
        self.taking = asyncio.Event()
        self.taking.set()
        self._subscription = subscription
        self.running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        with self._subscription:
            await self._subscription.run(self._write)

    async def _write(self, batch: bytes) -> None:
        self.batches.append(sequences(batch))
        await self.taking.wait()

    async def until(self, happened: Callable[[], bool]) -> None:
        while not happened():  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0)


# One batch


async def test_a_batch_holds_so_many_events_and_the_next_goes_on(
    engine: Engine, session: HeldSession
) -> None:
    happen(engine, session, 2 * BATCH_EVENTS + 1)
    subscription = Subscription(session, 0)

    batches = [sequences(subscription.next_batch()) for _ in range(4)]

    assert [len(batch) for batch in batches] == [BATCH_EVENTS, BATCH_EVENTS, 1, 0]
    assert [number for batch in batches for number in batch] == list(range(1, 2 * BATCH_EVENTS + 2))


async def test_a_batch_holds_so_many_bytes_but_one_event_at_least(
    engine: Engine, session: HeldSession
) -> None:
    happen(engine, session, 5, bytes(BATCH_BYTES * 2 // 5))
    happen(engine, session, 2, bytes(2 * BATCH_BYTES))
    subscription = Subscription(session, 0)

    batches = [subscription.next_batch() for _ in range(5)]

    assert [sequences(batch) for batch in batches] == [[1, 2], [3, 4], [5], [6], [7]]
    assert max(len(batch) for batch in batches[:3]) < BATCH_BYTES + 100


async def test_a_batch_says_how_far_the_reading_has_come_although_nothing_in_it_was_wanted(
    engine: Engine, session: HeldSession
) -> None:
    happen(engine, session, 3)
    session.append(CreditStalled(StallReason.CREDIT), engine.clock(), socket_id=1)
    by_socket = Subscription(session, 0, Filter([1]))
    by_kind = Subscription(session, 0, Filter(kinds=[EventKind.DRAINING]))

    batches = [each.next_batch() for each in (by_socket, by_kind)]

    assert [sequences(batch) for batch in batches] == [[2, 4], []]
    assert [read(batch).last_sequence for batch in batches] == [4, 4]
    assert not by_socket.behind


async def test_what_is_gone_is_told_as_a_gap_once(engine: Engine) -> None:
    session = engine.open_session(Opening(retention=Retention.LATEST))
    happen(engine, session, 2010)
    subscription = Subscription(session, 3)

    first, second = (read(subscription.next_batch()) for _ in range(2))

    assert first.gap == Gap(first_sequence=4, last_sequence=10)
    assert (first.events[0].sequence, first.last_sequence) == (11, 10 + BATCH_EVENTS)
    assert not second.HasField("gap")


async def test_reading_from_behind_the_last_event_is_refused(engine: Engine, session: HeldSession) -> None:
    happen(engine, session, 2)

    assert not Subscription(session, 2).behind
    with pytest.raises(Refused) as caught:
        Subscription(session, 3)

    assert (caught.value.reason, caught.value.metadata) == (Reason.SEQUENCE_AHEAD, {"last_sequence": "2"})
    assert caught.value.message == "start_after: 3 is above the session's last event, 2"


# As it grows


async def test_all_that_happens_in_one_turn_leaves_in_one_batch(engine: Engine, session: HeldSession) -> None:
    reader = Reader(Subscription(session, 0))
    await reader.until(lambda: bool(session.sleeping))

    for _ in range(3):
        happen(engine, session, 4)
        await reader.until(lambda: bool(session.sleeping))

    assert reader.batches == [[], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    reader.running.cancel()


async def test_a_reader_that_stopped_leaves_nobody_who_sleeps_or_is_waited_for(
    engine: Engine, session: HeldSession
) -> None:
    reader = Reader(Subscription(session, 0))
    await reader.until(lambda: bool(session.sleeping))

    reader.running.cancel()
    await asyncio.wait([reader.running])

    assert session.sleeping == []
    engine.sessions.end(session, SessionEnd.CLOSED)
    assert session.journal.entry(1) is None


async def test_waking_whoever_does_not_wait_does_nothing(session: HeldSession) -> None:
    with Subscription(session, 0) as subscription:
        subscription.wake()
        waiting = asyncio.create_task(subscription.wait())
        await asyncio.sleep(0)
        subscription.wake()
        subscription.wake()
        await waiting

    assert session.sleeping == []


# The end


async def test_the_readers_of_an_ended_session_read_the_rest_and_then_its_journal_is_discarded(
    engine: Engine, session: HeldSession
) -> None:
    slow, quick = Reader(Subscription(session, 0)), Reader(Subscription(session, 0))
    await slow.until(lambda: len(session.sleeping) == 2)
    slow.taking.clear()
    happen(engine, session, BATCH_EVENTS + 1)

    engine.sessions.end(session, SessionEnd.CLOSED)
    await quick.running
    kept = session.journal.entry(1)
    slow.taking.set()
    await slow.running

    told = [[], list(range(1, BATCH_EVENTS + 1)), [BATCH_EVENTS + 1]]
    assert (quick.batches, slow.batches) == (told, told)
    assert kept is not None
    assert session.journal.entry(1) is None


async def test_a_reader_of_an_ended_session_that_does_not_read_is_given_up_and_the_journal_discarded(
    engine: Engine, session: HeldSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LAST_READING", 0.01)
    reader = Reader(Subscription(session, 0))
    await reader.until(lambda: bool(session.sleeping))
    reader.taking.clear()
    happen(engine, session)

    engine.sessions.end(session, SessionEnd.CLOSED)
    with pytest.raises(TimeoutError):
        await reader.running

    assert reader.batches == [[], [1]]
    assert session.journal.entry(1) is None


async def test_a_session_that_nobody_reads_is_discarded_at_its_end(
    engine: Engine, session: HeldSession
) -> None:
    happen(engine, session)

    engine.sessions.end(session, SessionEnd.CLOSED)

    assert session.journal.entry(1) is None
    assert engine.sessions._storage.used == 0
