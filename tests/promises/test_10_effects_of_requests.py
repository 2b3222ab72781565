"""What the fields of requests on a connection do, each seen at the peer; request_fields.py lists all fields."""

import errno
from typing import Any

import grpc
import pytest
from tests.promises.owners import MIB, STALLING, Listen, Owner, connect_to, refused

from telesock.v1 import sockets_pb2 as s
from telesock.v1.operations_pb2 import OPERATION_STATE_PENDING
from telesock.v1.types_pb2 import (
    ADDRESS_FAMILY_IPV4,
    ADDRESS_FAMILY_IPV6,
    SOCKET_CATEGORY_BASIC,
    SOCKET_CATEGORY_CONNECTION,
    STATUS_IO_TIMEOUT,
    STATUS_SUCCESS,
    Endpoint,
)

DATA, DISCONNECT = s.INDICATION_KIND_DATA, s.INDICATION_KIND_DISCONNECT


async def test_a_socket_is_of_the_category_and_the_family_that_were_asked_for(owner: Owner) -> None:
    asked = s.SocketSpec(category=SOCKET_CATEGORY_BASIC, family=ADDRESS_FAMILY_IPV6)
    await owner.start(s.CreateSocketRequest(socket_id=1, spec=asked))
    await owner.start(s.CreateSocketRequest(socket_id=2))

    sockets = (await owner.ask(s.ListSocketsRequest())).sockets

    assert [(each.category, each.family) for each in sockets] == [
        (SOCKET_CATEGORY_BASIC, ADDRESS_FAMILY_IPV6),
        (SOCKET_CATEGORY_CONNECTION, ADDRESS_FAMILY_IPV4),
    ]


async def test_a_connect_goes_to_the_host_and_the_port_that_it_names(owner: Owner, peer: Listen) -> None:
    listeners = [peer("127.0.0.1"), peer("127.0.0.2"), peer("::1")]

    for listener in listeners:
        done = await owner.run(connect_to(listener.host, listener.port))
        assert done.connect.remote == Endpoint(host=listener.host, port=listener.port)
        assert (await listener.accepted()).local == (listener.host, listener.port)


async def test_a_connect_without_a_spec_needs_the_socket_that_it_names(owner: Owner, peer: Listen) -> None:
    listener = peer()
    await owner.start(s.CreateSocketRequest(socket_id=1))
    bound = await owner.run(s.BindRequest(socket_id=1))
    request = connect_to(listener.host, listener.port, socket_id=1)
    request.ClearField("spec")

    await owner.run(request)
    request.socket_id = 2
    with refused("SOCKET_UNKNOWN", grpc.StatusCode.NOT_FOUND):
        await owner.start(request)

    assert (await listener.accepted()).remote == ("127.0.0.1", bound.bind.local.port)


async def test_a_bind_and_a_connect_take_the_local_address_that_they_are_given(
    owner: Owner, peer: Listen
) -> None:
    await owner.start(s.CreateSocketRequest(socket_id=1))
    bound = await owner.run(s.BindRequest(socket_id=1, local=Endpoint(host="127.0.0.5")))
    _, far = await owner.connect(peer(), local=Endpoint(host="127.0.0.6"))

    assert bound.bind.local.host == "127.0.0.5"
    assert far.remote[0] == "127.0.0.6"


@pytest.mark.parametrize("enable", [[], [DATA], [DISCONNECT], [DATA, DISCONNECT]])
async def test_a_connection_gives_the_indications_that_its_connect_asked_for(
    enable: list[s.IndicationKind], owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer(), callbacks=s.EventCallbacks(enable=enable))
    if DATA not in enable:
        far.send(b"told")
        await owner.run(s.ReceiveRequest(socket_id=socket, length=4, wait_all=True))
    far.send(b"told")
    far.finish()
    drained = await owner.start(s.ReceiveRequest(socket_id=socket, drain=True))
    await owner.finish(drained)

    events = await owner.events(1)
    told = {event.WhichOneof("body") for event in events} - {"completion"}
    wanted = {DATA: "data_received", DISCONNECT: "peer_disconnected"}
    assert told <= {wanted[kind] for kind in enable}
    assert "peer_disconnected" in told or DISCONNECT not in enable
    assert (await owner.ask(s.GetSocketRequest(socket_id=socket))).socket.enabled_indications == enable


async def test_indications_and_credit_change_as_asked(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    far.send(b"abcdef")

    await owner.run(s.SetEventCallbacksRequest(socket_id=socket, enable=[DATA], credit_bytes=4))

    story = await owner.read()
    await story.event("credit_stalled")
    assert story.data(socket) == b"abcd"


async def test_a_release_gives_back_what_it_says(owner: Owner, peer: Listen) -> None:
    callbacks = s.EventCallbacks(enable=[DATA], credit_bytes=4)
    socket, far = await owner.connect(peer(), callbacks=callbacks)
    story = await owner.read()
    far.send(b"abcdef")
    first = (await story.event("credit_stalled")).sequence - 1

    await owner.ask(s.ReleaseRequest(socket_id=socket, sequence=first))
    await story.until(lambda: story.data(socket) == b"abcdef")
    second = story.bodies("data_received")[1].sequence
    part = s.ReleaseRequest(socket_id=socket, sequence=second, accepted_bytes=1)
    assert (await owner.ask(part)).available_credit_bytes == 4

    again = await owner.run(s.ReceiveRequest(socket_id=socket, length=10))
    assert (again.receive.data, again.receive.stream_offset) == (b"f", 5)


async def test_an_acknowledged_send_waits_for_the_peer_where_a_written_one_does_not(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer(**STALLING))
    written = await owner.run(s.SendRequest(socket_id=socket, data=bytes(MIB)))
    send = s.SendRequest(socket_id=socket, data=b"x", level=s.SEND_LEVEL_ACKNOWLEDGED)
    acknowledged = await owner.start(send)

    assert (written.status, acknowledged.state) == (STATUS_SUCCESS, OPERATION_STATE_PENDING)
    far.resume_reading()
    assert (await owner.finish(acknowledged)).status == STATUS_SUCCESS


async def test_a_send_at_another_offset_than_the_next_is_refused(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())

    await owner.start(s.SendRequest(socket_id=socket, data=b"abc", stream_offset=0))
    for offset in (0, 2, 4):
        with refused("STREAM_OFFSET_MISMATCH", grpc.StatusCode.FAILED_PRECONDITION) as info:
            await owner.start(s.SendRequest(socket_id=socket, data=b"-", stream_offset=offset))
        assert info.metadata["send_offset"] == "3"
    await owner.start(s.SendRequest(socket_id=socket, data=b"def", stream_offset=3))

    await far.until_received(b"abcdef")


async def test_a_receive_takes_shows_or_throws_away_what_it_was_told_to(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    receives: list[dict[str, Any]] = [
        {"length": 2, "peek": True},
        {"length": 2},
        {"length": 3, "wait_all": True},
        {"drain": True},
    ]
    started = [await owner.start(s.ReceiveRequest(socket_id=socket, **fields)) for fields in receives]

    far.send(b"abcd")
    await owner.finish(started[1])
    far.send(b"efghijk")
    far.finish()

    done = [await owner.finish(each) for each in started]
    assert [each.receive.data for each in done] == [b"ab", b"ab", b"cde", b""]
    assert [each.transferred_bytes for each in done] == [2, 2, 3, 6]


@pytest.mark.parametrize(
    ("fields", "seen"),
    [({}, (b"", 0)), ({"final_data": b"last"}, (b"last", 0)), ({"mode": 2}, (b"", errno.ECONNRESET))],
    ids=["default", "final_data", "abortive"],
)
async def test_a_disconnect_sends_its_final_data_and_ends_in_its_mode(
    fields: dict[str, Any], seen: tuple[bytes, int], owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())

    await owner.run(s.DisconnectRequest(socket_id=socket, **fields))
    await far.until_end()

    assert (bytes(far.received), far.error) == seen


@pytest.mark.parametrize(("graceful", "error"), [(True, 0), (False, errno.ECONNRESET)])
async def test_a_graceful_close_sends_a_fin_where_another_resets(
    graceful: bool, error: int, owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())

    await owner.start(s.CloseRequest(socket_id=socket, graceful=graceful))
    await far.until_end()

    assert far.error == error


@pytest.mark.parametrize("kind", ["send", "receive", "disconnect", "close", "connect"])
async def test_every_timeout_is_kept(kind: str, owner: Owner, peer: Listen, unanswered: int) -> None:
    socket, _ = await owner.connect(peer(**STALLING))
    for _ in range(7):
        await owner.start(s.SendRequest(socket_id=socket, data=bytes(MIB)))
    request: Any = {
        "send": s.SendRequest(socket_id=socket, data=b"x"),
        "receive": s.ReceiveRequest(socket_id=socket, length=1),
        "disconnect": s.DisconnectRequest(socket_id=socket),
        "close": s.CloseRequest(socket_id=socket, graceful=True),
        "connect": connect_to("127.0.0.1", unanswered),
    }[kind]
    request.timeout.FromMilliseconds(1)

    done = await owner.run(request)

    assert done.status == (STATUS_SUCCESS if kind == "close" else STATUS_IO_TIMEOUT)
    assert done.close.aborted == (kind == "close")
