"""Scripted TCP peers: real sockets that behave exactly as a test tells them, and write down what they saw.

    listener = peer()                       # the fixture; listens on a loopback port of the host's choice
    ... connect to listener.host, listener.port ...
    far = await listener.accepted()         # the next connection, in the order of their arrival
    await far.until_received(b"hello")      # or: await far.until_bytes(5); far.received has everything so far
    far.send(b"reply")                      # written as the kernel takes it
    far.finish()                            # FIN behind what was sent; still reads
    far.reset()                             # RST at once
    far.stop_reading(); far.resume_reading()
    await far.until_end()                   # FIN or error seen: far.saw_fin, far.error (errno, 0 for none)
    await far.until_gone()                  # neither direction is left; EPIPE if a RST came behind the FIN

`peer(receive_buffer=4096, reading=False)` makes a peer that stalls a sender soon, `peer("unix:PATH")` one that listens on
a Unix-domain path, with port 0. Nothing here waits for time.
"""

import asyncio
import contextlib
import errno
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

_LINGER_RESET = struct.pack("ii", 1, 0)  # close(2) then sends RST, see socket(7)


class _Watched:
    """Something whose changes can be waited for."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, happened: Callable[[], bool]) -> None:
        while not happened():
            await self._changed.wait()


def family_and_address(host: str, port: int) -> tuple[int, Any]:
    """What socket calls take for a literal or for "unix:PATH"."""
    if host.startswith("unix:"):
        return socket.AF_UNIX, host.removeprefix("unix:")
    return socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port)


def _ends(name: Any) -> tuple[str, int]:
    return (name[0], name[1]) if isinstance(name, tuple) else (f"unix:{name}", 0)


class PeerConnection(_Watched):
    """The peer's end of one connection."""

    def __init__(
        self, descriptor: socket.socket, *, reading: bool, remote: tuple[str, int] | None = None
    ) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._socket = descriptor
        self._unsent = bytearray()
        self._finishing = False
        self._reading = False
        self.received = bytearray()
        """Every byte that was read."""
        self.saw_fin = False
        """Whether the stream ended gracefully."""
        self.error = 0
        """The errno that reading or writing met, ECONNRESET for a reset; 0 for none."""
        self.local = _ends(descriptor.getsockname())
        self.remote = remote or _ends(descriptor.getpeername())
        if reading:
            self.resume_reading()

    @property
    def saw_reset(self) -> bool:
        """Whether the connection was reset."""
        return self.error == errno.ECONNRESET

    @property
    def ended(self) -> bool:
        """Whether the other end has sent its FIN or the connection is gone."""
        return self.saw_fin or self.error != 0

    def resume_reading(self) -> None:
        """Read whatever arrives, until the end."""
        if not self._reading and not self.ended:
            self._reading = True
            self._loop.add_reader(self._socket, self._read)

    def stop_reading(self) -> None:
        """Leave what arrives in the kernel, so that its window closes."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._socket)

    def _read(self) -> None:
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(error)
            return
        self.received += data
        if not data:
            self.saw_fin = True
            self.stop_reading()
        self._change()

    def _fail(self, error: OSError) -> None:
        self.error = error.errno or 0
        self.stop_reading()
        self._unsent.clear()
        self._loop.remove_writer(self._socket)
        self._change()

    def send(self, data: bytes) -> None:
        """Send bytes, now and as the kernel takes them."""
        self._unsent += data
        self._write()

    def finish(self) -> None:
        """Send a FIN behind everything that was sent; reading goes on."""
        self._finishing = True
        self._write()

    def _write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
            if self._finishing:
                self._finishing = False
                self._socket.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            self._loop.add_writer(self._socket, self._write)
        except OSError as error:
            self._fail(error)
        else:
            self._loop.remove_writer(self._socket)
            self._change()

    def reset(self) -> None:
        """Abort the connection with a RST."""
        with contextlib.suppress(OSError):  # it is gone already
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self.close()

    def close(self) -> None:
        """Close the descriptor, as a program that exits would: unread data turns the FIN into a RST."""
        if self._socket.fileno() >= 0:
            self.stop_reading()
            self._loop.remove_writer(self._socket)
            self._socket.close()

    async def until_bytes(self, count: int) -> bytes:
        """Wait until `count` bytes were read in all, and return everything that was."""
        await self._until(lambda: len(self.received) >= count or self.ended)
        assert len(self.received) >= count, f"the connection ended after {len(self.received)} bytes"
        return bytes(self.received)

    async def until_received(self, data: bytes) -> None:
        """Wait until as many bytes were read in all, and check that they are these and no others."""
        assert await self.until_bytes(len(data)) == data

    async def until_sent(self) -> None:
        """Wait until the kernel has taken everything that was sent."""
        await self._until(lambda: not self._unsent)

    async def until_end(self) -> None:
        """Wait until the other end has sent its FIN or the connection is gone."""
        await self._until(lambda: self.ended)

    async def until_gone(self) -> int:
        """Wait until no direction is left, and return the errno: EPIPE for a RST behind a FIN, 0 for none."""
        gone = asyncio.Event()
        with select.epoll() as watch:
            watch.register(self._socket, 0)  # errors and hang-ups alone, see epoll_ctl(2)
            self._loop.add_reader(watch.fileno(), gone.set)
            try:
                await gone.wait()
            finally:
                self._loop.remove_reader(watch.fileno())
        self.error = self.error or self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return self.error


class Peer(_Watched):
    """Listens and accepts; each connection is a PeerConnection."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        *,
        reading: bool = True,
        receive_buffer: int = 0,
        accepting: bool = True,
    ) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._connection_reads = reading
        self._taken = 0
        family, address = family_and_address(host, 0)
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.bind(address)
        self._socket.listen(1024)
        self.host: str = host
        self.port: int = _ends(self._socket.getsockname())[1]
        self.connections: list[PeerConnection] = []
        """All connections, in the order of their arrival."""
        if accepting:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                descriptor, name = self._socket.accept()
                descriptor.setblocking(False)
                remote = _ends(name)  # the connection may be reset already, and then has no name
                self.connections.append(
                    PeerConnection(descriptor, reading=self._connection_reads, remote=remote)
                )
                self._change()

    def drop_waiting(self) -> None:
        """Take the connections that wait, where nobody accepts them, and close them."""
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                self._socket.accept()[0].close()

    async def accepted(self) -> PeerConnection:
        """Wait for the next connection that this method has not returned yet."""
        number = self._taken
        self._taken += 1
        await self._until(lambda: len(self.connections) > number)
        return self.connections[number]

    def stop_listening(self) -> None:
        """Refuse connections from now on; those that exist go on."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def close(self) -> None:
        """Close the listener and all connections."""
        self.stop_listening()
        for connection in self.connections:
            connection.close()
