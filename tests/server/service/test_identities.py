"""Who is known by which proof, and that tokens are compared as if time could be measured."""

import hashlib
import hmac
from typing import Any

import pytest
from tests.identities import someone

from telesock.server.core.identity import Identity
from telesock.server.service import identities as module
from telesock.server.service.identities import Identities, SocketFile, hash_token

ANN, BOB = Identity("ann"), Identity("bob")


@pytest.fixture
def known() -> Identities:
    return Identities(
        [
            someone("ann", tokens=["old", "new"], certificates=["ann.lab", "spiffe://lab/ann"]),
            someone("bob", tokens=["his"], certificates=["bob.lab"], socket=SocketFile("/run/bob")),
        ]
    )


@pytest.mark.parametrize(
    ("token", "identity"),
    [
        ("old", ANN),
        ("new", ANN),
        ("his", BOB),
        ("hi", None),
        ("his ", None),
        ("HIS", None),
        ("", None),
        ("ä", None),
    ],
)
def test_a_token_is_its_identitys_and_nothing_like_it_is(
    known: Identities, token: str, identity: Identity | None
) -> None:
    assert known.by_token(token) == identity


def test_a_token_is_known_by_its_plain_hash_and_so_is_no_hash_itself(known: Identities) -> None:
    assert hash_token("his") == hashlib.sha256(b"his").digest()
    assert known.by_token(f"sha256:{hash_token('his').hex()}") is None
    assert known.by_token(hash_token("his").hex()) is None


@pytest.mark.parametrize("token", ["old", "his", "nobody's"])
def test_a_token_is_compared_with_every_one_in_constant_time(
    known: Identities, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []

    class Watched:
        """The comparison, and a list of what was compared."""

        @staticmethod
        def compare_digest(known: bytes, given: bytes) -> bool:
            assert given == hash_token(token)
            compared.append(known)
            return hmac.compare_digest(known, given)

    monkeypatch.setattr(module, "hmac", Watched)
    known.by_token(token)

    assert compared == [hash_token(each) for each in ("old", "new", "his")]


@pytest.mark.parametrize(
    ("names", "identity"),
    [
        (["ann.lab"], ANN),
        (["*.lab", "spiffe://lab/ann"], ANN),
        (["bob.lab", "ann.lab"], BOB),
        (["Ann.lab"], None),
        (["x.ann.lab"], None),
        ([], None),
    ],
)
def test_a_certificate_is_its_first_name_that_is_known(
    known: Identities, names: list[str], identity: Identity | None
) -> None:
    assert known.by_certificate(names) == identity


def test_a_socket_is_its_identitys_as_long_as_it_is_as_it_was_made(known: Identities) -> None:
    made = SocketFile("/run/bob")
    came = [
        ("bob", made),
        ("ann", made),
        ("bob", SocketFile("/run/bob", 0o666)),
        ("bob", SocketFile("/run/ann")),
    ]

    assert [known.by_socket(*each) for each in came] == [BOB, None, None, None]


def test_a_name_is_who_is_called_so_now(known: Identities) -> None:
    assert [known.by_name(name) for name in ("ann", "bob", "eve", "")] == [ANN, BOB, None, None]


def test_nobody_is_known_where_nobody_is_named() -> None:
    nobody: Any = Identities([])

    assert [
        nobody.by_token(""),
        nobody.by_certificate([""]),
        nobody.by_socket("", SocketFile("")),
        nobody.by_name(""),
    ] == [None] * 4
