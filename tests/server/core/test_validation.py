"""What no request may be, whatever the session, the socket and its state."""

import math

import pytest

from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
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
    Receive,
    Relay,
    Send,
    SetEventCallbacks,
)
from telesock.server.core.states import Category
from telesock.server.core.validation import check

LIMITS = Limits(send_bytes=10, initial_data_bytes=5, maximum_credit_bytes=100)
YEAR = 86_400.0 * 365
REMOTE = Endpoint("10.0.0.1", 80)
DATA, DISCONNECT, NONE = Indications.DATA, Indications.DISCONNECT, Indications.NONE

LEGAL: list[AnyRequest] = [
    CreateSocket(0, Category.STREAM, Family.ANY),
    Bind(1, Endpoint("", 0)),
    Bind(1, Endpoint("::1", 65_535)),
    Connect(1, Endpoint("a" * 253, 1)),
    Connect(1, Endpoint("server.lab", 65_535), initial_data=b"12345", timeout=YEAR),
    Connect(0, REMOTE, make=True, local=Endpoint("127.0.0.1", 0), callbacks=Callbacks(DATA, 100)),
    Connect(0, REMOTE, make=True, local=Endpoint("", 65_535), timeout=0.001),
    Send(1, b""),
    Send(1, b"1234567890", stream_offset=0, timeout=1.0),
    Receive(1, 0),
    Receive(1, 10, wait_all=True, timeout=YEAR),
    Receive(1, 10, peek=True),
    Receive(1, 0, peek=True),
    Receive(1, 0, drain=True),
    Disconnect(1),
    Disconnect(1, final_data=b"1234567890", timeout=1.0, abort_on_timeout=True),
    Disconnect(1, abortive=True),
    Close(1),
    Close(1, graceful=True),
    Close(1, graceful=True, timeout=1.0),
    Relay(1, REMOTE),
    Relay(1, Endpoint("server.lab", 65_535), YEAR),
    Relay(1, Endpoint("unix:/run/server", 0)),
    SetEventCallbacks(1, DATA, NONE),
    SetEventCallbacks(1, DATA, DISCONNECT),
    SetEventCallbacks(1, DATA | DISCONNECT, NONE, 100),
    SetEventCallbacks(1, NONE, DATA),
    SetEventCallbacks(1, NONE, NONE, 1),
]


@pytest.mark.parametrize("request_", LEGAL, ids=str)
def test_a_request_within_all_bounds_passes(request_: AnyRequest) -> None:
    check(request_, LIMITS)


NAME = "remote.host: a name has at most 253 characters, none of them NUL"
LONE_LOCAL = "local: only a connect with `spec` takes a local address; bind the socket first"
MALFORMED: list[tuple[AnyRequest, str]] = [
    (Bind(1, Endpoint("", -1)), "local.port: -1 is not between 0 and 65535"),
    (Bind(1, Endpoint("", 65_536)), "local.port: 65536 is not between 0 and 65535"),
    (Connect(1, Endpoint("", 80)), "remote.host: an address literal or a name is needed"),
    (Connect(1, Endpoint("a" * 254, 80)), NAME),
    (Connect(1, Endpoint("a\0b", 80)), NAME),
    (Connect(1, Endpoint("a", 0)), "remote.port: 0 is not between 1 and 65535"),
    (Connect(1, Endpoint("a", 65_536)), "remote.port: 65536 is not between 1 and 65535"),
    (Connect(1, REMOTE, local=Endpoint("127.0.0.1", 0)), LONE_LOCAL),
    (
        Connect(1, REMOTE, make=True, local=Endpoint("", 65_536)),
        "local.port: 65536 is not between 0 and 65535",
    ),
    (Receive(1, 1, drain=True), "drain: draining needs length 0 and neither wait_all nor peek"),
    (
        Receive(1, 0, drain=True, wait_all=True),
        "drain: draining needs length 0 and neither wait_all nor peek",
    ),
    (Receive(1, 0, drain=True, peek=True), "drain: draining needs length 0 and neither wait_all nor peek"),
    (Receive(1, 1, wait_all=True, peek=True), "peek: peeking cannot wait for all"),
    (Receive(1, 0, wait_all=True), "wait_all: waiting for all needs a length above 0"),
    (
        Disconnect(1, abortive=True, timeout=1.0),
        "timeout: an abortive disconnect completes at once and takes no timeout",
    ),
    (Disconnect(1, abort_on_timeout=True), "abort_on_timeout: it needs a timeout"),
    (Relay(1, Endpoint("", 80)), "upstream.host: an address literal or a name is needed"),
    (Relay(1, Endpoint("a", 0)), "upstream.port: 0 is not between 1 and 65535"),
    (Relay(1, REMOTE, 0.0), "connect_timeout: 0 s is not above 0 and at most a year"),
    (Close(1, timeout=1.0), "timeout: only a graceful close takes one; any other completes at once"),
    (
        SetEventCallbacks(1, DATA | DISCONNECT, DATA),
        "disable: a kind cannot be enabled and disabled in one request",
    ),
    (
        SetEventCallbacks(1, NONE, NONE),
        "enable: nothing to change: name a kind to enable or disable, or a credit",
    ),
]


@pytest.mark.parametrize(("request_", "message"), MALFORMED)
def test_a_request_that_makes_no_sense_is_refused_and_its_field_named(
    request_: AnyRequest, message: str
) -> None:
    with pytest.raises(Refused) as caught:
        check(request_, LIMITS)

    assert (caught.value.reason, caught.value.message) == (Reason.MALFORMED, message)
    assert caught.value.metadata == {
        "field": message.partition(":")[0],
        "wsk_status": "STATUS_INVALID_PARAMETER",
    }


TIMED: list[AnyRequest] = [
    Connect(1, REMOTE),
    Send(1, b""),
    Receive(1, 1),
    Disconnect(1),
    Close(1, graceful=True),
]


@pytest.mark.parametrize("timeout", [0.0, -1.0, YEAR + 1, math.inf, math.nan])
@pytest.mark.parametrize("request_", TIMED, ids=lambda request_: type(request_).__name__)
def test_a_timeout_is_above_nothing_and_at_most_a_year(request_: AnyRequest, timeout: float) -> None:
    with pytest.raises(Refused) as caught:
        check(request_._replace(timeout=timeout), LIMITS)  # type: ignore[call-arg]  # all of TIMED have one

    assert (caught.value.reason, caught.value.message) == (
        Reason.MALFORMED,
        f"timeout: {timeout:g} s is not above 0 and at most a year",
    )


TOO_LARGE: list[tuple[AnyRequest, str, int, int]] = [
    (Connect(1, REMOTE, initial_data=b"123456"), "initial_data", 6, 5),
    (Connect(1, REMOTE, callbacks=Callbacks(DATA, 101)), "callbacks.credit_bytes", 101, 100),
    (Send(1, b"12345678901"), "data", 11, 10),
    (Receive(1, 11), "length", 11, 10),
    (Disconnect(1, final_data=b"12345678901"), "final_data", 11, 10),
    (SetEventCallbacks(1, NONE, NONE, 101), "credit_bytes", 101, 100),
]


@pytest.mark.parametrize(("request_", "field", "size", "limit"), TOO_LARGE)
def test_a_request_over_a_bound_is_refused_with_the_bound(
    request_: AnyRequest, field: str, size: int, limit: int
) -> None:
    with pytest.raises(Refused) as caught:
        check(request_, LIMITS)

    assert (caught.value.reason, caught.value.message) == (
        Reason.TOO_LARGE,
        f"{field}: {size} bytes are more than the {limit} that one request may have",
    )
    assert caught.value.metadata == {
        "field": field,
        "limit": str(limit),
        "wsk_status": "STATUS_BUFFER_OVERFLOW",
    }


def test_final_data_with_an_abortive_disconnect_has_a_reason_of_its_own() -> None:
    with pytest.raises(Refused) as caught:
        check(Disconnect(1, abortive=True, final_data=b"x"), LIMITS)

    assert (caught.value.reason, caught.value.message) == (
        Reason.FINAL_DATA_WITH_ABORT,
        "final_data: an abortive disconnect sends nothing; leave it empty or disconnect gracefully",
    )
    assert caught.value.metadata == {"field": "final_data", "wsk_status": "STATUS_INVALID_PARAMETER"}
