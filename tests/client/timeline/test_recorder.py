"""A recorder joins what was asked with what was told, keeps a bounded number of entries, and can be asked at any time."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from telesock.client.core.clocks import ClockEstimate
from telesock.client.core.operations import BaseOperation
from telesock.client.enumerations import OperationKind
from telesock.client.errors import SessionLost
from telesock.client.timeline import Entry, Timeline, TimelineRecorder
from telesock.v1.events_pb2 import PEER_DISCONNECT_KIND_GRACEFUL, Event, Gap, PeerDisconnected
from telesock.v1.operations_pb2 import OPERATION_KIND_SEND, Completion
from telesock.v1.sessions_pb2 import AttachRequest, Command, Refusal
from telesock.v1.sockets_pb2 import SendRequest
from telesock.v1.types_pb2 import STATUS_SUCCESS

SAME = ClockEstimate(0, 3, 0, drift_uncertainty_ppm=0)
"""The clock of an agent that is ours."""


def ticking() -> Callable[[], int]:
    """A clock that shows 10, 20, 30, ..."""
    ticks = itertools.count(10, 10)
    return lambda: next(ticks)


@pytest.fixture
def recorder() -> TimelineRecorder:
    """Its clock shows 10 when it is made, and 10 more each time it is looked at; 1970 was at 0 of it."""
    recorder = TimelineRecorder(clock=ticking(), wall_clock=lambda: 10, title="t")
    recorder.clock("a", SAME)
    return recorder


def send(number: int) -> BaseOperation[Any]:
    operation: BaseOperation[Any] = BaseOperation(None, OperationKind.SEND, 1, lambda done: None)  # type: ignore[arg-type]  # nobody cancels it
    operation.operation_id = number
    operation.frame = AttachRequest(commands=[Command(send=SendRequest(data=b"hello"))]).SerializeToString()
    return operation


def sent(number: int, at_ns: int, sequence: int = 1) -> Event:
    done = Completion(status=STATUS_SUCCESS, kind=OPERATION_KIND_SEND, transferred_bytes=5)
    return Event(sequence=sequence, monotonic_ns=at_ns, socket_id=1, operation_id=number, completion=done)


def test_an_operation_is_one_entry_from_its_asking_to_its_end(recorder: TimelineRecorder) -> None:
    recorder.asked("a", send(1), "s-1")
    recorder.told("a", sent(1, at_ns=25), "s-1")

    entry = Entry(
        25,
        "operation",
        "send",
        "a",
        uncertainty_ns=3,
        began_ns=20,
        sequence=1,
        session="s-1",
        socket_id=1,
        operation_id=1,
        request="5 bytes, 'hello'",
        status="SUCCESS",
        details="5 bytes",
    )
    assert recorder.timeline() == Timeline((entry,), ("a",), 0, {"a": SAME}, title="t")


def test_what_has_not_ended_is_there_too_and_the_next_timeline_has_its_end(
    recorder: TimelineRecorder,
) -> None:
    recorder.asked("a", send(1))
    (pending,) = recorder.timeline().entries
    recorder.told("a", sent(1, at_ns=25))
    (ended,) = recorder.timeline().entries

    assert (pending.pending, pending.at_ns, pending.began_ns, pending.status) == (True, 20, 20, "")
    assert (ended.pending, ended.at_ns, ended.began_ns, ended.status) == (False, 25, 20, "SUCCESS")


def test_equal_numbers_of_two_sessions_are_two_operations(recorder: TimelineRecorder) -> None:
    recorder.asked("a", send(1), "s-1")
    recorder.asked("a", send(1), "s-2")
    recorder.told("a", sent(1, at_ns=40), "s-2")

    assert [(entry.session, entry.began_ns, entry.status) for entry in recorder.timeline().entries] == [
        ("s-1", 20, ""),
        ("s-2", 30, "SUCCESS"),
    ]


def test_what_is_refused_ends_with_its_reason(recorder: TimelineRecorder) -> None:
    operation = send(1)
    recorder.asked("a", operation)
    recorder.refused("a", operation, Refusal(reason="WRONG_STATE", message="it is closed"))

    (entry,) = recorder.timeline().entries
    assert (entry.began_ns, entry.at_ns, entry.status, entry.details) == (
        20,
        30,
        "WRONG_STATE",
        "it is closed",
    )


def test_everything_else_is_an_entry_of_its_own(recorder: TimelineRecorder) -> None:
    recorder.note("begin")
    ended = PeerDisconnected(kind=PEER_DISCONNECT_KIND_GRACEFUL)
    recorder.told("a", Event(sequence=1, monotonic_ns=25, socket_id=1, peer_disconnected=ended))
    recorder.gap("a", Gap(first_sequence=2, last_sequence=4))
    recorder.lost("b", "it was killed")
    recorder.lost("a", SessionLost("the lease is over", "LEASE_EXPIRED"), "s-1")
    recorder.returned("b")

    assert [
        (each.kind, each.what, each.agent, each.status, each.details) for each in recorder.timeline().entries
    ] == [
        ("note", "begin", "", "", ""),
        ("indication", "peer disconnected", "a", "", "graceful: it sends no more"),
        ("gap", "gap", "a", "MISSING", "events 2 to 4 are gone for good"),
        ("agent", "agent lost", "b", "LOST", "it was killed"),
        ("agent", "session lost", "a", "LOST", "the lease is over"),
        ("agent", "agent returned", "b", "", ""),
    ]
    assert recorder.timeline().agents == ("a", "b")


def test_the_oldest_are_forgotten_and_counted() -> None:
    recorder = TimelineRecorder(limit=2)
    for number in range(5):
        recorder.note(str(number))
    for number in range(1, 4):
        recorder.asked("a", send(number))

    timeline = recorder.timeline()

    assert ([entry.what for entry in timeline.entries], timeline.forgotten) == (["3", "4", "send", "send"], 4)


def test_a_recorder_that_could_keep_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a recorder keeps at least 1 entry, not 0$"):
        TimelineRecorder(0)


def test_any_number_of_threads_may_use_it_at_once() -> None:
    recorder = TimelineRecorder()

    def work(agent: str) -> None:
        for number in range(1, 301):
            recorder.asked(agent, send(number))
            recorder.told(agent, sent(number, at_ns=number, sequence=number))
            if number % 100 == 0:
                recorder.timeline()

    threads = [threading.Thread(target=work, args=(f"agent-{each}",)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = recorder.timeline().entries
    assert len(entries) == 1200
    assert all(entry.began_ns is not None and entry.status == "SUCCESS" for entry in entries)
