"""Where log lines go: a bounded queue, and a thread that writes them, so that nobody who logs ever waits.

A pipe that nobody reads, a pipe that is closed and a full disk cost lines and nothing else. Beyond the bound the newest
are dropped; how many were lost is told (`log_lines_dropped`) as soon as lines get through again. A line that was cut off
is ended before the next one begins.
"""

import contextlib
import os
import select
import threading
from collections import deque
from collections.abc import Callable

_MOST_WAITING = 4 << 20  # bytes
_LAST_WRITES = 2.0  # seconds that the end of the program waits for a reader
_PATIENCE = 1000  # milliseconds until a descriptor that does not block is tried again


class LogWriter:
    """Takes lines for a descriptor. `dropped` logs how many were lost; it is called in the writing thread."""

    def __init__(
        self, descriptor: int, dropped: Callable[[int], None], most_waiting: int = _MOST_WAITING
    ) -> None:
        self._descriptor = descriptor
        self._dropped = dropped
        self._most_waiting = most_waiting
        self._lines: deque[bytes] = deque()
        self._waiting = 0  # bytes
        self.lost = 0
        """Lines that have not been written, and of which that is not told yet."""
        self._torn = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Have a line written, or drop it. Returns at once."""
        line = text.encode(errors="backslashreplace")
        with self._changed:
            if self._waiting + len(line) > self._most_waiting:
                self.lost += 1
                return
            self._lines.append(line)
            self._waiting += len(line)
            self._changed.notify()

    def flush(self) -> None:
        """Do nothing: what is written is on its way."""

    def close(self, seconds: float = _LAST_WRITES) -> None:
        """Wait until everything is written, if that does not take too long."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(seconds)

    # In the thread

    def _run(self) -> None:
        while (line := self._next()) is not None:
            written = self._written(line)
            with self._changed:
                self._waiting -= len(line)
                self.lost += not written
                told = self.lost if written and not self._lines else 0
                self.lost -= told
            if told:
                self._dropped(told)

    def _next(self) -> bytes | None:
        with self._changed:
            while not self._lines and not self._closed:
                self._changed.wait()
            return self._lines.popleft() if self._lines else None

    def _written(self, line: bytes) -> bool:
        """Whether the whole of a line could be written."""
        left = memoryview(b"\n" + line if self._torn else line)
        try:
            while left:
                left = left[self._write(left) :]
        except OSError:
            self._torn = self._torn or len(left) < len(line)
            return False
        self._torn = False
        return True

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            with contextlib.suppress(OSError):
                ready = select.poll()
                ready.register(self._descriptor, select.POLLOUT)
                ready.poll(_PATIENCE)
            return 0
