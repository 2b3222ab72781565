"""asyncio's transport over a remote connection: bytes to a protocol as they arrive, bytes from it as they leave.

It reads ahead what incoming.py asks for, and holds the peer back while reading is paused; it pauses the protocol's writing
while more is unsent than the limits say. It is lost once: without an error when both its end and everything before it has
reached the peer's host, or after `abort`; with an OSError when a send or a receive fails.
"""

import asyncio
from collections.abc import Iterable

from telesock.client.aio.sockets import AsyncSocket
from telesock.client.core.requests import Bytes
from telesock.client.errors import TelesockError
from telesock.client.streams.failing import LINGER, as_os_error
from telesock.client.streams.incoming import Incoming
from telesock.client.streams.names import socket_name
from telesock.client.streams.outgoing import WINDOW, Outgoing

Protocol = asyncio.BaseProtocol


class RemoteTransport(asyncio.Transport):
    """The transport of a connection, which is its own from now on. Begins to read at once.

    `get_extra_info` knows "peername" and "sockname", as they are at the agent, and "telesock_socket".
    """

    _start_tls_compatible = True  # asyncio asks for it by this name

    def __init__(self, socket: AsyncSocket, protocol: Protocol) -> None:
        extra = {
            "peername": socket_name(socket.remote),
            "sockname": socket_name(socket.local),
            "telesock_socket": socket,
        }
        super().__init__(extra)
        self._loop = asyncio.get_running_loop()
        self._socket = socket
        self._protocol = protocol
        self._incoming = Incoming(socket, self._arrived)
        self._outgoing = Outgoing(socket, self._sent)
        self._reading = True
        self._ended_by_peer = False
        self._closing = False
        self._lost = False
        self._writing_paused = False
        self._high, self._low = WINDOW, WINDOW // 4
        protocol.connection_made(self)
        self._loop.call_soon(self._arrived)

    def __repr__(self) -> str:
        """What it carries, and whether it still does."""
        return f"<{type(self).__name__} {'closing' if self._closing else 'open'} {self._socket!r}>"

    def get_protocol(self) -> Protocol:
        """Return whoever is told."""
        return self._protocol

    def set_protocol(self, protocol: Protocol) -> None:
        """Tell another from now on."""
        self._protocol = protocol

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing

    # Reading

    def is_reading(self) -> bool:
        """Whether what arrives is handed over."""
        return self._reading and not self._ended_by_peer and not self._closing

    def pause_reading(self) -> None:
        """Hand nothing over: what was asked for stays here, what follows with the peer."""
        self._reading = False

    def resume_reading(self) -> None:
        """Hand over what has arrived, and go on."""
        if not self._reading:
            self._reading = True
            self._loop.call_soon(self._arrived)

    def _arrived(self) -> None:
        """Hand over what there is, in order, and ask for more."""
        while self.is_reading():
            self._incoming.ask()
            if not self._incoming.ready:
                return
            try:
                data = self._incoming.take()
            except TelesockError as error:
                self._force_close(as_os_error(error))
                return
            if not data:
                self._peer_ended()
                return
            self._hand_over(data)

    def _hand_over(self, data: bytes) -> None:
        if isinstance(self._protocol, asyncio.BufferedProtocol):
            _fill(self._protocol, data)
        else:
            assert isinstance(self._protocol, asyncio.Protocol), "the two kinds that there are for streams"
            self._protocol.data_received(data)

    def _peer_ended(self) -> None:
        self._ended_by_peer = True
        assert isinstance(self._protocol, asyncio.Protocol | asyncio.BufferedProtocol), "it takes streams"
        if not self._protocol.eof_received():
            self.close()

    # Writing

    def write(self, data: Bytes) -> None:
        """Send bytes behind all others; never waits."""
        if self._outgoing.ending and not self._closing:
            raise RuntimeError("cannot write behind our own end")
        if data and not self._closing:
            self._outgoing.write(data)
            self._regulate()

    def writelines(self, list_of_data: Iterable[Bytes]) -> None:
        """Send several, as one."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """Of course."""
        return True

    def write_eof(self) -> None:
        """Disconnect gracefully behind what was written; what the peer sends still arrives."""
        if not self._closing:
            self._outgoing.end()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Pause the protocol's writing above `high` bytes that are not taken, let it go on at `low`."""
        if high is None:
            high = WINDOW if low is None else 4 * low
        low = high // 4 if low is None else low
        if not high >= low >= 0:
            raise ValueError(f"high ({high}) must not be below low ({low}), nor that below 0")
        self._high, self._low = high, low
        self._regulate()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return the lower and the upper limit."""
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the agent's host has not taken."""
        return self._outgoing.size

    def _regulate(self) -> None:
        if not self._writing_paused and self._outgoing.size > self._high:
            self._writing_paused = True
            self._protocol.pause_writing()
        elif self._writing_paused and self._outgoing.size <= self._low:
            self._writing_paused = False
            self._protocol.resume_writing()

    def _sent(self) -> None:
        """Some bytes were taken, our end has reached the peer, or neither ever will."""
        if self._lost:
            return
        if self._outgoing.problem is not None:
            self._force_close(as_os_error(self._outgoing.problem))
            return
        self._regulate()
        if self._closing and self._outgoing.ended:
            self._socket.close(graceful=True, timeout=LINGER)
            self._lose(None)

    # Ending

    def close(self) -> None:
        """Send what is left, end, and be lost when the peer's host has it all. What still arrives is thrown away."""
        if not self._closing:
            self._closing = True
            self._outgoing.end()
            self._loop.call_soon(self._sent)

    def abort(self) -> None:
        """Reset the connection."""
        self._force_close(None)

    def _force_close(self, error: Exception | None) -> None:
        """Reset what there is and be lost; asyncio's TLS asks for it by this name."""
        if self._lost:
            return
        self._closing = True
        self._outgoing.drop()
        self._socket.close()
        self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        self._lost = True
        self._loop.call_soon(self._protocol.connection_lost, error)


def _fill(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Give bytes to a protocol that has its own buffer."""
    while data:
        buffer = memoryview(protocol.get_buffer(len(data))).cast("B")
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]
