"""What an event counts for, and that every body has a kind."""

from typing import get_args

import pytest

from telesock.server.core.events import (
    EVENT_KINDS,
    BindResult,
    Body,
    CloseResult,
    Completion,
    CreditStalled,
    DataReceived,
    DisconnectResult,
    Draining,
    EventKind,
    PeerDisconnected,
    ReceiveResult,
    SessionExpiring,
    SocketClosed,
    StallReason,
    payload_bytes,
)
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Cause, Origin, Phase, Status

CAUSE = Cause(Origin.PEER, Phase.RECEIVE, "ECONNRESET")


def completion(
    kind: OperationKind, result: BindResult | ReceiveResult | DisconnectResult | CloseResult | None
) -> Completion:
    return Completion(kind, Status.SUCCESS, 7, None, result)


def test_every_body_has_a_kind_of_its_own_and_every_kind_a_body() -> None:
    assert set(EVENT_KINDS) == set(get_args(Body))
    assert sorted(EVENT_KINDS.values()) == sorted(EventKind)


PAYLOADS: list[tuple[Body, int]] = [
    (DataReceived(b"abcde", 100), 5),
    (completion(OperationKind.RECEIVE, ReceiveResult(b"abc", 0, end_of_stream=False)), 3),
    (completion(OperationKind.RECEIVE, ReceiveResult(b"", 0, end_of_stream=True)), 0),
    (completion(OperationKind.SEND, None), 0),
    (completion(OperationKind.BIND, BindResult(Endpoint("127.0.0.1", 80))), 0),
    (completion(OperationKind.DISCONNECT, DisconnectResult(None, 4, 5, 6)), 0),
    (completion(OperationKind.CLOSE, CloseResult(aborted=True, discarded_bytes=9)), 0),
    (PeerDisconnected(Status.CONNECTION_RESET, CAUSE), 0),
    (SocketClosed(Status.CANCELLED, CAUSE), 0),
    (CreditStalled(StallReason.CREDIT), 0),
    (SessionExpiring(10.0), 0),
    (Draining(10.0), 0),
]


@pytest.mark.parametrize(("body", "size"), PAYLOADS)
def test_only_received_bytes_are_payload(body: Body, size: int) -> None:
    assert payload_bytes(body) == size
