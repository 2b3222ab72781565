"""Who an agent knows, and by which proof: a token, a certificate, or the Unix-domain socket that a call came through.

Tokens are known by their SHA-256 only. They are random and long (`telesock token`), so a plain hash will do: there is nothing to
guess from. A token is compared with every one that is known, in constant time.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import NamedTuple

from telesock.server.core.identity import Identity

HASH_PREFIX = "sha256:"
RESERVED_NAMES = frozenset({"agent"})
"""What nobody is called: the agent itself, as the owner of its own session."""


class SocketFile(NamedTuple):
    """A Unix-domain socket for one identity: its path, and whom its file lets in."""

    path: str
    mode: int = 0o600
    owner: str = ""
    group: str = ""


class Known(NamedTuple):
    """An identity and what proves it."""

    identity: Identity
    token_hashes: tuple[bytes, ...] = ()
    certificate_names: tuple[str, ...] = ()
    socket: SocketFile | None = None


class Identities:
    """All that an agent knows, at one time."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.known = tuple(known)
        self._tokens = [(digest, each.identity) for each in self.known for digest in each.token_hashes]
        self._certificates = {name: each.identity for each in self.known for name in each.certificate_names}
        self._sockets = {(each.identity.name, each.socket) for each in self.known}
        self._names = {each.identity.name: each.identity for each in self.known}

    def by_token(self, token: str) -> Identity | None:
        """Whose token it is."""
        digest, found = hash_token(token), None
        for known, identity in self._tokens:
            if hmac.compare_digest(known, digest):  # all of them, so that time tells nothing
                found = identity
        return found

    def by_certificate(self, names: Iterable[str]) -> Identity | None:
        """Whose certificate it is, by the first of its names that is known."""
        return next((self._certificates[name] for name in names if name in self._certificates), None)

    def by_socket(self, name: str, file: SocketFile) -> Identity | None:
        """Who came through a socket that was made for an identity: that one, as long as the file is its as it was made."""
        return self._names.get(name) if (name, file) in self._sockets else None

    def by_name(self, name: str) -> Identity | None:
        """The identity that is called so now."""
        return self._names.get(name)


def hash_token(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
