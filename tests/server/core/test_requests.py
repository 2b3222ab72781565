"""Every request has its kind, and two are the same when all of their fields are."""

from typing import get_args

import pytest

from telesock.server.core.requests import (
    KINDS,
    AnyRequest,
    Bind,
    Callbacks,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    OperationKind,
    Receive,
    Send,
    SendLevel,
    SetEventCallbacks,
)
from telesock.server.core.states import Category

REMOTE = Endpoint("10.0.0.1", 80)
SHORT_AND_WHOLE: list[tuple[AnyRequest, AnyRequest]] = [
    (Bind(1, REMOTE), Bind(1, REMOTE)),
    (
        Connect(1, REMOTE),
        Connect(1, REMOTE, False, Family.ANY, None, b"", None, Callbacks(Indications.NONE, 0)),
    ),
    (Send(1, b"a"), Send(1, b"a", None, SendLevel.WRITTEN, None)),
    (Receive(1, 10), Receive(1, 10, False, False, False, None)),
    (Disconnect(1), Disconnect(1, False, b"", None, False)),
    (Close(1), Close(1, False, None)),
]


def test_every_request_has_a_kind_of_its_own_and_every_kind_a_request() -> None:
    assert set(KINDS) == set(get_args(AnyRequest))
    assert sorted(KINDS.values()) == sorted(OperationKind)


@pytest.mark.parametrize(("short", "whole"), SHORT_AND_WHOLE)
def test_a_field_left_out_is_the_same_request_as_its_default(short: AnyRequest, whole: AnyRequest) -> None:
    assert (short, hash(short)) == (whole, hash(whole))


DIFFERENT: list[AnyRequest] = [
    CreateSocket(1, Category.CONNECTION, Family.IPV4),
    CreateSocket(1, Category.CONNECTION, Family.IPV6),
    Send(1, b"a"),
    Send(1, b"b"),
    Send(1, b"a", stream_offset=0),
    Send(1, b"a", level=SendLevel.ACKNOWLEDGED),
    Receive(1, 10, wait_all=True),
    Receive(1, 10, peek=True),
    Receive(2, 10, peek=True),
    Disconnect(1),
    Disconnect(1, final_data=b"a"),
    SetEventCallbacks(1, Indications.DATA, Indications.NONE),
    SetEventCallbacks(1, Indications.NONE, Indications.DATA),
]


def test_requests_that_differ_anywhere_differ_in_their_hash() -> None:
    assert len({hash((KINDS[type(request)], request)) for request in DIFFERENT}) == len(DIFFERENT)
