"""Core events to bytes: each parses back to the same facts and is no larger than the journal counts it."""

from telesock.server.core.events import Clock, Draining, Event
from telesock.server.service.wire.events import encode_event
from telesock.v1 import events_pb2


def test_an_event_is_encoded_as_an_element_of_a_batch() -> None:
    (event,) = events_pb2.EventBatch.FromString(
        encode_event(Event(1, Clock(2, 3), 4, 5, Draining(1.5)))
    ).events

    assert event == events_pb2.Event(
        sequence=1,
        monotonic_ns=2,
        wall_ns=3,
        socket_id=4,
        operation_id=5,
        draining={"grace_period": {"seconds": 1, "nanos": 500_000_000}},
    )
