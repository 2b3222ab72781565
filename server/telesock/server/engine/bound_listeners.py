"""A listener at its address: it listens from its bind on, and begins anew where a bind has failed.

Who gets the connections that arrive there is decided elsewhere (listening.py).
"""

import contextlib
import socket

from telesock.server.core.events import BindResult
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Bind, Family
from telesock.server.core.states import Request
from telesock.server.core.status import Phase, failure_from_errno
from telesock.server.engine import options
from telesock.server.engine.judging import check_listen
from telesock.server.engine.sockets import Socket, endpoint


class BoundListener(Socket):
    """A socket that listens where it is bound."""

    __slots__ = ()

    def bind(self, operation: Operation, request: Bind) -> None:
        """Take the local address and listen."""
        following = self.permit(Request.BIND)
        address = self.local_address(request.local)
        check_listen(self, endpoint(address.sockaddr))
        self.accept(operation)
        try:
            self._have_descriptor()
            self.bind_descriptor(address)
            with self.engine.sharing.sharing(self):
                self.listen_now()
        except OSError as error:
            self._unbind()
            self.complete(operation, failure=failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
            return
        self.state = following
        assert self.local is not None, "it was just bound"
        self.complete(operation, BindResult(self.local))
        self.take()

    def _unbind(self) -> None:
        """Begin anew after a failed bind: listen(2) fails on a descriptor that is bound already."""
        if self.local is not None:
            self.local = None
            self.release_descriptor()
        with contextlib.suppress(OSError):  # the next bind tries again, and tells
            self._have_descriptor()

    def _have_descriptor(self) -> None:
        if self.descriptor is None:
            self.open(self.family)
            options.set_again(self)

    def open(self, family: Family) -> None:
        """Make the descriptor. Raises OSError."""
        super().open(family)
        assert self.descriptor is not None, "it was just made"
        if self.descriptor.family != socket.AF_UNIX:  # a port that was in use a minute ago is free, socket(7)
            self.descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def take_over(self, bound: Socket) -> None:
        """Be what a bound socket was so far."""
        self.descriptor, self.family, self.local = bound.descriptor, bound.family, bound.local
        self.settings, self.pending = bound.settings, bound.pending
        self._slots = bound._slots

    def listen_now(self) -> None:
        """Let the kernel take connections for a descriptor that is bound. Raises OSError."""
        raise NotImplementedError

    def take(self) -> None:
        """Give connections to whoever wants them."""
        raise NotImplementedError
