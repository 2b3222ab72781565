"""What the agent has open beside its sockets, and what still fits: gRPC must keep descriptors for itself.

Connections that a listener holds for a decision have one each, pipes of relays two. What is held counts as a socket; a
pipe only takes what the process has left, and where there is none, bytes are copied instead.
"""

import errno
from collections.abc import Callable

_OF_A_PIPE = 2
_UNBOUNDED = 1 << 30


class Descriptors:
    """Counts them. `sockets` says how many sockets there are, `most` is what sockets and all of this may have together."""

    def __init__(self, sockets: Callable[[], int] = lambda: 0, most: int = _UNBOUNDED) -> None:
        self.most = most
        self._sockets = sockets
        self.held_connections = 0
        self.pipes = 0

    @property
    def taken(self) -> int:
        """Sockets and what counts as one."""
        return self._sockets() + self.held_connections

    def fit(self, sockets: int, limit: int) -> bool:
        """Whether there may be so many sockets more, where `limit` is what there may be of them."""
        taken = self.taken + sockets
        return taken <= limit and taken + _OF_A_PIPE * self.pipes <= self.most

    def open_pipe(self) -> None:
        """Count a pipe that is about to be made. Raises OSError where there is no room for it."""
        if self.taken + _OF_A_PIPE * (self.pipes + 1) > self.most:
            raise OSError(errno.EMFILE, "the agent needs its last descriptors for its clients")
        self.pipes += 1

    def close_pipe(self) -> None:
        """A pipe is no more, or could not be made."""
        self.pipes -= 1
