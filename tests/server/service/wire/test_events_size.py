"""What an event weighs: a journal counts at least the bytes that it keeps, whatever the event says."""

import pytest

from telesock.server.core.events import (
    Body,
    Clock,
    CloseResult,
    Completion,
    ConnectAttempt,
    ConnectResult,
    CreditStalled,
    DataReceived,
    DisconnectResult,
    Draining,
    Event,
    PeerDisconnected,
    ReceiveResult,
    SessionExpiring,
    SocketClosed,
    StallReason,
    TcpInfo,
    payload_bytes,
)
from telesock.server.core.journal import EVENT_COST, Journal
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.slots import Slot
from telesock.server.core.status import Cause, Origin, Phase, Status
from telesock.server.core.storage import Storage
from telesock.server.service.wire.events import encode_event

HIGHEST = 2**64 - 1
CLOCK = Clock(HIGHEST, HIGHEST)
CAUSE = Cause(Origin.LOCAL_HOST, Phase.CLOSE, "ESOCKTNOSUPPORT", "f" * 64, "a line for a person " * 5)
FAR = Endpoint("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff%interface-name-x", 65_535)
TCP_INFO = TcpInfo("FIN_WAIT2", *(2**32 - 1,) * 6, HIGHEST, HIGHEST, 2**32 - 1)
LARGEST: list[Body] = [
    Completion(OperationKind.SEND, Status.CONNECTION_RESET, HIGHEST, CAUSE),
    Completion(
        OperationKind.RECEIVE, Status.IO_TIMEOUT, HIGHEST, CAUSE, ReceiveResult(b"x" * 2**20, HIGHEST, True)
    ),
    Completion(
        OperationKind.DISCONNECT,
        Status.IO_TIMEOUT,
        HIGHEST,
        CAUSE,
        DisconnectResult(TCP_INFO, HIGHEST, HIGHEST, HIGHEST),
    ),
    Completion(OperationKind.CLOSE, Status.CANCELLED, HIGHEST, CAUSE, CloseResult(True, HIGHEST)),
    Completion(
        OperationKind.CONNECT,
        Status.SUCCESS,
        HIGHEST,
        None,
        ConnectResult(FAR, FAR, (ConnectAttempt(FAR, Status.SUCCESS),)),
    ),
    DataReceived(b"x" * 2**20, HIGHEST),
    PeerDisconnected(Status.CONNECTION_RESET, CAUSE),
    SocketClosed(Status.CANCELLED, CAUSE),
    CreditStalled(StallReason.JOURNAL),
    SessionExpiring(1e9 + 1e-9),
    Draining(1e9 + 1e-9),
]
MANY_ATTEMPTS = Completion(
    OperationKind.CONNECT,
    Status.ACCESS_DENIED,
    HIGHEST,
    CAUSE,
    ConnectResult(None, None, (ConnectAttempt(FAR, Status.ACCESS_DENIED, CAUSE),) * 64),
)
LONG_NAME = Completion(
    OperationKind.CONNECT,
    Status.NO_MATCH,
    0,
    Cause(Origin.PEER, Phase.RESOLVE, detail=f"{'𐀀' * 253!r} does not resolve"),
    ConnectResult(None, None, ()),
)


@pytest.mark.parametrize("body", LARGEST, ids=lambda body: type(body).__name__)
def test_the_largest_event_of_a_kind_fits_into_the_room_that_was_set_aside(body: Body) -> None:
    encoded = encode_event(Event(HIGHEST, CLOCK, HIGHEST, HIGHEST, body))

    assert len(encoded) - payload_bytes(body) <= EVENT_COST


@pytest.mark.parametrize("body", [*LARGEST, MANY_ATTEMPTS, LONG_NAME], ids=lambda body: type(body).__name__)
def test_a_journal_counts_no_event_for_less_than_it_weighs(body: Body) -> None:
    storage = Storage(2**30)
    journal = Journal(encode_event, storage, 10, 2**30)

    journal.append(body, CLOCK, Slot.ROOM)

    kept = journal.entry(1)
    assert kept is not None
    assert kept.cost == storage.used == max(len(kept.encoded), EVENT_COST + payload_bytes(body))


def test_a_connect_that_tried_many_addresses_counts_what_it_weighs_and_gives_it_back() -> None:
    storage = Storage(2**30)
    journal = Journal(encode_event, storage, 10, 2**30)
    journal.reserve()

    journal.append(MANY_ATTEMPTS, CLOCK, Slot.RESERVED)
    weight = storage.used
    journal.acknowledge(1)
    journal.forget_acknowledged()

    assert weight > 64 * 100
    assert storage.used == 0
