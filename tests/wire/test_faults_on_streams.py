"""What each effect on bytes does, on every way that bytes can go: seen by whoever reads at the other end.

Times are looked at from below alone, which holds on any machine; how exact they are is measured in tests/benchmarks.
"""

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.conftest import Dial
from tests.wire.faults import create_fault, end_fault, fault_message, fault_states, firings, until_fired
from tests.wire.paths import Open, Opener, Path, Seen, Way, reverse

DATA = random.Random(5).randbytes(10_000)
ALL_WAYS = list(Way)


@pytest.fixture
def open_path(caller: Caller, peer: Callable[..., Peer], dial: Dial) -> Open:
    return Opener(caller, peer, dial).open


def changed(data: bytes, *offsets: int) -> bytes:
    """Put zeros at offsets."""
    return bytes(0 if place in offsets else byte for place, byte in enumerate(data))


class Case(NamedTuple):
    """An effect, and what comes out of what went in."""

    fault: dict[str, Any]
    seen: Seen
    at_least: float = 0.0
    """Seconds that it takes."""
    fires: int = 1
    """How often it fires; 0 for at least once."""


CASES = {
    "latency": Case({"latency": {"delay": 0.08}}, Seen(DATA), 0.08),
    "latency with jitter": Case(
        {"latency": {"delay": 0.05, "jitter": 0.05}, "timing": {"decided_per": 2}}, Seen(DATA), fires=3
    ),
    "bandwidth": Case({"bandwidth": {"bytes_per_second": 100_000, "burst_bytes": 1000}}, Seen(DATA), 0.09),
    "slices": Case({"slices": {"size_bytes": 1000, "gap": 0.01}}, Seen(DATA), 0.09, fires=0),
    "drip": Case({"drip": {}}, Seen(DATA), fires=0),
    "stall for a time": Case({"stall": {"duration": 0.08}}, Seen(DATA), 0.08),
    "limit by bytes, then FIN": Case({"limit": {"bytes": 4000}}, Seen(DATA[:4000])),
    "limit by bytes, then RST": Case({"limit": {"bytes": 4000, "end": 2}}, Seen(DATA[:4000], "RST")),
    "corruption at offsets": Case(
        {"corruption": {"offsets": [0, 4999, 9999], "pattern": b"\0"}},
        Seen(changed(DATA, 0, 4999, 9999)),
        fires=0,
    ),
    "duplicated bytes": Case(
        {"duplicate_bytes": {"length": 10}},
        Seen(b"".join(block[:10] + block for block in (DATA[:4096], DATA[4096:8192], DATA[8192:]))),
        fires=3,
    ),
    "inserted bytes": Case(
        {"insert_bytes": {"offset": 5000, "data": b"inserted"}}, Seen(DATA[:5000] + b"inserted" + DATA[5000:])
    ),
    "slow close": Case({"slow_close": {"delay": 0.08}}, Seen(DATA), 0.08),
}


async def transfer(path: Path) -> tuple[Seen, float]:
    """Send everything and the end; return what came out, and how long that took."""
    began = time.monotonic()
    await path.write(DATA)
    await path.finish()
    seen = await path.until_end()
    return seen, time.monotonic() - began


async def check_firings(path: Path, name: str, case: Case) -> None:
    told = firings(await path.caller.events(), name)
    assert {(each.socket_id, each.direction) for each in told} == {(path.socket_id, path.direction)}
    if case.fires:
        assert sum(each.firings for each in told) == case.fires, told


@pytest.mark.parametrize("way", ALL_WAYS, ids=lambda way: way.name.lower())
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_a_fault_on_a_live_connection_does_what_it_says(open_path: Open, case: Case, way: Way) -> None:
    path = await open_path(way)
    state = await create_fault(path.caller, target=path.target, **case.fault)

    seen, took = await transfer(path)

    assert seen == case.seen
    assert took >= case.at_least
    await check_firings(path, state.fault.name, case)


@pytest.mark.parametrize("way", [Way.OPERATIONS_SEND, Way.OPERATIONS_RECEIVE, Way.INDICATIONS], ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_a_socket_may_be_born_with_a_fault_that_is_there_before_the_first_byte(
    open_path: Open, case: Case, way: Way
) -> None:
    direction = 1 if way is Way.OPERATIONS_SEND else 2
    born = fault_message(name="born", target={"direction": direction}, **case.fault)
    path = await open_path(way, [born])

    seen, took = await transfer(path)

    assert seen == case.seen
    assert took >= case.at_least
    await check_firings(path, "born", case)


@pytest.mark.parametrize("way", [Way.RELAY_TO_UPSTREAM, Way.RELAY_TO_CLIENT], ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_a_listener_may_be_born_with_a_fault_of_every_relayed_connection(
    open_path: Open, case: Case, way: Way
) -> None:
    target = {"relay_side": 1, "direction": 2 if way is Way.RELAY_TO_UPSTREAM else 1}
    path = await open_path(way, [fault_message(name="born", target=target, **case.fault)])

    seen, took = await transfer(path)

    assert seen == case.seen
    assert took >= case.at_least
    told = firings(await path.caller.events(), "born")
    assert {each.socket_id for each in told} == {path.sockets["downstream"]}


HOLDING: dict[str, dict[str, Any]] = {
    "latency": {"latency": {"delay": 3600.0}},
    "bandwidth": {"bandwidth": {"bytes_per_second": 1, "burst_bytes": 1}},
    "slices": {"slices": {"size_bytes": 1, "gap": 3600.0}},
    "drip": {"drip": {"gap": 3600.0}},
    "stall": {"stall": {}},
    "limit, then stall": {"limit": {"bytes": 1, "end": 3}},
    "slow close": {"slow_close": {}},
}


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
@pytest.mark.parametrize("fault", HOLDING.values(), ids=list(HOLDING))
async def test_what_a_fault_holds_leaves_in_order_when_it_is_deleted(
    open_path: Open, fault: dict[str, Any], way: Way
) -> None:
    path = await open_path(way)
    state = await create_fault(path.caller, target=path.target, **fault)
    await path.write(DATA)
    await path.finish()
    await until_fired(path.caller, state.fault.name)

    ended = await end_fault(path.caller, state.fault.name)

    assert ended.firings >= 1
    assert await path.until_end() == Seen(DATA)
    assert await fault_states(path.caller) == {}


@pytest.mark.parametrize("level", [1, 2], ids=["written", "acknowledged"])
async def test_a_send_that_a_fault_held_until_it_was_deleted_names_it(open_path: Open, level: int) -> None:
    path = await open_path(Way.OPERATIONS_SEND)
    state = await create_fault(path.caller, name="stall", target=path.target, stall={})
    sends = [await path.caller.send(path.socket_id, DATA, level=level) for _ in range(2)]
    await until_fired(path.caller, state.fault.name)

    await end_fault(path.caller, state.fault.name)

    assert [list((await path.caller.wait(each)).faults) for each in sends] == [["stall"], ["stall"]]


async def test_a_receive_that_waited_for_held_bytes_names_the_fault_and_the_next_one_does_not(
    open_path: Open,
) -> None:
    path = await open_path(Way.OPERATIONS_RECEIVE)
    state = await create_fault(path.caller, name="stall", target=path.target, stall={})
    await path.write(b"held")
    await until_fired(path.caller, state.fault.name)
    waiting = await path.caller.receive(path.socket_id, 8, wait_all=True)

    await end_fault(path.caller, state.fault.name)
    await path.write(b"freemore")

    assert list((await path.caller.wait(waiting)).faults) == ["stall"]
    after = await path.caller.wait(await path.caller.receive(path.socket_id, 4))
    assert (after.receive.data, list(after.faults)) == (b"more", [])


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
async def test_bytes_sent_after_a_fault_was_deleted_follow_those_that_it_held(
    open_path: Open, way: Way
) -> None:
    path = await open_path(way)
    await path.write(b"before ")
    await path.until_bytes(7)
    state = await create_fault(path.caller, target=path.target, stall={})
    await path.write(b"held ")
    await until_fired(path.caller, state.fault.name)

    await end_fault(path.caller, state.fault.name)
    await path.write(b"after")
    await path.finish()

    assert await path.until_end() == Seen(b"before held after")


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
async def test_a_reset_added_to_a_live_connection_is_a_real_rst(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    await path.write(DATA)
    await path.until_bytes(len(DATA))

    await create_fault(path.caller, target={"socket_id": path.socket_id}, reset={})

    assert await path.until_end() == Seen(DATA, "RST")


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
async def test_a_limit_by_time_ends_a_connection_on_which_nothing_moves(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    limit = {"duration": 0.02, "end": 2}

    began = time.monotonic()
    await create_fault(path.caller, target=path.target, limit=limit)

    assert await path.until_end() == Seen(b"", "RST")
    assert time.monotonic() - began >= 0.02


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
async def test_a_half_close_ends_one_direction_and_the_other_goes_on(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    await path.write(b"before")
    await path.until_bytes(6)

    await create_fault(path.caller, target=path.target, half_close={})

    assert await path.until_end() == Seen(b"before")
    back = reverse(path)
    await back.write(DATA)
    await back.finish()
    assert await back.until_end() == Seen(DATA)


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
async def test_probability_0_is_harmless(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    await create_fault(path.caller, name="never", reset={}, timing={"probability": 0.0})
    await create_fault(
        path.caller, name="nothing", corruption={"per_million": 1_000_000}, timing={"probability": 0.0}
    )

    seen, _ = await transfer(path)

    assert seen == Seen(DATA)
    assert firings(await path.caller.events()) == []


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
async def test_a_fault_on_the_other_direction_leaves_this_one_alone(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    other = {"socket_id": path.socket_id, "direction": 3 - path.direction}
    await create_fault(path.caller, target=other, stall={})
    await create_fault(path.caller, target=other, corruption={"per_million": 1_000_000})

    await path.write(DATA)

    assert await path.until_bytes(len(DATA)) == DATA
