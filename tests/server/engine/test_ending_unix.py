"""How a Unix-domain connection ends: nothing is acknowledged and nobody is reset, so other things count."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import CloseResult, DisconnectResult, PeerDisconnected, ReceiveResult
from telesock.server.core.requests import Close, Disconnect, Indications, Receive, Send, SendLevel
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status

Listen = Callable[..., Peer]

MIB = 1 << 20
SOON = 0.05  # seconds
RESET = (Status.CONNECTION_RESET, Origin.PEER, Phase.RECEIVE, "ECONNRESET")


@pytest.fixture
async def far(peer: Listen, tmp_path: Path) -> Peer:
    return peer(f"unix:{tmp_path}/far")


@pytest.fixture
async def deaf(peer: Listen, tmp_path: Path) -> Peer:
    """A peer that does not read."""
    return peer(f"unix:{tmp_path}/deaf", reading=False)


def acknowledged(connection: int, data: bytes) -> Send:
    return Send(connection, data, level=SendLevel.ACKNOWLEDGED)


async def until_told_of_the_end(unix: Driver, connection: int) -> None:
    await unix.until(lambda: bool(unix.told(connection, PeerDisconnected)))


async def ended_by(unix: Driver, connection: int, far: PeerConnection) -> None:
    """Let the peer end its side, and wait until the engine knows."""
    far.finish()
    await unix.until_seen(lambda: unix.connection(connection).peer_finished)


# Graceful disconnect


async def test_a_graceful_disconnect_sends_all_then_the_final_data_then_the_end(
    unix: Driver, far: Peer
) -> None:
    connection, peer = await unix.meet(far)
    unix.submit(Send(connection, b"first "))
    disconnect = unix.ask(Disconnect(connection, final_data=b"bye"))

    done = await unix.completed(disconnect)
    await peer.until_end()

    assert (done.status, bytes(peer.received), peer.saw_fin) == (Status.SUCCESS, b"first bye", True)
    assert unix.state(connection) is State.SEND_DISCONNECTED


async def test_it_completes_when_everything_is_handed_over_and_says_what_is_not_read(
    unix: Driver, deaf: Peer
) -> None:
    connection, peer = await unix.meet(deaf)

    done = await unix.completed(unix.ask(Disconnect(connection, final_data=b"bye")))

    assert done.result == DisconnectResult(None, 3, 0, 3)
    peer.resume_reading()
    await peer.until_received(b"bye")


async def test_it_waits_as_long_as_there_is_something_to_hand_over(unix: Driver, deaf: Peer) -> None:
    connection, peer = await unix.meet(deaf)
    sends = [unix.ask(Send(connection, bytes(MIB))) for _ in range(4)]
    disconnect = unix.ask(Disconnect(connection))
    assert (unix.completion(disconnect), unix.state(connection)) == (None, State.DISCONNECTING)

    peer.resume_reading()

    assert (await unix.completed(disconnect)).status is Status.SUCCESS
    assert unix.order(*sends, disconnect) == [0, 1, 2, 3, 4]
    assert len(await peer.until_bytes(4 * MIB)) == 4 * MIB


async def test_the_peer_may_go_on_sending_until_it_ends_too(unix: Driver, far: Peer) -> None:
    connection, peer = await unix.meet(far)
    await unix.completed(unix.ask(Disconnect(connection)))
    receives = [unix.ask(Receive(connection, 100)) for _ in range(2)]

    peer.send(b"more")
    data = (await unix.completed(receives[0])).result
    peer.finish()
    end = (await unix.completed(receives[1])).result

    assert (data, end) == (
        ReceiveResult(b"more", 0, end_of_stream=False),
        ReceiveResult(b"", 4, end_of_stream=True),
    )
    assert unix.state(connection) is State.DISCONNECTED


async def test_a_disconnect_from_a_peer_that_is_gone_is_done(unix: Driver, far: Peer) -> None:
    connection, peer = await unix.meet(far, Indications.DISCONNECT)
    peer.close()
    await until_told_of_the_end(unix, connection)

    done = await unix.completed(unix.ask(Disconnect(connection)))

    assert (done.status, unix.state(connection)) == (Status.SUCCESS, State.DISCONNECTED)


# What the peer has read


async def test_an_acknowledged_send_is_done_when_the_peers_program_has_read_it(
    unix: Driver, deaf: Peer
) -> None:
    connection, peer = await unix.meet(deaf)
    send = unix.ask(acknowledged(connection, b"hello"))
    disconnect = unix.ask(Disconnect(connection))
    await unix.completed(disconnect)
    assert unix.completion(send) is None

    peer.resume_reading()

    assert (await unix.completed(send)).status is Status.SUCCESS
    assert bytes(peer.received) == b"hello"


async def test_a_send_that_the_peer_throws_away_unread_is_never_called_acknowledged(
    unix: Driver, deaf: Peer
) -> None:
    connection, peer = await unix.meet(deaf)
    send = unix.ask(acknowledged(connection, b"hello"))

    peer.close()
    unix.connection(connection).ending.look()  # before the loop has told of anything

    completion = await unix.completed(send)
    assert failed(completion) == (Status.CONNECTION_RESET, Origin.PEER, Phase.SEND, "ECONNRESET")
    assert unix.state(connection) is State.RESET


# The peer's reset


async def test_a_peer_that_closes_with_something_unread_resets_the_connection(
    unix: Driver, deaf: Peer
) -> None:
    connection, peer = await unix.meet(deaf, Indications.DISCONNECT)
    unix.ask(Send(connection, b"hello"))
    receive = unix.ask(Receive(connection, 1))

    peer.close()

    assert failed(await unix.completed(receive)) == RESET
    await until_told_of_the_end(unix, connection)
    assert unix.state(connection) is State.RESET


async def test_what_had_arrived_before_the_reset_can_be_read(unix: Driver, deaf: Peer) -> None:
    connection, peer = await unix.meet(deaf)
    unix.ask(Send(connection, b"hello"))
    peer.send(b"last words")
    peer.close()

    receives = [unix.ask(Receive(connection, 100)) for _ in range(2)]

    first = await unix.completed(receives[0])
    assert first.result == ReceiveResult(b"last words", 0, end_of_stream=False)
    assert failed(await unix.completed(receives[1])) == RESET


async def test_a_send_to_a_peer_that_has_closed_is_a_reset(unix: Driver, far: Peer) -> None:
    connection, peer = await unix.meet(far, Indications.DISCONNECT)
    peer.close()
    await until_told_of_the_end(unix, connection)

    completion = await unix.completed(unix.ask(Send(connection, b"hello")))

    assert failed(completion) == (Status.CONNECTION_RESET, Origin.PEER, Phase.SEND, "EPIPE")


# Our abort


async def test_an_abort_completes_what_is_pending_and_the_peer_reads_an_end(unix: Driver, far: Peer) -> None:
    connection, peer = await unix.meet(far)
    receive = unix.ask(Receive(connection, 1))
    abort = unix.ask(Disconnect(connection, abortive=True))

    done = await unix.completed(abort)
    await peer.until_end()

    aborted = (Status.CONNECTION_ABORTED, Origin.CANCEL, Phase.RECEIVE, "")
    assert (done.status, done.result) == (Status.SUCCESS, DisconnectResult(None, 0, 0, 0))
    assert failed(await unix.completed(receive)) == aborted
    assert (peer.saw_fin, peer.error, unix.state(connection)) == (True, 0, State.ABORTED)


async def test_an_abort_with_something_unread_is_a_reset_for_the_peer(unix: Driver, far: Peer) -> None:
    connection, peer = await unix.meet(far)
    peer.send(b"unread")
    await peer.until_sent()

    await unix.completed(unix.ask(Disconnect(connection, abortive=True)))
    await peer.until_end()

    assert (peer.saw_fin, peer.saw_reset) == (False, True)


async def test_what_was_written_before_an_abort_still_arrives(unix: Driver, deaf: Peer) -> None:
    connection, peer = await unix.meet(deaf)
    unix.ask(Send(connection, b"hello"))

    await unix.completed(unix.ask(Disconnect(connection, abortive=True)))
    peer.resume_reading()
    await peer.until_end()

    assert bytes(peer.received) == b"hello"


# Close


async def test_a_graceful_close_waits_for_the_peers_end(unix: Driver, far: Peer) -> None:
    connection, peer = await unix.meet(far)
    unix.ask(Send(connection, b"hello"))
    close = unix.ask(Close(connection, graceful=True))
    await peer.until_end()
    assert (bytes(peer.received), unix.completion(close)) == (b"hello", None)

    peer.finish()

    assert (await unix.completed(close)).result == CloseResult(aborted=False, discarded_bytes=0)


async def test_a_graceful_close_waits_until_the_peer_has_read_what_is_to_be_acknowledged(
    unix: Driver, deaf: Peer
) -> None:
    connection, peer = await unix.meet(deaf)
    send = unix.ask(acknowledged(connection, b"hello"))
    close = unix.ask(Close(connection, graceful=True))
    await ended_by(unix, connection, peer)
    assert unix.completion(close) is None

    peer.resume_reading()

    assert (await unix.completed(close)).result == CloseResult(aborted=False, discarded_bytes=0)
    assert ((await unix.completed(send)).status, unix.order(send, close)) == (Status.SUCCESS, [0, 1])


async def test_a_graceful_close_ends_at_its_timeout_when_the_peer_never_reads(
    unix: Driver, deaf: Peer
) -> None:
    connection, peer = await unix.meet(deaf)
    send = unix.ask(acknowledged(connection, b"hello"))
    peer.finish()

    close = await unix.completed(unix.ask(Close(connection, graceful=True, timeout=SOON)))

    assert (close.status, (await unix.completed(send)).status) == (Status.SUCCESS, Status.CANCELLED)
    assert unix.engine.sockets == 0


async def test_a_close_that_is_not_graceful_says_that_it_aborted(unix: Driver, far: Peer) -> None:
    connection, peer = await unix.meet(far)

    close = await unix.close(connection)
    await peer.until_end()

    assert (close.result, peer.saw_fin) == (CloseResult(aborted=True, discarded_bytes=0), True)
