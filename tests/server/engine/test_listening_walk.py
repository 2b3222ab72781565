"""Random walks of a session's listeners, and of peers that come and go as they please; see walker.py for what must hold.

Beyond that, no connection goes to two sockets, none is asked about or told of twice, and in the end none is left open.
"""

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.dialers import dial
from tests.peers import PeerConnection
from tests.server.engine.agents import silent_address
from tests.server.engine.listeners import CONDITIONAL
from tests.server.engine.walker import AS_FOUND, Walker

from telesock.server.core.events import (
    AcceptResult,
    Completion,
    ConnectionAccepted,
    ConnectionInspect,
    ConnectionInspectAborted,
    Event,
)
from telesock.server.core.requests import (
    Accept,
    Bind,
    Callbacks,
    Close,
    CreateSocket,
    Endpoint,
    Family,
    Indications,
    InspectComplete,
    Listen,
    Receive,
    SetEventCallbacks,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category, State

PLACES = st.integers(0, 1000)
ALL = Indications.CONNECTION | Indications.DATA | Indications.DISCONNECT
INDICATIONS = st.sampled_from([Indications.NONE, Indications.CONNECTION, Indications.DATA, ALL])
TURNS = st.sampled_from([0, 0, 2, 10])
KINDS_OF_LISTENERS = ((Category.LISTENING, ()), (Category.LISTENING, (CONDITIONAL,)), (Category.STREAM, ()))
TIMEOUTS = st.sampled_from([None, None, 0.0005, 10.0])


def step(**strategies: Any) -> Callable[[Callable[..., Any]], Any]:
    """A rule, after which the loop may take some turns."""

    def decorate(method: Callable[..., Any]) -> Any:
        @functools.wraps(method)
        def then_turn(walk: "Listeners", turns: int, **drawn: Any) -> None:
            walk.run(walk.taken(method, turns, drawn))

        return rule(turns=TURNS, **strategies)(then_turn)  # type: ignore[no-untyped-call]  # hypothesis says so

    return decorate


class Listeners(RuleBasedStateMachine):
    """Sixty steps of a session's listeners and of those who connect to them, then its end."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.held = contextlib.ExitStack()
        silence = self.held.enter_context(silent_address("127.0.0.1"))
        self.dialed: list[PeerConnection] = []
        self.walker = self.run(self.begin(silence))

    async def begin(self, silence: Endpoint) -> Walker:
        """One listener of each kind; the first two indicate."""
        walker = Walker(silence)
        for number, (category, options) in enumerate(KINDS_OF_LISTENERS, 1):
            walker.ask(CreateSocket(number, category, Family.IPV4, options))
            walker.ask(Bind(number, Endpoint("127.0.0.1", 0)))
            walker.ask(Listen(number))
        for number in (1, 2):
            walker.ask(SetEventCallbacks(number, ALL, Indications.NONE, 0, 3))
        return walker

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(step)

    async def taken(self, method: Callable[..., Any], turns: int, drawn: dict[str, Any]) -> None:
        """Take a step, on the running loop."""
        doing = method(self, **drawn)
        if doing is not None:
            await doing
        for _ in range(turns):
            await asyncio.sleep(0)

    def listener(self, place: int) -> int:
        """The number of a socket that listens, or of one that never was."""
        sockets = self.walker.driver.session.sockets
        numbers = [number for number, each in sockets.items() if each.state is State.LISTENING]
        return numbers[place % len(numbers)] if numbers else 1000

    def accepted(self, place: int) -> int:
        """The number of a socket that was accepted, or of one that never was."""
        numbers = [number for number in self.walker.driver.session.sockets if number >= 2**63]
        return numbers[place % len(numbers)] if numbers else 1000

    def last(self, kind: type[ConnectionAccepted | ConnectionInspect], place: int) -> Event | None:
        """One of the last events of a kind."""
        told = [event for event in self.walker.events if isinstance(event.body, kind)][-3:]
        return told[place % len(told)] if told else None

    # What the client does

    @step(place=PLACES, timeout=TIMEOUTS, enable=INDICATIONS)
    def accept(self, place: int, timeout: float | None, enable: Indications) -> None:
        callbacks = Callbacks(enable & ~Indications.CONNECTION)
        self.walker.ask(Accept(self.listener(place), timeout, callbacks))

    @step(place=PLACES, accept=st.sampled_from([True, True, False]))
    def decide(self, place: int, accept: bool) -> None:
        event = self.last(ConnectionInspect, place)
        if event is not None and isinstance(event.body, ConnectionInspect):
            self.walker.ask(InspectComplete(event.socket_id, event.body.inspect_id, accept))

    @step(place=PLACES, enable=INDICATIONS, off=st.booleans(), credit=st.sampled_from([0, 1, 3]))
    def set_event_callbacks(self, place: int, enable: Indications, off: bool, credit: int) -> None:
        disable = Indications.CONNECTION & ~enable if off else Indications.NONE
        self.walker.ask(SetEventCallbacks(self.listener(place), enable, disable, 0, credit))

    @step(place=PLACES, refuse=st.booleans())
    def release_connection(self, place: int, refuse: bool) -> None:
        event = self.last(ConnectionAccepted, place)
        if event is not None:
            session, number, sequence = self.walker.driver.session, event.socket_id, event.sequence
            Walker._try(lambda: session.socket(number).release(sequence, None, refuse))

    @step(place=PLACES)
    def receive(self, place: int) -> None:
        self.walker.ask(Receive(self.accepted(place), 100))

    @step(place=PLACES, graceful=st.booleans())
    def close_accepted(self, place: int, graceful: bool) -> None:
        self.walker.ask(Close(self.accepted(place), graceful, 10.0 if graceful else None))

    @step(place=PLACES, category=st.sampled_from([0, 1, 2]))
    def replace_a_listener(self, place: int, category: int) -> None:
        number = self.walker.driver.session.highest_socket_id + 1
        self.walker.ask(Close(self.listener(place)))
        self.walker.ask(CreateSocket(number, KINDS_OF_LISTENERS[category][0], Family.IPV4, ()))
        self.walker.ask(Bind(number, Endpoint("127.0.0.1", 0)))
        self.walker.ask(Listen(number))

    @step(place=PLACES)
    def cancel(self, place: int) -> None:
        self.walker.cancel(place)

    @step(share=st.sampled_from([0.5, 1.0, 1.0]))
    def acknowledge(self, share: float) -> None:
        self.walker.acknowledge(share)

    # What peers do

    @step(place=PLACES, count=st.integers(1, 3))
    def peers_connect(self, place: int, count: int) -> Coroutine[Any, Any, None]:
        socket = self.walker.driver.session.sockets.get(self.listener(place))

        async def connect() -> None:
            for _ in range(count):
                if socket is not None and socket.local is not None:
                    self.dialed.append(await dial(socket.local.host, socket.local.port))

        return connect()

    @step(place=PLACES, deed=st.sampled_from(["send", "finish", "reset"]))
    def peer_acts(self, place: int, deed: str) -> None:
        left = [each for each in self.dialed if each not in self.walker.gone and not each.ended]
        if not left:
            return
        far = left[place % len(left)]
        if deed == "send":
            self.walker.far_sends(far, 100)
        else:
            self.walker.far_acts(far, deed)

    @step(pause=st.just(0.001))
    def time_passes(self, pause: float) -> Coroutine[Any, Any, None]:
        return asyncio.sleep(pause)

    @invariant()
    def everything_holds(self) -> None:
        self.walker.check()
        bodies = [event.body for event in self.walker.events]
        results = [body.result if isinstance(body, Completion) else body for body in bodies]
        made = [each.accepted if isinstance(each, ConnectionAccepted) else each for each in results]
        accepted = [each for each in made if isinstance(each, AcceptResult)]
        dialed = Counter(Endpoint(*far.local) for far in self.dialed)  # ports come again
        assert Counter(each.remote for each in accepted) <= dialed
        for told in (
            Counter(each.socket_id for each in accepted),
            Counter(each.inspect_id for each in accepted if each.inspect_id),
            Counter(body.inspect_id for body in bodies if isinstance(body, ConnectionInspect)),
        ):
            assert not told or max(told.values()) == 1
        aborted = [body.inspect_id for body in bodies if isinstance(body, ConnectionInspectAborted)]
        assert len(set(aborted)) == len(aborted)
        assert not set(aborted) & {each.inspect_id for each in accepted}

    def teardown(self) -> None:
        async def finish() -> None:
            self.walker.finish(SessionEnd.LEASE_EXPIRED)
            for far in self.dialed:
                if far not in self.walker.gone:
                    await far.until_end()
                far.close()
            self.walker.close()

        with self.held, contextlib.closing(self.loop):
            self.run(finish())


TestAnySessionsListenersWhateverTheyAreAskedAndWhoeverConnects = Listeners.TestCase
TestAnySessionsListenersWhateverTheyAreAskedAndWhoeverConnects.settings = settings(
    max_examples=25, stateful_step_count=60, deadline=None, phases=AS_FOUND
)
