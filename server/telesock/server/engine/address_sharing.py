"""Local addresses of an agent's own sockets: shared by the rules of core/address_sharing.py, whatever Linux would say.

Linux lets sockets share an address only where both have SO_REUSEPORT, so that is on for both while a bind or a listen
that the rules grant is made, and off again afterwards. Of a TCP port that the agent has so shared Linux remembers it:
a program of the same user that asks for SO_REUSEPORT gets in too, and no other. With the sockets of other programs Linux
decides alone, and so it does where an IPv6 socket that carries IPv4 too meets an IPv4 one. A port that was in use a
minute ago is free for what may listen (SO_REUSEADDR, socket(7)), as every server has it.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from telesock.server.core.address_sharing import SHARING, Claim, Mode, Outcome, unshared
from telesock.server.core.options import OptionKind
from telesock.server.core.states import Category
from telesock.server.engine.resolver import Address

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket

_WILDCARDS = ("0.0.0.0", "::")
_REFUSALS = {Outcome.IN_USE: errno.EADDRINUSE, Outcome.DENIED: errno.EACCES}


class _Holding(NamedTuple):
    claim: Claim
    host: str
    place: tuple[int, int, int]  # family, type, port


class AddressSharing:
    """Which socket of an agent holds which address, and how it shares it."""

    def __init__(self) -> None:
        self._holdings: dict[Socket, _Holding] = {}
        self._places: dict[tuple[int, int, int], dict[Socket, _Holding]] = {}

    def bind(self, bound: "Socket", address: Address) -> None:
        """Give a socket a local address. Raises OSError, EADDRINUSE or EACCES where the rules forbid it."""
        descriptor = bound.descriptor
        assert descriptor is not None, "it has its descriptor"
        if not isinstance(address.sockaddr, tuple):
            descriptor.bind(address.sockaddr)
            return
        if bound.category is Category.STREAM:  # a listening one was made so
            descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        host, port = address.sockaddr[:2]
        holding = _Holding(
            Claim(_mode(bound), host in _WILDCARDS), host, (address.family, descriptor.type, port)
        )
        self._judge(bound, holding)
        with self._shared(bound, holding):
            descriptor.bind(address.sockaddr)
        port = descriptor.getsockname()[1]
        self._enter(bound, holding._replace(place=(address.family, descriptor.type, port)))

    @contextlib.contextmanager
    def sharing(self, bound: "Socket") -> Iterator[None]:
        """Let a bound socket listen where others of the agent may."""
        holding = self._holdings.get(bound)
        if holding is None:
            yield
            return
        with self._shared(bound, holding):
            yield

    def hand_on(self, bound: "Socket", to: "Socket") -> None:
        """Another object is the socket from now on."""
        holding = self._holdings.get(bound)
        self.release(bound)
        if holding is not None:
            self._enter(to, holding)

    def release(self, bound: "Socket") -> None:
        """A socket holds no address any more."""
        holding = self._holdings.pop(bound, None)
        if holding is not None:
            there = self._places[holding.place]
            del there[bound]
            if not there:
                del self._places[holding.place]

    def _enter(self, bound: "Socket", holding: _Holding) -> None:
        self._holdings[bound] = holding
        self._places.setdefault(holding.place, {})[bound] = holding

    def _meeting(self, holding: _Holding) -> Iterator[tuple["Socket", _Holding]]:
        """The sockets whose address is the same, or includes it, or is included."""
        for other, held in self._places.get(holding.place, {}).items():
            if held.host == holding.host or held.claim.wildcard or holding.claim.wildcard:
                yield other, held

    def _judge(self, bound: "Socket", holding: _Holding) -> None:
        for other, held in self._meeting(holding):
            strange = other.session.identity.name != bound.session.identity.name
            outcome = SHARING[holding.claim][unshared(held.claim) if strange else held.claim]
            if outcome in _REFUSALS:
                number = _REFUSALS[outcome]
                raise OSError(number, f"{os.strerror(number)}: another socket of this agent has it")

    @contextlib.contextmanager
    def _shared(self, bound: "Socket", holding: _Holding) -> Iterator[None]:
        meeting = [other for other, _ in self._meeting(holding) if other is not bound]
        both = [each.descriptor for each in (bound, *meeting) if each.descriptor is not None and meeting]
        for descriptor in both:
            descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            yield
        finally:
            for descriptor in both:
                descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)


def _mode(bound: "Socket") -> Mode:
    if bound.settings.get(OptionKind.EXCLUSIVE_ADDRESS):
        return Mode.EXCLUSIVE
    return Mode.REUSE if bound.settings.get(OptionKind.REUSE_ADDRESS) else Mode.DEFAULT
