"""Every event in words."""

import pytest
from google.protobuf.duration_pb2 import Duration

from telesock.client.texts.event_text import EventText, event_text
from telesock.client.texts.words import cause_text
from telesock.v1 import events_pb2, operations_pb2, options_pb2, types_pb2

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
        (
            events_pb2.Event(policy_denied=events_pb2.PolicyDenied(host="10.0.0.1", explanation="because")),
            EventText("policy denied", "", "because"),
        ),
        (events_pb2.Event(), EventText("unknown kind", "", "this client is older than the agent")),
    ],
)
def test_what_happens_unasked_has_words_of_its_own(event: events_pb2.Event, text: EventText) -> None:
    assert event_text(event) == text


GROUP = operations_pb2.Datagram(data=b"hello", remote=HERE, truncated=True, broadcast=True, multicast=True)
ACCEPTED = operations_pb2.AcceptResult(socket_id=7, local=HERE, remote=THERE, inspect_id=3)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            events_pb2.Event(datagram_received=events_pb2.DatagramReceived(datagram=GROUP)),
            EventText(
                "datagram received", "", "from 127.0.0.1:40000, 'hello', truncated, broadcast, multicast"
            ),
        ),
        (
            events_pb2.Event(connection_accepted=events_pb2.ConnectionAccepted(accepted=ACCEPTED)),
            EventText("connection accepted", "", "socket 7, 127.0.0.1:40000 ← [::1]:80, inspection 3"),
        ),
        (
            events_pb2.Event(
                connection_inspect=events_pb2.ConnectionInspect(inspect_id=3, local=HERE, remote=THERE)
            ),
            EventText("connection inspect", "", "inspection 3, 127.0.0.1:40000 ← [::1]:80"),
        ),
        (
            events_pb2.Event(connection_inspect_aborted=events_pb2.ConnectionInspectAborted(inspect_id=3)),
            EventText("connection inspect aborted", "", "inspection 3, the peer has left"),
        ),
        (
            events_pb2.Event(send_backlog_changed=events_pb2.SendBacklogChanged(ideal_bytes=14_480)),
            EventText("send backlog changed", "", "14480 bytes keep the connection busy"),
        ),
        (
            events_pb2.Event(chain_progress=events_pb2.ChainProgress(rounds=10, transferred_bytes=20)),
            EventText("chain progress", "", "10 rounds, 20 bytes"),
        ),
    ],
)
def test_listeners_datagrams_and_chains_tell_in_words(event: events_pb2.Event, text: EventText) -> None:
    assert event_text(event) == text


@pytest.mark.parametrize(
    ("completed", "details"),
    [
        (
            operations_pb2.Completion(accept=ACCEPTED),
            "socket 7, 127.0.0.1:40000 ← [::1]:80, inspection 3",
        ),
        (
            operations_pb2.Completion(send_to=operations_pb2.SendToResult(datagrams=3), transferred_bytes=30),
            "30 bytes, 3 datagrams",
        ),
        (
            operations_pb2.Completion(receive_from=operations_pb2.ReceiveFromResult(datagram=GROUP)),
            "from 127.0.0.1:40000, 'hello', truncated, broadcast, multicast",
        ),
        (
            operations_pb2.Completion(
                control=operations_pb2.ControlResult(
                    options=[options_pb2.SocketOption(no_delay=True)],
                    queries=options_pb2.SocketQueries(unsent_bytes=5),
                )
            ),
            "no_delay True, unsent bytes",
        ),
        (
            operations_pb2.Completion(resolve=operations_pb2.ResolveResult(addresses=[HERE])),
            "127.0.0.1:40000",
        ),
        (
            operations_pb2.Completion(
                resolve=operations_pb2.ResolveResult(host_name="lab-a", service_name="http")
            ),
            "lab-a, http",
        ),
        (
            operations_pb2.Completion(
                chain=operations_pb2.ChainResult(rounds=4, failed_link=1), transferred_bytes=8
            ),
            "8 bytes, 4 rounds, link 1 failed",
        ),
        (
            operations_pb2.Completion(
                status=types_pb2.STATUS_CANCELLED, cancelled_by_operation=12, cause=ABORTED
            ),
            "by this side in disconnect, an abortive disconnect, because of operation 12",
        ),
        (
            operations_pb2.Completion(
                receive=operations_pb2.ReceiveResult(digest=b"\xab\xcd"), transferred_bytes=9
            ),
            "9 bytes, digest abcd",
        ),
        (
            operations_pb2.Completion(
                receive=operations_pb2.ReceiveResult(digest=b"\xab", first_difference=0), transferred_bytes=9
            ),
            "9 bytes, differs at offset 0",
        ),
    ],
)
def test_what_an_operation_yields_has_words(completed: operations_pb2.Completion, details: str) -> None:
    assert completion(completed).details == details


def test_every_result_that_a_completion_can_have_has_words() -> None:
    for result in operations_pb2.Completion.DESCRIPTOR.oneofs_by_name["result"].fields:
        completed = operations_pb2.Completion()
        getattr(completed, result.name).SetInParent()

        assert completion(completed).kind == "completion"


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
