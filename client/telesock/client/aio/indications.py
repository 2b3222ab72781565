"""Iterating over what happens on a socket without being asked for."""

import asyncio
from typing import Self

from telesock.client.core.asked import Asked
from telesock.client.core.sockets import Indication, SocketRecord
from telesock.v1.events_pb2 import Event

_CREDITED = ("data_received", "datagram_received", "connection_accepted")


class Indications:
    """An asynchronous iterator; see AsyncSocket.indications."""

    def __init__(self, core: Asked, record: SocketRecord, *, auto_release: bool) -> None:
        self._core = core
        self._record = record
        self._auto_release = auto_release

    def __aiter__(self) -> Self:
        """Iterate from here on."""
        return self

    async def __anext__(self) -> Indication:
        """Release what was handed out before, and return the next one when there is one."""
        record = self._record
        if record.handed_out is not None:
            self._core.consume(record, record.handed_out)
            record.handed_out = None
        while not self._ready(record):
            await self._change()
        indication = record.indications.popleft()
        if (
            self._auto_release
            and isinstance(indication, Event)
            and indication.WhichOneof("body") in _CREDITED
        ):
            record.handed_out = indication
        return indication

    def _ready(self, record: SocketRecord) -> bool:
        """Whether there is one. Raises what the reader has to know first, and what it is told at the end."""
        if record.problem is not None:
            problem, record.problem = record.problem, None
            raise problem
        if record.indications:
            return True
        if record.ended:
            raise StopAsyncIteration
        if self._core.lost is not None:
            raise self._core.lost.again()
        return False

    async def _change(self) -> None:
        changed = asyncio.get_running_loop().create_future()

        def notify() -> None:
            if not changed.done():
                changed.set_result(None)

        self._record.notify = notify
        try:
            await changed
        finally:
            self._record.notify = None
