"""Random walks of requests against peers that do as they please; see walker.py for what must hold."""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Coroutine
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.server.engine.agents import silent_address
from tests.server.engine.walker import AS_FOUND, CATEGORIES, Walker

from telesock.server.core.requests import (
    Bind,
    Callbacks,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    Receive,
    Send,
    SendLevel,
    SetEventCallbacks,
)
from telesock.server.core.session import SessionEnd

PLACES = st.integers(0, 1000)
TURNS = st.sampled_from([0, 0, 1, 3, 10])
TIMEOUTS = st.sampled_from([None, None, 0.0005, 10.0])
INDICATIONS = st.sampled_from([Indications(number) for number in range(4)])
SIZES = st.sampled_from([0, 1, 100, 70_000, 1 << 20])
CREDITS = st.sampled_from([0, 3, 1000, 1 << 20])


def step(**strategies: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule, after which the loop may take some turns."""

    def decorate(method: Callable[..., None]) -> Any:
        @functools.wraps(method)
        def then_turn(walk: "Walk", turns: int, **drawn: Any) -> None:
            method(walk, **drawn)
            walk.run(walk.turn(turns))

        return rule(turns=TURNS, **strategies)(then_turn)  # type: ignore[no-untyped-call]  # hypothesis says so

    return decorate


class Walk(RuleBasedStateMachine):
    """Fifty steps of a session and its peers, then its end."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.held = contextlib.ExitStack()
        silence = self.held.enter_context(silent_address("127.0.0.1"))
        self.walker = self.run(self.begin(silence))

    async def begin(self, silence: Endpoint) -> Walker:
        walker = Walker(silence)
        for peer in (walker.lively, walker.stalled, walker.lively):
            walker.ask(Connect(0, Endpoint(peer.host, peer.port), make=True))
            await peer.accepted()
        return walker

    async def turn(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(step)

    @step(category=st.sampled_from(CATEGORIES), family=st.sampled_from(Family))
    def create(self, category: Any, family: Family) -> None:
        self.walker.ask(CreateSocket(0, category, family))

    @step(socket=PLACES)
    def bind(self, socket: int) -> None:
        self.walker.ask(Bind(self.walker.socket(socket), Endpoint("", 0)))

    @step(socket=PLACES, place=st.integers(0, 4), timeout=TIMEOUTS)
    def connect_bound(self, socket: int, place: int, timeout: float | None) -> None:
        self.walker.ask(Connect(self.walker.socket(socket), self.walker.destinations[place], timeout=timeout))

    @step(place=st.integers(0, 6), timeout=TIMEOUTS, enable=INDICATIONS, credit=CREDITS, data=SIZES)
    def connect(self, place: int, timeout: float | None, enable: Indications, credit: int, data: int) -> None:
        remote = self.walker.destinations[place % 5]
        initial = bytes(min(data, 65_535))
        callbacks = Callbacks(enable, credit)
        self.walker.ask(Connect(0, remote, True, initial_data=initial, timeout=timeout, callbacks=callbacks))

    @step(
        socket=PLACES,
        size=SIZES,
        mark=st.integers(1, 255),
        level=st.sampled_from(SendLevel),
        timeout=TIMEOUTS,
    )
    def send(self, socket: int, size: int, mark: int, level: SendLevel, timeout: float | None) -> None:
        self.walker.ask(Send(self.walker.socket(socket), bytes([mark]) * size, level=level, timeout=timeout))

    @step(
        socket=PLACES,
        length=SIZES,
        flag=st.sampled_from(["", "", "wait_all", "drain", "peek"]),
        timeout=TIMEOUTS,
    )
    def receive(self, socket: int, length: int, flag: str, timeout: float | None) -> None:
        length = 0 if flag == "drain" else length
        wait_all, drain, peek = (flag == name for name in ("wait_all", "drain", "peek"))
        self.walker.ask(Receive(self.walker.socket(socket), length, wait_all, drain, peek, timeout))

    @step(socket=PLACES, final=SIZES, timeout=TIMEOUTS, escalate=st.booleans())
    def disconnect(self, socket: int, final: int, timeout: float | None, escalate: bool) -> None:
        escalate = escalate and timeout is not None
        self.walker.ask(Disconnect(self.walker.socket(socket), False, b"\xff" * final, timeout, escalate))

    @step(socket=PLACES)
    def abort(self, socket: int) -> None:
        self.walker.ask(Disconnect(self.walker.socket(socket), abortive=True))

    @step(socket=PLACES, graceful=st.booleans(), timeout=TIMEOUTS)
    def close(self, socket: int, graceful: bool, timeout: float | None) -> None:
        self.walker.ask(Close(self.walker.socket(socket), graceful, timeout if graceful else None))

    @step(socket=PLACES, enable=INDICATIONS, disable=INDICATIONS, credit=CREDITS)
    def set_event_callbacks(
        self, socket: int, enable: Indications, disable: Indications, credit: int
    ) -> None:
        self.walker.ask(SetEventCallbacks(self.walker.socket(socket), enable, disable & ~enable, credit))

    @step(place=PLACES)
    def ask_again(self, place: int) -> None:
        self.walker.ask_again(place)

    @step(place=PLACES)
    def cancel(self, place: int) -> None:
        self.walker.cancel(place)

    @step(share=st.sampled_from([0.5, 0.9, 1.0]))
    def acknowledge(self, share: float) -> None:
        self.walker.acknowledge(share)

    @step(place=PLACES, accepted=st.sampled_from([None, None, 0, 2, 1 << 20]))
    def release(self, place: int, accepted: int | None) -> None:
        self.walker.release(place, accepted)

    @step(place=PLACES, size=SIZES)
    def peer_sends(self, place: int, size: int) -> None:
        far = self.walker.far_end(place)
        if far is not None:
            self.walker.far_sends(far, size)

    @step(place=PLACES, deed=st.sampled_from(["finish", "reset", "stop_reading", "resume_reading"]))
    def peer_acts(self, place: int, deed: str) -> None:
        far = self.walker.far_end(place)
        if far is not None and far not in self.walker.gone:
            self.walker.far_acts(far, deed)

    @step()
    def time_passes(self) -> None:
        self.run(asyncio.sleep(0.001))

    @step()
    def everything_moves(self) -> None:
        self.run(self.turn(100))

    @invariant()
    def everything_holds(self) -> None:
        self.walker.check()

    def teardown(self) -> None:
        async def finish() -> None:
            self.walker.finish(SessionEnd.LEASE_EXPIRED)
            self.walker.close()

        with self.held, contextlib.closing(self.loop):
            self.run(finish())


TestAnySessionWhateverItAsksAndWhateverItsPeersDo = Walk.TestCase
TestAnySessionWhateverItAsksAndWhateverItsPeersDo.settings = settings(
    max_examples=25, stateful_step_count=60, deadline=None, phases=AS_FOUND
)
