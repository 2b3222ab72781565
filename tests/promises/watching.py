"""Sessions in which various things happen, and subscribers that read them as fast or as slowly as told.

story = await Watched.begin(owner, peer)
await story.play(steps)                              # of the strategy STEPS
watcher = Watcher(owner, start_after=3)
await watcher.until(7)                               # reads batches until its mark is there, and not one more
watcher.cut()                                        # ends the stream where it is; go on from watcher.mark
"""

from collections.abc import Sequence
from typing import NamedTuple

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from tests.peers import PeerConnection
from tests.promises.owners import Listen, Owner

from telesock.v1.events_pb2 import Event, EventBatch, EventFilter, EventKind, Gap
from telesock.v1.operations_pb2 import Operation
from telesock.v1.sessions_pb2 import AcknowledgeEventsRequest, ChainLink, Command, SubmitChainRequest
from telesock.v1.sockets_pb2 import CloseRequest, CreateSocketRequest, ReceiveRequest, SendRequest

PIECE = 200 * 1024
"""Bytes of a large event: a stream that nobody reads soon takes no more of them."""

PROPERTY = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # what real sockets do is not made shorter in useful time
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Step(NamedTuple):
    """Something that happens, so many times."""

    what: str
    times: int


STEPS = st.lists(
    st.builds(Step, st.sampled_from(["create", "talk", "tell", "chain", "close"]), st.integers(1, 4)),
    min_size=1,
    max_size=8,
)


class Watched:
    """A session with a connection, on which steps are played."""

    def __init__(self, owner: Owner, socket: int, far: PeerConnection) -> None:
        self.owner = owner
        self.operations: list[Operation] = []
        """All that were asked for, as they were then."""
        self.chains: list[list[Operation]] = []
        self._socket = socket
        self._far = far
        self._made: list[int] = []

    @classmethod
    async def begin(cls, owner: Owner, peer: Listen) -> "Watched":
        """Connect."""
        return cls(owner, *await owner.connect(peer()))

    async def play(self, steps: Sequence[Step]) -> None:
        """Let things happen, one after the other."""
        for step in steps:
            for _ in range(step.times):
                await getattr(self, f"_{step.what}")()

    async def _create(self) -> None:
        made = await self.owner.start(CreateSocketRequest())
        self._made.append(made.socket_id)
        self.operations.append(made)

    async def _close(self) -> None:
        if self._made:
            request = CloseRequest(socket_id=self._made.pop())
            self.operations.append(await self.owner.start(request))

    async def _tell(self) -> None:
        """A send; its completion is small."""
        operation = await self.owner.start(SendRequest(socket_id=self._socket, data=b"told"))
        await self.owner.finish(operation)
        self.operations.append(operation)

    async def _talk(self) -> None:
        """A receive; its completion has all of the bytes."""
        self._far.send(bytes([len(self.operations) % 251]) * PIECE)
        operation = await self.owner.start(
            ReceiveRequest(socket_id=self._socket, length=PIECE, wait_all=True)
        )
        await self.owner.finish(operation)
        self.operations.append(operation)

    async def _chain(self) -> None:
        send = Command(send=SendRequest(socket_id=self._socket, data=b"linked"))
        request = SubmitChainRequest(links=[ChainLink(command=send)] * 3)
        operations = list((await self.owner.ask(request)).operations)
        await self.owner.finish(operations[0])
        self.operations += operations
        self.chains.append(operations)

    async def last(self) -> int:
        """The sequence of the newest event."""
        return (await self.owner.view()).last_sequence

    async def acknowledge(self, sequence: int) -> None:
        """Say that the events up to there have arrived."""
        await self.owner.ask(AcknowledgeEventsRequest(sequence=sequence))

    async def retained(self) -> list[Event]:
        """Return what a fresh subscriber is given: all that is retained."""
        watcher = Watcher(self.owner)
        await watcher.until(await self.last())
        watcher.cut()
        return watcher.events


class Watcher:
    """One StreamEvents call, of which a batch is read when somebody asks for it."""

    def __init__(self, owner: Owner, start_after: int = 0, kinds: Sequence[EventKind] = ()) -> None:
        self.start_after = start_after
        self.batches: list[EventBatch] = []
        self._call = owner.stream(start_after, EventFilter(kinds=kinds) if kinds else None)

    @property
    def mark(self) -> int:
        """How far it has come."""
        return self.batches[-1].last_sequence if self.batches else self.start_after

    @property
    def events(self) -> list[Event]:
        """All that it was told."""
        return [event for batch in self.batches for event in batch.events]

    @property
    def sequences(self) -> list[int]:
        """The numbers of these."""
        return [event.sequence for event in self.events]

    @property
    def gaps(self) -> list[Gap]:
        """What it was told to be gone."""
        return [batch.gap for batch in self.batches if batch.HasField("gap")]

    @property
    def missing(self) -> list[int]:
        """The numbers of what it was told to be gone."""
        return [number for gap in self.gaps for number in range(gap.first_sequence, gap.last_sequence + 1)]

    async def read(self) -> None:
        """Read one batch."""
        self.batches.append((await self._call.read()).batch)

    async def until(self, sequence: int) -> None:
        """Read until the mark is there: at least the first batch, which comes at once."""
        while not self.batches or self.mark < sequence:
            await self.read()

    def cut(self) -> None:
        """Read no more."""
        self._call.cancel()
