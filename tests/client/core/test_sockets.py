import pytest

from telesock.client.core.sockets import SendOffset, SocketRecord, Sockets
from telesock.v1.events_pb2 import (
    ConnectionAccepted,
    DatagramReceived,
    DataReceived,
    Event,
    Gap,
    PeerDisconnected,
    SocketClosed,
)
from telesock.v1.operations_pb2 import AcceptResult, BindResult, CloseResult, Completion, ConnectResult
from telesock.v1.sessions_pb2 import Refusal
from telesock.v1.sockets_pb2 import SendRequest, Socket
from telesock.v1.types_pb2 import Endpoint

HERE, THERE = Endpoint(host="127.0.0.1", port=1), Endpoint(host="127.0.0.1", port=2)
CREATE, BIND, CONNECT, SEND, RECEIVE, CLOSE = 1, 2, 3, 4, 5, 7
SUCCESS, REFUSED = 1, 3


def send(operation_id: int, offset: int, data: bytes = b"x") -> SendRequest:
    return SendRequest(operation_id=operation_id, stream_offset=offset, data=data)


def done(kind: int, status: int = SUCCESS, **result: object) -> Completion:
    return Completion(kind=kind, status=status, **result)  # type: ignore[arg-type]  # plain numbers


@pytest.fixture
def sockets() -> Sockets:
    return Sockets(10)


@pytest.fixture
def record(sockets: Sockets) -> SocketRecord:
    return sockets.new(made_by_connect=True)


# Offsets


def test_after_a_refusal_sends_go_on_where_the_refused_one_began() -> None:
    offset = SendOffset()
    offset.next = 300
    offset.refused(send(5, 100), Refusal(reason="TOO_MANY_PENDING_BYTES"), last_operation_id=7)

    assert offset.next == 100


def test_the_refusals_of_the_chain_behind_change_nothing() -> None:
    offset = SendOffset()
    offset.next = 300
    offset.refused(send(5, 100), Refusal(reason="TOO_MANY_PENDING_BYTES"), last_operation_id=7)
    offset.next = 500  # of a new send, operation 8
    offset.refused(send(6, 150), Refusal(reason="STREAM_OFFSET_MISMATCH"), last_operation_id=8)
    offset.refused(send(7, 200), Refusal(reason="STREAM_OFFSET_MISMATCH"), last_operation_id=8)

    assert offset.next == 500


def test_a_refused_send_without_bytes_leaves_those_behind_it_in_their_place() -> None:
    offset = SendOffset()
    offset.next = 300
    offset.refused(send(5, 100, b""), Refusal(reason="JOURNAL_FULL"), last_operation_id=7)

    assert offset.next == 300


def test_after_a_refused_pattern_sends_go_on_where_it_began() -> None:
    offset = SendOffset()
    offset.next = 300
    refused = SendRequest(operation_id=5, stream_offset=100, pattern_length=200)
    offset.refused(refused, Refusal(reason="WRONG_STATE"), last_operation_id=7)

    assert offset.next == 100


def test_an_agent_that_knows_better_is_believed() -> None:
    offset = SendOffset()
    refusal = Refusal(reason="STREAM_OFFSET_MISMATCH", metadata={"send_offset": "70"})
    offset.refused(send(5, 100), refusal, last_operation_id=7)

    assert offset.next == 70


# Records


def test_new_sockets_get_numbers_above_all_before(sockets: Sockets) -> None:
    assert [sockets.new().socket_id for _ in range(3)] == [11, 12, 13]


def test_a_connect_tells_both_addresses(sockets: Sockets, record: SocketRecord) -> None:
    sockets.follow(record.socket_id, done(CONNECT, connect=ConnectResult(local=HERE, remote=THERE)))

    assert (record.local, record.remote) == (HERE, THERE)


def test_a_bind_tells_the_local_address(sockets: Sockets, record: SocketRecord) -> None:
    sockets.follow(record.socket_id, done(BIND, bind=BindResult(local=HERE)))

    assert (record.local, record.remote) == (HERE, None)


@pytest.mark.parametrize(
    ("completion", "made_by_connect", "remains"),
    [
        (done(CONNECT, REFUSED), True, False),
        (done(CONNECT, REFUSED), False, True),
        (done(CREATE, REFUSED), False, False),
        (done(BIND, REFUSED), False, True),
        (done(CLOSE, close=CloseResult()), False, False),
    ],
)
def test_a_socket_is_forgotten_when_it_is_closed_or_was_never_made(
    sockets: Sockets, completion: Completion, made_by_connect: bool, remains: bool
) -> None:
    record = sockets.new(made_by_connect=made_by_connect)
    sockets.follow(record.socket_id, completion)

    assert (sockets.get(record.socket_id) is record, record.closed, record.ended) == (
        remains,
        not remains,
        not remains,
    )


def test_a_socket_that_is_taken_up_goes_on_from_what_the_agent_says(record: SocketRecord) -> None:
    record.take_up(Socket(local=HERE, send_offset=70, enabled_indications=[1]))  # type: ignore[list-item]  # a number

    assert (record.local, record.remote, record.sending.next, record.indicating) == (HERE, None, 70, True)


# Indications


def test_indications_wait_in_their_order_and_are_announced(sockets: Sockets, record: SocketRecord) -> None:
    announced = []
    record.notify = lambda: announced.append(len(record.indications))
    events = [Event(socket_id=11, sequence=n, data_received=DataReceived(data=b"x")) for n in (1, 2)]
    for event in (*events, Event(socket_id=99, sequence=3, data_received=DataReceived(data=b"x"))):
        sockets.indicate(event)

    assert (list(record.indications), announced, record.ended) == (events, [1, 2], False)


@pytest.mark.parametrize(
    ("event", "ended", "closed"),
    [
        (Event(socket_id=11, peer_disconnected=PeerDisconnected(kind=1)), False, False),  # type: ignore[arg-type]  # numbers
        (Event(socket_id=11, peer_disconnected=PeerDisconnected(kind=2)), True, False),  # type: ignore[arg-type]  # numbers
        (Event(socket_id=11, socket_closed=SocketClosed()), True, True),
    ],
    ids=["graceful", "abortive", "closed"],
)
def test_nothing_follows_a_reset_or_the_socket_s_end(
    sockets: Sockets, record: SocketRecord, event: Event, ended: bool, closed: bool
) -> None:
    sockets.indicate(event)

    assert (record.ended, record.closed) == (ended, closed)


def test_a_gap_is_told_where_indications_are_expected(sockets: Sockets) -> None:
    deaf, listening = sockets.new(), sockets.new()
    listening.expect(0)
    gap = Gap(first_sequence=1, last_sequence=5)
    sockets.tell_gap(gap)

    assert (list(deaf.indications), list(listening.indications)) == ([], [gap])


@pytest.mark.parametrize(
    ("credit", "due"),
    [(0, [False, False, False, True]), (16_384, [True] * 4), (32_768, [False, True] * 2), (1, [True] * 4)],
)
def test_credit_is_given_back_by_quarters(record: SocketRecord, credit: int, due: list[bool]) -> None:
    record.expect(credit)

    event = Event(data_received=DataReceived(data=bytes(4096)))
    assert [record.consume(event) for _ in range(4)] == due


def test_the_credit_of_connections_and_datagrams_is_given_back_at_once(record: SocketRecord) -> None:
    assert record.consume(Event(connection_accepted=ConnectionAccepted()))
    assert record.consume(Event(datagram_received=DatagramReceived()))


def test_when_the_session_is_lost_whoever_waits_looks_again(sockets: Sockets, record: SocketRecord) -> None:
    looked: list[bool] = []
    record.notify = lambda: looked.append(True)
    sockets.lose()

    assert (looked, sockets.get(record.socket_id)) == ([True], None)


# Planned sockets


def test_a_planned_socket_is_known_from_when_it_is_asked_for(sockets: Sockets) -> None:
    planned = [sockets.plan(), sockets.plan(initial_bytes=3)]
    assert [sockets.get(each.socket_id) for each in planned] == [None, None]

    assert sockets.enter(planned) == {}

    assert [sockets.get(number) for number in (11, 12)] == planned
    assert planned[1].sending.next == 3


def test_planned_sockets_are_numbered_anew_when_others_were_made_meanwhile(sockets: Sockets) -> None:
    planned = [sockets.plan()]
    sockets.new()
    planned.append(sockets.plan())

    assert sockets.enter(planned) == {11: 14, 13: 15}

    assert [each.socket_id for each in planned] == [14, 15]
    assert sockets.new().socket_id == 16


# Accepted sockets


def accepted_event(sequence: int, listener: SocketRecord, number: int = 2**63) -> Event:
    told = AcceptResult(socket_id=number, local=HERE, remote=THERE)
    return Event(
        sequence=sequence,
        socket_id=listener.socket_id,
        connection_accepted=ConnectionAccepted(accepted=told),
    )


def test_an_indicated_connection_indicates_with_the_credit_that_its_listener_hands_on(
    sockets: Sockets, record: SocketRecord
) -> None:
    record.expect(1000)
    sockets.indicate(accepted_event(5, record))
    accepted = sockets.get(2**63)
    assert accepted is not None

    data = Event(data_received=DataReceived(data=bytes(250)))
    assert (accepted.indicating, accepted.consume(data)) == (True, True)


def test_what_every_socket_indicates_holds_for_accepted_ones_too(sockets: Sockets) -> None:
    sockets.expect(0)

    assert (sockets.know(2**63).indicating, sockets.new().indicating) == (True, True)


def test_a_connection_that_is_turned_down_is_forgotten_and_no_other(
    sockets: Sockets, record: SocketRecord
) -> None:
    sockets.indicate(accepted_event(5, record))
    sockets.indicate(accepted_event(6, record, 2**63 + 1))
    refused = sockets.get(2**63)
    assert refused is not None

    for sequence in (0, 5):
        sockets.turn_down(sequence)

    assert (refused.closed, refused.ended, sockets.get(2**63)) == (True, True, None)
    assert sockets.get(2**63 + 1) is not None
    assert sockets.get(record.socket_id) is record
