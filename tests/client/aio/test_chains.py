"""Chains as a program builds them: links are operations, and the sockets go on afterwards."""

from collections.abc import Awaitable, Callable

import pytest
from tests.peers import Peer
from tests.ports import unused_port
from tests.relays import Relay

from telesock.client import (
    AsyncClient,
    AsyncSession,
    Cancelled,
    ConnectionRefused,
    Operation,
    OperationTimedOut,
    Pattern,
    Rejected,
    Repeat,
    SessionClosed,
    pattern,
)
from telesock.client.core.chains import ChainSubmitted

MakePeer = Callable[..., Peer]


async def test_the_verbs_of_a_chain_are_operations_and_its_sockets_go_on(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    chain = session.chain(timeout=20.0)
    connection = chain.connect(listener.host, listener.port)
    sent = connection.send(b"one, ")

    result = await chain.submit()

    assert (await sent, result.rounds) == (5, 1)
    assert connection.remote is not None
    await connection.send(b"two")
    far = await listener.accepted()
    await far.until_received(b"one, two")
    await connection.close(graceful=False)


async def test_leaving_the_block_submits_the_chain_and_raises_as_its_first_failure(
    session: AsyncSession,
) -> None:
    sends: list[Operation[int]] = []

    async def leave_the_block() -> None:
        async with session.chain() as chain:
            sends.append(chain.connect("127.0.0.1", unused_port()).send(b"never"))

    with pytest.raises(ConnectionRefused):
        await leave_the_block()

    with pytest.raises(Cancelled, match="before it in the chain"):
        await sends[0]


async def test_a_hard_link_starts_after_a_failure(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    chain = session.chain()
    chain.connect("127.0.0.1", unused_port())
    with chain.hard():
        connection = chain.connect(listener.host, listener.port)
    sent = connection.send(b"on")

    with pytest.raises(ConnectionRefused):
        await chain.submit()

    assert await sent == 2
    await (await listener.accepted()).until_received(b"on")


async def test_a_send_that_never_started_takes_no_place_in_its_stream(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    chain = session.chain()
    waiting = chain.on(connection).receive(1, timeout=0.001)
    chain.on(connection).send(b"never")

    with pytest.raises(OperationTimedOut):
        await chain.submit()

    assert waiting.done()
    await connection.send(b"next")
    await (await listener.accepted()).until_received(b"next")


async def test_a_repeated_chain_sends_as_often_as_it_says_and_the_stream_goes_on_behind_it(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    chain = session.chain(repeat=Repeat(100, interval=0.0001))
    chain.on(connection).send(b"ab")

    assert (await chain.submit()).rounds == 100

    await connection.send(b"!")
    await (await listener.accepted()).until_received(b"ab" * 100 + b"!")


async def test_a_pattern_in_a_chain_arrives_and_its_digest_is_checked(session: AsyncSession) -> None:
    listener = await session.listen("127.0.0.1")
    assert listener.local is not None
    accepting = listener.accept()
    async with session.chain() as chain:
        connection = chain.connect("127.0.0.1", listener.local.port)
        connection.send_pattern(1_000_000, Pattern(5, 3))
    accepted = await accepting

    received = await accepted.receive_digest(1_000_000, check=Pattern(5, 3))

    assert (received.length, received.first_difference) == (1_000_000, None)
    await connection.send(pattern(5, 0, 10))
    assert await accepted.receive(10, wait_all=True) == pattern(5, 0, 10)


async def test_a_malformed_link_rejects_the_chain_and_all_of_its_links(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    chain = session.chain()
    connection = chain.connect(listener.host, listener.port)
    wrong = connection.receive(5, drain=True)

    for operation in (chain.submit(), chain.connecting, wrong):
        with pytest.raises(Rejected, match="draining needs length 0"):
            await operation
    with pytest.raises(Rejected):
        await connection.send(b"x")


async def test_a_chain_is_submitted_once(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    chain = session.chain()
    chain.connect(listener.host, listener.port)
    await chain.submit()

    with pytest.raises(ChainSubmitted):
        chain.submit()


async def test_a_chain_whose_stream_breaks_is_done_once(
    agent: object, relay: Callable[[str], Awaitable[Relay]], peer: MakePeer
) -> None:
    way = await relay(agent.address)  # type: ignore[attr-defined]  # a RunningAgent
    listener = peer()
    async with AsyncClient(way.address) as client, client.session() as session:
        connection = await session.connect(listener.host, listener.port)
        chain = session.chain()
        chain.on(connection).send(b"once")
        waiting = chain.on(connection).receive(1)
        submitted = chain.submit()
        way.cut()
        far = await listener.accepted()
        await far.until_received(b"once")
        far.send(b"!")

        assert await waiting == b"!"
        assert (await submitted).rounds == 1
        await connection.close()
        await far.until_end()
        assert bytes(far.received) == b"once"


async def test_the_links_of_a_chain_end_with_their_session(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    chain = session.chain()
    connection = chain.connect(listener.host, listener.port)
    waiting = connection.receive(1)
    chain.submit()
    await chain.connecting

    await session.close()

    with pytest.raises((SessionClosed, Cancelled)):
        await waiting
