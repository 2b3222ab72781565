"""Two sessions that share an agent's storage, beside what was asked of them and what they told, as plain lists."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.server.core.tenant import CLOCK, ENDED, Tenant, encoded

from telesock.server.core.events import DataReceived
from telesock.server.core.journal import EVENT_COST, Gap, Retention
from telesock.server.core.operations import AlreadyCompleted, Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import AnyRequest, Bind, Close, Disconnect, Endpoint, Receive, Send
from telesock.server.core.slots import Slot, SocketSlots
from telesock.server.core.storage import Storage

STEPS = settings(max_examples=100, stateful_step_count=50, derandomize=True, deadline=None)
SIZES = st.integers(0, EVENT_COST)
REQUESTS = st.sampled_from([Send(1, b"a"), Send(1, b"b"), Receive(1, 9), Bind(1, Endpoint("", 0))])
NUMBERS = st.integers(1, 60)


class SessionModel(RuleBasedStateMachine):
    """Does everything that an engine may do to two sessions."""

    steps = 0

    @initialize(
        retentions=st.tuples(st.sampled_from(Retention), st.sampled_from(Retention)),
        most_events=st.integers(2, 12),
        most_units=st.integers(4, 16),
        all_units=st.integers(6, 20),
    )
    def open(
        self, retentions: tuple[Retention, Retention], most_events: int, most_units: int, all_units: int
    ) -> None:
        self.storage = Storage(all_units * EVENT_COST)
        self.storage.reclaim = self.reclaim
        self.tenants = [
            Tenant(self.storage, retention, most_events, most_units * EVENT_COST) for retention in retentions
        ]
        self.tenant = self.tenants[0]

    def reclaim(self) -> None:
        for tenant in self.tenants:
            tenant.journal.forget_acknowledged()

    @rule()
    def turn_to_the_other(self) -> None:
        self.tenants.reverse()
        self.tenant = self.tenants[0]

    # Operations

    @rule(operation_id=NUMBERS, request=REQUESTS)
    def submit(self, operation_id: int, request: AnyRequest) -> None:
        tenant = self.tenant
        highest = tenant.session.ledger.highest_id
        expected: Operation | Reason | None = None
        if operation_id <= highest:
            known = operation_id in tenant.remembered()
            expected = Reason.OPERATION_ID_REUSED if known else Reason.OPERATION_RETIRED
            if known and tenant.requests[operation_id] == request:
                expected = tenant.accepted[operation_id]
        try:
            got: Operation | Reason = tenant.submit(operation_id, request, Slot.RESERVED)
        except Refused as refused:
            got = refused.reason
        if expected is not None:
            assert got is expected
        elif got is Reason.JOURNAL_FULL:
            assert not tenant.journal.room_for_notice()
        else:
            assert got is tenant.accepted[operation_id]

    @rule(request=REQUESTS)
    def submit_the_next(self, request: AnyRequest) -> None:
        self.submit(self.tenant.session.ledger.next_id(), request)

    @rule(request=REQUESTS, wanted=SIZES)
    def submit_the_next_and_complete_it_at_once(self, request: AnyRequest, wanted: int) -> None:
        self.submit_the_next(request)
        if self.tenant.pending():
            self.tenant.complete(self.tenant.pending()[-1], wanted)

    @precondition(lambda self: self.tenant.pending())
    @rule(data=st.data(), wanted=SIZES)
    def complete(self, data: st.DataObject, wanted: int) -> None:
        self.tenant.complete(data.draw(st.sampled_from(self.tenant.pending())), wanted)

    @precondition(lambda self: self.tenant.told and self.tenant.told[-1].operation_id)
    @rule()
    def complete_again(self) -> None:
        with pytest.raises(AlreadyCompleted):
            self.tenant.complete(self.tenant.accepted[self.tenant.told[-1].operation_id], 0)

    @rule()
    def reserve_and_cancel(self) -> None:
        if self.tenant.journal.room_for_notice():
            self.tenant.journal.reserve()
            self.tenant.journal.cancel_reservation()

    # Sockets: what frees them is never refused for room

    @rule()
    def make_socket(self) -> None:
        self.tenant.sockets.append(SocketSlots())
        self.tenant.journal.guarantee(5)

    @precondition(lambda self: self.tenant.sockets)
    @rule(abortive=st.booleans())
    def disconnect_for_the_first_time(self, abortive: bool) -> None:
        slots = self.tenant.sockets[-1]
        if slots.disconnect[abortive]:
            number = self.tenant.session.ledger.next_id()
            self.tenant.submit(number, Disconnect(1, abortive), slots.take_disconnect(abortive))

    @precondition(lambda self: self.tenant.sockets)
    @rule()
    def close(self) -> None:
        slots = self.tenant.sockets[-1]
        if slots.close:
            number = self.tenant.session.ledger.next_id()
            self.tenant.submit(number, Close(1), slots.take_close())

    @precondition(lambda self: self.tenant.sockets)
    @rule()
    def end_socket(self) -> None:
        slots = self.tenant.sockets.pop()
        assert slots.take_end()
        self.tenant.session.append(ENDED, CLOCK, Slot.GUARANTEED, 1)
        self.tenant.journal.guarantee(-slots.left())

    # Events

    @rule(wanted=st.integers(1, EVENT_COST))
    def indicate(self, wanted: int) -> None:
        size = self.tenant.journal.indication_room(wanted)
        assert size <= wanted
        if size:
            self.tenant.session.append(DataReceived(b"x" * size, 0), CLOCK, socket_id=1)
            self.tenant.journal.hold(size)
            self.tenant.unreleased.append(size)
            assert self.tenant.journal.room_for_notice(), "a stall can be told"

    @precondition(lambda self: self.tenant.unreleased)
    @rule()
    def release(self) -> None:
        self.tenant.journal.hold(-self.tenant.unreleased.pop(0))

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        self.tenant.session.acknowledge(data.draw(st.integers(0, len(self.tenant.told))))

    @rule(most=st.integers(1, 4))
    def read_on(self, most: int) -> None:
        tenant = self.tenant
        gap = tenant.journal.gap_after(tenant.read)
        if gap is not None:
            assert gap == Gap(tenant.read + 1, tenant.journal.first_sequence - 1)
            tenant.read = gap.last_sequence
        batch = tenant.journal.after(tenant.read, most, 10**9)
        expected = tenant.told[tenant.read : tenant.read + most]
        assert [entry.encoded for entry in batch] == [encoded(event) for event in expected]
        tenant.read += len(batch)

    # What must always hold

    @invariant()
    def every_event_is_numbered_and_kept_or_known_to_be_gone(self) -> None:
        SessionModel.steps += 1
        for tenant in self.tenants:
            first, count = tenant.journal.first_sequence, len(tenant.told)
            assert [event.sequence for event in tenant.told] == list(range(1, count + 1))
            kept = tenant.journal.after(first - 1, 10**6, 10**9)
            assert [entry.encoded for entry in kept] == [encoded(told) for told in tenant.told[first - 1 :]]
            assert tenant.journal.gap_after(0) == (Gap(1, first - 1) if first > 1 else None)
            assert first - 1 <= tenant.journal.acknowledged_sequence

    @invariant()
    def every_accepted_operation_has_one_completion_or_waits_for_it(self) -> None:
        for tenant in self.tenants:
            completions = Counter(event.operation_id for event in tenant.told if event.operation_id)
            pending = [operation.operation_id for operation in tenant.pending()]
            assert completions == Counter(tenant.accepted.keys() - pending)
            assert [operation.operation_id for operation in tenant.session.ledger] == tenant.remembered()
            assert tenant.session.ledger.pending == len(pending)

    @invariant()
    def nothing_goes_over_its_bounds(self) -> None:
        for tenant in self.tenants:
            journal, promised = tenant.journal, len(tenant.reserved())
            kept = journal.after(journal.acknowledged_sequence, 10**6, 10**9)
            pinned = [entry for entry in kept if entry.pinned]
            costs = sum(entry.cost for entry in pinned) + promised * EVENT_COST + sum(tenant.unreleased)
            assert (len(pinned) + promised <= tenant.most_events, costs <= tenant.most_bytes) == (True, True)
        assert sum(tenant.charged(guaranteed=False) for tenant in self.tenants) <= self.storage.limit

    @invariant()
    def the_storage_counts_what_the_journals_hold(self) -> None:
        assert self.storage.used == sum(tenant.charged() for tenant in self.tenants)

    def teardown(self) -> None:
        for tenant in getattr(self, "tenants", []):
            for operation in tenant.pending():
                tenant.complete(operation, 10**6)
            self.nothing_goes_over_its_bounds()
            tenant.journal.discard()
            tenant.unreleased.clear()
        assert not hasattr(self, "storage") or self.storage.used == 0


def test_two_sessions_keep_their_promises_through_a_thousand_steps() -> None:
    SessionModel.steps = 0

    run_state_machine_as_test(SessionModel, settings=STEPS)

    assert SessionModel.steps >= 1000
