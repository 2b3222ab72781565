"""Chains: requests that start one after the other on the agent, at a moment, or round after round.

A chain is accepted whole, with room for all of its completions, or refused. Its links are started by the very code that
starts any request; the next one starts in a later turn of the loop than the one before has ended in, so that nothing is
started in the middle of something else. The links of a repeated chain are no operations of the session: they complete to
the chain alone. But they count as begun by it, so where a rate bounds the session or its identity, a round waits until
there are as many operations as it has links.
"""

import asyncio
from typing import TYPE_CHECKING

from telesock.server.core.chains import Progress, failure_from_refusal, not_started
from telesock.server.core.events import ChainProgress, ChainResult, Completion
from telesock.server.core.operations import Operation
from telesock.server.core.rate import Rate
from telesock.server.core.refusal import Refused
from telesock.server.core.requests import KINDS, Chain, OperationKind
from telesock.server.core.slots import Slot
from telesock.server.core.status import Cause, Failure, Phase, Status
from telesock.server.engine.sockets import CANCELLED, CANCELLED_BY_CLOSE, PHASES, TIMED_OUT

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

PHASES_OF_LINKS = {**PHASES, OperationKind.CONNECT: Phase.CONNECT, OperationKind.RESOLVE: Phase.RESOLVE}


def submit_chain(engine: "Engine", session: "HeldSession", operation: Operation, request: Chain) -> None:
    """Accept a chain whole, or refuse it."""
    RunningChain(engine, session, operation, request).begin()


class RunningChain:
    """One chain, from its acceptance to its completion."""

    def __init__(
        self, engine: "Engine", session: "HeldSession", operation: Operation, request: Chain
    ) -> None:
        self._engine = engine
        self._session = session
        self._operation = operation
        self._request = request
        self._repeat = request.repeat
        self._links: list[Operation] = []
        self._place = 0
        self._withdrawn: dict[int, Failure] = {}  # links that ended before their turn, by place
        self._running: Operation | None = None
        self._progress = Progress()
        self._rounds = 0
        self._moved = 0
        self._round_started = 0.0
        self._reserved: tuple[Rate, ...] = ()
        """Whose operations a round has taken that waits for them."""
        self._stop: Failure | None = None
        """Why no further link starts; None while they may."""
        self._ending = False
        self._soon: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def records(self) -> bool:
        """Whether its links are operations of the session."""
        return self._repeat is None

    # Beginning

    def begin(self) -> None:
        """Accept the chain, and start it when its time has come."""
        session = self._session
        if self.records:
            session.ledger.check_following(self._operation.operation_id, len(self._request.links))
            session.reserve(len(self._request.links))
        try:
            session.accept(self._operation)
        except Refused:
            for _ in self._request.links if self.records else ():
                session.journal.cancel_reservation()
            raise
        self._make_links()
        session.jobs[self._operation.operation_id] = self
        for link in self._links if self.records else ():
            session.enter_reserved(link)
            session.hold(link, self)
        moment = self._request.start_at_ns / 1e9  # the loop's clock is the monotonic one
        if moment > self._engine.loop.time():
            self._soon = self._engine.loop.call_at(moment, self._start_and_flush)
        else:
            self._start()

    def _make_links(self) -> None:
        first = self._operation.operation_id + 1
        self._links = []
        for number, link in enumerate(self._request.links, first):
            kind = KINDS[type(link.request)]
            made = Operation(number if self.records else 0, kind, link.request, hash((kind, link.request)))
            made.chain = self
            self._links.append(made)

    def _start_and_flush(self) -> None:
        self._start()
        self._engine.flush()

    def _start(self) -> None:
        self._soon = None
        loop = self._engine.loop
        if self._request.timeout is not None:
            self._timer = loop.call_later(self._request.timeout, self._time_out)
        self._round_started = loop.time()
        self._go_on()

    # Links

    def _go_on_and_flush(self) -> None:
        self._soon = None
        self._go_on()
        self._engine.flush()

    def _go_on(self) -> None:
        """Start the next link that may start; what may not completes."""
        while self._place < len(self._links):
            place = self._place
            self._place += 1
            if place in self._withdrawn:  # it has ended before its turn
                self._progress.ended(place, self._withdrawn[place])
                continue
            if self._stop is None and self._progress.may_start(self._request.links[place].hard):
                self._run(self._links[place])
                return
            self._skip(place)
        self._end_round()

    def _run(self, link: Operation) -> None:
        self._running = link
        self._session.let_go(link)
        request = link.request
        assert not isinstance(request, Chain), "a chain has no chains"
        try:
            self._engine.begin(self._session, link, request)
        except Refused as refused:
            if self._running is link:  # it was not accepted
                self._complete(link, failure_from_refusal(refused))

    def started(self, operation: Operation, slot: Slot) -> None:
        """A link was accepted; it has its room already, and gives it back where its socket held some."""
        if self.records and slot is Slot.GUARANTEED:
            self._session.journal.cancel_reservation()
            operation.slot = slot

    def judged(self, operation: Operation, completion: Completion) -> Completion:
        """A link completes as it does."""
        return completion

    def ended(self, operation: Operation, status: Status, cause: Cause | None) -> None:
        """A link has completed."""
        if operation is not self._running:
            return
        self._running = None
        self._moved += operation.moved
        failed = status is not Status.SUCCESS and cause is not None
        self._progress.ended(
            self._links.index(operation), Failure(status, cause) if failed and cause is not None else None
        )
        if self._ending:
            self._go_on()
        else:
            self._soon = self._engine.loop.call_soon(self._go_on_and_flush)

    def _complete(self, link: Operation, failure: Failure, cancelled_by: int = 0) -> None:
        cause = failure.cause._replace(phase=PHASES_OF_LINKS[link.kind])
        completion = Completion(link.kind, failure.status, 0, cause, None, cancelled_by)
        self._session.let_go(link)
        self._session.complete(link, completion, self._engine.clock())

    def _skip(self, place: int) -> None:
        """A link does not start."""
        culprit = self._progress.culprit
        if culprit is None:
            assert self._stop is not None, "something keeps it from starting"
            self._complete(self._links[place], *self._stopped(self._stop))
            return
        number = self._links[culprit].operation_id
        self._complete(self._links[place], not_started(number), number)

    def _stopped(self, stop: Failure) -> tuple[Failure, int]:
        """How a link ends that the chain's own end keeps from starting."""
        return Failure(Status.CANCELLED, stop.cause), self._operation.operation_id

    # Rounds

    def _end_round(self) -> None:
        progress, repeat = self._progress, self._repeat
        if progress.failed_link is None and self._stop is None:
            self._rounds += 1
            if repeat is not None and repeat.progress_every and self._rounds % repeat.progress_every == 0:
                self._tell_progress()
            if repeat is not None and self._rounds < repeat.rounds:
                self._next_round(repeat.interval or 0.0)
                return
        self._finish()

    def _tell_progress(self) -> None:
        if self._session.journal.room_for_notice():
            body = ChainProgress(self._rounds, self._moved)
            number = self._operation.operation_id
            self._session.append(body, self._engine.clock(), operation_id=number)

    def _next_round(self, interval: float) -> None:
        """Begin again, an interval after the round before began, or at once if that has passed."""
        loop = self._engine.loop
        self._place = 0
        self._progress = Progress()
        self._make_links()
        moment = self._round_started + interval
        if moment > loop.time():
            self._soon = loop.call_at(moment, self._begin_round)
        else:
            self._soon = loop.call_soon(self._begin_round)

    def _begin_round(self) -> None:
        """Begin again, when the rates let as many operations begin as there are links."""
        session, loop, count = self._session, self._engine.loop, len(self._links)
        rates = session.account.rates(session.rate) if session.counts_operations else ()
        now = loop.time()
        wait = max((rate.reserve(now, count) for rate in rates), default=0.0)
        if wait > 0.0:
            self._reserved = rates
            self._soon = loop.call_at(now + wait, self._begin_round_now)
        else:
            self._begin_round_now()

    def _begin_round_now(self) -> None:
        self._reserved = ()
        self._round_started = self._engine.loop.time()
        self._go_on_and_flush()

    # The end

    def cancel(self, operation: Operation) -> bool:
        """Cancel the chain, or a link of it that has not started; False when it is too late."""
        if operation is self._operation:
            return self._cancel_all()
        self._withdraw(operation, CANCELLED)
        return True

    def _withdraw(self, link: Operation, failure: Failure, cancelled_by: int = 0) -> None:
        """A link ends before its turn: those behind it do not start because of it."""
        self._withdrawn[self._links.index(link)] = failure
        self._complete(link, failure, cancelled_by)

    def _withdraw_rest(self, failure: Failure, cancelled_by: int = 0) -> None:
        """What has not started ends now, and not only when its turn comes."""
        if self.records:
            for link in self._links[self._place :]:
                if not link.sequence:
                    self._withdraw(link, failure, cancelled_by)

    def _cancel_all(self) -> bool:
        self._stop = self._stop or CANCELLED
        running = self._running
        if running is not None and not self._engine.cancel_operation(self._session, running):
            self._withdraw_rest(*self._stopped(CANCELLED))
            return False
        self._wind_up()
        return True

    def _time_out(self) -> None:
        self._timer = None
        self._stop = self._stop or TIMED_OUT
        running = self._running
        if running is not None:
            self._engine.time_out_operation(self._session, running)
        if self._running is None:
            self._wind_up()

    def socket_gone(self, operation: Operation) -> None:
        """The socket of a link that waits is about to end: the link completes before that."""
        self._withdraw(operation, CANCELLED_BY_CLOSE)

    def end(self, failure: Failure) -> None:
        """The session ends: nothing starts any more."""
        self._stop = failure
        self._ending = True
        self._withdraw_rest(failure)
        if self._running is None:
            self._wind_up()

    def _wind_up(self) -> None:
        """Nothing runs and nothing is to start: complete what is left."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        for rate in self._reserved:
            rate.give_back(len(self._links))
        self._reserved = ()
        if self._operation.sequence == 0:
            self._go_on()

    def _finish(self) -> None:
        for handle in (self._soon, self._timer):
            if handle is not None:
                handle.cancel()
        self._soon = self._timer = None
        operation, progress = self._operation, self._progress
        failure = self._stop or progress.failure
        status, cause = failure or (Status.SUCCESS, None)
        operation.moved = self._moved
        result = ChainResult(self._rounds, progress.failed_link)
        del self._session.jobs[operation.operation_id]
        completion = Completion(operation.kind, status, self._moved, cause, result)
        self._session.complete(operation, completion, self._engine.clock())
