"""Repeated chains: rounds, their pace, and that nothing of them stays behind in a socket."""

import asyncio
import random
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import ChainProgress, ChainResult, ReceiveResult
from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.core.rate import Rate
from telesock.server.core.requests import Chain, Close, Digest, Link, Receive, Repeat, Send, SocketRequest
from telesock.server.core.session import SessionEnd
from telesock.server.core.status import Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

FOR_EVER = 2**32 - 1


def repeat(
    driver: Driver, rounds: Repeat, *requests: SocketRequest, timeout: float | None = None
) -> Operation:
    return driver.ask(Chain(tuple(map(Link, requests)), timeout=timeout, repeat=rounds))


def count_of(connection: int, length: int) -> Receive:
    return Receive(connection, length, wait_all=True, digest=Digest.COUNT)


def progress(driver: Driver, chain: Operation) -> list[ChainProgress]:
    events = [event for event in driver.events if event.operation_id == chain.operation_id]
    return [event.body for event in events if isinstance(event.body, ChainProgress)]


async def test_a_cancelled_repetition_takes_its_receive_back(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    chain = repeat(driver, Repeat(10), count_of(connection, 4))

    assert driver.engine.cancel(driver.session, chain.operation_id) is CancelOutcome.CANCELLED

    assert driver.session.sockets[connection].pending == 0
    far.send(b"data")
    received = await driver.completed(driver.ask(Receive(connection, 4, wait_all=True)))
    assert isinstance(received.result, ReceiveResult)
    assert received.result.data == b"data"
    await driver.close(connection)


async def test_a_repetition_that_times_out_takes_its_receive_back(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    chain = repeat(driver, Repeat(10), count_of(connection, 4), timeout=0.01)
    far.send(b"four")

    completion = await driver.completed(chain)

    assert (completion.status, completion.result) == (Status.IO_TIMEOUT, ChainResult(1, 0))
    assert driver.session.sockets[connection].pending == 0
    await driver.close(connection)


async def test_a_closed_socket_ends_the_repetition_that_runs_on_it_before_its_close(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    chain = repeat(driver, Repeat(10), count_of(connection, 2))
    far.send(b"ab")
    await driver.until_seen(lambda: driver.session.sockets[connection].receive_offset == 2)
    await driver.until_seen(lambda: driver.session.sockets[connection].pending == 1)

    await driver.close(connection)

    completion = await driver.completed(chain)
    assert (completion.status, completion.transferred_bytes) == (Status.CANCELLED, 2)
    assert completion.result == ChainResult(1, 0)


async def test_a_repetition_whose_socket_was_closed_between_two_rounds_fails_with_the_next(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    chain = repeat(driver, Repeat(3, interval=0.05), Send(connection, b"x"))
    await far.until_bytes(1)

    await driver.close(connection)

    completion = await driver.completed(chain)
    assert (completion.status, completion.result) == (Status.INVALID_DEVICE_STATE, ChainResult(1, 0))


async def test_a_repetition_ends_with_its_session_also_between_two_rounds(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    with driver.reading():
        chain = repeat(driver, Repeat(3, interval=3600), Send(connection, b"x"))
        await far.until_bytes(1)

        driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)

        completion = await driver.completed(chain)
        assert (completion.status, completion.result) == (Status.CANCELLED, ChainResult(1))


async def test_a_hard_link_is_done_in_the_round_that_fails_and_no_round_follows(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    links = (
        Link(Send(99, b"nobody")),
        Link(Send(connection, b"soft")),
        Link(Send(connection, b"!"), hard=True),
    )

    completion = await driver.completed(driver.ask(Chain(links, repeat=Repeat(5))))

    assert (completion.status, completion.transferred_bytes) == (Status.INVALID_DEVICE_STATE, 1)
    assert completion.result == ChainResult(0, 0)
    await driver.close(connection)
    await far.until_end()
    assert bytes(far.received) == b"!"


async def test_progress_is_told_as_far_as_the_journal_has_room(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_events=12))
    connection, _ = await driver.meet(peer())

    chain = repeat(driver, Repeat(50, progress_every=1), Send(connection, b"ab"))

    completion = await driver.completed(chain)
    told = progress(driver, chain)
    assert (completion.status, completion.result) == (Status.SUCCESS, ChainResult(50))
    assert told == [ChainProgress(number, 2 * number) for number in range(1, len(told) + 1)]
    assert 0 < len(told) < 50
    await driver.close(connection)


async def test_a_round_that_is_late_is_followed_at_once_and_those_after_it_are_not_hurried(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    interval = 0.3
    chain = repeat(driver, Repeat(3, interval, progress_every=1), count_of(connection, 1))
    await asyncio.sleep(interval)  # the first round waits for its data meanwhile

    far.send(b"abc")
    await driver.until(lambda: bool(progress(driver, chain)))
    for _ in range(10):
        await asyncio.sleep(0)

    assert len(progress(driver, chain)) == 2
    await driver.completed(chain)
    events = [event for event in driver.events if isinstance(event.body, ChainProgress)]
    assert events[2].clock.monotonic_ns - events[0].clock.monotonic_ns >= interval * 1e9
    await driver.close(connection)


@pytest.mark.parametrize("seed", range(60))
async def test_whatever_ends_a_repetition_it_completes_once_and_leaves_nothing_in_its_socket(
    seed: int, driver: Driver, peer: Listen
) -> None:
    chance = random.Random(seed)
    connection, far = await driver.meet(peer())
    far.send(b"x" * chance.randint(0, 40))
    requests: list[SocketRequest] = [
        chance.choice((Send(connection, b"y"), count_of(connection, chance.randint(1, 3))))
        for _ in range(chance.randint(1, 3))
    ]
    interval, timeout = chance.choice([None, 0.0005]), chance.choice([None, 0.005])
    chain = repeat(driver, Repeat(chance.choice([3, FOR_EVER]), interval), *requests, timeout=timeout)
    for _ in range(chance.randint(0, 20)):
        await asyncio.sleep(0)

    ending = chance.choice(["cancel", "close", "reset"])
    if ending == "cancel":
        driver.engine.cancel(driver.session, chain.operation_id)
    elif ending == "close":
        driver.ask(Close(connection))
    else:
        far.reset()

    await driver.completed(chain)
    assert driver.session.jobs == {}
    if connection in driver.session.sockets:
        assert driver.session.sockets[connection].pending == 0
        await driver.close(connection)
    assert driver.session.ledger.pending == 0


async def test_a_repetition_begins_no_more_operations_in_a_second_than_its_session_may(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(limits=Limits(session_operations_per_second=20.0))
    began = asyncio.get_running_loop().time()
    connection, _ = await driver.meet(peer())
    chain = repeat(driver, Repeat(FOR_EVER, progress_every=1), Send(connection, b"x"))

    await driver.until(lambda: len(progress(driver, chain)) >= 25)  # more than the burst

    elapsed = asyncio.get_running_loop().time() - began
    assert len(progress(driver, chain)) <= 20 + 20 * elapsed
    assert driver.engine.cancel(driver.session, chain.operation_id) is CancelOutcome.CANCELLED


async def test_a_repetition_that_is_cancelled_while_it_waits_for_its_rate_gives_back_what_it_reserved(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(limits=Limits(session_operations_per_second=3.0))
    connection, _ = await driver.meet(peer())
    rate = driver.session.rate = Rate(0.001, driver.engine.loop.time())
    chain = repeat(driver, Repeat(FOR_EVER, progress_every=1), Send(connection, b"x"))
    await driver.until(lambda: bool(progress(driver, chain)))
    for _ in range(3):  # the next round has been asked for, a turn of the loop later
        await asyncio.sleep(0)
    reserved = rate.wait()

    assert driver.engine.cancel(driver.session, chain.operation_id) is CancelOutcome.CANCELLED

    assert (await driver.completed(chain)).status is Status.CANCELLED
    assert (reserved > 1900.0, 900.0 < rate.wait() <= 1000.0) == (True, True)
