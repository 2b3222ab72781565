"""Request messages to core requests: every field is read, and what has no core value is refused."""

import contextlib
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.resetting import Reset
from telesock.server.core.faults.values import Fault
from telesock.server.core.limits import Limits
from telesock.server.core.options import OptionKind, QueryKind, SetOption
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    KINDS,
    Accept,
    AnyRequest,
    Bind,
    Callbacks,
    Chain,
    Close,
    Connect,
    Control,
    CreateSocket,
    Digest,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    InspectComplete,
    Link,
    Listen,
    Pattern,
    Receive,
    ReceiveFrom,
    Relay,
    Repeat,
    Resolve,
    Send,
    SendLevel,
    SendTo,
    SetEventCallbacks,
)
from telesock.server.core.states import Category
from telesock.server.core.validation import check
from telesock.server.service.wire import requests as wire
from telesock.v1 import sessions_pb2, sockets_pb2

BOTH = Indications.DATA | Indications.DISCONNECT
HALF = {"seconds": 1, "nanos": 500_000_000}
HERE = {"host": "127.0.0.1", "port": 7}
FAULTS: list[dict[str, Any]] = [{"name": "a", "reset": {}}, {"seed": 5, "slow_close": {"delay": HALF}}]
BORN = (Fault("a", Reset()), Fault("", SlowClose(1.5), 5))
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
    (
        "set_event_callbacks",
        {"enable": [3, 4, 5], "credit_connections": 6, "credit_datagrams": 7},
        SetEventCallbacks(0, ~BOTH, Indications.NONE, 0, 6, 7),
    ),
    (
        "create_socket",
        {"spec": {"options": [{"no_delay": True}, {"backlog": 5}]}},
        CreateSocket(
            0,
            Category.CONNECTION,
            Family.ANY,
            (SetOption(OptionKind.NO_DELAY, True), SetOption(OptionKind.BACKLOG, 5)),
        ),
    ),
    ("create_socket", {"faults": FAULTS}, CreateSocket(0, Category.CONNECTION, Family.ANY, (), BORN)),
    ("connect", {"faults": FAULTS}, Connect(0, Endpoint("", 0), faults=BORN)),
    ("accept", {"socket_id": 9, "faults": FAULTS}, Accept(9, faults=BORN)),
    ("relay", {"socket_id": 9, "upstream": HERE}, Relay(9, Endpoint("127.0.0.1", 7))),
    ("relay", {"upstream": {"host": "name"}, "connect_timeout": HALF}, Relay(0, Endpoint("name", 0), 1.5)),
    ("listen", {"socket_id": 9}, Listen(9)),
    ("accept", {"socket_id": 9}, Accept(9)),
    (
        "accept",
        {"timeout": HALF, "callbacks": {"enable": [1], "credit_bytes": 5}},
        Accept(0, 1.5, Callbacks(Indications.DATA, 5)),
    ),
    ("inspect_complete", {"socket_id": 9, "inspect_id": 4, "accept": True}, InspectComplete(9, 4, True)),
    (
        "send",
        {"pattern": {"seed": 5, "offset": 6}, "pattern_length": 7},
        Send(0, b"", pattern=Pattern(5, 6), pattern_length=7),
    ),
    ("send", {"pattern_length": 7}, Send(0, b"", pattern_length=7)),
    (
        "receive",
        {"length": 2**62, "digest": "DIGEST_CRC32C", "check": {"seed": 5}},
        Receive(0, 2**62, digest=Digest.CRC32C, check=Pattern(5)),
    ),
    ("send_to", {"socket_id": 9, "datagrams": [b"a", b""]}, SendTo(9, (b"a", b""))),
    ("send_to", {"remote": HERE, "timeout": HALF}, SendTo(0, (), Endpoint("127.0.0.1", 7), 1.5)),
    ("receive_from", {"socket_id": 9, "length": 3, "timeout": HALF}, ReceiveFrom(9, 3, 1.5)),
    (
        "control_socket",
        {"socket_id": 9, "set": {"no_delay": True}},
        Control(9, SetOption(OptionKind.NO_DELAY, True)),
    ),
    ("control_socket", {"socket_id": 9, "get": {}}, Control(9, options=())),
    (
        "control_socket",
        {"get": {"kinds": [2, 1]}},
        Control(0, options=(OptionKind.NO_DELAY, OptionKind.KEEP_ALIVE)),
    ),
    ("control_socket", {"query": {"kinds": [5]}}, Control(0, queries=(QueryKind.TCP_INFO,))),
    ("control_socket", {"socket_id": 9}, Control(9)),
    ("resolve", {"name": "lab", "service": "http", "family": 2}, Resolve("lab", None, "http", Family.IPV6)),
    (
        "resolve",
        {"address": HERE, "name_required": True, "timeout": HALF},
        Resolve("", Endpoint("127.0.0.1", 7), name_required=True, timeout=1.5),
    ),
    (
        "chain",
        {
            "links": [
                {"command": {"send": {"socket_id": 9, "data": b"x"}}},
                {"command": {"close": {"socket_id": 9}}, "hard": True},
            ],
            "start_at_ns": 2**64 - 1,
            "timeout": HALF,
        },
        Chain((Link(Send(9, b"x")), Link(Close(9), hard=True)), 2**64 - 1, 1.5),
    ),
    (
        "chain",
        {"links": [], "repeat": {"count": 3, "interval": HALF, "progress_every": 2}},
        Chain((), repeat=Repeat(3, 1.5, 2)),
    ),
]


@pytest.mark.parametrize(("kind", "fields", "request_"), READ)
def test_a_command_is_read_field_by_field(kind: str, fields: dict[str, Any], request_: AnyRequest) -> None:
    stated: dict[str, Any] = {kind: {"operation_id": 5, **fields}}
    command = sessions_pb2.Command(**stated)

    assert wire.read_command(command, "s-1") == (5, request_)


def test_every_kind_of_request_can_be_a_command() -> None:
    fields = sessions_pb2.Command.DESCRIPTOR.oneofs_by_name["request"].fields

    assert {type(request) for _, _, request in READ} == set(KINDS)
    assert {field.name.upper() for field in fields} == {kind.name for kind in KINDS.values()}


@pytest.mark.parametrize(
    ("links", "field"),
    [
        ([{}], "links[0].command"),
        ([{"command": {"send": {}}}, {"command": {"chain": {}}}], "links[1].command"),
        ([{"command": {"send": {"operation_id": 4}}}], "links[0].operation_id"),
        ([{"command": {"send": {"session_id": "s-2"}}}], "session_id"),
    ],
)
def test_a_link_is_one_request_without_a_number_of_its_own(links: list[dict[str, Any]], field: str) -> None:
    malformed(field, wire.read_chain, sessions_pb2.SubmitChainRequest(session_id="s-1", links=links))


@pytest.mark.parametrize(
    ("kinds", "field"),
    [({"get": {"kinds": [1, 30]}}, "get.kinds"), ({"query": {"kinds": [8]}}, "query.kinds")],
)
def test_a_control_request_names_the_part_that_the_agent_does_not_know(
    kinds: dict[str, Any], field: str
) -> None:
    malformed(field, wire.read_control, sockets_pb2.ControlSocketRequest(**kinds))


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


@pytest.mark.parametrize("number", [-(2**31), -1, 6, 99, 2**31 - 1])
@pytest.mark.parametrize(
    ("kind", "field", "named"),
    [
        ("send", "level", "level"),
        ("disconnect", "mode", "mode"),
        ("set_event_callbacks", "enable", "enable"),
        ("set_event_callbacks", "disable", "disable"),
        ("receive", "digest", "digest"),
        ("resolve", "family", "family"),
    ],
)
def test_a_value_that_the_agent_does_not_know_is_never_taken_for_another(
    kind: str, field: str, named: str, number: int
) -> None:
    stated: dict[str, Any] = {kind: {field: [number] if field in ("enable", "disable") else number}}
    malformed(named, wire.read_command, sessions_pb2.Command(**stated), "s-1")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"spec": {"category": 6}}, "spec.category"),
        ({"spec": {"category": "SOCKET_CATEGORY_BASIC"}}, "spec.category"),
        ({"spec": {"category": "SOCKET_CATEGORY_LISTENING"}}, "spec.category"),
        ({"spec": {"family": 4}}, "spec.family"),
        ({"spec": {"options": [{"no_delay": True}, {}]}}, "spec.options[1]"),
        ({"callbacks": {"enable": [0]}}, "callbacks.enable"),
        ({"callbacks": {"enable": [1, 6]}}, "callbacks.enable"),
    ],
)
def test_a_connect_names_the_part_that_the_agent_does_not_know(fields: dict[str, Any], named: str) -> None:
    malformed(named, wire.read_connect, sockets_pb2.ConnectRequest(**fields))


@pytest.mark.parametrize("kind", ["create_socket", "connect", "accept"])
def test_a_request_names_the_part_of_its_faults_that_the_agent_does_not_know(kind: str) -> None:
    stated: dict[str, Any] = {kind: {"faults": [{"name": "a", "reset": {}}, {"name": "b"}]}}
    command = sessions_pb2.Command(**stated)

    malformed("effect", wire.read_command, command, "s-1")


def test_an_accepted_part_of_nothing_is_not_all() -> None:
    assert wire.read_accepted_bytes(sockets_pb2.ReleaseRequest()) is None
    assert wire.read_accepted_bytes(sockets_pb2.ReleaseRequest(accepted_bytes=0)) == 0


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
