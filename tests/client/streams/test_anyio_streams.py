"""Remote connections as anyio's byte streams: trio's checks of what a stream is, TLS on top, and our errors as anyio's."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSStream
from tests.agents import RunningAgent
from tests.authorities import Authority
from tests.client.streams.trio_guest import TrioStream, by_asyncio, run_in_trio
from tests.client.streams.waiting import until
from tests.peers import Peer, PeerConnection
from trio.testing import check_half_closeable_stream

from telesock.client import AsyncSession, ConnectionRefused, ConnectionReset, Limit, SessionClosed
from telesock.client.streams.anyio_streams import RemoteAttribute, RemoteByteStream, connect_tcp

MakePeer = Callable[..., Peer]
MIB = 1 << 20
SMALL = {"send_buffer_bytes": 4096, "receive_buffer_bytes": 4096}


async def talking(session: AsyncSession, peer: Peer) -> tuple[RemoteByteStream, PeerConnection]:
    return await connect_tcp(session, peer.host, peer.port), await peer.accepted()


async def test_it_is_what_trio_calls_a_half_closeable_stream(session: AsyncSession) -> None:
    listener = await session.listen(options=SMALL)
    assert listener.local is not None

    async def pair() -> tuple[RemoteByteStream, RemoteByteStream]:
        assert listener.local is not None
        near = await connect_tcp(session, listener.local.host, listener.local.port, options=SMALL)
        return near, RemoteByteStream(await listener.accept())

    async def make() -> tuple[TrioStream, TrioStream]:
        near, far = await by_asyncio(pair())
        return TrioStream(near), TrioStream(far)

    async def make_clogged() -> tuple[TrioStream, TrioStream]:
        near, far = await by_asyncio(pair())
        for clogged in (near, far):
            await by_asyncio(clog(clogged))
        return TrioStream(near), TrioStream(far)

    await run_in_trio(check_half_closeable_stream, make, make_clogged)


async def clog(stream: RemoteByteStream) -> None:
    """Send more than there is room for on the way; a cancelled send takes none of it back."""
    sending = asyncio.ensure_future(stream.send(bytes(4 * MIB)))
    await until(lambda: stream.extra(RemoteAttribute.unsent) > 0)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_bytes_go_both_ways_and_both_ends_are_passed_on(session: AsyncSession, peer: MakePeer) -> None:
    stream, far = await talking(session, peer())

    await stream.send(b"question")
    await stream.send_eof()
    await far.until_end()
    far.send(b"answer")
    far.finish()

    assert (bytes(far.received), far.saw_fin) == (b"question", True)
    assert [await stream.receive(4), await stream.receive(4)] == [b"answ", b"er"]
    for _ in range(2):
        with pytest.raises(anyio.EndOfStream):
            await stream.receive()
    await stream.aclose()


async def test_it_knows_its_addresses_at_the_agent_and_whether_there_is_something(
    session: AsyncSession, peer: MakePeer
) -> None:
    stream, far = await talking(session, peer())
    far.send(b"xy")
    await stream.receive(1)

    assert stream.extra(SocketAttribute.local_address) == far.remote
    assert stream.extra(SocketAttribute.remote_address) == far.local
    assert stream.extra(RemoteAttribute.socket).remote is not None
    assert stream.extra(RemoteAttribute.unsent) == 0
    assert stream.extra(RemoteAttribute.readable)
    await stream.receive()
    assert not stream.extra(RemoteAttribute.readable)
    await stream.aclose()


async def test_a_cancelled_receive_loses_nothing(session: AsyncSession, peer: MakePeer) -> None:
    stream, far = await talking(session, peer())
    receiving = asyncio.ensure_future(stream.receive())
    await asyncio.sleep(0)
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)

    far.send(b"kept")

    assert await stream.receive() == b"kept"
    await stream.aclose()


async def test_a_peers_reset_breaks_it_and_says_so_each_time(session: AsyncSession, peer: MakePeer) -> None:
    stream, far = await talking(session, peer())
    far.reset()

    for _ in range(2):
        with pytest.raises(anyio.BrokenResourceError) as broken:
            await stream.receive()
        assert isinstance(broken.value.__cause__, ConnectionReset)
    await stream.aclose()


async def test_a_lost_session_breaks_it(session: AsyncSession, peer: MakePeer) -> None:
    stream, _ = await talking(session, peer())
    await session.close()

    with pytest.raises(anyio.BrokenResourceError) as broken:
        await stream.receive()

    assert isinstance(broken.value.__cause__, ConnectionAbortedError)
    assert isinstance(broken.value.__cause__.__cause__, SessionClosed)
    await stream.aclose()


async def test_who_refuses_is_told_as_by_connect(session: AsyncSession) -> None:
    with pytest.raises(ConnectionRefused):
        await connect_tcp(session, "127.0.0.1", 1)


async def test_what_was_sent_arrives_although_the_session_is_closed_right_behind_it(
    session: AsyncSession, peer: MakePeer
) -> None:
    stream, far = await talking(session, peer())
    await stream.send(bytes(3 * MIB))
    await stream.aclose()
    await session.close()

    await far.until_end()

    assert (len(far.received), far.saw_fin) == (3 * MIB, True)


async def test_a_peer_that_does_not_read_is_reset_when_closing_takes_too_long(
    session: AsyncSession, peer: MakePeer, agent: RunningAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telesock.client.streams.anyio_streams.CLOSE_TIMEOUT", 0.01)
    stream, far = await talking(session, peer(reading=False))
    await clog(stream)

    await stream.aclose()
    await until(lambda: agent.engine.sockets == 0)  # else the peer may take it all before the agent is asked
    far.resume_reading()
    await far.until_end()

    assert far.saw_reset


async def test_a_cancelled_close_resets(session: AsyncSession, peer: MakePeer, agent: RunningAgent) -> None:
    stream, far = await talking(session, peer())

    await anyio.aclose_forcefully(stream)
    await far.until_end()

    assert far.saw_reset
    await until(lambda: agent.engine.sockets == 0)


# TLS


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes, then end."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_tls_of_anyio_goes_on_top_and_comes_to_its_own_end(
    session: AsyncSession, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    pair = authority.sign("server.lab")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(pair.certificate, pair.key)
    trusting = ssl.create_default_context(cafile=str(authority.ca))
    async with await asyncio.start_server(echo, "127.0.0.1", 0, ssl=serving) as server:
        stream = await connect_tcp(session, "127.0.0.1", server.sockets[0].getsockname()[1])

        encrypted = await TLSStream.wrap(stream, hostname="server.lab", ssl_context=trusting)
        await encrypted.send(b"secret" * 10_000)
        back = b""
        while len(back) < 60_000:
            back += await encrypted.receive()
        await encrypted.aclose()  # with TLS's own goodbye

    assert back == b"secret" * 10_000


async def test_tls_that_is_cut_off_is_told_as_broken(session: AsyncSession, peer: MakePeer) -> None:
    listening = peer()
    stream = await connect_tcp(session, listening.host, listening.port, faults=[Limit(bytes=10, end="reset")])

    with pytest.raises(anyio.BrokenResourceError):
        await TLSStream.wrap(stream, hostname="server.lab")
    await stream.aclose()


def test_without_anyio_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['anyio'] = None; import telesock.client.streams.anyio_streams"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert ended.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: anyio is not installed; this needs the extra: pip install 'telesock[anyio]'"
    )
