"""A datagram socket as a program uses it."""

import pytest

from telesock.client import AsyncDatagramSocket, AsyncSession, BufferOverflow, IndicationKind, Rejected
from telesock.v1.events_pb2 import Event


def address(socket: AsyncDatagramSocket) -> tuple[str, int]:
    assert socket.local is not None
    return socket.local.host, socket.local.port


async def test_datagrams_arrive_one_by_one_with_their_source(session: AsyncSession) -> None:
    near, far = await session.datagram("127.0.0.1"), await session.datagram("127.0.0.1")

    assert await near.send_to([b"one", b"", b"three"], address(far)) == 3

    received = [await far.receive_from() for _ in range(3)]
    assert [each.data for each in received] == [b"one", b"", b"three"]
    assert {(each.remote.host, each.remote.port) for each in received} == {address(near)}
    assert (await near.send_to(b"last", address(far)), (await far.receive_from(2)).truncated) == (1, True)


async def test_a_fixed_address_stands_for_the_one_that_is_not_named(session: AsyncSession) -> None:
    near, far = await session.datagram("127.0.0.1"), await session.datagram("127.0.0.1")
    with pytest.raises(Rejected, match="no fixed address"):
        await near.send_to(b"nowhere")

    assert await near.options.set(fixed_send_to=address(far)) == {"fixed_send_to": address(far)}
    await near.send_to(b"there")

    assert (await far.receive_from()).data == b"there"


async def test_a_socket_with_a_remote_sends_there_and_hears_nobody_else(session: AsyncSession) -> None:
    far, stranger = await session.datagram("127.0.0.1"), await session.datagram("127.0.0.1")
    near = await session.datagram("127.0.0.1", remote=address(far))

    await near.send_to(b"there")
    await stranger.send_to(b"unheard", address(near))
    await far.send_to(b"back", address(near))

    assert (await far.receive_from()).data == b"there"
    assert (await near.receive_from()).data == b"back"


async def test_refused_datagrams_come_again_when_they_are_asked_for(session: AsyncSession) -> None:
    near = await session.datagram("127.0.0.1")
    far = await session.datagram("127.0.0.1", indications=[IndicationKind.DATAGRAM])
    await near.send_to([b"one", b"two"], address(far))
    indications = far.indications()
    first = await anext(indications)
    assert isinstance(first, Event)

    far.refuse(first.sequence)
    await far.set_event_callbacks(enable=[IndicationKind.DATAGRAM])

    await anext(indications)  # the second, as it was told before the refusal
    again = [await anext(indications) for _ in range(2)]
    data = [each.datagram_received.datagram.data for each in again if isinstance(each, Event)]
    assert data == [b"one", b"two"]


async def test_a_datagram_too_large_tells_how_many_went_before(session: AsyncSession) -> None:
    near, far = await session.datagram("127.0.0.1"), await session.datagram("127.0.0.1")

    with pytest.raises(BufferOverflow) as failed:
        await near.send_to([b"fits", bytes(66_000)], address(far))

    assert failed.value.completion.send_to.datagrams == 1


async def test_indicated_datagrams_give_their_credit_back_as_they_are_taken(session: AsyncSession) -> None:
    near = await session.datagram("127.0.0.1")
    far = await session.datagram("127.0.0.1", indications=[IndicationKind.DATAGRAM], credit_datagrams=1)
    await near.send_to([b"%d" % number for number in range(5)], address(far))

    seen = []
    async for indication in far.indications():
        if isinstance(indication, Event) and indication.HasField("datagram_received"):
            seen.append(indication.datagram_received.datagram.data)
        if len(seen) == 5:
            break

    assert seen == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_group_is_joined_and_left(session: AsyncSession) -> None:
    socket = await session.datagram()

    await socket.join_group("239.77.0.2", "lo")
    await socket.leave_group("239.77.0.2", "lo")

    with pytest.raises(Rejected, match="this host has no interface 'nowhere'"):
        await socket.join_group("239.77.0.2", "nowhere")
