"""What a socket talks to is said once, and known until it closes."""

from telesock.client.timeline.addresses import NOWHERE, Addresses, Pair
from telesock.v1 import events_pb2, operations_pb2
from telesock.v1.types_pb2 import Endpoint

HERE, THERE = Endpoint(host="10.0.0.1", port=5000), Endpoint(host="10.0.0.2", port=80)
PAIR = Pair("10.0.0.1:5000", "10.0.0.2:80")


def completion(socket_id: int, **result: object) -> events_pb2.Event:
    done = operations_pb2.Completion(**result)  # type: ignore[arg-type]  # as the tests say
    return events_pb2.Event(socket_id=socket_id, completion=done)


def test_a_connect_says_it_for_all_that_follows_up_to_the_close() -> None:
    addresses = Addresses()
    connected = completion(1, connect=operations_pb2.ConnectResult(local=HERE, remote=THERE))
    close = completion(1, kind=operations_pb2.OPERATION_KIND_CLOSE)

    told = [addresses.learn(each) for each in (connected, completion(1), close, completion(1))]

    assert told == [PAIR, PAIR, PAIR, NOWHERE]


def test_a_connect_that_failed_says_where_it_tried_and_no_more() -> None:
    addresses = Addresses()
    attempt = operations_pb2.ConnectAttempt(remote=THERE)
    failed = completion(1, connect=operations_pb2.ConnectResult(attempts=[attempt]))

    assert (addresses.learn(failed), addresses.of(1)) == (Pair("", "10.0.0.2:80"), NOWHERE)


def test_an_accept_says_it_of_the_new_socket() -> None:
    addresses = Addresses()
    accepted = operations_pb2.AcceptResult(socket_id=9, local=HERE, remote=THERE)

    assert addresses.learn(completion(1, accept=accepted)) == PAIR
    assert (addresses.of(1), addresses.of(9)) == (NOWHERE, PAIR)


def test_a_relay_says_it_of_both_sockets() -> None:
    addresses = Addresses()
    addresses.learn(completion(1, bind=operations_pb2.BindResult(local=HERE)))
    client = Endpoint(host="10.0.0.7", port=1)
    connected = events_pb2.RelayConnected(
        downstream_socket_id=8, upstream_socket_id=9, client=client, upstream=THERE
    )

    assert addresses.learn(events_pb2.Event(socket_id=1, relay_connected=connected)) == Pair(
        "10.0.0.1:5000", "10.0.0.7:1"
    )
    assert (addresses.of(8), addresses.of(9)) == (
        Pair("10.0.0.1:5000", "10.0.0.7:1"),
        Pair("", "10.0.0.2:80"),
    )


def test_a_datagram_says_from_whom_it_is_and_the_next_may_be_from_another() -> None:
    addresses = Addresses()
    addresses.learn(completion(1, bind=operations_pb2.BindResult(local=HERE)))
    datagram = operations_pb2.Datagram(remote=THERE)

    assert addresses.learn(
        events_pb2.Event(socket_id=1, datagram_received=events_pb2.DatagramReceived(datagram=datagram))
    ) == Pair("10.0.0.1:5000", "10.0.0.2:80")
    assert addresses.of(1) == Pair("10.0.0.1:5000", "")
