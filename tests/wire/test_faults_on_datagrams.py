"""What each effect on datagrams does, on every way that they can go: seen by whoever takes them at the other end.

Of what goes in, a last datagram that no fault touches (it comes from the moment the faults are gone) says that all is over.
"""

import enum
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from tests.datagram_peers import DatagramPeer
from tests.wire.caller import Caller, Place
from tests.wire.faults import (
    Fired,
    create_fault,
    end_fault,
    fault_message,
    fault_states,
    firings,
    until_fired,
)
from tests.wire.story import Event, status_of

from telesock.server.core.requests import Endpoint
from telesock.v1 import sockets_pb2

DATAGRAM = sockets_pb2.INDICATION_KIND_DATAGRAM
SENT = [b"%d " % number * 8 for number in range(8)]
LAST = b"last"


class Way(enum.Enum):
    """How datagrams go."""

    SENDS = "SendTo operations"
    BATCHES = "one SendTo operation"
    RECEIVES = "ReceiveFrom operations"
    INDICATIONS = "DatagramReceived indications"


class Path:
    """Datagrams from one end to the other."""

    def __init__(self, caller: Caller, way: Way, socket_id: int, place: Place, far: DatagramPeer) -> None:
        self.caller = caller
        self.way = way
        self.socket_id = socket_id
        self._place = place
        self._far = far

    @property
    def direction(self) -> int:
        """As the contract numbers it."""
        return 1 if self.way in (Way.SENDS, Way.BATCHES) else 2

    @property
    def target(self) -> dict[str, int]:
        """What a fault on exactly this has as its target."""
        return {"socket_id": self.socket_id, "direction": self.direction}

    async def send(self, *datagrams: bytes) -> None:
        """Put datagrams in."""
        if self.direction == 2:
            for each in datagrams:
                self._far.send(each, Endpoint(*self._place))
        elif self.way is Way.BATCHES:
            await self._send(*datagrams)
        else:
            for each in datagrams:
                await self._send(each)

    async def _send(self, *datagrams: bytes) -> None:
        sending = await self.caller.send_to(self.socket_id, *datagrams, to=Place(*self._far.place))
        assert await self.caller.status(sending) == "SUCCESS"

    async def take_until(self, last: bytes) -> list[bytes]:
        """Take datagrams out until this one comes; return those before it."""
        takers: dict[Way, Callable[[bytes], Awaitable[list[bytes]]]] = {
            Way.RECEIVES: self._receive_until,
            Way.INDICATIONS: self._indicated_until,
        }
        return await takers.get(self.way, self._hear_until)(last)

    async def _hear_until(self, last: bytes) -> list[bytes]:
        count = 0
        while last not in self._far.heard:
            count = len(self._far.heard) + 1
            await self._far.until_count(count)
        return self._far.heard[: self._far.heard.index(last)]

    async def _receive_until(self, last: bytes) -> list[bytes]:
        taken: list[bytes] = []
        while True:
            completion = await self.caller.wait(await self.caller.receive_from(self.socket_id))
            assert status_of(completion) == "SUCCESS"
            data = completion.receive_from.datagram.data
            if data == last:
                return taken
            taken.append(data)

    async def _indicated_until(self, last: bytes) -> list[bytes]:
        taken: list[bytes] = []

        def is_last(event: Event) -> bool:
            if not event.HasField("datagram_received"):
                return False
            data = event.datagram_received.datagram.data
            if data != last:
                taken.append(data)
            return data == last

        await self.caller.until(is_last)
        return taken


Open = Callable[..., Awaitable[Path]]


@pytest.fixture
async def open_path(caller: Caller) -> Any:
    peers: list[DatagramPeer] = []

    async def open_it(way: Way, *faults: Any) -> Path:
        peers.append(DatagramPeer())
        socket_id, place = await caller.datagram(faults=faults)
        if way is Way.INDICATIONS:
            await caller.status(await caller.set_event_callbacks(socket_id, enable=[DATAGRAM]))
        return Path(caller, way, socket_id, place, peers[-1])

    yield open_it
    for each in peers:
        each.close()


def without(*numbers: int) -> list[bytes]:
    return [each for number, each in enumerate(SENT) if number not in numbers]


def replaced(number: int, *datagrams: bytes) -> list[bytes]:
    return [*SENT[:number], *datagrams, *SENT[number + 1 :]]


class Case(NamedTuple):
    """An effect, and what comes out of SENT."""

    fault: dict[str, Any]
    comes: list[bytes]
    fires: list[int]
    """The numbers of the decisions that fire."""


THIRD = {"timing": {"nth": 3}}
CASES = {
    "loss": Case({"datagram_loss": {}, **THIRD}, without(2), [2]),
    "loss of all": Case({"datagram_loss": {}}, [], list(range(8))),
    "duplication": Case({"datagram_duplication": {}, **THIRD}, replaced(2, SENT[2], SENT[2]), [2]),
    "three copies": Case({"datagram_duplication": {"copies": 3}, **THIRD}, replaced(2, *[SENT[2]] * 4), [2]),
    "reordering": Case({"datagram_reordering": {}, **THIRD}, [*SENT[:2], SENT[3], SENT[2], *SENT[4:]], [2]),
    "reordering by three": Case(
        {"datagram_reordering": {"displacement": 3}, **THIRD},
        [*SENT[:2], *SENT[3:6], SENT[2], *SENT[6:]],
        [2],
    ),
    "truncation": Case({"datagram_truncation": {"length": 5}, **THIRD}, replaced(2, SENT[2][:5]), [2]),
    "truncation to nothing": Case({"datagram_truncation": {}, **THIRD}, replaced(2, b""), [2]),
    "the first three only": Case({"datagram_loss": {}, "timing": {"times": 3}}, SENT[3:], [0, 1, 2]),
    "not the first five": Case({"datagram_loss": {}, "timing": {"after_decisions": 5}}, SENT[:5], [5, 6, 7]),
    "a burst that never ends": Case(
        {"datagram_loss": {}, "timing": {"burst": {"bad": 1.0, "good": 0.0}}}, [], list(range(8))
    ),
    "probability 0": Case({"datagram_loss": {}, "timing": {"probability": 0.0}}, SENT, []),
}


@pytest.mark.parametrize("way", Way, ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_a_fault_on_a_live_socket_does_what_it_says(open_path: Open, case: Case, way: Way) -> None:
    path = await open_path(way)
    state = await create_fault(path.caller, target=path.target, **case.fault)

    await path.send(*SENT)
    if case.fires:
        await all_told(path.caller, state.fault.name, case.fires[-1])
    await end_fault(path.caller, state.fault.name)
    await path.send(LAST)

    assert await path.take_until(LAST) == case.comes
    told = firings(await path.caller.events(), state.fault.name)
    assert [(each.socket_id, each.direction, each.decision) for each in told] == [
        (path.socket_id, path.direction, number) for number in case.fires
    ]


async def all_told(caller: Caller, name: str, number: int) -> None:
    def is_it(event: Event) -> bool:
        body = event.fault_fired
        return event.HasField("fault_fired") and (body.fault, body.decision) == (name, number)

    await caller.until(is_it)


@pytest.mark.parametrize("way", Way, ids=str)
async def test_a_socket_may_be_born_with_a_fault(open_path: Open, way: Way) -> None:
    path = await open_path(way, fault_message(name="born", datagram_loss={}, timing={"nth": 1}))

    await path.send(*SENT, LAST)

    assert await path.take_until(LAST) == SENT[1:]


@pytest.mark.parametrize("way", Way, ids=str)
async def test_a_corrupt_datagram_differs_by_the_bits_that_were_drawn(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    corruption = {"places": 3}
    await create_fault(path.caller, datagram_corruption=corruption, target=path.target, timing={"times": 1})

    await path.send(SENT[0], LAST)

    [corrupt] = await path.take_until(LAST)
    changed = [(one ^ other).bit_count() for one, other in zip(corrupt, SENT[0], strict=True) if one != other]
    assert changed in ([1], [1, 1], [1, 1, 1])  # places that were drawn twice are one


@pytest.mark.parametrize("way", Way, ids=str)
async def test_a_delayed_datagram_comes_late_and_after_a_later_one(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    await create_fault(path.caller, datagram_delay={"delay": 0.05}, target=path.target, timing={"times": 1})
    began = time.monotonic()

    await path.send(b"late", b"soon")

    assert await path.take_until(b"late") == [b"soon"]
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("way", Way, ids=str)
async def test_datagrams_that_are_held_leave_in_order_when_the_fault_ends(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    state = await create_fault(path.caller, datagram_delay={"delay": 3600.0}, target=path.target)
    await path.send(*SENT)
    await all_told(path.caller, state.fault.name, 7)
    held = (await fault_states(path.caller))[state.fault.name]
    assert (held.held, held.held_bytes) == (8, sum(map(len, SENT)))

    await end_fault(path.caller, state.fault.name)
    await path.send(LAST)

    assert await path.take_until(LAST) == SENT


async def decided(path: Path, seed: int) -> tuple[list[bytes], list[Fired]]:
    """Lose some of a hundred; return which came, and what was told."""
    timing = {"probability": 0.4, "correlation": 0.3}
    state = await create_fault(
        path.caller, name="loss", seed=seed, timing=timing, target=path.target, datagram_loss={}
    )
    datagrams = [b"%d" % number for number in range(60)]
    for each in datagrams:
        await path.send(each)
    await end_fault(path.caller, state.fault.name)
    await path.send(LAST)
    return await path.take_until(LAST), firings(await path.caller.events(), "loss")


@pytest.mark.parametrize("way", [Way.SENDS, Way.RECEIVES], ids=str)
async def test_the_same_seed_loses_the_same_datagrams_and_another_does_not(
    agent: Any, start_caller: Any, way: Way
) -> None:
    async def run(seed: int) -> tuple[list[bytes], list[Fired]]:
        caller = await start_caller(agent)
        peer = DatagramPeer()
        socket_id, place = await caller.datagram()
        try:
            return await decided(Path(caller, way, socket_id, place, peer), seed)
        finally:
            peer.close()

    first, again, other = await run(7), await run(7), await run(8)

    assert first == again
    assert first[0] != other[0]
    assert 20 < len(first[0]) < 50


async def test_a_fault_of_one_peer_leaves_datagrams_of_others_alone(caller: Caller) -> None:
    near, place = await caller.datagram()
    one, other = DatagramPeer(), DatagramPeer()
    await create_fault(caller, name="loss", target={"peer": f"127.0.0.1:{one.place.port}"}, datagram_loss={})

    one.send(b"lost", Endpoint(*place))
    await until_fired(caller, "loss")
    other.send(b"comes", Endpoint(*place))

    received = await caller.wait(await caller.receive_from(near))
    one.close()
    other.close()
    assert received.receive_from.datagram.data == b"comes"


async def test_datagrams_that_are_held_leave_before_their_session_ends(open_path: Open) -> None:
    path = await open_path(Way.SENDS)
    await create_fault(path.caller, datagram_delay={"delay": 3600.0})
    await path.send(*SENT)

    await path.caller.close_session()

    assert await path.take_until(SENT[-1]) == SENT[:-1]
