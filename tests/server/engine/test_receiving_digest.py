"""A receive with a digest or a check is a receive that keeps nothing of its bytes but what it tells of them."""

import hashlib
from collections.abc import Callable

import google_crc32c
import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, ReceiveResult
from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.core.pattern import BLOCK, PatternData
from telesock.server.core.requests import Digest, Disconnect, Indications, OperationKind, Pattern, Receive
from telesock.server.core.status import Origin, Phase, Status

Listen = Callable[..., Peer]

KIB = 1024
SOON = 0.02  # seconds
SEED, OFFSET = 9, BLOCK - 100
CHECK = Pattern(SEED, OFFSET)
KEPT: dict[Digest, Callable[[bytes], bytes]] = {
    Digest.COUNT: lambda data: b"",
    Digest.SHA256: lambda data: hashlib.sha256(data).digest(),
    Digest.CRC32C: lambda data: int(google_crc32c.value(data)).to_bytes(4, "big"),
}


def made(length: int) -> bytes:
    data, whole = PatternData(SEED, OFFSET, length), b""
    while len(whole) < length:
        whole += data.piece(len(whole))
    return whole


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def kept(
    count: int, digest: bytes = b"", offset: int = 0, *, end: bool = False, difference: int | None = None
) -> Completion:
    """Write the completion of such a receive that succeeded."""
    result = ReceiveResult(b"", offset, end, digest, difference)
    return Completion(OperationKind.RECEIVE, Status.SUCCESS, count, result=result)


def told(completion: Completion) -> tuple[int, object]:
    return completion.transferred_bytes, completion.result


async def until_taken(driver: Driver, operation: Operation, count: int) -> None:
    """Wait until a receive has so many bytes and is not done."""
    await driver.until_seen(lambda: operation.moved == count)
    assert operation.sequence == 0


@pytest.mark.parametrize("digest", KEPT)
async def test_a_receive_that_waits_for_all_digests_what_comes_in_pieces_and_no_more(
    digest: Digest, driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    head = driver.ask(Receive(connection, 4))
    whole = driver.ask(Receive(connection, 300 * KIB, wait_all=True, digest=digest))
    rest = driver.ask(Receive(connection, 10))
    data = made(300 * KIB)

    far.send(b"head" + data[:1000])
    await until_taken(driver, whole, 1000)
    far.send(data[1000:] + b"rest")

    await driver.completed(head)
    assert await driver.completed(whole) == kept(300 * KIB, KEPT[digest](data), 4)
    assert told(await driver.completed(rest)) == (
        4,
        ReceiveResult(b"rest", 4 + 300 * KIB, end_of_stream=False),
    )


async def test_a_receive_that_does_not_wait_digests_what_there_is(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    receive = driver.ask(Receive(connection, 1 << 62, digest=Digest.SHA256))

    far.send(b"12345")

    assert await driver.completed(receive) == kept(5, sha256(b"12345"))


async def test_each_receive_has_a_digest_of_its_own(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    receives = [
        driver.ask(Receive(connection, 3, wait_all=True, digest=digest))
        for digest in (Digest.SHA256, Digest.COUNT, Digest.CRC32C)
    ]

    far.send(b"abcdefghi")

    assert [await driver.completed(receive) for receive in receives] == [
        kept(3, sha256(b"abc")),
        kept(3, b"", 3),
        kept(3, KEPT[Digest.CRC32C](b"ghi"), 6),
    ]


async def test_a_check_alone_counts_and_finds_no_difference_in_the_pattern(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    receive = driver.ask(Receive(connection, 400 * KIB, wait_all=True, check=CHECK))

    far.send(made(400 * KIB))

    assert await driver.completed(receive) == kept(400 * KIB)


@pytest.mark.parametrize("place", [0, 99, 100, 3 * BLOCK + 5, 400 * KIB - 1])
async def test_a_check_tells_the_first_difference_from_the_first_byte_of_the_receive(
    place: int, driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    driver.ask(Receive(connection, 4))
    receive = driver.ask(Receive(connection, 400 * KIB, wait_all=True, digest=Digest.SHA256, check=CHECK))
    data = bytearray(made(400 * KIB))
    data[place] ^= 1
    data[-1] ^= 2

    far.send(b"head" + data)

    assert await driver.completed(receive) == kept(400 * KIB, sha256(bytes(data)), 4, difference=place)


@pytest.mark.parametrize("digest", KEPT)
async def test_at_the_end_of_the_stream_each_receive_has_the_digest_of_what_it_got(
    digest: Digest, driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    receives = [driver.ask(Receive(connection, 100, wait_all=True, digest=digest)) for _ in range(3)]

    far.send(b"not all")
    far.finish()

    nothing = kept(0, KEPT[digest](b""), 7, end=True)
    assert [await driver.completed(receive) for receive in receives] == [
        kept(7, KEPT[digest](b"not all"), end=True),
        nothing,
        nothing,
    ]
    assert await driver.completed(driver.ask(Receive(connection, 100, digest=digest))) == nothing


async def test_a_receive_of_nothing_has_the_digest_of_nothing(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())

    nothing = driver.ask(Receive(connection, 0, digest=Digest.SHA256))

    assert driver.completion(nothing) == kept(0, sha256(b""))


async def test_a_cancelled_receive_has_the_digest_of_what_it_got_and_leaves_the_rest(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    first, second = (
        driver.ask(Receive(connection, 100, wait_all=True, digest=Digest.SHA256, check=CHECK))
        for _ in range(2)
    )
    far.send(b"wrong")
    await until_taken(driver, first, 5)

    for each in (second, first):
        driver.engine.cancel(driver.session, each.operation_id)
    far.send(b"rest")

    cancelled = (Status.CANCELLED, Origin.CANCEL, Phase.RECEIVE, "")
    completions = [await driver.completed(each) for each in (first, second)]
    assert [failed(each) for each in completions] == [cancelled] * 2
    assert [told(each) for each in completions] == [
        (5, ReceiveResult(b"", 0, end_of_stream=False, digest=sha256(b"wrong"), first_difference=0)),
        (0, ReceiveResult(b"", 5, end_of_stream=False, digest=sha256(b""))),
    ]
    rest = await driver.completed(driver.ask(Receive(connection, 10)))
    assert told(rest) == (4, ReceiveResult(b"rest", 5, end_of_stream=False))


async def test_a_receive_that_times_out_has_the_digest_of_what_it_got(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    far.send(b"12345")
    await driver.until_seen(lambda: driver.connection(connection).receives.waiting == 5)

    receive = driver.ask(Receive(connection, 100, wait_all=True, digest=Digest.SHA256, timeout=SOON))

    completion = await driver.completed(receive)
    assert failed(completion) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.RECEIVE, "")
    assert told(completion) == (
        5,
        ReceiveResult(b"", 0, end_of_stream=False, digest=sha256(b"12345")),
    )


async def test_an_abort_leaves_each_receive_the_digest_of_what_it_got(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    receives = [driver.ask(Receive(connection, 100, wait_all=True, digest=Digest.SHA256)) for _ in range(2)]
    far.send(b"12345")
    await until_taken(driver, receives[0], 5)

    driver.ask(Disconnect(connection, abortive=True))

    completions = [await driver.completed(receive) for receive in receives]
    assert [each.status for each in completions] == [Status.CONNECTION_ABORTED] * 2
    assert [told(each) for each in completions] == [
        (5, ReceiveResult(b"", 0, end_of_stream=False, digest=sha256(b"12345"))),
        (0, ReceiveResult(b"", 5, end_of_stream=False, digest=sha256(b""))),
    ]


async def test_a_reset_leaves_a_receive_the_digest_of_all_that_had_arrived(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    receive = driver.ask(Receive(connection, 1 << 40, wait_all=True, digest=Digest.SHA256, check=CHECK))
    far.send(made(100 * KIB))
    await until_taken(driver, receive, 100 * KIB)

    far.reset()

    completion = await driver.completed(receive)
    assert failed(completion) == (Status.CONNECTION_RESET, Origin.PEER, Phase.RECEIVE, "ECONNRESET")
    assert told(completion) == (
        100 * KIB,
        ReceiveResult(b"", 0, end_of_stream=False, digest=sha256(made(100 * KIB))),
    )


async def test_a_digest_needs_no_room_in_the_journal_for_its_bytes(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_bytes=16 * KIB))
    connection, far = await driver.meet(peer())
    receive = driver.ask(Receive(connection, 1024 * KIB, wait_all=True, digest=Digest.SHA256))

    far.send(bytes(1024 * KIB))

    assert await driver.completed(receive) == kept(1024 * KIB, sha256(bytes(1024 * KIB)))


async def test_data_that_was_refused_comes_first_into_a_digest(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), Indications.DATA)
    far.send(b"refused")
    await driver.until_indicated(connection, b"refused")
    driver.release(connection, b"refused", 2)

    receive = driver.ask(Receive(connection, 9, wait_all=True, digest=Digest.SHA256))
    far.send(b"more")

    assert await driver.completed(receive) == kept(9, sha256(b"fusedmore"), 2)
