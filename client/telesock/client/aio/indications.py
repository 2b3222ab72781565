"""Iterating over what happens on a socket without being asked for."""

import asyncio
from typing import Self

from telesock.client.core.asked import Asked
from telesock.client.core.indications import Ended, Taking
from telesock.client.core.sockets import Indication, SocketRecord


class Indications:
    """An asynchronous iterator; see AsyncSocket.indications."""

    def __init__(self, core: Asked, record: SocketRecord, *, auto_release: bool) -> None:
        self._record = record
        self._taking = Taking(core, record, auto_release=auto_release)

    def __aiter__(self) -> Self:
        """Iterate from here on."""
        return self

    async def __anext__(self) -> Indication:
        """Release what was handed out before, and return the next one when there is one."""
        self._taking.begin()
        try:
            while (indication := self._taking.take()) is None:
                await self._change()
        except Ended:
            raise StopAsyncIteration from None
        return indication

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
