"""Random walks of a session's listeners, and of peers that come and go as they please; see walker.py for what must hold.

Beyond that, no connection goes to two sockets, none is asked about or told of twice, and in the end none is left open.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.dialers import dial
from tests.peers import PeerConnection
from tests.server.engine.agents import silent_address
from tests.server.engine.listeners import CONDITIONAL
from tests.server.engine.walker import Walker

from telesock.server.core.events import (
    AcceptResult,
    Completion,
    ConnectionAccepted,
    ConnectionInspect,
    ConnectionInspectAborted,
)
from telesock.server.core.requests import (
    Accept,
    AnyRequest,
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
KINDS = [Indications.CONNECTION, Indications.DATA, Indications.DISCONNECT]
INDICATIONS = st.sampled_from([Indications.NONE, *KINDS, KINDS[0] | KINDS[1] | KINDS[2]])
TIMEOUTS = st.sampled_from([None, None, 0.0005, 10.0])


class Listeners(RuleBasedStateMachine):
    """Fifty steps of a session's listeners and of those who connect to them, then its end."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.held = contextlib.ExitStack()
        silence = self.held.enter_context(silent_address("127.0.0.1"))
        self.dialed: list[PeerConnection] = []
        self.walker = self.run(self.begin(silence))

    async def begin(self, silence: Endpoint) -> Walker:
        walker = Walker(silence)
        for options in ((), (CONDITIONAL,)):
            walker.ask(CreateSocket(0, Category.LISTENING, Family.IPV4, options))
            walker.ask(Bind(max(walker.driver.session.sockets), Endpoint("127.0.0.1", 0)))
        return walker

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(step)

    async def ask(self, request: AnyRequest) -> None:
        self.walker.ask(request)

    def addresses(self) -> list[Endpoint]:
        sockets = self.walker.driver.session.sockets.values()
        return [each.local for each in sockets if each.state is State.LISTENING and each.local is not None]

    @rule(category=st.sampled_from([Category.LISTENING, Category.STREAM]), conditional=st.booleans())
    def create(self, category: Category, conditional: bool) -> None:
        options = (CONDITIONAL,) if conditional and category is Category.LISTENING else ()
        self.run(self.ask(CreateSocket(0, category, Family.IPV4, options)))

    @rule(socket=PLACES)
    def bind(self, socket: int) -> None:
        self.run(self.ask(Bind(self.walker.socket(socket), Endpoint("127.0.0.1", 0))))

    @rule(socket=PLACES)
    def listen(self, socket: int) -> None:
        self.run(self.ask(Listen(self.walker.socket(socket))))

    @rule(socket=PLACES, timeout=TIMEOUTS, enable=INDICATIONS)
    def accept(self, socket: int, timeout: float | None, enable: Indications) -> None:
        callbacks = Callbacks(enable & ~Indications.CONNECTION)
        self.run(self.ask(Accept(self.walker.socket(socket), timeout, callbacks)))

    @rule(socket=PLACES, number=st.integers(1, 12), accept=st.booleans())
    def decide(self, socket: int, number: int, accept: bool) -> None:
        self.run(self.ask(InspectComplete(self.walker.socket(socket), number, accept)))

    @rule(socket=PLACES, enable=INDICATIONS, off=st.booleans(), credit=st.sampled_from([0, 1, 3]))
    def set_event_callbacks(self, socket: int, enable: Indications, off: bool, credit: int) -> None:
        disable = Indications.CONNECTION & ~enable if off else Indications.NONE
        request = SetEventCallbacks(self.walker.socket(socket), enable, disable, 0, credit)
        self.run(self.ask(request))

    @rule(place=PLACES, refuse=st.booleans())
    def release(self, place: int, refuse: bool) -> None:
        told = [event for event in self.walker.events if isinstance(event.body, ConnectionAccepted)][-4:]
        if told:
            event = told[place % len(told)]
            session = self.walker.driver.session
            self.run(
                self.tried(lambda: session.socket(event.socket_id).release(event.sequence, None, refuse))
            )

    async def tried(self, step: Any) -> None:
        Walker._try(step)

    @rule(socket=PLACES)
    def receive(self, socket: int) -> None:
        self.run(self.ask(Receive(self.walker.socket(socket), 100)))

    @rule(socket=PLACES, graceful=st.booleans())
    def close(self, socket: int, graceful: bool) -> None:
        self.run(self.ask(Close(self.walker.socket(socket), graceful, 10.0 if graceful else None)))

    @rule(place=PLACES)
    def cancel(self, place: int) -> None:
        async def cancelled() -> None:
            self.walker.cancel(place)

        self.run(cancelled())

    @rule(share=st.sampled_from([0.5, 1.0]))
    def acknowledge(self, share: float) -> None:
        async def acknowledged() -> None:
            self.walker.acknowledge(share)

        self.run(acknowledged())

    @rule(place=PLACES, count=st.integers(1, 3))
    def peers_connect(self, place: int, count: int) -> None:
        async def connect() -> None:
            addresses = self.addresses()
            for _ in range(count if addresses else 0):
                address = addresses[place % len(addresses)]
                self.dialed.append(await dial(address.host, address.port))

        self.run(connect())

    @rule(place=PLACES, deed=st.sampled_from(["send", "finish", "reset"]))
    def peer_acts(self, place: int, deed: str) -> None:
        async def act() -> None:
            left = [each for each in self.dialed if each not in self.walker.gone and not each.ended]
            if not left:
                return
            far = left[place % len(left)]
            if deed == "send":
                self.walker.far_sends(far, 100)
            else:
                self.walker.far_acts(far, deed)

        self.run(act())

    @rule(turns=st.sampled_from([1, 3, 30]))
    def turn(self, turns: int) -> None:
        async def taken() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)

        self.run(taken())

    @rule()
    def time_passes(self) -> None:
        self.run(asyncio.sleep(0.001))

    @invariant()
    def everything_holds(self) -> None:
        self.walker.check()
        bodies = [event.body for event in self.walker.events]
        results = [body.result if isinstance(body, Completion) else body for body in bodies]
        made = [each.accepted if isinstance(each, ConnectionAccepted) else each for each in results]
        accepted = [each for each in made if isinstance(each, AcceptResult)]
        for told in (
            Counter(each.socket_id for each in accepted),
            Counter(each.remote for each in accepted),
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
    max_examples=25, stateful_step_count=50, deadline=None
)
