"""Where the sends of a chain belong in their streams, and what of that place is given back when they were never sent.

A place is taken when the chain is submitted, in the order of the links. A send that the agent has accepted keeps its
place, however it ended; one that never started, or was refused when its turn came, gives it back. Where that cannot be
told for sure, a wrong guess costs the next send a refusal (STREAM_OFFSET_MISMATCH), after which the stream goes on from
what the agent says.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from telesock.client.core.operations import OUTCOME_UNKNOWN, BaseOperation
from telesock.client.core.sockets import SocketRecord
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Command, Refusal
from telesock.v1.types_pb2 import (
    STATUS_CANCELLED,
    STATUS_INSUFFICIENT_RESOURCES,
    STATUS_INVALID_DEVICE_STATE,
    STATUS_INVALID_PARAMETER,
    STATUS_IO_TIMEOUT,
    STATUS_SUCCESS,
)

Rewind = Callable[[SocketRecord, int], None]
# What a send completes with that was refused when its turn came.
_REFUSED = frozenset({STATUS_INVALID_DEVICE_STATE, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER})


class ChainedSend(NamedTuple):
    """A send among the links of a chain."""

    link: BaseOperation[Any]
    place: int
    """Its place among the links."""
    record: SocketRecord
    size: int


class ChainedSends:
    """The sends of one chain that is done `rounds` times; None for one that is not repeated."""

    def __init__(self, rounds: int | None) -> None:
        self._rounds = rounds
        self._sends: list[ChainedSend] = []
        self._offsets: list[int] = []
        self._before_their_turn: set[int] = set()  # places of links that ended while one before them had not

    def add(self, send: ChainedSend) -> None:
        """Note a send that is recorded."""
        self._sends.append(send)

    def put(self, send: ChainedSend, command: Command, before: BaseOperation[Any] | None) -> None:
        """The chain leaves: give a send its place; `before` is the link before it. Repeated ones have none to name."""
        offset = send.record.sending.next
        send.record.sending.next += send.size * (1 if self._rounds is None else self._rounds)
        self._offsets.append(offset)
        if self._rounds is None:
            command.send.stream_offset = offset
            send.link.when_done(lambda: self._note_turn(send.place, before))

    def _note_turn(self, place: int, before: BaseOperation[Any] | None) -> None:
        if before is not None and not before.done():
            self._before_their_turn.add(place)

    def give_back(self, chain: BaseOperation[Any], rewind: Rewind) -> None:
        """The chain has its outcome, and so has each link: give back what was not used, unless more was sent behind."""
        if self._rounds is None:
            self._give_back_links(rewind)
        else:
            self._give_back_rounds(chain.outcome, rewind)

    def _give_back_links(self, rewind: Rewind) -> None:
        for send, offset in reversed(list(zip(self._sends, self._offsets, strict=True))):
            if send.record.sending.next == offset + send.size and self._never_sent(send):
                rewind(send.record, offset)

    def _never_sent(self, send: ChainedSend) -> bool:
        outcome = send.link.outcome
        if not isinstance(outcome, Completion):
            return not _is_unknown(outcome)
        if outcome.transferred_bytes:
            return False
        withdrawn = outcome.status == STATUS_CANCELLED and send.place in self._before_their_turn
        return bool(outcome.cancelled_by_operation) or withdrawn or outcome.status in _REFUSED

    def _give_back_rounds(self, outcome: object, rewind: Rewind) -> None:
        """Each round that has ended used its place, and in the one that failed the sends before the failure."""
        if _is_unknown(outcome) or (isinstance(outcome, Completion) and outcome.status == STATUS_SUCCESS):
            return
        bases: dict[SocketRecord, int] = {}
        taken: dict[SocketRecord, int] = {}
        used: dict[SocketRecord, int] = {}
        for send, offset in zip(self._sends, self._offsets, strict=True):
            record = send.record
            bases.setdefault(record, offset)
            taken[record] = taken.get(record, 0) + send.size * (self._rounds or 0)
            used[record] = used.get(record, 0) + send.size * _times(send, outcome)
        for record, base in bases.items():
            if record.sending.next == base + taken[record]:
                rewind(record, base + used[record])


def _times(send: ChainedSend, outcome: object) -> int:
    """How often a repeated send was accepted."""
    if not isinstance(outcome, Completion):
        return 0
    result = outcome.chain
    if not result.HasField("failed_link"):
        return result.rounds
    accepted = outcome.status in (STATUS_CANCELLED, STATUS_IO_TIMEOUT)  # of the link that failed
    began = send.place < result.failed_link or (send.place == result.failed_link and accepted)
    return result.rounds + began


def _is_unknown(outcome: object) -> bool:
    return isinstance(outcome, Refusal) and outcome.reason == OUTCOME_UNKNOWN
