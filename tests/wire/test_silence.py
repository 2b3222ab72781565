"""Row 70 of WSK's checklist: silent mode, as the packets on the wire show it.

Needs CAP_NET_ADMIN for that, and CAP_NET_RAW to see them: as root they must be there, elsewhere the tests are skipped.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from tests.peers import Peer, PeerConnection
from tests.wire.caller import Caller
from tests.wire.packets import Capture
from tests.wire.refusals import refusal, refused

from telesock.server.engine import silence
from telesock.v1 import options_pb2

MISSING = "" if os.geteuid() == 0 else silence.missing()
pytestmark = pytest.mark.skipif(MISSING != "", reason=MISSING)

SILENT = options_pb2.SOCKET_OPTION_KIND_SILENT
Listen = Callable[..., Peer]


@pytest.fixture
async def listener(peer: Listen) -> Peer:
    return peer()


@pytest.fixture
def capture(listener: Peer) -> Iterator[Capture]:
    try:
        capture = Capture(listener.port)
    except PermissionError:
        if os.geteuid() == 0:
            raise
        pytest.skip("a packet socket needs CAP_NET_RAW")
    with capture:
        yield capture


def from_agent(capture: Capture, far: PeerConnection) -> int:
    """How many packets the agent's side has sent."""
    return sum(packet.target == far.local[1] for packet in capture.packets(far))


async def test_row_70_a_silent_socket_sends_no_packet_whatever_its_peer_does(
    caller: Caller, listener: Peer, capture: Capture
) -> None:
    connection, far = await caller.meet(listener)
    assert await caller.status(await caller.set_option(connection, silent=True)) == "SUCCESS"
    before = from_agent(capture, far)

    far.send(b"anybody there?")
    await far.until_sent()

    code, reason, facts = await refusal(caller.send(connection, b"x"))
    assert (code, reason) == ("FAILED_PRECONDITION", "WRONG_STATE")
    assert facts["wsk_status"] == "STATUS_INVALID_DEVICE_STATE"
    assert await refused(caller.disconnect(connection)) == ("FAILED_PRECONDITION", "WRONG_STATE")
    assert from_agent(capture, far) == before


async def test_row_70_a_socket_that_is_no_longer_silent_goes_on_where_it_stopped(
    caller: Caller, listener: Peer
) -> None:
    connection, far = await caller.meet(listener)
    await caller.status(await caller.set_option(connection, silent=True))
    far.send(b"repeated until it is heard")
    await far.until_sent()

    assert await caller.status(await caller.set_option(connection, silent=False)) == "SUCCESS"

    reading = await caller.receive(connection, 26, wait_all=True)
    assert (await caller.wait(reading)).receive.data == b"repeated until it is heard"
    await caller.send(connection, b"heard")
    await far.until_received(b"heard")


async def test_row_70_a_silent_socket_that_closes_tells_its_peer_nothing(
    caller: Caller, listener: Peer, capture: Capture
) -> None:
    connection, far = await caller.meet(listener)
    await caller.status(await caller.set_option(connection, silent=True))
    before = from_agent(capture, far)

    assert await caller.status(await caller.close(connection)) == "SUCCESS"

    assert from_agent(capture, far) == before
    assert not far.ended


async def test_row_70_a_socket_with_data_under_way_cannot_fall_silent(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer(receive_buffer=4096, reading=False))
    for _ in range(8):
        await caller.send(connection, b"x" * (1 << 20))

    assert await refused(caller.set_option(connection, silent=True)) == ("FAILED_PRECONDITION", "WRONG_STATE")
    await caller.close(connection)
