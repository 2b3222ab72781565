"""Whoever wants more than its quota is refused, and nobody else notices; what frees things is never refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from tests.identities import bearer, someone
from tests.promises.neighbours import Move, Neighbours, datagram_socket, until
from tests.promises.owners import STALLING, Caller, Listen, Owner, refused

from telesock.server.core.identity import Quotas
from telesock.v1.agent_pb2 import GetAgentRequest
from telesock.v1.faults_pb2 import CreateFaultRequest, DeleteFaultRequest, Fault, UpdateFaultRequest
from telesock.v1.operations_pb2 import (
    CANCEL_OUTCOME_CANCELLED,
)
from telesock.v1.sessions_pb2 import (
    AcknowledgeEventsRequest,
    CloseSessionRequest,
    KeepAliveRequest,
)
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    CloseRequest,
    CreateSocketRequest,
    DisconnectRequest,
    EventCallbacks,
    ReceiveFromRequest,
    ReceiveRequest,
    ReleaseRequest,
    SendRequest,
)
from telesock.v1.types_pb2 import STATUS_SUCCESS

NOT_FOUND = grpc.StatusCode.NOT_FOUND
DENIED = grpc.StatusCode.PERMISSION_DENIED
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


Greed = Callable[[Owner, Neighbours, Listen], Awaitable[None]]


async def _open_sessions(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    for _ in range(10):
        await neighbours.opened("bob")


async def _make_sockets(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    others = [owner, await neighbours.opened("bob")]
    for number in range(10):
        await others[number % 2].run(CreateSocketRequest())


async def _leave_operations_pending(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    for each in (owner, await neighbours.opened("bob")):
        socket = await datagram_socket(each)
        for _ in range(2):
            await each.start(ReceiveFromRequest(socket_id=socket))


async def _send_to_who_does_not_read(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    for each in (owner, await neighbours.opened("bob")):
        socket, _ = await each.connect(peer(**STALLING))
        for _ in range(20):
            await each.start(SendRequest(socket_id=socket, data=b"x" * 500_000))


async def _fill_journals(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    for each in (owner, await neighbours.opened("bob")):
        for _ in range(20):
            await each.run(CreateSocketRequest())


async def _hurry(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    for _ in range(10):
        await owner.start(CreateSocketRequest())


async def _hurry_in_new_sessions(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    for _ in range(10):
        await owner.start(CreateSocketRequest())
        await owner.ask(CloseSessionRequest())
        owner = await neighbours.opened("bob")


async def _make_faults(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    for _ in range(10):
        await owner.ask(CreateFaultRequest(fault=Fault(name="lost", datagram_loss={})))
        await owner.ask(DeleteFaultRequest(name="lost"))


async def _change_faults(owner: Owner, neighbours: Neighbours, peer: Listen) -> None:
    fault = Fault(name="lost", datagram_loss={})
    await owner.ask(CreateFaultRequest(fault=fault))
    for _ in range(10):
        await owner.ask(UpdateFaultRequest(fault=fault))


EXHAUSTING: list[tuple[dict[str, Any], Greed, str, dict[str, str]]] = [
    ({"sessions": 3}, _open_sessions, "TOO_MANY_SESSIONS", {"scope": "identity", "limit": "3"}),
    ({"sockets": 3}, _make_sockets, "TOO_MANY_SOCKETS", {"scope": "identity", "limit": "3"}),
    (
        {"pending_operations": 3},
        _leave_operations_pending,
        "TOO_MANY_OPERATIONS",
        {"scope": "identity", "limit": "3"},
    ),
    (
        {"pending_send_bytes": 4_000_000},
        _send_to_who_does_not_read,
        "TOO_MANY_PENDING_BYTES",
        {"scope": "identity", "limit": "4000000"},
    ),
    ({"journal_bytes": 16_384}, _fill_journals, "JOURNAL_FULL", {"scope": "identity"}),
    (
        {"operations_per_second": 0.01},
        _hurry,
        "TOO_MANY_OPERATIONS_PER_SECOND",
        {"scope": "identity", "limit": "0.01"},
    ),
    (
        {"operations_per_second": 0.01},
        _hurry_in_new_sessions,
        "TOO_MANY_OPERATIONS_PER_SECOND",
        {"scope": "identity", "limit": "0.01"},
    ),
    (
        {"operations_per_second": 0.01},
        _make_faults,
        "TOO_MANY_OPERATIONS_PER_SECOND",
        {"scope": "identity", "limit": "0.01"},
    ),
    (
        {"operations_per_second": 0.01},
        _change_faults,
        "TOO_MANY_OPERATIONS_PER_SECOND",
        {"scope": "identity", "limit": "0.01"},
    ),
]


@pytest.mark.parametrize(("quotas", "greed", "reason", "facts"), EXHAUSTING)
async def test_who_wants_more_than_its_quota_is_refused_and_its_neighbour_does_not_notice(
    move_in: Move, peer: Listen, quotas: dict[str, Any], greed: Greed, reason: str, facts: dict[str, str]
) -> None:
    neighbours = await move_in(**quotas)
    ann, bob = await neighbours.opened("ann"), await neighbours.opened("bob")

    with refused(reason, EXHAUSTED) as info:
        await greed(bob, neighbours, peer)

    assert {key: info.metadata[key] for key in facts} == facts
    assert info.metadata["wsk_status"] == "STATUS_INSUFFICIENT_RESOURCES"
    for owner in (ann, await neighbours.opened("ann")):
        await _converse(owner, peer)
    quota = (await (await neighbours.caller("bob")).ask(GetAgentRequest())).agent.quotas
    assert {field.name: value for field, value in quota.ListFields()} == quotas


async def _converse(owner: Owner, peer: Listen) -> None:
    """Do some of everything that a quota can be for."""
    for _ in range(5):
        socket, far = await owner.connect(peer())
        receiving = [await owner.start(ReceiveRequest(socket_id=socket, length=1)) for _ in range(5)]
        assert (await owner.run(SendRequest(socket_id=socket, data=b"ask"))).status == STATUS_SUCCESS
        far.send(b"12345")
        assert [(await owner.finish(each)).receive.data for each in receiving] == [
            b"1",
            b"2",
            b"3",
            b"4",
            b"5",
        ]


async def test_an_identity_that_fills_its_journals_makes_nobody_else_forget(
    move_in: Move, peer: Listen
) -> None:
    neighbours = await move_in(journal_bytes=16_384)
    ann, bob = await neighbours.opened("ann"), await neighbours.opened("bob")
    for _ in range(3):
        await ann.run(CreateSocketRequest())
    await ann.ask(AcknowledgeEventsRequest(sequence=3))

    with refused("JOURNAL_FULL", EXHAUSTED):
        await _fill_journals(bob, neighbours, peer)

    assert (await ann.view()).first_retained_sequence == 1
    assert [event.sequence for event in await ann.events()] == [1, 2, 3]


async def test_what_frees_things_is_refused_for_no_quota_and_no_rate(move_in: Move, peer: Listen) -> None:
    neighbours = await move_in(sessions=1, sockets=2, pending_operations=3, journal_bytes=16_384)
    bob = await neighbours.opened("bob")
    indicating = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=65_536)
    first, far = await bob.connect(peer(), callbacks=indicating)
    second, silent = await bob.connect(peer())
    far.send(b"data")
    story = await bob.read()
    await story.until(lambda: any(event.HasField("data_received") for event in story.events))
    [told] = [event for event in story.events if event.HasField("data_received")]
    pending = []
    with refused("TOO_MANY_OPERATIONS", EXHAUSTED):
        for _ in range(10):
            pending.append(await bob.start(ReceiveRequest(socket_id=second, length=10)))
    with refused("TOO_MANY_SOCKETS", EXHAUSTED):
        neighbours.people.become(
            neighbours.agent, someone("bob", quotas=Quotas(sockets=2, operations_per_second=0.001))
        )
        await bob.start(CreateSocketRequest())
    with refused("TOO_MANY_OPERATIONS_PER_SECOND", EXHAUSTED):
        await bob.start(ReceiveRequest(socket_id=second, length=10))

    await bob.ask(ReleaseRequest(socket_id=first, sequence=told.sequence))
    assert await bob.cancel(pending[0]) == CANCEL_OUTCOME_CANCELLED
    assert (await bob.run(DisconnectRequest(socket_id=first))).status == STATUS_SUCCESS
    assert (await bob.run(CloseRequest(socket_id=second))).status == STATUS_SUCCESS
    await bob.ask(AcknowledgeEventsRequest(sequence=(await bob.view()).last_sequence))
    await bob.ask(KeepAliveRequest())
    silent.close()
    await bob.ask(CloseSessionRequest())


async def test_a_flood_of_failed_logins_delays_nobody_who_knows(
    neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telesock.server.service.attempts.wait_after", lambda failures: 3600.0)
    channel = await neighbours.channel("mallory")
    guesses = [
        asyncio.ensure_future(Caller(channel, bearer(f"guess {number}")).ask(GetAgentRequest()))
        for number in range(64)
    ]
    await until(lambda: len(neighbours.people.failures) == len(guesses))

    ann = await neighbours.opened("ann")
    await ann.run(CreateSocketRequest())

    assert not any(guess.done() for guess in guesses)
    with refused("CREDENTIALS_UNKNOWN", grpc.StatusCode.UNAUTHENTICATED):
        await Caller(channel, bearer("one guess more")).ask(GetAgentRequest())
    for guess in guesses:
        guess.cancel()
    await asyncio.gather(*guesses, return_exceptions=True)
