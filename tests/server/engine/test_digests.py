"""A digest of pieces is the digest of the whole, and a difference is found wherever the pieces end."""

import hashlib
from itertools import pairwise

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telesock.server.core.events import ReceiveResult
from telesock.server.core.pattern import BLOCK, PatternReader
from telesock.server.core.requests import Digest, Pattern, Receive
from telesock.server.engine.digests import Digesting, digesting

SEED = 3
OFFSET = BLOCK - 500
WHOLE = PatternReader(SEED).piece(OFFSET, BLOCK) + PatternReader(SEED).piece(BLOCK, 500)
KNOWN = b"123456789"  # what the check values of checksums are of


def test_the_digests_are_those_of_their_standards() -> None:
    kept = {digest: Digesting(digest, None) for digest in (Digest.COUNT, Digest.SHA256, Digest.CRC32C)}
    for each in kept.values():
        each.take(KNOWN)

    assert {digest: each.digest for digest, each in kept.items()} == {
        Digest.COUNT: b"",
        Digest.SHA256: bytes.fromhex("15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        Digest.CRC32C: bytes.fromhex("e3069283"),
    }


def test_the_digest_of_nothing_is_there_too() -> None:
    assert Digesting(Digest.SHA256, None).digest == hashlib.sha256().digest()
    assert Digesting(Digest.CRC32C, None).digest == bytes(4)


@given(st.lists(st.integers(0, len(WHOLE)), max_size=6), st.none() | st.integers(0, len(WHOLE) - 1))
def test_pieces_give_what_the_whole_gives(cuts: list[int], place: int | None) -> None:
    data = bytearray(WHOLE)
    if place is not None:
        data[place] ^= 0x40
    sha256 = Digesting(Digest.SHA256, Pattern(SEED, OFFSET))
    crc32c = Digesting(Digest.CRC32C, None)
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        for each in (sha256, crc32c):
            each.take(bytes(data[start:end]))

    assert (sha256.count, sha256.digest, sha256.first_difference) == (
        len(data),
        hashlib.sha256(data).digest(),
        place,
    )
    assert crc32c.digest == int(google_crc32c.value(bytes(data))).to_bytes(4, "big")


def test_only_the_first_of_several_differences_is_kept() -> None:
    kept = Digesting(Digest.COUNT, Pattern(SEED, OFFSET))

    for piece in (WHOLE[:100], bytes(100), bytes(100)):
        kept.take(piece)

    place = next(place for place, byte in enumerate(WHOLE[100:]) if byte)
    assert kept.first_difference == 100 + place


def test_a_result_begins_where_its_bytes_did_and_has_none_of_them() -> None:
    kept = Digesting(Digest.CRC32C, Pattern(SEED, OFFSET))
    kept.take(WHOLE[:10])

    assert kept.result(1010, end=True) == ReceiveResult(b"", 1000, True, kept.digest, None)


@pytest.mark.parametrize(
    "request_", [Receive(1, 5, digest=Digest.COUNT), Receive(1, 5, check=Pattern(SEED, 0))]
)
def test_a_receive_with_a_digest_or_a_check_keeps_that(request_: Receive) -> None:
    assert digesting(request_) is not None


def test_a_receive_with_neither_keeps_its_bytes() -> None:
    assert digesting(Receive(1, 5)) is None
