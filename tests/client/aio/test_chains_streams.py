"""What a chain makes of its sockets' numbers and streams: recording takes nothing, and what was never sent is given back."""

from collections.abc import Callable

import pytest
from tests.peers import Peer

from telesock.client import (
    AsyncSession,
    AsyncSocket,
    Cancelled,
    CancelOutcome,
    OutcomeUnknown,
    Rejected,
    Repeat,
    SocketCategory,
)

MakePeer = Callable[..., Peer]


@pytest.fixture
async def connection(session: AsyncSession, peer: MakePeer) -> AsyncSocket:
    listener = peer()
    return await session.connect(listener.host, listener.port)


async def test_sockets_made_while_a_chain_is_built_do_not_spoil_its_numbers(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    chain = session.chain()
    near, far = (chain.connect(listener.host, listener.port) for _ in range(2))
    sent = far.send(b"x")
    await session.connect(listener.host, listener.port)

    await chain.submit()

    assert (await sent, sent.socket_id) == (1, far.socket_id)
    assert (near.socket_id, far.socket_id) == (4, 5)
    assert await far.options.get("no_delay") is False
    assert [each.socket_id for each in await session.list_sockets()] == [3, 4, 5]


async def test_a_chain_that_is_dropped_takes_nothing(session: AsyncSession, connection: AsyncSocket) -> None:
    async def leave_by_an_error() -> None:
        async with session.chain() as chain:
            chain.on(connection).send(b"never")
            raise ValueError("never mind")

    with pytest.raises(ValueError, match="never mind"):
        await leave_by_an_error()

    assert await connection.send(b"x") == 1


async def test_what_is_sent_while_a_chain_is_built_goes_before_it(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    chain = session.chain()
    chain.on(connection).send(b"second")
    await connection.send(b"first, ")

    await chain.submit()

    await (await listener.accepted()).until_received(b"first, second")


async def test_a_bound_socket_is_connected_by_a_chain_that_goes_on_with_it(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    socket = await session.create_socket(SocketCategory.STREAM)
    await socket.bind("127.0.0.1")
    async with session.chain() as chain:
        chain.on(socket).connect(listener.host, listener.port, initial_data=b"one, ")
        chain.on(socket).send(b"two")

    await socket.send(b", three")

    await (await listener.accepted()).until_received(b"one, two, three")


async def test_a_link_that_is_cancelled_before_its_turn_takes_no_place_in_its_stream(
    session: AsyncSession, connection: AsyncSocket
) -> None:
    chain = session.chain()
    waiting = chain.on(connection).receive(1)
    sending = chain.on(connection).send(b"never")
    submitted = chain.submit()

    assert await sending.cancel() is CancelOutcome.CANCELLED
    await waiting.cancel()

    with pytest.raises(Cancelled):
        await submitted
    assert await connection.send(b"x") == 1


async def test_a_repeated_chain_that_fails_keeps_the_place_of_what_it_has_sent_on_each_socket(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    one, other = [await session.connect(listener.host, listener.port) for _ in range(2)]
    far, far_other = [await listener.accepted() for _ in range(2)]
    chain = session.chain(repeat=Repeat(1000))
    chain.on(one).send(b"ab")
    chain.on(one).receive_digest(1)
    chain.on(other).send(b"c")
    submitted = chain.submit()
    far.send(b"12")
    await far.until_received(b"ab" * 3)  # the third round waits for what does not come

    await submitted.cancel()

    with pytest.raises(Cancelled):
        await submitted
    assert (await one.send(b"x"), await other.send(b"y")) == (1, 1)
    await far.until_received(b"ababab" + b"x")
    await far_other.until_received(b"cc" + b"y")


async def test_a_link_of_a_repeated_chain_says_that_it_has_no_outcome(
    session: AsyncSession, connection: AsyncSocket
) -> None:
    chain = session.chain(repeat=Repeat(3))
    sending = chain.on(connection).send(b"abc")
    await chain.submit()

    with pytest.raises(OutcomeUnknown, match="the chain, has"):
        await sending


async def test_a_repeated_chain_that_is_refused_refuses_its_links_and_takes_no_place(
    session: AsyncSession, connection: AsyncSocket
) -> None:
    chain = session.chain(repeat=Repeat(0))
    sending = chain.on(connection).send(b"abc")

    for operation in (chain.submit(), sending):
        with pytest.raises(Rejected, match="count"):
            await operation
    assert await connection.send(b"x") == 1
