"""The story of a relay in lines: by connection and way, in whatever order the agent tells it."""

from telesock.client.cli.relay_story import RelayStory
from telesock.v1 import events_pb2, faults_pb2, operations_pb2, types_pb2

LISTENER, CLIENT_SIDE, UPSTREAM_SIDE = 3, 1 << 63, (1 << 63) + 1
CLIENT = types_pb2.Endpoint(host="127.0.0.1", port=40_000)
UPSTREAM = types_pb2.Endpoint(host="127.0.0.1", port=80)
WAY = "127.0.0.1:40000 → 127.0.0.1:80"

CONNECTED = events_pb2.Event(
    socket_id=LISTENER,
    relay_connected=events_pb2.RelayConnected(
        downstream_socket_id=CLIENT_SIDE, upstream_socket_id=UPSTREAM_SIDE, client=CLIENT, upstream=UPSTREAM
    ),
)
ENDED = events_pb2.Event(
    socket_id=LISTENER,
    relay_ended=events_pb2.RelayEnded(
        downstream_socket_id=CLIENT_SIDE,
        upstream_socket_id=UPSTREAM_SIDE,
        bytes_to_upstream=5,
        bytes_to_client=7,
    ),
)


def fired(socket_id: int, direction: faults_pb2.Direction) -> events_pb2.Event:
    return events_pb2.Event(
        socket_id=socket_id, fault_fired=events_pb2.FaultFired(fault="slow", count=1, direction=direction)
    )


def told(*events: events_pb2.Event | events_pb2.Gap, faults: bool = True) -> list[str]:
    """The lines without their times, from the relay's beginning on."""
    story = RelayStory(LISTENER, faults=faults)
    story.lines(events_pb2.Event(socket_id=LISTENER))
    return [line.partition(" ")[2] for event in events for line in story.lines(event)]


def test_a_connection_is_told_when_it_is_there_and_when_it_is_over() -> None:
    assert told(CONNECTED, ENDED) == [
        f"{WAY}: connected",
        f"{WAY}: ended, 5 bytes to the upstream, 7 to the client",
    ]


def test_a_firing_is_told_by_the_way_that_the_bytes_go() -> None:
    ways = [
        fired(UPSTREAM_SIDE, faults_pb2.DIRECTION_SEND),
        fired(UPSTREAM_SIDE, faults_pb2.DIRECTION_RECEIVE),
        fired(CLIENT_SIDE, faults_pb2.DIRECTION_SEND),
        fired(CLIENT_SIDE, faults_pb2.DIRECTION_RECEIVE),
        fired(CLIENT_SIDE, faults_pb2.DIRECTION_UNSPECIFIED),
    ]

    assert told(CONNECTED, *ways)[1:] == [
        f"{WAY}, to the upstream: slow: decision 0, sending",
        f"{WAY}, to the client: slow: decision 0, receiving",
        f"{WAY}, to the client: slow: decision 0, sending",
        f"{WAY}, to the upstream: slow: decision 0, receiving",
        f"{WAY}: slow: decision 0",
    ]


def test_a_firing_before_the_connection_is_told_of_waits_for_that() -> None:
    assert told(fired(UPSTREAM_SIDE, faults_pb2.DIRECTION_SEND)) == []
    assert told(fired(UPSTREAM_SIDE, faults_pb2.DIRECTION_SEND), CONNECTED) == [
        f"{WAY}: connected",
        f"{WAY}, to the upstream: slow: decision 0, sending",
    ]


def test_firings_elsewhere_are_told_by_what_is_known() -> None:
    none = faults_pb2.DIRECTION_UNSPECIFIED

    assert told(fired(LISTENER, none), fired(0, none), fired(7, none)) == [
        "slow: decision 0",
        "a lookup: slow: decision 0",
        "socket 7: slow: decision 0",
    ]


def test_without_verbosity_no_firing_is_told() -> None:
    assert told(fired(LISTENER, faults_pb2.DIRECTION_UNSPECIFIED), CONNECTED, faults=False) == [
        f"{WAY}: connected"
    ]


def test_a_connection_that_could_not_be_made_says_why() -> None:
    failed = events_pb2.RelayConnected(
        downstream_socket_id=CLIENT_SIDE,
        client=CLIENT,
        upstream=UPSTREAM,
        status=types_pb2.STATUS_CONNECTION_REFUSED,
        cause=types_pb2.Cause(origin=types_pb2.ORIGIN_FAULT, fault_name="no", detail="the fault 'no'"),
    )

    assert told(events_pb2.Event(socket_id=LISTENER, relay_connected=failed)) == [
        f"{WAY}: CONNECTION_REFUSED, by the injected fault no"
    ]


def test_what_is_of_another_relay_or_before_this_one_is_left_out() -> None:
    other = events_pb2.Event()
    other.CopyFrom(CONNECTED)
    other.socket_id = LISTENER + 1

    assert told(other) == []
    assert RelayStory(LISTENER, faults=True).lines(fired(7, faults_pb2.DIRECTION_SEND)) == []


def test_what_is_gone_is_said() -> None:
    story = RelayStory(LISTENER, faults=False)

    assert story.lines(events_pb2.Gap(first_sequence=1, last_sequence=9)) == ["events 1 to 9 are gone"]


def test_it_is_over_with_the_listener() -> None:
    story = RelayStory(LISTENER, faults=False)
    closed = operations_pb2.Completion(kind=operations_pb2.OPERATION_KIND_CLOSE)

    assert story.over(events_pb2.Event(socket_id=LISTENER, completion=closed))
    assert story.over(events_pb2.Event(socket_id=LISTENER, socket_closed=events_pb2.SocketClosed()))
    assert not story.over(events_pb2.Event(socket_id=LISTENER + 1, completion=closed))
    assert not story.over(CONNECTED)
