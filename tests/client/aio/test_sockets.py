import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer, PeerConnection
from tests.ports import free_port, unused_port

from telesock.client import (
    AddressAlreadyExists,
    AddressFamily,
    AsyncClient,
    AsyncSession,
    AsyncSocket,
    ConnectionAborted,
    ConnectionRefused,
    IndicationKind,
    Rejected,
    SendLevel,
    SocketCategory,
)
from telesock.server.core.limits import Limits

Listen = Callable[..., Peer]
StartAgent = Callable[..., Awaitable[RunningAgent]]


@pytest.fixture
async def listener(peer: Listen) -> Peer:
    return peer()


async def connect(session: AsyncSession, listener: Peer) -> tuple[AsyncSocket, PeerConnection]:
    return await session.connect(listener.host, listener.port), await listener.accepted()


# Making


async def test_a_socket_is_made_bound_and_connected_step_by_step(
    session: AsyncSession, listener: Peer
) -> None:
    socket = await session.create_socket()
    local = await socket.bind("127.0.0.1")
    connected = await socket.connect(listener.host, listener.port, initial_data=b"first ")
    sent = await socket.send(b"second")
    far = await listener.accepted()
    await far.until_received(b"first second")

    assert connected is socket
    assert (sent, socket.local, far.remote) == (6, local, (local.host, local.port))


async def test_addresses_are_known_when_the_operation_is_done_and_remembered_after_the_end(
    session: AsyncSession, listener: Peer
) -> None:
    socket, far = await connect(session, listener)
    await socket.abort()

    assert (socket.local, socket.remote) != (None, None)
    assert socket.local is not None
    assert socket.remote is not None
    assert (socket.local.host, socket.local.port) == far.remote
    assert repr(socket) == (
        f"<{AsyncSocket.__name__} 1 local=127.0.0.1:{socket.local.port} remote=127.0.0.1:{socket.remote.port}>"
    )


async def test_a_socket_that_is_not_bound_has_no_addresses(session: AsyncSession) -> None:
    socket = await session.create_socket(SocketCategory.BASIC)

    assert repr(socket) == f"<{AsyncSocket.__name__} 1 local=none remote=none>"


async def test_a_refused_connect_raises_what_a_socket_would_and_leaves_none(session: AsyncSession) -> None:
    with pytest.raises(ConnectionRefusedError) as raised:
        await session.connect("127.0.0.1", unused_port())

    assert isinstance(raised.value, ConnectionRefused)
    assert raised.value.completion.connect.attempts[0].cause.errno_name == "ECONNREFUSED"
    assert await session.list_sockets() == []
    assert session._core.sockets.get(1) is None


async def test_a_local_address_and_a_family_can_be_chosen(session: AsyncSession, peer: Listen) -> None:
    listener = peer("::1")
    port = free_port("::1")

    socket = await session.connect(
        "::1", listener.port, local=("::1", port), family=AddressFamily.IPV6, timeout=5
    )

    assert (await listener.accepted()).remote == ("::1", port)
    assert int((await session.get_socket(socket.socket_id)).family) == AddressFamily.IPV6


async def test_an_address_in_use_is_told_as_such(session: AsyncSession, listener: Peer) -> None:
    socket = await session.create_socket()

    with pytest.raises(AddressAlreadyExists):
        await socket.bind("127.0.0.1", listener.port)


async def test_a_destination_that_policy_denies_is_rejected_with_the_reason(session: AsyncSession) -> None:
    with pytest.raises(Rejected) as raised:
        await session.connect("192.0.2.1", 80)

    assert raised.value.reason == "DESTINATION_NOT_ALLOWED"
    assert session._core.sockets.get(1) is None


async def test_what_is_malformed_beyond_the_contract_is_an_error_of_the_caller(session: AsyncSession) -> None:
    socket = await session.create_socket()
    with pytest.raises(TypeError):
        socket.send("text")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match="-1"):
        await session.connect("127.0.0.1", -1)

    assert (await socket.close()).aborted is False


async def test_what_the_agent_cannot_even_read_is_rejected(session: AsyncSession, listener: Peer) -> None:
    socket, _ = await connect(session, listener)

    with pytest.raises(Rejected) as raised:
        await socket.send(b"x", level=9)  # type: ignore[arg-type]  # a value of the future

    assert raised.value.metadata["field"] == "level"
    assert await socket.send(b"x") == 1


# Sending


@pytest.mark.parametrize(
    "data", [b"hello", bytearray(b"hello"), memoryview(b"hello")], ids=lambda data: type(data).__name__
)
async def test_anything_that_has_bytes_can_be_sent(
    session: AsyncSession, listener: Peer, data: bytes | bytearray | memoryview
) -> None:
    socket, far = await connect(session, listener)

    assert await socket.send(data) == 5
    await far.until_received(b"hello")


async def test_an_acknowledged_send_is_done_when_the_peer_has_it(
    session: AsyncSession, listener: Peer
) -> None:
    socket, far = await connect(session, listener)

    assert await socket.send(b"hello", level=SendLevel.ACKNOWLEDGED) == 5
    await far.until_received(b"hello")


async def test_sends_behind_a_refused_one_are_refused_too_and_later_ones_go_on(
    start_agent: StartAgent, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(pending_send_bytes=100_000))
    listener = peer(receive_buffer=4096, reading=False)
    async with AsyncClient(agent.address) as client, client.session() as session:
        socket, far = await connect(session, listener)
        chunks = [bytes([number]) * 50_000 for number in range(200)]
        operations = [socket.send(chunk) for chunk in chunks]
        far.resume_reading()
        outcomes = await asyncio.gather(*operations, return_exceptions=True)
        accepted = [chunk for chunk, outcome in zip(chunks, outcomes, strict=True) if outcome == 50_000]
        reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Rejected)]
        assert await socket.send(b"end") == 3
        await socket.disconnect()
        await far.until_end()

    assert 0 < len(accepted) < len(chunks)
    assert accepted == chunks[: len(accepted)]
    assert reasons[0] == "TOO_MANY_PENDING_BYTES"
    assert set(reasons[1:]) == {"STREAM_OFFSET_MISMATCH"}
    assert bytes(far.received) == b"".join(accepted) + b"end"


async def test_a_send_that_no_agent_takes_is_rejected_at_once_and_disturbs_no_other(
    session: AsyncSession, listener: Peer
) -> None:
    socket, far = await connect(session, listener)
    too_large = socket.send(bytes(5 << 20))
    behind = socket.send(b"hello")

    assert too_large.done()
    with pytest.raises(Rejected) as raised:
        await too_large
    assert (raised.value.reason, raised.value.code.name) == ("TOO_LARGE", "INVALID_ARGUMENT")
    assert await behind == 5
    await far.until_received(b"hello")


async def test_the_largest_send_passes(session: AsyncSession, listener: Peer) -> None:
    socket, far = await connect(session, listener)
    data = bytes(range(256)) * 4096

    assert await asyncio.gather(*(socket.send(data) for _ in range(3))) == [1 << 20] * 3
    await far.until_received(data * 3)


# Receiving


async def test_receives_take_what_they_ask_for(session: AsyncSession, listener: Peer) -> None:
    socket, far = await connect(session, listener)
    far.send(b"hello")

    assert await socket.receive(2, peek=True) == b"he"
    assert await socket.receive(2) == b"he"
    everything = socket.receive(6, wait_all=True)
    far.send(b"abc")
    assert await everything == b"lloabc"
    far.send(b"rest")
    far.finish()
    drained = socket.receive(0, drain=True)
    assert await drained == b""
    assert drained.completion is not None
    assert drained.completion.transferred_bytes == 4
    assert await socket.receive(10) == b""


# Ending


async def test_an_abort_resets_and_ends_what_is_pending(session: AsyncSession, listener: Peer) -> None:
    socket, far = await connect(session, listener)
    receiving = socket.receive(10)

    await socket.abort()

    with pytest.raises(ConnectionAborted):
        await receiving
    await far.until_end()
    assert far.saw_reset


async def test_leaving_the_block_lets_everything_arrive_and_ends_gracefully(
    session: AsyncSession, listener: Peer
) -> None:
    async with await session.connect(listener.host, listener.port) as socket:
        far = await listener.accepted()
        far.send(b"nobody reads this")
        operations = [socket.send(bytes(100_000)) for _ in range(10)]
        ended = asyncio.create_task(_finish_after_end(far))
    await ended

    assert [operation.done() for operation in operations] == [True] * 10
    assert (len(far.received), far.saw_fin, far.error) == (1_000_000, True, 0)
    assert await session.list_sockets() == []


async def test_leaving_the_block_by_an_error_ends_gracefully_too(
    session: AsyncSession, listener: Peer
) -> None:
    socket, far = await connect(session, listener)
    ended = asyncio.create_task(_finish_after_end(far))
    with pytest.raises(LookupError):
        await _send_and_fail(socket)
    await ended

    assert (bytes(far.received), far.saw_fin, far.error) == (b"last words", True, 0)


async def test_leaving_the_block_by_a_cancelled_task_resets(session: AsyncSession, listener: Peer) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with await session.connect(listener.host, listener.port) as socket:
            inside.set()
            await socket.receive(10)

    task = asyncio.create_task(work())
    await inside.wait()
    far = await listener.accepted()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await far.until_end()

    assert far.saw_reset


async def test_a_socket_that_was_closed_inside_is_left_as_it_is(
    session: AsyncSession, listener: Peer
) -> None:
    async with await session.connect(listener.host, listener.port) as socket:
        await socket.close()
    async with await session.connect(listener.host, listener.port) as socket:
        socket.close()

    assert await session.list_sockets() == []


async def test_a_closed_socket_takes_nothing_more(session: AsyncSession, listener: Peer) -> None:
    socket, _ = await connect(session, listener)
    assert (await socket.close()).aborted

    with pytest.raises(Rejected) as raised:
        await socket.send(b"x")
    assert raised.value.reason == "SOCKET_CLOSED"


# Looking


async def test_sockets_and_operations_can_be_looked_at(session: AsyncSession, listener: Peer) -> None:
    sockets = [(await connect(session, listener))[0] for _ in range(3)]
    receiving = sockets[1].receive(10)
    await session.resolve("127.0.0.1")  # asked behind it: what was asked before has begun

    found = await session.list_sockets()
    pending = await session.list_operations(socket_id=sockets[1].socket_id, pending_only=True)
    whole = await session.get_session()

    assert [each.socket_id for each in found] == [1, 2, 3]
    assert [each.operation_id for each in pending] == [receiving.operation_id]
    assert (whole.sockets, whole.pending_operations, whole.attached) == (3, 1, True)


async def test_a_socket_can_be_taken_up_by_its_number(session: AsyncSession, listener: Peer) -> None:
    socket, far = await connect(session, listener)
    await socket.send(b"one")
    session._core.sockets._records.clear()  # as a client would that has just come

    taken = await session.take_up_socket(socket.socket_id)
    await taken.set_event_callbacks(enable=[IndicationKind.DATA])
    far.send(b"reply")
    event = await anext(taken.indications())

    assert await taken.send(b"two") == 3
    await far.until_received(b"onetwo")
    assert (taken.remote, event.data_received.data) == (socket.remote, b"reply")  # type: ignore[union-attr]  # no gap


async def test_a_socket_that_never_was_cannot_be_taken_up(session: AsyncSession) -> None:
    with pytest.raises(Rejected) as raised:
        await session.take_up_socket(7)

    assert raised.value.reason == "SOCKET_UNKNOWN"


async def _send_and_fail(socket: AsyncSocket) -> None:
    async with socket:
        socket.send(b"last words")
        raise LookupError


async def _finish_after_end(far: PeerConnection) -> None:
    """Behave as a peer that ends when we do."""
    await far.until_end()
    far.finish()
