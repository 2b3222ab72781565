"""Bytes made from a seed and kept as a digest: what the peer sees of the one, what is told of the other."""

import hashlib
from collections.abc import Callable

import google_crc32c
import pytest
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.refusals import refused
from tests.wire.story import status_of

from telesock.v1 import sockets_pb2

BLOCK = 65_536
Listen = Callable[..., Peer]


def pattern(seed: int, offset: int, length: int) -> bytes:
    """The bytes as the contract defines them."""
    blocks = range(offset // BLOCK, (offset + length) // BLOCK + 1)
    made = b"".join(
        hashlib.shake_128(seed.to_bytes(8, "little") + block.to_bytes(8, "little")).digest(BLOCK)
        for block in blocks
    )
    return made[offset % BLOCK :][:length]


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
@pytest.mark.parametrize("offset", [0, 65_535, 5 * BLOCK + 7])
async def test_a_pattern_arrives_as_its_seed_and_offset_say(
    seed: int, offset: int, caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    length = 2 * BLOCK + 1

    sending = await caller.send(
        connection, b"", pattern={"seed": seed, "offset": offset}, pattern_length=length
    )
    await caller.send(connection, b"after")

    assert (await caller.wait(sending)).transferred_bytes == length
    await far.until_received(pattern(seed, offset, length) + b"after")


DIGESTS: dict[sockets_pb2.Digest, Callable[[bytes], bytes]] = {
    sockets_pb2.DIGEST_COUNT: lambda data: b"",
    sockets_pb2.DIGEST_SHA256: lambda data: hashlib.sha256(data).digest(),
    sockets_pb2.DIGEST_CRC32C: lambda data: int(google_crc32c.value(data)).to_bytes(4, "big"),
}


@pytest.mark.parametrize("digest", DIGESTS)
async def test_a_receive_keeps_the_digest_that_was_asked_for_and_not_the_bytes(
    digest: sockets_pb2.Digest, caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    data = pattern(3, 0, 3_000_000)  # more than a receive of bytes may ask for
    receiving = await caller.receive(connection, len(data), wait_all=True, digest=digest)

    far.send(data + b"rest")

    completion = await caller.wait(receiving)
    assert (status_of(completion), completion.transferred_bytes) == ("SUCCESS", len(data))
    assert (completion.receive.data, completion.receive.digest) == (b"", DIGESTS[digest](data))
    rest = await caller.wait(await caller.receive(connection, 4, wait_all=True))
    assert (rest.receive.data, rest.receive.stream_offset) == (b"rest", len(data))


async def test_a_check_tells_the_first_byte_that_differs(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    data = bytearray(pattern(9, 100, 200_000))
    data[123_456] ^= 1
    data[150_000] ^= 1
    checking = await caller.receive(connection, len(data), wait_all=True, check={"seed": 9, "offset": 100})

    far.send(bytes(data))

    completion = await caller.wait(checking)
    assert status_of(completion) == "SUCCESS"
    assert (completion.receive.first_difference, completion.receive.data) == (123_456, b"")


async def test_a_digest_of_a_stream_that_ends_early_is_of_what_there_was(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    receiving = await caller.receive(
        connection, 1 << 40, wait_all=True, digest=sockets_pb2.DIGEST_SHA256, check={"seed": 9}
    )

    far.send(pattern(9, 0, 1000))
    far.finish()

    completion = await caller.wait(receiving)
    assert (completion.transferred_bytes, completion.receive.end_of_stream) == (1000, True)
    assert completion.receive.digest == hashlib.sha256(pattern(9, 0, 1000)).digest()
    assert not completion.receive.HasField("first_difference")


async def test_a_pattern_in_the_middle_is_too_late_to_cancel_and_an_abort_ends_it(
    caller: Caller, peer: Listen
) -> None:
    connection, _ = await caller.meet(peer(receive_buffer=4096, reading=False))
    sending = await caller.send(connection, b"", pattern={"seed": 1}, pattern_length=1 << 40)

    assert await caller.cancel(sending) == "TOO_LATE"
    await caller.abort(connection)

    completion = await caller.wait(sending)
    assert status_of(completion) == "CONNECTION_ABORTED"
    assert 0 < completion.transferred_bytes < 1 << 40


@pytest.mark.parametrize(
    "fields",
    [
        {"data": b"x", "pattern": {"seed": 1}, "pattern_length": 1},
        {"data": b"", "pattern_length": 1},
        {"data": b"", "pattern": {"seed": 1}, "pattern_length": 2**62 + 1},
    ],
)
async def test_a_send_is_of_data_or_of_a_pattern(
    fields: dict[str, object], caller: Caller, peer: Listen
) -> None:
    connection, _ = await caller.meet(peer())

    assert await refused(caller.send(connection, **fields)) == ("INVALID_ARGUMENT", "MALFORMED")  # type: ignore[arg-type]  # fields of a request
