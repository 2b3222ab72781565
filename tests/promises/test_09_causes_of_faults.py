"""What a fault did says so and names it; what really happened beside it says who else did it. Told apart by whole causes.

A fault that only made something late is named by the completion, which has its own cause if it has one at all.
"""

from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.ports import unused_port
from tests.promises.causes import because, cause_of
from tests.promises.faults import ended, fired, inject, lift
from tests.promises.owners import Listen, Owner, connect_to
from tests.promises.storms import weather

from telesock.v1 import types_pb2 as t
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DISCONNECT,
    CloseRequest,
    DisconnectRequest,
    EventCallbacks,
    ReceiveRequest,
    ResolveRequest,
    SendRequest,
)

FAULT, PEER = t.ORIGIN_FAULT, t.ORIGIN_PEER
RESET = (t.STATUS_CONNECTION_RESET, "ECONNRESET")
DISCONNECTS = EventCallbacks(enable=[INDICATION_KIND_DISCONNECT])


def named(completion: Completion) -> list[str]:
    """The faults that had a part in it."""
    return list(completion.faults)


async def test_an_injected_reset_is_the_faults_and_a_real_one_is_the_peers(
    owner: Owner, peer: Listen
) -> None:
    one, near = await owner.connect(peer())
    other, far = await owner.connect(peer())
    waiting = [await owner.start(ReceiveRequest(socket_id=each, length=1)) for each in (one, other)]

    await inject(owner, name="cut", reset={}, target={"socket_id": one})
    far.reset()

    injected, real = [await owner.finish(each) for each in waiting]
    assert cause_of(injected) == because(RESET[0], FAULT, t.PHASE_RECEIVE, RESET[1], "cut")
    assert cause_of(real) == because(RESET[0], PEER, t.PHASE_RECEIVE, RESET[1])
    assert (named(injected), named(real)) == (["cut"], [])
    await near.until_end()
    assert near.saw_reset


async def test_whoever_comes_after_an_injected_reset_and_whoever_listens_for_it_is_told_the_same(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer(), callbacks=DISCONNECTS)
    story = await owner.read()
    await inject(owner, name="cut", reset={})
    indication = (await story.event("peer_disconnected")).peer_disconnected

    send = await owner.run(SendRequest(socket_id=socket, data=b"late"))
    receive = await owner.run(ReceiveRequest(socket_id=socket, length=1))

    assert cause_of(send) == because(RESET[0], FAULT, t.PHASE_SEND, RESET[1], "cut")
    assert cause_of(receive) == because(RESET[0], FAULT, t.PHASE_RECEIVE, RESET[1], "cut")
    assert (indication.status, indication.cause.origin, indication.cause.fault_name) == (
        RESET[0],
        FAULT,
        "cut",
    )


async def test_an_injected_refusal_is_the_faults_and_a_real_one_is_the_peers(
    owner: Owner, peer: Listen
) -> None:
    listener, nobody = peer(), unused_port()
    await inject(owner, name="no-way", connect_failure={}, target={"peer": f"127.0.0.1:{listener.port}"})

    injected = await owner.run(connect_to("127.0.0.1", listener.port))
    real = await owner.run(connect_to("127.0.0.1", nobody))

    refusal = (t.STATUS_CONNECTION_REFUSED, t.PHASE_CONNECT, "ECONNREFUSED")
    by_fault = because(refusal[0], FAULT, *refusal[1:], "no-way")
    by_peer = because(refusal[0], PEER, *refusal[1:])
    assert [cause_of(each) for each in (injected, real)] == [by_fault, by_peer]
    attempts = [cause_of(attempt) for each in (injected, real) for attempt in each.connect.attempts]
    assert attempts == [by_fault, by_peer]
    assert ((named(injected), named(real)), listener.connections) == ((["no-way"], []), [])


async def test_an_injected_timeout_is_the_faults_and_a_real_one_is_the_deadlines(
    owner: Owner, peer: Listen, unanswered: int
) -> None:
    listener = peer()
    blackhole = {"outcome": "CONNECT_OUTCOME_BLACKHOLE"}
    target = {"peer": f"127.0.0.1:{listener.port}"}
    await inject(owner, name="hole", connect_failure=blackhole, target=target)

    requests = [connect_to("127.0.0.1", port) for port in (listener.port, unanswered)]
    for request in requests:
        request.timeout.FromMilliseconds(1)
    injected, real = [await owner.run(request) for request in requests]

    by_fault = because(t.STATUS_IO_TIMEOUT, FAULT, t.PHASE_CONNECT, "ETIMEDOUT", "hole")
    assert cause_of(injected) == by_fault
    assert cause_of(real) == because(t.STATUS_IO_TIMEOUT, t.ORIGIN_DEADLINE, t.PHASE_CONNECT)
    assert (named(injected), named(real)) == (["hole"], [])


async def test_an_injected_failure_of_a_name_is_the_faults_and_a_real_one_is_not(owner: Owner) -> None:
    await inject(owner, name="no-name", resolve_failure={}, target={"peer": "local*"})

    injected = await owner.run(ResolveRequest(name="localhost"))
    real = await owner.run(ResolveRequest(name="x" * 64 + ".test"))

    assert cause_of(injected) == because(t.STATUS_NO_MATCH, FAULT, t.PHASE_RESOLVE, "", "no-name")
    assert cause_of(real) == because(t.STATUS_NO_MATCH, PEER, t.PHASE_RESOLVE)
    assert (named(injected), named(real)) == (["no-name"], [])


async def test_an_injected_failure_of_an_operation_is_the_faults_and_a_real_one_stays_what_it_is(
    owner: Owner, peer: Listen
) -> None:
    one, _ = await owner.connect(peer())
    other, far = await owner.connect(peer())
    receive = await owner.start(ReceiveRequest(socket_id=other, length=1))
    await inject(owner, name="lies", operation_false_failure={}, target={"socket_id": other})
    await inject(owner, name="fails", operation_failure={}, target={"socket_id": one})

    injected = await owner.run(SendRequest(socket_id=one, data=b"x"))
    late = await owner.start(ReceiveRequest(socket_id=other, length=1))
    far.reset()

    assert cause_of(injected)[:3] == (t.STATUS_INSUFFICIENT_RESOURCES, FAULT, t.PHASE_SEND)
    assert (injected.cause.fault_name, named(injected)) == ("fails", ["fails"])
    for operation in (receive, late):
        real = await owner.finish(operation)
        assert cause_of(real) == because(RESET[0], PEER, t.PHASE_RECEIVE, RESET[1])


@pytest.mark.parametrize(
    ("end", "status", "origin"),
    [
        ("timeout", t.STATUS_IO_TIMEOUT, t.ORIGIN_DEADLINE),
        ("cancel", t.STATUS_CANCELLED, t.ORIGIN_CANCEL),
        ("close", t.STATUS_CANCELLED, t.ORIGIN_CANCEL),
    ],
)
async def test_what_ends_while_a_fault_holds_it_is_told_who_ended_it_and_names_the_fault(
    end: str, status: int, origin: int, owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    await inject(owner, name="stuck", operation_hang={}, target={"operations": ["OPERATION_KIND_RECEIVE"]})
    request = ReceiveRequest(socket_id=socket, length=1)
    if end == "timeout":
        request.timeout.FromMilliseconds(1)

    operation = await owner.start(request)
    if end == "cancel":
        await owner.cancel(operation)
    elif end == "close":
        await owner.start(CloseRequest(socket_id=socket))

    done = await owner.finish(operation)
    assert cause_of(done) == because(status, origin, t.PHASE_RECEIVE)
    assert named(done) == ["stuck"]


async def test_what_a_fault_delayed_and_is_then_refused_is_told_as_the_faults_doing(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    await inject(owner, name="stuck", operation_hang={})
    hung = [await owner.start(DisconnectRequest(socket_id=socket)) for _ in range(2)]

    await lift(owner, "stuck")

    first, second = [await owner.finish(each) for each in hung]
    assert (first.status, named(first)) == (t.STATUS_SUCCESS, ["stuck"])
    expected = because(t.STATUS_INVALID_DEVICE_STATE, FAULT, t.PHASE_DISCONNECT, "", "stuck")
    assert (cause_of(second), named(second)) == (expected, ["stuck"])


DELAYS: list[dict[str, Any]] = [
    {"latency": {"delay": 0.001}},
    {"bandwidth": {"bytes_per_second": 100_000}},
    {"slices": {"size_bytes": 1}},
    {"drip": {}},
    {"stall": {"duration": 0.001}},
    {"operation_delay": {"delay": 0.001}},
]


@pytest.mark.parametrize("effect", DELAYS, ids=lambda effect: next(iter(effect)))
async def test_a_completion_names_the_faults_that_delayed_it_and_those_beside_it_name_none(
    effect: dict[str, Any], owner: Owner, peer: Listen
) -> None:
    one, near = await owner.connect(peer())
    other, far = await owner.connect(peer())
    await inject(owner, name="slow", target={"socket_id": one}, **effect)

    sends = [await owner.run(SendRequest(socket_id=each, data=b"hello")) for each in (one, other)]
    for each in (near, far):
        each.send(b"hello")
    receives = [
        await owner.run(ReceiveRequest(socket_id=each, length=5, wait_all=True)) for each in (one, other)
    ]

    assert [named(each) for each in (*sends, *receives)] == [["slow"], [], ["slow"], []]
    assert [each.HasField("cause") for each in (*sends, *receives)] == [False] * 4


async def test_a_completion_names_all_faults_that_had_a_part_in_it(owner: Owner, peer: Listen) -> None:
    socket, _ = await owner.connect(peer())
    for name in ("a", "b"):
        await inject(owner, name=name, latency={"delay": 0.001})
    await inject(owner, name="never", latency={"delay": 0.001}, timing={"probability": 0.0})
    await inject(owner, name="c", operation_delay={"delay": 0.001})

    assert sorted(named(await owner.run(SendRequest(socket_id=socket, data=b"x")))) == ["a", "b", "c"]


async def test_a_fault_that_is_over_is_named_by_nothing_that_comes_after_it(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    story = await owner.read()
    await inject(owner, name="slow", latency={"delay": 0.001}, target={"direction": 1})
    during = await owner.run(SendRequest(socket_id=socket, data=b"x"))

    await lift(owner, "slow")
    await ended(story, "slow")

    after = await owner.run(SendRequest(socket_id=socket, data=b"x"))
    assert (named(during), named(after)) == (["slow"], [])


async def test_an_end_that_a_fault_made_is_told_as_the_faults_and_a_real_one_has_no_cause(
    owner: Owner, peer: Listen
) -> None:
    one, _ = await owner.connect(peer(), callbacks=DISCONNECTS)
    other, far = await owner.connect(peer(), callbacks=DISCONNECTS)
    story = await owner.read()

    await inject(owner, name="over", half_close={}, target={"socket_id": one, "direction": 2})
    far.finish()

    injected = (await story.event("peer_disconnected", one)).peer_disconnected
    real = (await story.event("peer_disconnected", other)).peer_disconnected
    assert (injected.kind, real.kind) == (1, 1)
    assert (injected.cause.origin, injected.cause.fault_name) == (FAULT, "over")
    assert not real.HasField("cause")
    await fired(story, "over")


@pytest.mark.parametrize("seed", [7, 8])
async def test_in_a_storm_with_faults_every_end_that_is_a_faults_names_it_and_no_other_does(
    seed: int, agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    chances: dict[str, Any] = {
        "no-way": {"connect_failure": {}},
        "cut": {"reset": {}, "timing": {"probability": 0.2, "after": 0.01}},
        "fails": {"operation_failure": {}},
        "lies": {"operation_false_failure": {}},
        "short": {"short_write": {"bytes": 1}},
        "slow": {"latency": {"delay": 0.002}},
        "late": {"operation_delay": {"delay": 0.002}},
    }
    for name, fields in chances.items():
        await inject(owner, **{"name": name, "seed": seed, "timing": {"probability": 0.1}, **fields})

    story, _, _ = await weather(seed, owner, peer(receive_buffer=4096))

    completions = [event.completion for event in story.bodies("completion")]
    by_fault = [each for each in completions if each.cause.origin == FAULT]
    assert by_fault
    assert {each.cause.fault_name for each in by_fault} <= set(chances)
    for each in completions:
        assert (each.cause.origin == FAULT) == (each.cause.fault_name != ""), each
        assert each.HasField("cause") == (each.status != t.STATUS_SUCCESS), each
    assert agent.bugs == []
