"""The flight recorder: writes the journals of recorded sessions to disk, in a thread of its own.

The evidence is wanted most when the client is dead: a journal is written when the lease ends or the agent drains, and
not when the owner closes its session. A disk that is full, slow or gone is told in the log and harms nothing else; the
loop never waits for it. What waits to be written is bounded: what comes on top of that is told of and lost.
"""

import queue
import threading
from pathlib import Path

import structlog

from telesock.server.recording_files import file_name, make_room, share, write_file
from telesock.server.service.wire.recordings import Recording

_LAST_WRITES = 5.0  # seconds that the end of the agent waits for the disk

log = structlog.get_logger()


class FlightRecorder:
    """Writes recordings into a directory, up to a number of bytes there; `most_waiting` bounds those in memory."""

    def __init__(self, directory: Path, most_bytes: int, most_waiting: int) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._most_waiting = most_waiting
        self._waiting: dict[str, Recording] = {}  # by file name, in their order
        self._bytes = 0  # of those that wait
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="flight-recorder", daemon=True)
        self._thread.start()

    def write(self, recording: Recording) -> None:
        """Have a recording written. Returns at once."""
        name, size = file_name(recording.wall_ns, recording.session_id, recording.identity), recording.size
        with self._lock:
            fits = self._bytes + size <= self._most_waiting or not self._waiting
            if fits:
                self._waiting[name] = recording
                self._bytes += size
        if fits:
            self._queue.put(name)
        else:
            self._tell_failure(name, "the disk is slow: too much waits to be written")

    def close(self, seconds: float = _LAST_WRITES) -> None:
        """Wait until everything is written, if that does not take too long."""
        self._queue.put(None)
        self._thread.join(seconds)
        with self._lock:
            left = list(self._waiting)
        for name in left:
            self._tell_failure(name, f"the disk is slow: it was not written within {seconds:g} s")

    # In the thread

    def _run(self) -> None:
        while (name := self._queue.get()) is not None:
            recording = self._waiting[name]
            try:
                self._make(name, recording)
            except OSError as error:
                self._tell_failure(name, error.strerror or str(error))
            except Exception as error:  # a bug must not keep the next ones from the disk
                log.error("recording_failed", path=str(self._directory / name), exc_info=error)
            with self._lock:
                del self._waiting[name]
                self._bytes -= recording.size

    def _make(self, name: str, recording: Recording) -> None:
        most, path = share(self._directory, name, self._most_bytes), self._directory / name
        kept = recording.newest(most)
        if kept is None:
            self._tell_failure(name, f"recording_bytes, {self._most_bytes}, is too little for any recording")
            return
        for removed in make_room(self._directory, name, kept.size, self._most_bytes):
            log.info("recording_removed", path=str(removed))
        write_file(path, kept.parts())
        left_out = len(recording.events) - len(kept.events)
        log.info(
            "recording_written",
            path=str(path),
            session_id=recording.session_id,
            events=len(kept.events),
            bytes=kept.size,
            **({"events_left_out": left_out} if left_out else {}),
        )

    def _tell_failure(self, name: str, reason: str) -> None:
        log.error("recording_failed", path=str(self._directory / name), reason=reason)
