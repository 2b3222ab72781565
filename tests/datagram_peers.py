"""Scripted UDP peers: real sockets that send what a test tells them, and write down what they heard.

far = datagram_peer()                       # the fixture; a loopback port of the host's choice, far.place
far.send(b"hello", to)                      # at once, to an endpoint
await far.until_heard(b"one", b"two")       # these datagrams and no others, in this order; far.heard has all so far
far.sources                                 # whom each of them came from
far.socket                                  # for options
far.close()                                 # from now on the port is closed: senders are told by ICMP
"""

import asyncio
import contextlib
import socket

from telesock.server.core.requests import Endpoint


class DatagramPeer:
    """A UDP socket of a test."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((host, 0))
        self.place = Endpoint(*self.socket.getsockname()[:2])
        self.heard: list[bytes] = []
        """Every datagram that arrived."""
        self.sources: list[Endpoint] = []
        """Where each of them came from."""
        self._loop.add_reader(self.socket, self._read)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                data, address = self.socket.recvfrom(1 << 16)
                self.heard.append(data)
                self.sources.append(Endpoint(*address[:2]))
                self._changed.set()

    def send(self, data: bytes, to: Endpoint) -> None:
        """Send a datagram."""
        self.socket.sendto(data, tuple(to))

    async def until_count(self, count: int) -> None:
        """Wait until so many datagrams arrived in all."""
        while len(self.heard) < count:
            self._changed.clear()
            await self._changed.wait()

    async def until_heard(self, *datas: bytes) -> None:
        """Wait until as many datagrams arrived in all, and check that they are these."""
        await self.until_count(len(datas))
        assert self.heard == list(datas)

    def close(self) -> None:
        """Close the port."""
        if self.socket.fileno() >= 0:
            self._loop.remove_reader(self.socket)
            self.socket.close()
