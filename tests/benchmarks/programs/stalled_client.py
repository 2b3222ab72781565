"""An owner with everything stalled: a peer that reads nothing, and a subscriber that never reads its events.

    stalled_client ADDRESS SINK_PORT SILENT_PORT

Run as a program; it prints a line once both stand still, then goes on producing events, a few at a time so that it is
no load, until it is killed.
"""

import asyncio
import sys
from typing import Any

from tests.benchmarks.raw_session import RawSession, raw_session, sends

from telesock.v1.operations_pb2 import OPERATION_KIND_SEND
from telesock.v1.sessions_pb2 import RETENTION_LATEST, AttachResponse

LEASE = 5
_SEND = bytes(1 << 16)
_PENDING = 256  # sends of this size: more than may wait on one socket
_EVENTS = 65_536  # more than fit into the buffers between agent and subscriber
_BATCH = 1_024
_TRICKLE = 16
_PAUSE = 0.25


async def stall(address: str, sink: int, silent: int) -> None:
    """Stall on an agent."""
    async with (
        raw_session(address, lease=LEASE) as stalled,
        raw_session(address, retention=RETENTION_LATEST, lease=LEASE) as unread,
    ):
        sending = await fill_a_socket(stalled, silent)
        await produce(unread, sink, sending)


async def fill_a_socket(session: RawSession, port: int) -> Any:
    """Send to a peer that reads nothing until the agent refuses more; return the attachment."""
    socket = await session.connect(port)
    call = await session.attach()
    await call.write(sends([socket], 32, _SEND))
    refused = False
    for _ in range(_PENDING // 32):
        await call.write(sends([socket], 32, _SEND))
    while not refused:
        refused = bool(AttachResponse.FromString(await call.read()).refusals)
    return call


async def produce(session: RawSession, port: int, sending: Any) -> None:
    """Produce events that one subscriber reads and another does not, many at first, then a few for ever."""
    socket = await session.connect(port)
    subscriber = session.events()
    call = await session.attach()
    for _ in range(_EVENTS // _BATCH):
        await _send(call, socket, _BATCH)
    print("stalled", flush=True)
    while True:
        await _send(call, socket, _TRICKLE)
        await sending.write(b"")  # a sign of life
        await sending.read()
        await asyncio.sleep(_PAUSE)
        assert not subscriber.done(), "it is left alone"


async def _send(call: Any, socket: int, count: int) -> None:
    """Send, and wait until all has completed."""
    await call.write(sends([socket], count, b"x" * 64))
    left = count
    while left > 0:
        response = AttachResponse.FromString(await call.read())
        assert not response.refusals, response.refusals[0]
        left -= sum(event.completion.kind == OPERATION_KIND_SEND for event in response.batch.events)


if __name__ == "__main__":
    asyncio.run(stall(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
