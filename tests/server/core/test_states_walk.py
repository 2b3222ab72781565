"""The life of a connection told without states: what has happened to it says where it is and what it may do."""

from collections import Counter
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from telesock.server.core.refusal import Refused
from telesock.server.core.states import Category, Happening, Request, State, Trigger, permit, step

WALKS = settings(max_examples=200, stateful_step_count=50, derandomize=True, deadline=None)
OLD = 15  # steps; sockets that end in their youth would leave the later states unseen
TRIGGERS: tuple[Trigger, ...] = (*Request, *Happening)
ENDS: tuple[Trigger, ...] = (
    Request.ABORT,
    Request.CLOSE,
    Request.CLOSE_GRACEFULLY,
    Happening.SEND_CUT,
    Happening.CONNECTION_LOST,
)
R, H = Request, Happening
CONNECTING = (Category.CONNECTION, Category.STREAM)


class Life:
    """A connection or stream socket as a list of facts."""

    def __init__(self, *, stream: bool) -> None:
        self.stream = stream
        self.bound = self.listening = self.connecting = self.connected = False
        self.peer_ended = self.ending = self.waited_for = self.acknowledged = self.cut = False
        self.lost = self.aborted = self.closing = self.closed = self.silent = self.relayed = False

    def state(self) -> State:
        ends = {
            State.CLOSED: self.closed,
            State.CLOSING: self.closing,
            State.RELAYING: self.relayed,
            State.ABORTED: self.aborted,
            State.RESET: self.lost,
            State.SILENT_LAST: self.silent and self.peer_ended,
            State.SILENT: self.silent,
            State.SEND_BROKEN_LAST: self.cut and self.peer_ended,
            State.SEND_BROKEN: self.cut,
            State.DISCONNECTED: self.acknowledged and self.peer_ended,
            State.SEND_DISCONNECTED: self.acknowledged,
            State.DISCONNECTING_LAST: self.waited_for and self.peer_ended,
            State.DISCONNECTING: self.waited_for,
            State.DRAINING_LAST: self.ending and self.peer_ended,
            State.DRAINING: self.ending,
            State.PEER_DISCONNECTED: self.peer_ended,
            State.CONNECTED: self.connected,
            State.CONNECTING: self.connecting,
            State.LISTENING: self.listening,
            State.BOUND: self.bound,
        }
        return next((state for state, holds in ends.items() if holds), State.CREATED)

    def usable(self) -> bool:
        """Something can still be asked of the connection, be it only to hear why it failed."""
        return self.connected and not (self.aborted or self.closing or self.closed or self.relayed)

    def alive(self) -> bool:
        """The network still has something to tell."""
        return self.usable() and not self.lost and not (self.acknowledged and self.peer_ended)

    def can(self, trigger: Trigger) -> bool:
        """Whether a request is legal, or a happening possible, after all that has happened."""
        idle = self.bound and not (self.listening or self.connecting or self.connected or self.closed)
        listening = self.listening and not self.closed
        connecting = self.connecting and not self.closed
        closing = self.closing and not self.closed
        relaying = self.relayed and not self.closed
        free = not (self.stream or self.peer_ended or self.ending or self.cut or self.silent or self.lost)
        unacknowledged = self.alive() and not self.acknowledged and not self.cut
        return {
            R.BIND: not self.bound and not self.closed,
            R.LISTEN: self.stream and idle,
            R.ACCEPT: listening,
            R.INSPECT_COMPLETE: listening,
            R.RELAY: listening,
            R.CONNECT: idle,
            R.SEND: self.usable() and (self.lost or not (self.ending or self.cut or self.silent)),
            R.RECEIVE: self.usable(),
            R.SEND_TO: False,
            R.RECEIVE_FROM: False,
            R.DISCONNECT: self.usable() and (self.lost or not (self.waited_for or self.cut or self.silent)),
            R.ABORT: relaying or (self.usable() and not self.silent),
            R.SET_EVENT_CALLBACKS: listening or self.usable(),
            R.RELEASE: (self.listening or self.connected) and not (self.closed or self.relayed),
            R.CONTROL: not self.closed,
            R.SILENCE: self.alive() and not (self.ending or self.cut or self.silent),
            R.SPEAK: self.silent and self.alive(),
            R.CLOSE: not self.closed,
            R.CLOSE_GRACEFULLY: not self.closed,
            H.CONNECTION_ESTABLISHED: connecting,
            H.RELAYED: free and self.alive(),
            H.CONNECT_FAILED: connecting,
            H.PEER_FIN: closing or relaying or (self.alive() and not self.peer_ended and not self.silent),
            H.FIN_ACKNOWLEDGED: closing or relaying or (unacknowledged and self.ending),
            H.WAITING_ENDED: unacknowledged and self.waited_for,
            H.SEND_CUT: unacknowledged and not self.silent,
            H.CONNECTION_LOST: closing or relaying or self.alive(),
        }[trigger]

    def follow(self, trigger: Trigger) -> None:
        """Note what a trigger that was possible has changed."""
        match trigger:
            case R.BIND:
                self.bound = True
            case R.LISTEN:
                self.listening = True
            case R.CONNECT:
                self.connecting = True
            case R.DISCONNECT if not self.lost and not self.acknowledged:
                self.ending = self.waited_for = True
            case R.ABORT if self.relayed:
                self.closed = True
            case R.ABORT if self.alive():
                self.aborted = True
            case R.SILENCE | R.SPEAK:
                self.silent = trigger is R.SILENCE
            case R.CLOSE_GRACEFULLY if self.alive() and not (self.cut or self.silent):
                self.closing = True
            case R.CLOSE | R.CLOSE_GRACEFULLY:
                self.closed = True
            case H.CONNECTION_ESTABLISHED:
                self.connecting, self.connected = False, True
            case H.RELAYED:
                self.relayed = True
            case H.CONNECT_FAILED:
                self.connecting = False
            case H.PEER_FIN:
                self.peer_ended = True
            case H.FIN_ACKNOWLEDGED:
                self.acknowledged, self.waited_for = True, False
            case H.WAITING_ENDED:
                self.waited_for = False
            case H.SEND_CUT:
                self.cut = True
            case H.CONNECTION_LOST if self.closing or self.relayed:
                self.closed = True
            case H.CONNECTION_LOST:
                self.lost, self.silent = True, False


class Walk(RuleBasedStateMachine):
    """Asks and happens at random; table and life must agree on what is possible and where it leads."""

    visited: ClassVar[Counter[State]] = Counter()

    @initialize(category=st.sampled_from(CONNECTING))
    def create(self, category: Category) -> None:
        self.category = category
        self.state = State.CREATED
        self.life = Life(stream=category is Category.STREAM)
        self.age = 0

    @precondition(lambda self: self.state is State.CLOSED)
    @rule(category=st.sampled_from(CONNECTING))
    def create_another(self, category: Category) -> None:
        self.create(category)

    @rule(trigger=st.sampled_from([trigger for trigger in TRIGGERS if trigger not in ENDS]))
    def try_one(self, trigger: Trigger) -> None:
        possible = self.life.can(trigger)
        try:
            self.state = follow(self.category, self.state, trigger)
        except (Refused, KeyError):
            assert not possible, f"{trigger.name} should be possible"
        else:
            assert possible, f"{trigger.name} should not be possible"
            self.life.follow(trigger)
        self.age += 1
        assert self.state is self.life.state()
        Walk.visited[self.state] += 1

    @precondition(lambda self: self.age > OLD)
    @rule(trigger=st.sampled_from(ENDS))
    def try_to_end(self, trigger: Trigger) -> None:
        self.try_one(trigger)

    @precondition(lambda self: not self.life.connected and self.state is not State.CLOSED)
    @rule()
    def go_on_towards_a_connection(self) -> None:
        if self.life.connecting:
            self.try_one(Happening.CONNECTION_ESTABLISHED)
        else:
            self.try_one(Request.CONNECT if self.life.bound else Request.BIND)


def follow(category: Category, state: State, trigger: Trigger) -> State:
    if isinstance(trigger, Request):
        return permit(category, state, trigger)
    return step(category, state, trigger)


def test_on_any_walk_of_a_thousand_steps_the_table_agrees_with_what_has_happened() -> None:
    Walk.visited.clear()

    run_state_machine_as_test(Walk, settings=WALKS)

    assert Walk.visited.total() >= 1000
    assert set(Walk.visited) == set(State), "a walk that does not come everywhere shows nothing"
