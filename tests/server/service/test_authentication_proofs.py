"""Which proof says who calls: a token, a certificate, a socket of one's own, and which of them goes before the others."""

from typing import Any

import pytest
from tests.identities import People, someone

from telesock.server.core.identity import Identity
from telesock.server.core.refusal import Refused
from telesock.server.service.attempts import FailedAttempts
from telesock.server.service.authentication import Authentication
from telesock.server.service.identities import Known, SocketFile


class Shown:
    """A call as the guard sees it: what it carries, and what its connection has proven."""

    def __init__(self, authorization: str | bytes | None = None, **properties: tuple[bytes, ...]) -> None:
        self._metadata = () if authorization is None else (("authorization", authorization),)
        self._properties = properties

    def invocation_metadata(self) -> Any:
        return self._metadata

    def auth_context(self) -> dict[str, tuple[bytes, ...]]:
        return self._properties


BOBS = ("bob", SocketFile("/run/bob"))


def identified(call: Shown, people: People | None, **settings: Any) -> str:
    """Who it is that the guard lets in, or why nobody."""
    known = None if people is None else people.access.known
    guard = Authentication(known, FailedAttempts(), **settings)
    try:
        identity: Identity = guard.proof_of(call)()  # type: ignore[arg-type]  # as much of a context as it looks at
    except Refused as refusal:
        return refusal.reason.name
    return identity.name


def certified(
    alternative: tuple[bytes, ...] = (), common: tuple[bytes, ...] = (), shown: str | None = None
) -> Shown:
    """A call over a connection whose client has shown a certificate."""
    return Shown(shown, x509_subject_alternative_name=alternative, x509_common_name=common)


ANN = "Bearer ann's token"
PROOFS = [
    (Shown(ANN), "ann"),
    (certified(alternative=(b"bob.lab",)), "bob"),
    (certified(common=(b"bob.lab",)), "bob"),
    (certified(alternative=(b"x.lab", b"bob.lab")), "bob"),
    (certified(alternative=(b"ann.lab",), common=(b"bob.lab",)), "ann"),
    (certified(alternative=(b"x.lab",), common=(b"bob.lab",)), "CREDENTIALS_UNKNOWN"),
    (certified(alternative=(b"x.lab",)), "CREDENTIALS_UNKNOWN"),
    (certified(common=(b"",)), "CREDENTIALS_MISSING"),
    (certified(alternative=(b"bob.lab",), shown=ANN), "ann"),
    (certified(alternative=(b"bob.lab",), shown="Bearer x"), "CREDENTIALS_UNKNOWN"),
    (certified(alternative=(b"bob.lab",), shown="Basic x"), "CREDENTIALS_MISSING"),
    (Shown(b"Bearer ann's token"), "ann"),
    (Shown(b"Bearer \xff"), "CREDENTIALS_UNKNOWN"),
    (Shown(), "CREDENTIALS_MISSING"),
]


@pytest.mark.parametrize(("call", "found"), PROOFS)
def test_a_token_goes_before_a_certificate_and_a_wrong_one_is_not_helped_by_it(
    call: Shown, found: str
) -> None:
    people = People(someone("ann", certificates=["ann.lab"]), someone("bob", certificates=["bob.lab"]))

    assert identified(call, people, certificates=True) == found


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (Shown(), "bob"),
        (Shown(ANN), "ann"),
        (Shown("Bearer x"), "CREDENTIALS_UNKNOWN"),
    ],
)
def test_whoever_comes_through_a_socket_is_whose_socket_it_is_unless_a_token_says_otherwise(
    call: Shown, found: str
) -> None:
    people = People(someone("ann"), someone("bob", socket=SocketFile("/run/bob")))

    assert identified(call, people, came_through=BOBS) == found


@pytest.mark.parametrize(
    "known",
    [
        [someone("bob")],
        [someone("ann", socket=SocketFile("/run/bob"))],
        [someone("bob", socket=SocketFile("/run/bob", 0o666))],
    ],
    ids=["not there any more", "another's", "made in another way"],
)
def test_a_socket_that_is_not_its_identitys_as_it_was_made_proves_nothing(known: list[Known]) -> None:
    people = People(*known)

    assert identified(Shown(), people, came_through=BOBS) == "CREDENTIALS_MISSING"


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (certified(alternative=(b"runner.lab", b"x.lab"), common=(b"y",)), "runner.lab"),
        (certified(common=(b"runner",)), "runner"),
        (certified(common=(b"agent",)), "CREDENTIALS_UNKNOWN"),
        (certified(alternative=(b"agent",), common=(b"runner",)), "CREDENTIALS_UNKNOWN"),
        (certified(common=(b"",)), "CREDENTIALS_MISSING"),
        (Shown(ANN), "CREDENTIALS_MISSING"),
    ],
)
def test_without_a_file_a_certificate_is_its_first_name_and_never_the_agent_itself(
    call: Shown, found: str
) -> None:
    assert identified(call, None, certificates=True) == found


@pytest.mark.parametrize("call", [Shown(), Shown(ANN), certified(common=(b"x",))])
def test_where_nobody_is_asked_everybody_is_anybody(call: Shown) -> None:
    assert identified(call, None) == ""
