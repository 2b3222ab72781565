"""Every event in words."""

import pytest
from google.protobuf.duration_pb2 import Duration

from telesock.client.cli.event_text import EventText, cause_text, event_text
from telesock.v1 import events_pb2, operations_pb2, types_pb2

HERE = types_pb2.Endpoint(host="127.0.0.1", port=40_000)
THERE = types_pb2.Endpoint(host="::1", port=80)
REFUSED = types_pb2.Cause(
    origin=types_pb2.ORIGIN_PEER, phase=types_pb2.PHASE_CONNECT, errno_name="ECONNREFUSED"
)
ABORTED = types_pb2.Cause(
    origin=types_pb2.ORIGIN_CANCEL, phase=types_pb2.PHASE_DISCONNECT, detail="an abortive disconnect"
)


def completion(completed: operations_pb2.Completion) -> EventText:
    return event_text(events_pb2.Event(completion=completed))


def test_a_connection_is_told_by_both_its_ends() -> None:
    result = operations_pb2.ConnectResult(
        local=HERE,
        remote=THERE,
        attempts=[operations_pb2.ConnectAttempt(remote=THERE, status=types_pb2.STATUS_SUCCESS)],
    )
    completed = operations_pb2.Completion(status=types_pb2.STATUS_SUCCESS, connect=result)

    assert completion(completed) == EventText("completion", "SUCCESS", "127.0.0.1:40000 → [::1]:80")


def test_a_refused_connect_says_where_and_who_refused() -> None:
    attempt = operations_pb2.ConnectAttempt(remote=THERE, status=types_pb2.STATUS_CONNECTION_REFUSED)
    completed = operations_pb2.Completion(
        status=types_pb2.STATUS_CONNECTION_REFUSED,
        cause=REFUSED,
        connect=operations_pb2.ConnectResult(attempts=[attempt]),
    )

    assert completion(completed) == EventText(
        "completion", "CONNECTION_REFUSED", "[::1]:80, by the peer in connect, ECONNREFUSED"
    )


def test_a_connect_over_several_addresses_lists_every_attempt() -> None:
    result = operations_pb2.ConnectResult(
        local=HERE,
        remote=HERE,
        attempts=[
            operations_pb2.ConnectAttempt(remote=THERE, status=types_pb2.STATUS_CONNECTION_REFUSED),
            operations_pb2.ConnectAttempt(remote=HERE, status=types_pb2.STATUS_SUCCESS),
        ],
    )
    completed = operations_pb2.Completion(status=types_pb2.STATUS_SUCCESS, connect=result)

    assert completion(completed).details == (
        "127.0.0.1:40000 → 127.0.0.1:40000, tried [::1]:80 CONNECTION_REFUSED, 127.0.0.1:40000 SUCCESS"
    )


def test_a_send_is_told_by_its_bytes() -> None:
    completed = operations_pb2.Completion(status=types_pb2.STATUS_SUCCESS, transferred_bytes=5)

    assert completion(completed) == EventText("completion", "SUCCESS", "5 bytes")


def test_a_receive_shows_the_beginning_of_its_data() -> None:
    completed = operations_pb2.Completion(
        status=types_pb2.STATUS_SUCCESS,
        transferred_bytes=30,
        receive=operations_pb2.ReceiveResult(data=b"\x00" + b"a" * 29),
    )

    assert completion(completed).details == "30 bytes, '\\x00" + "a" * 23 + "'…"


def test_a_receive_at_the_end_says_so() -> None:
    completed = operations_pb2.Completion(
        status=types_pb2.STATUS_SUCCESS, receive=operations_pb2.ReceiveResult(end_of_stream=True)
    )

    assert completion(completed).details == "the peer's end"


def test_a_forced_disconnect_says_what_was_left_and_how_the_connection_was() -> None:
    info = types_pb2.TcpInfo(state="FIN_WAIT1", round_trip_time_us=1500, retransmitted_segments=2)
    completed = operations_pb2.Completion(
        status=types_pb2.STATUS_CONNECTION_ABORTED,
        cause=ABORTED,
        transferred_bytes=3,
        disconnect=operations_pb2.DisconnectResult(
            tcp_info=info, final_bytes=3, unsent_bytes=1, unacknowledged_bytes=2
        ),
    )

    assert completion(completed) == EventText(
        "completion",
        "CONNECTION_ABORTED",
        "by this side in disconnect, an abortive disconnect, 3 bytes of final data, 1 bytes unsent, "
        "2 bytes unacknowledged, TCP FIN_WAIT1, RTT 1.5 ms, 2 segments retransmitted",
    )


def test_a_close_says_whether_it_had_to_reset() -> None:
    completed = operations_pb2.Completion(
        status=types_pb2.STATUS_SUCCESS,
        close=operations_pb2.CloseResult(aborted=True, discarded_bytes=7),
    )

    assert completion(completed).details == "reset, 7 bytes discarded"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            events_pb2.Event(data_received=events_pb2.DataReceived(data=b"hello")),
            EventText("data received", "", "5 bytes, 'hello'"),
        ),
        (
            events_pb2.Event(
                peer_disconnected=events_pb2.PeerDisconnected(kind=events_pb2.PEER_DISCONNECT_KIND_GRACEFUL)
            ),
            EventText("peer disconnected", "", "graceful: it sends no more"),
        ),
        (
            events_pb2.Event(
                peer_disconnected=events_pb2.PeerDisconnected(
                    kind=events_pb2.PEER_DISCONNECT_KIND_ABORTIVE,
                    status=types_pb2.STATUS_CONNECTION_RESET,
                    cause=types_pb2.Cause(
                        origin=types_pb2.ORIGIN_PEER,
                        phase=types_pb2.PHASE_RECEIVE,
                        errno_name="ECONNRESET",
                    ),
                )
            ),
            EventText(
                "peer disconnected", "CONNECTION_RESET", "abortive, by the peer in receive, ECONNRESET"
            ),
        ),
        (
            events_pb2.Event(
                socket_closed=events_pb2.SocketClosed(
                    status=types_pb2.STATUS_FILE_FORCED_CLOSED,
                    cause=types_pb2.Cause(origin=types_pb2.ORIGIN_LOCAL_HOST),
                )
            ),
            EventText("socket closed", "FILE_FORCED_CLOSED", "by the agent's host"),
        ),
        (
            events_pb2.Event(credit_stalled=events_pb2.CreditStalled(reason=events_pb2.STALL_REASON_CREDIT)),
            EventText("credit stalled", "", "reading waits until data is released"),
        ),
        (
            events_pb2.Event(credit_stalled=events_pb2.CreditStalled(reason=events_pb2.STALL_REASON_JOURNAL)),
            EventText("credit stalled", "", "reading waits until events are acknowledged"),
        ),
        (
            events_pb2.Event(session_expiring=events_pb2.SessionExpiring(expires_in=Duration(seconds=3))),
            EventText("session expiring", "", "in 3 s, unless its owner is heard"),
        ),
        (
            events_pb2.Event(draining=events_pb2.Draining(grace_period=Duration(seconds=90))),
            EventText("draining", "", "the agent stops; pending operations have 1:30 min"),
        ),
        (events_pb2.Event(), EventText("unknown", "", "this client is older than the agent")),
    ],
)
def test_what_happens_unasked_has_words_of_its_own(event: events_pb2.Event, text: EventText) -> None:
    assert event_text(event) == text


def test_every_body_that_an_event_can_have_has_words() -> None:
    bodies = events_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields

    for body in bodies:
        event = events_pb2.Event()
        getattr(event, body.name).SetInParent()

        assert event_text(event).kind == body.name.replace("_", " ")


def test_an_injected_fault_is_named() -> None:
    cause = types_pb2.Cause(
        origin=types_pb2.ORIGIN_FAULT, phase=types_pb2.PHASE_SEND, fault_name="cut", errno_name="EPIPE"
    )

    assert cause_text(cause) == "by the injected fault cut in send, EPIPE"


def test_a_status_that_is_newer_than_this_client_is_shown_by_its_number() -> None:
    completed = operations_pb2.Completion.FromString(b"\x08\x63")  # status = 99

    assert completion(completed).status == "99"
