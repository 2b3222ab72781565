"""Remote connections as asyncio's streams: what holds of asyncio's own holds of them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.agents import RunningAgent
from tests.authorities import Authority
from tests.client.streams.waiting import until
from tests.peers import Peer, PeerConnection

from telesock.client import AsyncSession, ConnectionRefused, ConnectionReset
from telesock.client.streams.asyncio_streams import create_connection, open_connection, reader_and_writer
from telesock.client.streams.transport import RemoteTransport

MakePeer = Callable[..., Peer]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
MIB = 1 << 20
SMALL = {"send_buffer_bytes": 4096, "receive_buffer_bytes": 4096}


async def talking(session: AsyncSession, peer: Peer, limit: int = 65536) -> tuple[Streams, PeerConnection]:
    reader, writer = await open_connection(session, peer.host, peer.port, limit=limit, options=SMALL)
    return (reader, writer), await peer.accepted()


async def test_bytes_go_both_ways_and_both_ends_are_passed_on(session: AsyncSession, peer: MakePeer) -> None:
    (reader, writer), far = await talking(session, peer())

    writer.write(b"question")
    writer.writelines([b"?", b"!"])
    writer.write_eof()
    await far.until_end()
    far.send(b"answer\nand more")
    far.finish()

    assert (bytes(far.received), far.saw_fin) == (b"question?!", True)
    assert await reader.readline() == b"answer\n"
    assert await reader.read() == b"and more"
    writer.close()
    await writer.wait_closed()


async def test_the_addresses_are_those_at_the_agent(session: AsyncSession, peer: MakePeer) -> None:
    listening = peer()
    connection = await session.connect(listening.host, listening.port)
    _, writer = reader_and_writer(connection)
    far = await listening.accepted()

    assert writer.get_extra_info("sockname") == far.remote
    assert writer.get_extra_info("peername") == far.local
    assert writer.get_extra_info("telesock_socket") is connection
    assert writer.get_extra_info("socket") is None
    writer.close()
    await writer.wait_closed()


async def test_what_was_written_before_a_close_arrives_and_then_our_end(
    session: AsyncSession, peer: MakePeer
) -> None:
    (_, writer), far = await talking(session, peer())

    writer.write(b"x" * 3 * MIB)
    writer.close()
    await writer.wait_closed()
    await far.until_end()

    assert (len(far.received), far.saw_fin) == (3 * MIB, True)


async def test_an_abort_is_a_reset(session: AsyncSession, peer: MakePeer) -> None:
    (_, writer), far = await talking(session, peer())

    writer.transport.abort()
    await far.until_end()

    assert far.saw_reset
    await writer.wait_closed()


async def test_a_peers_reset_is_raised_as_asyncio_raises_it(session: AsyncSession, peer: MakePeer) -> None:
    (reader, writer), far = await talking(session, peer())

    far.reset()

    with pytest.raises(ConnectionReset):
        await reader.read()
    with pytest.raises(ConnectionResetError):
        await writer.drain()
    with pytest.raises(ConnectionResetError):
        await writer.wait_closed()
    assert writer.is_closing()


async def test_a_lost_session_is_told_as_an_aborted_connection(session: AsyncSession, peer: MakePeer) -> None:
    (reader, writer), _ = await talking(session, peer())

    await session.close()

    with pytest.raises(ConnectionAbortedError, match="this program has left session"):
        await reader.read()
    with pytest.raises(ConnectionAbortedError):
        await writer.wait_closed()


async def test_drain_waits_until_the_peer_reads(session: AsyncSession, peer: MakePeer) -> None:
    (_, writer), far = await talking(session, peer(reading=False, receive_buffer=4096))
    low, high = writer.transport.get_write_buffer_limits()
    writer.write(b"x" * 8 * MIB)

    draining = asyncio.ensure_future(writer.drain())
    assert writer.transport.get_write_buffer_size() > high
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(draining), 0.1)
    far.resume_reading()
    await draining

    assert writer.transport.get_write_buffer_size() <= low
    writer.transport.abort()


async def test_a_reader_that_does_not_read_holds_the_peer_back(session: AsyncSession, peer: MakePeer) -> None:
    (reader, writer), far = await talking(session, peer(), limit=1024)
    transport = writer.transport
    assert isinstance(transport, RemoteTransport)

    far.send(b"x" * 16 * MIB)
    await until(lambda: not transport.is_reading())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(far.until_sent(), 0.2)
    await reader.readexactly(16 * MIB)

    await far.until_sent()
    transport.abort()


@pytest.mark.parametrize(
    ("high", "low", "limits"),
    [(None, None, (262144, 1048576)), (100, None, (25, 100)), (None, 10, (10, 40)), (0, 0, (0, 0))],
)
async def test_the_limits_of_writing_are_set_as_asyncio_sets_them(
    session: AsyncSession, peer: MakePeer, high: int | None, low: int | None, limits: tuple[int, int]
) -> None:
    (_, writer), _ = await talking(session, peer())

    writer.transport.set_write_buffer_limits(high, low)

    assert writer.transport.get_write_buffer_limits() == limits
    with pytest.raises(ValueError, match="must not be below"):
        writer.transport.set_write_buffer_limits(1, 2)
    writer.transport.abort()


async def test_nothing_is_written_behind_our_own_end(session: AsyncSession, peer: MakePeer) -> None:
    (_, writer), _ = await talking(session, peer())
    writer.write_eof()

    with pytest.raises(RuntimeError, match="behind our own end"):
        writer.write(b"x")
    writer.close()
    await writer.wait_closed()


async def test_who_refuses_is_told_as_by_connect_and_a_cancelled_connect_leaves_nothing(
    session: AsyncSession, agent: RunningAgent, peer: MakePeer
) -> None:
    with pytest.raises(ConnectionRefused):
        await open_connection(session, "127.0.0.1", 1)
    listening = peer(accepting=False)

    opening = asyncio.ensure_future(open_connection(session, listening.host, listening.port))
    await asyncio.sleep(0)
    opening.cancel()

    with pytest.raises(asyncio.CancelledError):
        await opening
    await until(lambda: agent.engine.sockets == 0)


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)


async def test_a_protocol_of_ones_own_is_closed_at_the_peers_end(
    session: AsyncSession, peer: MakePeer
) -> None:
    listening = peer()
    transport, protocol = await create_connection(session, Echo, listening.host, listening.port)
    far = await listening.accepted()

    far.send(b"there and back")
    await far.until_received(b"there and back")
    far.finish()

    assert await protocol.lost is None
    assert (transport.is_closing(), transport.get_protocol()) == (True, protocol)
    await far.until_end()
    assert far.saw_fin


# TLS


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
async def encrypted_echo(authority: Authority) -> AsyncIterator[int]:
    pair = authority.sign("server.lab")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def echoed(streams: Streams, data: bytes) -> bytes:
    reader, writer = streams
    writer.write(data)
    back = await reader.readexactly(len(data))
    writer.close()
    await writer.wait_closed()
    return back


async def test_tls_goes_on_top(session: AsyncSession, encrypted_echo: int, authority: Authority) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.ca))

    streams = await open_connection(
        session, "127.0.0.1", encrypted_echo, ssl=trusting, server_hostname="server.lab"
    )

    assert await echoed(streams, b"secret" * 100_000) == b"secret" * 100_000


async def test_a_protocol_of_ones_own_is_told_of_its_encrypted_transport(
    session: AsyncSession, encrypted_echo: int, authority: Authority
) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.ca))
    reader = asyncio.StreamReader()

    transport, protocol = await create_connection(
        session,
        lambda: asyncio.StreamReaderProtocol(reader),
        "127.0.0.1",
        encrypted_echo,
        ssl=trusting,
        server_hostname="server.lab",
    )
    transport.write(b"secret")

    assert await reader.readexactly(6) == b"secret"
    assert transport.get_extra_info("cipher")
    writer = asyncio.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())
    writer.close()
    await writer.wait_closed()


async def test_who_is_not_trusted_is_not_talked_to(session: AsyncSession, encrypted_echo: int) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await open_connection(
            session,
            "127.0.0.1",
            encrypted_echo,
            ssl=ssl.create_default_context(),
            server_hostname="server.lab",
        )
