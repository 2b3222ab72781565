"""Whatever a chain is made of and whatever happens meanwhile, each of its operations completes once, the chain last."""

import asyncio
import contextlib
import random
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.ports import unused_port
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import ChainResult, Completion
from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Bind,
    Chain,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Link,
    OperationKind,
    Receive,
    Repeat,
    Resolve,
    Send,
    SocketRequest,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]


def chain_of(driver: Driver, *requests: SocketRequest | Resolve, **fields: object) -> list[Operation]:
    """Submit a chain; return its operation and those of its links."""
    operation = driver.ask(Chain(tuple(map(Link, requests)), **fields))  # type: ignore[arg-type]  # fields of a chain
    first = operation.operation_id
    return [operation, *(driver.session.ledger.find(first + 1 + place) for place in range(len(requests)))]


def any_request(chance: random.Random, port: int) -> SocketRequest | Resolve:
    number = chance.randint(1, 4)
    requests: list[SocketRequest | Resolve] = [
        Connect(number, Endpoint("127.0.0.1", chance.choice([port, unused_port()])), make=True),
        CreateSocket(number, chance.choice(list(Category)), Family.IPV4),
        Bind(number, Endpoint("127.0.0.1", 0)),
        Send(number, b"x"),
        Receive(number, 1, timeout=chance.choice([None, 0.001])),
        Disconnect(number, timeout=chance.choice([None, 0.001])),
        Close(number),
        Resolve("127.0.0.1"),
    ]
    return chance.choice(requests)


@pytest.mark.parametrize("seed", range(150))
async def test_any_chain_completes_each_operation_once_and_itself_last(
    seed: int, driver: Driver, peer: Listen
) -> None:
    chance, listener = random.Random(seed), peer()
    chains: list[list[Operation]] = []
    with driver.reading():
        for _ in range(chance.randint(1, 3)):
            links = tuple(
                Link(any_request(chance, listener.port), hard=chance.random() < 0.3)
                for _ in range(chance.randint(1, 8))
            )
            timeout = chance.choice([None, 0.002])
            operation = driver.ask(Chain(links, timeout=timeout))
            numbers = range(operation.operation_id, operation.operation_id + len(links) + 1)
            chains.append([driver.session.ledger.find(number) for number in numbers])
            for _ in range(chance.randint(0, 5)):
                await asyncio.sleep(0)
            if chance.random() < 0.3:
                driver.engine.cancel(driver.session, chance.choice(chains[-1]).operation_id)
            if chance.random() < 0.2:
                with contextlib.suppress(Refused):
                    driver.ask(Close(chance.randint(1, 4)))
        driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)

        assert driver.session.ledger.pending == 0
        assert driver.session.jobs == {}
        for whole, *links_of_it in chains:
            for operation in (whole, *links_of_it):
                assert driver.completion(operation) is not None
            assert whole.sequence == max(each.sequence for each in (whole, *links_of_it))


async def test_a_chain_without_room_for_all_of_it_is_refused_and_gives_back_what_it_had(
    agent: Agent,
) -> None:
    driver = agent.start(Limits(journal_events=4))
    reserved = driver.session.journal.reserved

    refused = driver.refused(Chain(tuple(Link(Resolve("127.0.0.1")) for _ in range(8))))

    assert refused.reason is Reason.JOURNAL_FULL
    assert (driver.session.journal.reserved, driver.session.ledger.highest_id) == (reserved, 0)


async def test_a_cancelled_link_keeps_those_behind_it_from_starting_and_names_itself(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    chain, receiving, sending, closing = chain_of(
        driver, Receive(connection, 1), Send(connection, b"never"), Close(connection)
    )

    assert driver.engine.cancel(driver.session, sending.operation_id) is CancelOutcome.CANCELLED
    far.send(b"!")

    completions = [await driver.completed(each) for each in (receiving, sending, closing, chain)]
    assert [each.status for each in completions] == [
        Status.SUCCESS,
        Status.CANCELLED,
        Status.CANCELLED,
        Status.CANCELLED,
    ]
    assert completions[2].cancelled_by_operation == sending.operation_id
    assert completions[3].result == ChainResult(0, 1)
    await driver.close(connection)


async def test_a_repeated_chain_leaves_nothing_in_ledger_and_journal_but_itself(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    before = driver.session.journal.last_sequence

    chain = driver.ask(Chain((Link(Send(connection, b"ab")),), repeat=Repeat(500)))
    completion = await driver.completed(chain)

    assert completion == Completion(OperationKind.CHAIN, Status.SUCCESS, 1000, None, ChainResult(500))
    assert (driver.session.journal.last_sequence, driver.session.ledger.pending) == (before + 1, 0)
    await far.until_received(b"ab" * 500)
    await driver.close(connection)


async def test_a_repetition_lets_others_have_their_turns(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())
    chain = driver.ask(Chain((Link(Send(connection, b"x")),), repeat=Repeat(2**32 - 1)))

    for _ in range(100):
        await asyncio.sleep(0)

    assert chain.sequence == 0
    assert driver.engine.cancel(driver.session, chain.operation_id) is CancelOutcome.CANCELLED
    await driver.close(connection)
