"""Iterating over what happens on a socket without being asked for."""

import threading
from typing import Self

from telesock.client.core.indications import Ended, Taking
from telesock.client.core.sockets import Indication, SocketRecord
from telesock.client.sync.locking import LockedAsked
from telesock.client.sync.waiting import wait_for


class Indications:
    """An iterator; see Socket.indications."""

    def __init__(self, core: LockedAsked, record: SocketRecord, *, auto_release: bool) -> None:
        self._turn = core.turn
        self._record = record
        self._taking = Taking(core, record, auto_release=auto_release)

    def __iter__(self) -> Self:
        """Iterate from here on."""
        return self

    def __next__(self) -> Indication:
        """Release what was handed out before, and return the next one when there is one."""
        with self._turn.lock:
            self._taking.begin()
        try:
            while (indication := self._take()) is None:
                pass
        except Ended:
            raise StopIteration from None
        return indication

    def _take(self) -> Indication | None:
        """Return the next one if there is one; else wait for a change."""
        changed = threading.Semaphore(0)
        with self._turn.lock:
            indication = self._taking.take()
            if indication is not None:
                return indication
            self._turn.check_may_wait()
            self._record.notify = changed.release
        try:
            wait_for(changed)
        finally:
            self._record.notify = None
        return None
