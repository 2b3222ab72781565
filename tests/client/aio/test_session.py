"""What a session is asked for beside connections: sockets of every category, names, callbacks for all."""

import pytest
from tests.dialers import dial

from telesock.client import (
    AddressFamily,
    AsyncDatagramSocket,
    AsyncListener,
    AsyncSession,
    AsyncSocket,
    AsyncStreamSocket,
    IndicationKind,
    NameNotResolved,
    Rejected,
    SocketCategory,
)
from telesock.v1.events_pb2 import Event


def class_of(category: SocketCategory) -> type:
    return {
        SocketCategory.LISTENING: AsyncListener,
        SocketCategory.DATAGRAM: AsyncDatagramSocket,
        SocketCategory.STREAM: AsyncStreamSocket,
    }.get(category, AsyncSocket)


@pytest.mark.parametrize("category", SocketCategory)
async def test_a_socket_has_the_verbs_of_its_category_also_when_it_is_taken_up(
    session: AsyncSession, category: SocketCategory
) -> None:
    made = await session.create_socket(category)  # type: ignore[call-overload]  # any of them
    taken = await session.take_up_socket(made.socket_id)

    assert (type(made), type(taken)) == (class_of(category), class_of(category))


async def test_a_stream_socket_listens_and_takes_connections(session: AsyncSession) -> None:
    socket = await session.create_socket(SocketCategory.STREAM)
    local = await socket.bind("127.0.0.1")
    await socket.listen()
    far = await dial(local.host, local.port)

    accepted = await socket.accept()

    assert accepted.remote is not None
    assert accepted.remote.port == far.local[1]
    far.close()


async def test_a_name_has_addresses_with_the_port_of_the_service(session: AsyncSession) -> None:
    found = await session.resolve("localhost", "80", family=AddressFamily.IPV4)

    assert [(each.host, each.port) for each in found] == [("127.0.0.1", 80)]


async def test_a_name_that_nobody_has_is_not_resolved(session: AsyncSession) -> None:
    with pytest.raises(NameNotResolved):
        await session.resolve("nobody.invalid")


async def test_an_address_has_a_name_and_one_of_its_port_or_its_literal(session: AsyncSession) -> None:
    assert await session.name_of("127.0.0.1", 80) == ("localhost", "http")
    assert (await session.name_of("192.0.2.1"))[0] == "192.0.2.1"
    with pytest.raises(NameNotResolved):
        await session.name_of("192.0.2.1", name_required=True)


async def test_callbacks_of_the_session_hold_for_every_socket_it_will_have(session: AsyncSession) -> None:
    await session.set_event_callbacks([IndicationKind.DATA], credit_bytes=1000)
    listener = await session.listen("127.0.0.1")
    assert listener.local is not None
    far = await dial(listener.local.host, listener.local.port)
    connection = await listener.accept()

    far.send(b"unasked")

    indication = await anext(connection.indications())
    assert isinstance(indication, Event)
    assert indication.data_received.data == b"unasked"
    assert (await session.get_socket(connection.socket_id)).available_credit_bytes == 993
    far.close()


async def test_callbacks_of_the_session_are_refused_after_its_first_socket(session: AsyncSession) -> None:
    await session.create_socket()

    with pytest.raises(Rejected, match="socket"):
        await session.set_event_callbacks([IndicationKind.DATA])


async def test_who_has_asked_for_it_is_told_once_of_the_end(session: AsyncSession) -> None:
    told: list[str] = []
    session.add_lost_callback(lambda why: told.append(f"before: {why.cause}"))
    await session.close()
    session.add_lost_callback(lambda why: told.append(f"after: {why.cause}"))

    assert told == ["before: CLOSED", "after: CLOSED"]
