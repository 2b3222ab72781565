"""Receives are served in their order, each as its flags say, and all of them end with the stream."""

from collections.abc import Callable

from tests.peers import Peer
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, ReceiveResult
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Disconnect, Indications, OperationKind, Receive
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

KIB = 1024
SOON = 0.02  # seconds


def received(data: bytes, offset: int = 0, *, end: bool = False, moved: int | None = None) -> Completion:
    """Write the completion of a receive that succeeded."""
    count = len(data) if moved is None else moved
    return Completion(
        OperationKind.RECEIVE, Status.SUCCESS, count, result=ReceiveResult(data, offset, end_of_stream=end)
    )


async def all_completed(driver: Driver, *operations: Operation) -> list[Completion]:
    return [await driver.completed(operation) for operation in operations]


async def test_a_receive_takes_what_there_is_and_no_more_than_it_asked_for(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    first, second = (driver.ask(Receive(connection, length)) for length in (3, 100))

    far.send(b"12345678")

    assert await all_completed(driver, first, second) == [received(b"123"), received(b"45678", 3)]


async def test_a_receive_that_waits_for_all_collects_what_comes_in_pieces(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    whole = driver.ask(Receive(connection, 6, wait_all=True))
    rest = driver.ask(Receive(connection, 100))

    far.send(b"123")
    await driver.completed(driver.ask(Receive(connection, 0, timeout=SOON)))  # it stands behind the others
    before = whole.sequence
    far.send(b"45678")

    assert before == 0
    assert await all_completed(driver, whole, rest) == [received(b"123456"), received(b"78", 6)]


async def test_a_receive_that_waits_for_all_gets_what_there_is_at_the_end_of_the_stream(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    whole = driver.ask(Receive(connection, 100, wait_all=True))

    far.send(b"not all")
    far.finish()

    assert await driver.completed(whole) == received(b"not all", end=True)


async def test_every_pending_receive_completes_with_nothing_at_the_end_of_the_stream(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    receives = [driver.ask(Receive(connection, 10)) for _ in range(3)]

    far.finish()

    assert await all_completed(driver, *receives) == [received(b"", end=True)] * 3
    assert driver.order(*receives) == [0, 1, 2]
    assert await driver.completed(driver.ask(Receive(connection, 10))) == received(b"", end=True)


async def test_data_before_the_end_is_received_before_the_end(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    far.send(b"last words")
    far.finish()

    receives = [driver.ask(Receive(connection, 5)) for _ in range(3)]

    assert await all_completed(driver, *receives) == [
        received(b"last "),
        received(b"words", 5),
        received(b"", 10, end=True),
    ]


async def test_a_peek_returns_what_the_next_receive_returns_again(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    peeks = [driver.ask(Receive(connection, length, peek=True)) for length in (3, 100)]
    take = driver.ask(Receive(connection, 100))

    far.send(b"12345")

    assert await all_completed(driver, *peeks, take) == [
        received(b"123"),
        received(b"12345"),
        received(b"12345"),
    ]


async def test_a_peek_at_the_end_of_the_stream_sees_the_end(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    peek = driver.ask(Receive(connection, 10, peek=True))

    far.finish()

    assert await driver.completed(peek) == received(b"", end=True)


async def test_a_drain_throws_away_all_until_the_end_and_says_how_much(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    head = driver.ask(Receive(connection, 4))
    drain = driver.ask(Receive(connection, 0, drain=True))
    behind = driver.ask(Receive(connection, 4))

    far.send(b"head" + bytes(3000 * KIB))
    far.finish()

    assert await all_completed(driver, head, drain, behind) == [
        received(b"head"),
        received(b"", 4 + 3000 * KIB, end=True, moved=3000 * KIB),
        received(b"", 4 + 3000 * KIB, end=True),
    ]


async def test_a_receive_of_nothing_completes_at_once_and_takes_nothing(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())

    nothing = driver.ask(Receive(connection, 0))
    far.send(b"data")

    assert driver.completion(nothing) == received(b"")
    assert await driver.completed(driver.ask(Receive(connection, 10))) == received(b"data")


async def test_a_mix_of_peek_all_and_drain_gives_each_its_part(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), Indications.DATA)
    peek = driver.ask(Receive(connection, 2, peek=True))
    nothing = driver.ask(Receive(connection, 0))
    whole = driver.ask(Receive(connection, 4, wait_all=True))
    drain = driver.ask(Receive(connection, 0, drain=True, timeout=SOON))

    far.send(b"123456789")
    completions = await all_completed(driver, peek, nothing, whole, drain)
    far.send(b"and now unasked")
    await driver.until(lambda: bool(driver.indicated(connection)))

    assert completions[:3] == [received(b"12"), received(b""), received(b"1234")]
    assert (failed(completions[3]), completions[3].transferred_bytes) == (
        (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.RECEIVE, ""),
        5,
    )
    assert driver.indicated(connection) == [b"and now unasked"]
    assert driver.connection(connection).receive_offset == 9 + 15


async def test_a_receive_that_times_out_gives_back_what_it_had_collected(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    whole = driver.ask(Receive(connection, 10, wait_all=True, timeout=SOON))
    behind = driver.ask(Receive(connection, 10))
    far.send(b"123")

    timed_out = await driver.completed(whole)
    far.send(b"45")

    assert failed(timed_out) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.RECEIVE, "")
    assert (timed_out.transferred_bytes, timed_out.result) == (
        3,
        ReceiveResult(b"123", 0, end_of_stream=False),
    )
    assert await driver.completed(behind) == received(b"45", 3)


async def test_a_cancelled_receive_takes_nothing_from_those_beside_it(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    first, second, third = (driver.ask(Receive(connection, 4)) for _ in range(3))

    outcome = driver.engine.cancel(driver.session, second.operation_id)
    far.send(b"12345678")

    assert outcome is CancelOutcome.CANCELLED
    assert failed(await driver.completed(second)) == (Status.CANCELLED, Origin.CANCEL, Phase.RECEIVE, "")
    assert await all_completed(driver, first, third) == [received(b"1234"), received(b"5678", 4)]


async def test_an_abort_ends_every_receive_and_what_had_arrived_is_gone(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    whole = driver.ask(Receive(connection, 10, wait_all=True))
    behind = driver.ask(Receive(connection, 10))
    far.send(b"123")
    await driver.completed(driver.ask(Receive(connection, 0, timeout=SOON)))

    driver.ask(Disconnect(connection, abortive=True))
    completions = await all_completed(driver, whole, behind)

    aborted = (Status.CONNECTION_ABORTED, Origin.CANCEL, Phase.RECEIVE, "")
    assert [(failed(each), each.transferred_bytes) for each in completions] == [(aborted, 3), (aborted, 0)]
    assert driver.state(connection) is State.ABORTED
