"""What one subscriber of a session was told, in the order in which it was told, and waiting for more of it.

story = await owner.read()               # StreamEvents from the beginning; see owners.py
await story.until_sequence(7); story.events
await story.completion(operation)        # its Completion, which must then stand there exactly once
await story.until_ended()                # the agent ended the stream: story.code, story.reason, story.metadata
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from telesock.client.statuses import CallEnd
from telesock.v1.events_pb2 import Event, EventBatch, Gap
from telesock.v1.operations_pb2 import OPERATION_KIND_CLOSE, Completion, Operation

PATIENCE = 20.0
"""Seconds after which what a test waits for is taken never to come."""


def error_info(error: grpc.aio.AioRpcError) -> ErrorInfo:
    """Return what a refusal says to programs."""
    info = ErrorInfo()
    details = [value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin"]
    assert details, f"no details: {error}"
    assert Status.FromString(details[0]).details[0].Unpack(info)
    assert info.domain == "telesock"
    return info


class Story:
    """Events as one stream brings them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.gaps: list[Gap] = []
        self.batches = 0
        self.last_sequence = 0
        """The newest progress mark."""
        self.code: grpc.StatusCode | None = None
        """How the stream ended; None while it goes on."""
        self.reason = ""
        self.metadata: Mapping[str, str] = {}
        self._changed = asyncio.Event()
        self._read = 0

    def take(self, batch: EventBatch) -> None:
        """Add a batch."""
        if batch.HasField("gap"):
            self.gaps.append(batch.gap)
        self.batches += 1
        self.events += batch.events
        self.last_sequence = max(self.last_sequence, batch.last_sequence)
        self.change()

    def change(self) -> None:
        """Let whoever waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self, how: CallEnd) -> None:
        """Note how the stream ended."""
        self.code, self.reason, self.metadata = how.code, how.reason, dict(how.metadata)
        self.change()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not happened():
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"it did not happen; the story so far:\n{self}") from None

    async def until_begun(self) -> None:
        """Wait until the agent has begun to send, or has ended the stream at once."""
        await self.until(lambda: self.batches > 0 or self.code is not None)

    async def until_sequence(self, sequence: int) -> None:
        """Wait until everything up to an event was told."""
        await self.until(lambda: self.last_sequence >= sequence)

    async def until_more(self) -> None:
        """Wait until there are events that were not there at the last such wait."""
        await self.until(lambda: len(self.events) > self._read)
        self._read = len(self.events)

    async def until_ended(self) -> None:
        """Wait until the agent has ended the stream."""
        await self.until(lambda: self.code is not None)

    async def event(self, body: str, socket_id: int = 0) -> Event:
        """Wait for the first event with a body of this name, of this socket if one is given."""

        def found() -> list[Event]:
            return [event for event in self.bodies(body) if socket_id in (0, event.socket_id)]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def completion(self, operation: Operation) -> Completion:
        """Wait for the completion of an operation."""
        await self.until(lambda: bool(self.completions(operation.operation_id)))
        [event] = self.completions(operation.operation_id)
        return event.completion

    def completions(self, operation_id: int) -> list[Event]:
        """Every completion of an operation: there must never be two."""
        return [event for event in self.bodies("completion") if event.operation_id == operation_id]

    def bodies(self, body: str, socket_id: int = 0) -> list[Event]:
        """Every event with a body of this name, of this socket if one is given."""
        wanted = [event for event in self.events if event.WhichOneof("body") == body]
        return [event for event in wanted if socket_id in (0, event.socket_id)]

    def data(self, socket_id: int) -> bytes:
        """All bytes that were indicated on a socket."""
        return b"".join(event.data_received.data for event in self.bodies("data_received", socket_id))

    @property
    def sequences(self) -> list[int]:
        """The events' numbers as they came."""
        return [event.sequence for event in self.events]

    def __str__(self) -> str:
        return "\n".join([*told(self.events[-40:]), f"ended: {self.code} {self.reason}"])


async def count(story: Story) -> Counter[int]:
    """Read to the end of the session; return how often each operation completed."""
    await story.until_ended()
    return Counter(event.operation_id for event in story.bodies("completion"))


def once_each(accepted: list[Operation]) -> Counter[int]:
    """What `count` must be for these operations and no others."""
    return Counter(operation.operation_id for operation in accepted)


def is_close(event: Event) -> bool:
    """Whether it is the completion of a close."""
    return event.WhichOneof("body") == "completion" and event.completion.kind == OPERATION_KIND_CLOSE


def after_the_close(events: list[Event]) -> list[Event]:
    """What followed the first completion of a close, of the same socket, and is no close itself."""
    closed: set[int] = set()
    late = []
    for event in events:
        if event.socket_id in closed and not is_close(event):
            late.append(event)
        if is_close(event):
            closed.add(event.socket_id)
    return late


def told(events: Iterable[Event]) -> list[str]:
    """A line for each event, short enough to compare: "12 socket 1 operation 3 completion SEND"."""
    return [f"{event.sequence} socket {event.socket_id} {_body(event)}" for event in events]


def _body(event: Event) -> str:
    body = event.WhichOneof("body") or "nothing"
    if body != "completion":
        return body
    kind, status = event.completion.kind, event.completion.status
    return f"operation {event.operation_id} completion of kind {kind} with status {status}"
