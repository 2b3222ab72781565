"""The two ways to disconnect and the two to close, as the packets on the wire show them.

Needs CAP_NET_RAW: as root it must be there, elsewhere the tests are skipped.
"""

import contextlib
import os
from collections.abc import Callable, Iterator

import pytest
from tests.peers import Peer, PeerConnection
from tests.wire.caller import Caller
from tests.wire.packets import Capture, said
from tests.wire.refusals import refused


@pytest.fixture
def capture() -> Iterator[Callable[[Peer], Capture]]:
    with contextlib.ExitStack() as captures:

        def start(listener: Peer) -> Capture:
            try:
                return captures.enter_context(Capture(listener.port))
            except PermissionError:
                if os.geteuid() == 0:
                    raise
                pytest.skip("a packet socket needs CAP_NET_RAW")

        yield start


def flags_from(capture: Capture, far: PeerConnection) -> set[str]:
    """Every flag that the peer's side has sent."""
    packets = capture.packets(far)
    return {flag for packet in packets if packet.source == far.local[1] for flag in packet.flags}


async def test_a_graceful_disconnect_sends_the_data_the_final_data_and_a_fin_and_no_rst(
    caller: Caller, peer: Callable[..., Peer], capture: Callable[[Peer], Capture]
) -> None:
    listener = peer()
    wire = capture(listener)
    socket, far = await caller.meet(listener)
    await caller.send(socket, b"hello, ")

    assert await caller.status(await caller.disconnect(socket, b"and goodbye")) == "SUCCESS"
    await far.until_end()
    far.finish()
    assert (await caller.wait(await caller.receive(socket, 1))).receive.end_of_stream
    assert await caller.status(await caller.close(socket)) == "SUCCESS"

    assert said(wire.packets(far), to=listener.port) == ["SYN", b"hello, and goodbye", "FIN"]
    assert flags_from(wire, far) == {"SYN", "FIN"}


async def test_a_graceful_disconnect_of_more_than_the_peer_takes_at_once_sends_its_fin_behind_the_last_byte(
    caller: Caller, peer: Callable[..., Peer], capture: Callable[[Peer], Capture]
) -> None:
    listener = peer(reading=False, receive_buffer=4096)
    wire = capture(listener)
    socket, far = await caller.meet(listener)
    data = os.urandom(300_000)
    await caller.send(socket, data)
    disconnecting = await caller.disconnect(socket, b"and goodbye")
    assert "FIN" not in said(wire.packets(far), to=listener.port)

    far.resume_reading()
    assert await caller.status(disconnecting) == "SUCCESS"

    assert said(wire.packets(far), to=listener.port) == ["SYN", data + b"and goodbye", "FIN"]


async def test_an_abort_sends_a_rst_and_no_fin(
    caller: Caller, peer: Callable[..., Peer], capture: Callable[[Peer], Capture]
) -> None:
    listener = peer()
    wire = capture(listener)
    socket, far = await caller.meet(listener)
    await caller.send_acknowledged(socket, b"hello")

    assert await caller.status(await caller.abort(socket)) == "SUCCESS"
    await far.until_end()
    assert await caller.status(await caller.close(socket)) == "SUCCESS"

    assert said(wire.packets(far), to=listener.port) == ["SYN", b"hello", "RST"]


async def test_a_close_after_only_our_own_disconnect_sends_a_rst_behind_the_fin(
    caller: Caller, peer: Callable[..., Peer], capture: Callable[[Peer], Capture]
) -> None:
    listener = peer()
    wire = capture(listener)
    socket, far = await caller.meet(listener)
    assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"

    assert await caller.status(await caller.close(socket)) == "SUCCESS"
    await far.until_gone()

    assert said(wire.packets(far), to=listener.port) == ["SYN", "FIN", "RST"]


@pytest.mark.parametrize("arrived", [b"", b"and nobody read it"], ids=["nothing", "unread data"])
async def test_a_close_of_a_connection_sends_a_rst_and_no_fin(
    caller: Caller, peer: Callable[..., Peer], capture: Callable[[Peer], Capture], arrived: bytes
) -> None:
    listener = peer()
    wire = capture(listener)
    socket, far = await caller.meet(listener)
    far.send(arrived)

    assert await caller.status(await caller.close(socket)) == "SUCCESS"
    await far.until_end()

    assert said(wire.packets(far), to=listener.port) == ["SYN", "RST"]


async def test_a_graceful_close_sends_a_fin_and_no_rst_although_unread_data_arrives_meanwhile(
    caller: Caller, peer: Callable[..., Peer], capture: Callable[[Peer], Capture]
) -> None:
    listener = peer()
    wire = capture(listener)
    socket, far = await caller.meet(listener)
    far.send(b"before, ")

    closing = await caller.close(socket, graceful=True)
    await far.until_end()
    far.send(b"after")
    far.finish()

    completion = await caller.wait(closing)
    assert (completion.close.aborted, completion.close.discarded_bytes) == (False, 13)
    assert said(wire.packets(far), to=listener.port) == ["SYN", "FIN"]
    assert flags_from(wire, far) == {"SYN", "FIN"}


async def test_an_abort_that_is_refused_for_its_final_data_sends_nothing(
    caller: Caller, peer: Callable[..., Peer], capture: Callable[[Peer], Capture]
) -> None:
    listener = peer()
    wire = capture(listener)
    socket, far = await caller.meet(listener)
    before = len(wire.packets(far))

    asked = caller.abort(socket, final_data=b"bye")
    assert await refused(asked) == ("INVALID_ARGUMENT", "FINAL_DATA_WITH_ABORT")

    assert len(wire.packets(far)) == before
    assert await caller.status(await caller.send_acknowledged(socket, b"later")) == "SUCCESS"
    await far.until_received(b"later")
    assert said(wire.packets(far), to=listener.port) == ["SYN", b"later"]
