"""Events that tell of more than a session's own operations and indications: they are seen, and change neither."""

import pytest

from telesock.client.core import requests
from telesock.client.core.lease import Lease
from telesock.client.core.operations import BaseOperation
from telesock.client.core.session import SessionCore
from telesock.client.enumerations import OperationKind
from telesock.v1.events_pb2 import (
    ChainProgress,
    Event,
    EventBatch,
    FaultEnded,
    FaultFired,
    PeerDisconnected,
    RelayConnected,
    RelayEnded,
)
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import AttachResponse
from telesock.v1.types_pb2 import STATUS_SUCCESS


def take(core: SessionCore, *events: Event) -> None:
    core.take(AttachResponse(batch=EventBatch(events=events, last_sequence=events[-1].sequence)), 10)


@pytest.fixture
def core() -> SessionCore:
    return SessionCore("s-1", "boot", Lease(30.0, 0.0))


@pytest.mark.parametrize(
    "told",
    [
        Event(sequence=1, operation_id=1, fault_fired=FaultFired(fault="stall-1")),
        Event(sequence=1, operation_id=1, chain_progress=ChainProgress(rounds=1)),
    ],
    ids=lambda event: event.WhichOneof("body"),
)
def test_what_happens_in_an_operation_is_not_its_end(core: SessionCore, told: Event) -> None:
    record = core.sockets.new()
    operation = BaseOperation(core, OperationKind.LISTEN, record.socket_id, lambda _: None)
    core.submit(operation, requests.listen, record.socket_id)
    core.next_message(0.0)
    take(core, told)
    before = operation.done()
    done = Completion(status=STATUS_SUCCESS, faults=["stall-1"])
    take(core, Event(sequence=2, operation_id=1, completion=done))

    assert (before, operation.completion, operation.faults) == (False, done, ("stall-1",))


def test_what_faults_and_relays_do_is_no_indication(core: SessionCore) -> None:
    record = core.sockets.new()
    ended = Event(sequence=5, socket_id=record.socket_id, peer_disconnected=PeerDisconnected())
    take(
        core,
        Event(sequence=1, socket_id=record.socket_id, fault_fired=FaultFired()),
        Event(sequence=2, socket_id=record.socket_id, fault_ended=FaultEnded()),
        Event(sequence=3, socket_id=record.socket_id, relay_connected=RelayConnected()),
        Event(sequence=4, socket_id=record.socket_id, relay_ended=RelayEnded()),
        ended,
    )

    assert list(record.indications) == [ended]
