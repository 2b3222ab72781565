"""The events of one session as they are seen: each once, without gaps, one completion for each operation."""

import asyncio

from telesock.client.aio.events import EventStream
from telesock.v1.events_pb2 import Event, Gap


class Violation(Exception):
    """Something that is promised never to be has been."""


class Completions:
    """Takes events in and refuses what must not be."""

    def __init__(self) -> None:
        self.events = 0
        self.completed: set[int] = set()
        """Ids of the operations that have completed."""
        self._changed = asyncio.Event()

    async def follow(self, events: EventStream) -> None:
        """Take in everything until the session has ended."""
        async for event in events:
            self.take(event)

    async def until(self, sequence: int) -> None:
        """Wait until an event was seen."""
        while self.events < sequence:
            self._changed.clear()
            await self._changed.wait()

    def take(self, event: Event | Gap) -> None:
        """Take in the next one. Raises Violation."""
        if not isinstance(event, Event):
            raise Violation(f"events are gone: {event}")
        self.events += 1
        if event.sequence != self.events:
            raise Violation(f"event {event.sequence} was seen where {self.events} had to come")
        self._changed.set()
        if event.HasField("completion"):
            self._complete(event.operation_id)

    def _complete(self, operation_id: int) -> None:
        if operation_id in self.completed:
            raise Violation(f"operation {operation_id} has completed twice")
        self.completed.add(operation_id)

    def check(self, highest_operation_id: int) -> None:
        """All operations up to the highest have completed. Raises Violation."""
        missing = set(range(1, highest_operation_id + 1)) ^ self.completed
        if missing:
            raise Violation(f"operations without a completion, or completions without one: {sorted(missing)}")
