"""The faults on the bytes of one connection: which act on it now, and what they make happen to it.

A connection has this only while a fault acts on it, and a direction only while one acts there or its last bytes have not
left. What faults have to be woken for is one timer a direction.
"""

import asyncio
import math
from typing import TYPE_CHECKING

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.resetting import Moment, Reset
from telesock.server.core.faults.stage import Stage
from telesock.server.core.faults.values import Place
from telesock.server.core.operations import Operation
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status
from telesock.server.engine.faulted_receiving import FaultedReceiving
from telesock.server.engine.faulted_sending import FaultedSending
from telesock.server.engine.packet_loss import PacketFilter
from telesock.server.engine.tcp_info import unacknowledged_bytes

if TYPE_CHECKING:
    from telesock.server.core.faults.acting import Acting
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.faults import ActiveFault

_PATIENCE = 1.0  # seconds that a reset waits for what was sent before it to be acknowledged
_LOOK = 0.002  # seconds until it looks again


class FaultedStreams:
    """What faults do to one connection."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._stages: dict[tuple[str, float, Lane], Stage] = {}
        self._resets: dict[str, asyncio.TimerHandle | None] = {}
        self._on_operation: list[tuple[ActiveFault, Acting]] = []
        self._filter = PacketFilter(connection)
        self.broken: Failure | None = None
        """How sends end since a fault has ended the send side."""
        self.end_cause: Cause | None = None
        """Why the peer seems to have ended, where that was a fault's doing."""
        self.receiving: FaultedReceiving | None = None
        self.sending: FaultedSending | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing acts on the connection any more."""
        nothing = self.receiving is None and self.sending is None
        lasting = self.broken or self.end_cause
        return nothing and not (self._resets or self._on_operation or lasting) and self._filter.idle

    def held_by(self, fault: str) -> int:
        """Bytes that one fault holds back."""
        return sum(stage.held_bytes for (name, _, _), stage in self._stages.items() if name == fault)

    # Coming and going

    def look(self) -> None:
        """Act as the session's faults say now."""
        sending, receiving = self._found(Lane.SEND), self._found(Lane.RECEIVE)
        now = self._connection.engine.loop.time()  # not before they have come
        self._look_at_sending(self._stages_of(sending, Lane.SEND, now), now)
        self._look_at_receiving(self._stages_of(receiving, Lane.RECEIVE, now), now)
        self._look_at_resets(now)
        self._filter.look()

    def _found(self, lane: Lane) -> "list[tuple[ActiveFault, Acting]]":
        faults = self._connection.session.faults
        return [] if faults is None else faults.fitting(Place.STREAM, self._connection, lane)

    def _stages_of(
        self, found: "list[tuple[ActiveFault, Acting]]", lane: Lane, now: float
    ) -> tuple[Stage, ...]:
        stages = []
        for active, acting in found:
            key = (active.fault.name, active.created, lane)
            if key not in self._stages:
                stage: Stage = active.fault.effect.stage(acting)  # type: ignore[attr-defined]  # those on streams have it
                self._stages[key] = stage
                stage.began(now)
            stages.append(self._stages[key])
        kept = set(map(id, stages))
        self._stages = {
            key: stage for key, stage in self._stages.items() if key[2] is not lane or id(stage) in kept
        }
        return tuple(stages)

    def _look_at_sending(self, stages: tuple[Stage, ...], now: float) -> None:
        if self.sending is None and stages:
            self.sending = FaultedSending(self._connection)
        if self.sending is not None:
            self.sending.change(stages, now)

    def _look_at_receiving(self, stages: tuple[Stage, ...], now: float) -> None:
        if self.receiving is None and stages:
            self.receiving = FaultedReceiving(self._connection)
        if self.receiving is not None:
            self.receiving.change(stages, now)

    # Single sends

    def _through_sending(self) -> FaultedSending:
        if self.sending is None:
            self.sending = FaultedSending(self._connection)
        return self.sending

    def hang(self, operation: Operation) -> None:
        """Hold a send, and all behind it."""
        self._through_sending().hung.add(operation)

    def let_go(self, operation: Operation) -> None:
        """Hold it no longer."""
        if self.sending is not None:
            self.sending.let_go(operation)

    def shorten(self, operation: Operation, size: int) -> None:
        """Let only so many bytes of a send leave, and nothing behind it."""
        self._through_sending().short[operation] = size

    # Resets

    def _look_at_resets(self, now: float) -> None:
        connection = self._connection
        faults = connection.session.faults
        found = () if faults is None else faults.fitting(Place.CONNECTION, connection, Lane.SEND)
        self._on_operation = []
        wanted = set()
        for active, acting in found:
            effect = active.fault.effect
            if not isinstance(effect, Reset):
                continue
            if effect.moment is Moment.NEXT_OPERATION:
                self._on_operation.append((active, acting))
            else:
                wanted.add(active.fault.name)
                if active.fault.name not in self._resets:
                    self._reset_when_it_holds(active, acting, now)
        for name in self._resets.keys() - wanted:
            handle = self._resets.pop(name)
            if handle is not None:
                handle.cancel()

    def _reset_when_it_holds(self, active: "ActiveFault", acting: "Acting", now: float) -> None:
        """Reset now, or at the moment at which its timing holds."""
        loop = self._connection.engine.loop
        name = active.fault.name
        self._resets[name] = None
        if active.fault.replay is not None or acting.decider.holds(now):
            loop.call_soon(self._reset, active, acting)
            return
        moment = acting.decider.next_hold(now)
        if moment < math.inf:
            self._resets[name] = loop.call_at(moment, self._reset, active, acting)

    def _reset(self, active: "ActiveFault", acting: "Acting") -> None:
        if active.fault.name in self._resets and acting.fires(0, self._connection.engine.loop.time()):
            self._told_reset(active, acting)

    def _told_reset(self, active: "ActiveFault", acting: "Acting", operation_id: int = 0) -> None:
        if self._connection.descriptor is not None:
            acting.tell(Firing(0, self._connection.sends.written, operation_id=operation_id, detail="RST"))
            self._connection.reset_by(active.fault.name)

    def asked(self, operation_id: int) -> None:
        """An operation is asked for on the connection: a reset may have waited for it."""
        now = self._connection.engine.loop.time()
        for active, acting in self._on_operation:
            if acting.fires(0, now):
                self._told_reset(active, acting, operation_id)
                return

    def reset_soon(self, name: str) -> None:
        """Reset once the peer's TCP has what was sent before, or has had time for it."""
        self._wait_for_acknowledgement(name, self._connection.engine.loop.time() + _PATIENCE)

    def _wait_for_acknowledgement(self, name: str, deadline: float) -> None:
        connection = self._connection
        loop = connection.engine.loop
        if connection.descriptor is None:
            return
        if unacknowledged_bytes(connection.descriptor) and loop.time() < deadline:
            loop.call_later(_LOOK, self._wait_for_acknowledgement, name, deadline)
        else:
            connection.reset_by(name)

    # The end

    def close(self) -> None:
        """The connection's descriptor is about to close."""
        for handle in self._resets.values():
            if handle is not None:
                handle.cancel()
        self._resets.clear()
        self._on_operation.clear()
        self._filter.close()
        if self.receiving is not None:
            self.receiving.close()
        if self.sending is not None:
            self.sending.close()


def injected(name: str, status: Status, phase: Phase, errno_name: str = "", detail: str = "") -> Failure:
    """How an operation ends because of a fault."""
    return Failure(status, Cause(Origin.FAULT, phase, errno_name, name, detail or f"the fault {name!r}"))
