"""Request messages to core requests: every field is read, and what has no core value is refused."""

import contextlib
import math
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from telesock.server.core.entries import Entry
from telesock.server.core.events import EventKind
from telesock.server.core.journal import Retention
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
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
    Receive,
    Send,
    SendLevel,
    SetEventCallbacks,
)
from telesock.server.core.states import Category
from telesock.server.core.validation import check
from telesock.server.engine.session_table import Opening
from telesock.server.service.wire import requests as wire
from telesock.v1 import events_pb2, sessions_pb2, sockets_pb2

BOTH = Indications.DATA | Indications.DISCONNECT
HALF = {"seconds": 1, "nanos": 500_000_000}
HERE = {"host": "127.0.0.1", "port": 7}
READ: list[tuple[str, dict[str, Any], AnyRequest]] = [
    ("create_socket", {"socket_id": 9}, CreateSocket(9, Category.CONNECTION, Family.ANY)),
    (
        "create_socket",
        {"spec": {"category": "SOCKET_CATEGORY_STREAM", "family": "ADDRESS_FAMILY_IPV6"}},
        CreateSocket(0, Category.STREAM, Family.IPV6),
    ),
    ("bind", {"socket_id": 9}, Bind(9, Endpoint("", 0))),
    ("bind", {"socket_id": 9, "local": HERE}, Bind(9, Endpoint("127.0.0.1", 7))),
    ("connect", {"socket_id": 9, "remote": HERE}, Connect(9, Endpoint("127.0.0.1", 7))),
    (
        "connect",
        {
            "socket_id": 9,
            "remote": {"host": "name", "port": 2**32 - 1},
            "spec": {"family": "ADDRESS_FAMILY_IPV4"},
            "local": {"port": 5},
            "initial_data": b"first",
            "timeout": HALF,
            "callbacks": {"enable": [1, 2, 1], "credit_bytes": 2**64 - 1},
        },
        Connect(
            9,
            Endpoint("name", 2**32 - 1),
            True,
            Family.IPV4,
            Endpoint("", 5),
            b"first",
            1.5,
            Callbacks(BOTH, 2**64 - 1),
        ),
    ),
    ("send", {"socket_id": 9}, Send(9, b"")),
    (
        "send",
        {"socket_id": 9, "data": b"x", "stream_offset": 0, "level": "SEND_LEVEL_ACKNOWLEDGED", "timeout": {}},
        Send(9, b"x", 0, SendLevel.ACKNOWLEDGED, 0.0),
    ),
    ("send", {"level": "SEND_LEVEL_WRITTEN"}, Send(0, b"", None, SendLevel.WRITTEN)),
    ("receive", {"socket_id": 9, "length": 2**64 - 1}, Receive(9, 2**64 - 1)),
    ("receive", {"wait_all": True}, Receive(0, 0, wait_all=True)),
    ("receive", {"drain": True}, Receive(0, 0, drain=True)),
    ("receive", {"peek": True, "timeout": HALF}, Receive(0, 0, peek=True, timeout=1.5)),
    ("disconnect", {"socket_id": 9}, Disconnect(9)),
    ("disconnect", {"mode": "DISCONNECT_MODE_GRACEFUL"}, Disconnect(0)),
    ("disconnect", {"mode": "DISCONNECT_MODE_ABORTIVE"}, Disconnect(0, True)),
    (
        "disconnect",
        {"final_data": b"bye", "timeout": HALF, "abort_on_timeout": True},
        Disconnect(0, False, b"bye", 1.5, True),
    ),
    ("close", {"socket_id": 9}, Close(9)),
    ("close", {"graceful": True, "timeout": {"nanos": -1}}, Close(0, True, -1e-9)),
    (
        "set_event_callbacks",
        {"socket_id": 9, "enable": [1], "disable": [2], "credit_bytes": 3},
        SetEventCallbacks(9, Indications.DATA, Indications.DISCONNECT, 3),
    ),
]


@pytest.mark.parametrize(("kind", "fields", "request_"), READ)
def test_a_command_is_read_field_by_field(kind: str, fields: dict[str, Any], request_: AnyRequest) -> None:
    command = sessions_pb2.Command(**{kind: {"operation_id": 5, **fields}})

    assert wire.read_command(command, "s-1") == (5, request_)


def test_every_kind_of_request_can_be_a_command() -> None:
    fields = sessions_pb2.Command.DESCRIPTOR.oneofs_by_name["request"].fields

    assert {type(request) for _, _, request in READ} == set(KINDS)
    assert {field.name.upper() for field in fields} == {kind.name for kind in KINDS.values()}


def malformed(field: str, read: Any, *arguments: Any) -> None:
    """Check that reading refuses, and for which field."""
    with pytest.raises(Refused) as caught:
        read(*arguments)
    assert caught.value.reason is Reason.MALFORMED
    assert caught.value.metadata["field"] == field
    assert caught.value.message.startswith(f"{field}: ")


def test_a_command_without_a_request_is_refused() -> None:
    malformed("request", wire.read_command, sessions_pb2.Command(), "s-1")


def test_a_command_may_name_the_session_of_its_attachment_and_no_other() -> None:
    own = sessions_pb2.Command(close={"session_id": "s-1"})
    foreign = sessions_pb2.Command(close={"session_id": "s-2"})

    assert wire.read_command(own, "s-1") == (0, Close(0))
    malformed("session_id", wire.read_command, foreign, "s-1")


@pytest.mark.parametrize("number", [-(2**31), -1, 3, 99, 2**31 - 1])
@pytest.mark.parametrize(
    ("kind", "field", "named"),
    [
        ("send", "level", "level"),
        ("disconnect", "mode", "mode"),
        ("set_event_callbacks", "enable", "enable"),
        ("set_event_callbacks", "disable", "disable"),
    ],
)
def test_a_value_that_the_agent_does_not_know_is_never_taken_for_another(
    kind: str, field: str, named: str, number: int
) -> None:
    value = [number] if field in ("enable", "disable") else number
    malformed(named, wire.read_command, sessions_pb2.Command(**{kind: {field: value}}), "s-1")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"spec": {"category": 6}}, "spec.category"),
        ({"spec": {"category": "SOCKET_CATEGORY_BASIC"}}, "spec.category"),
        ({"spec": {"category": "SOCKET_CATEGORY_LISTENING"}}, "spec.category"),
        ({"spec": {"family": 3}}, "spec.family"),
        ({"callbacks": {"enable": [0]}}, "callbacks.enable"),
        ({"callbacks": {"enable": [1, 3]}}, "callbacks.enable"),
    ],
)
def test_a_connect_names_the_part_that_the_agent_does_not_know(fields: dict[str, Any], named: str) -> None:
    malformed(named, wire.read_connect, sockets_pb2.ConnectRequest(**fields))


def test_an_opening_is_read_field_by_field() -> None:
    asked = sessions_pb2.OpenSessionRequest(
        request_id="r", lease_duration=Duration(**HALF), label="l", retention=sessions_pb2.RETENTION_LATEST
    )

    assert wire.read_opening(asked) == Opening("r", 1.5, "l", Retention.LATEST)
    assert wire.read_opening(sessions_pb2.OpenSessionRequest()) == Opening()
    malformed("retention", wire.read_opening, sessions_pb2.OpenSessionRequest(retention=3))  # type: ignore[arg-type]  # an unknown number


def test_a_filter_is_read_field_by_field() -> None:
    def passed(wanted: events_pb2.EventFilter) -> list[tuple[int, EventKind]]:
        read = wire.read_filter(wanted)
        entries = [Entry(1, kind, socket, 0, False, b"") for socket in (1, 2) for kind in EventKind]
        return [(entry.socket_id, entry.kind) for entry in entries if read.matches(entry)]

    sockets, kinds = [1, 2], list(EventKind)
    assert passed(events_pb2.EventFilter()) == [(socket, kind) for socket in sockets for kind in kinds]
    assert passed(events_pb2.EventFilter(socket_ids=[2])) == [(2, kind) for kind in kinds]
    some = events_pb2.EventFilter(socket_ids=[1], kinds=[events_pb2.EVENT_KIND_DRAINING])
    assert passed(some) == [(1, EventKind.DRAINING)]
    malformed("filter.kinds", wire.read_filter, events_pb2.EventFilter(kinds=[0, 8]))  # type: ignore[list-item]  # an unknown number


def test_an_accepted_part_of_nothing_is_not_all() -> None:
    assert wire.read_accepted_bytes(sockets_pb2.ReleaseRequest()) is None
    assert wire.read_accepted_bytes(sockets_pb2.ReleaseRequest(accepted_bytes=0)) == 0


def test_a_page_is_as_large_as_asked_up_to_the_largest() -> None:
    assert [wire.read_page_size(wanted, 1000) for wanted in (0, 1, 1000)] == [1000, 1, 1000]
    malformed("page_size", wire.read_page_size, 1001, 1000)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        (Duration(), 0.0),
        (Duration(seconds=-3, nanos=-500_000_000), -3.5),
        (Duration(seconds=2**63 - 1), 2.0**63),
    ],
)
def test_a_duration_is_read_whatever_it_holds(duration: Duration, seconds: float) -> None:
    assert math.isclose(wire.duration_seconds(duration), seconds)


@settings(derandomize=True, deadline=None, max_examples=1000)
@given(st.sampled_from(list(KINDS.values())), st.binary(max_size=64))
def test_whatever_bytes_a_request_is_made_of_it_is_read_or_refused(kind: Any, data: bytes) -> None:
    command = sessions_pb2.Command()
    try:
        getattr(command, kind.name.lower()).MergeFromString(data)
        getattr(command, kind.name.lower()).SetInParent()
    except DecodeError:
        return
    with contextlib.suppress(Refused):
        _, request = wire.read_command(command, "")
        check(request, Limits())
        assert KINDS[type(request)] is kind
        assert isinstance(hash(request), int)
