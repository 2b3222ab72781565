"""A TCP proxy that cuts: `python -m tests.cutting.proxy TARGET --seed N --cuts N --ways N`, until its input ends.

It listens on as many ports as there are ways, of which each has its plan. Every connection gets the next cut of its
way, until so many were made in all; those after that are left alone. What it has to say are lines of JSON: first
`{"listening": [ADDRESS...]}`, then a Hit for every cut, and `{"done": true}` when there were enough.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import sys

from tests.cutting.passing import Hit, Passing
from tests.cutting.plan import Cut, plan
from tests.ports import HeldPort


class Proxy:
    """All ways to one agent."""

    def __init__(self, target: str, cuts: int) -> None:
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))
        self._planned = self._left = cuts
        self._tasks: set[asyncio.Task[None]] = set()

    def take_cut(self) -> bool:
        """Whether one more cut is to be made."""
        self._planned -= 1
        return self._planned >= 0

    def give_back(self) -> None:
        """A connection has ended before its cut."""
        self._planned += 1

    def tell(self, hit: Hit) -> None:
        """A cut was made."""
        say(hit._asdict())
        self._left -= 1
        if not self._left:
            say({"done": True})

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it has ended."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Way:
    """One port, and the connections that come to it."""

    def __init__(self, proxy: Proxy, seed: int, number: int) -> None:
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._plan = plan(seed, number)
        self._closed = 0  # cuts after which nobody is let in now
        self._port = HeldPort()
        self._listen()

    @property
    def address(self) -> str:
        """Where clients connect to."""
        return f"127.0.0.1:{self._port.number}"

    def _listen(self) -> None:
        self._listener = socket.socket()
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            self._listener.setsockopt(socket.SOL_SOCKET, option, 1)
        self._listener.setblocking(False)
        self._listener.bind(("127.0.0.1", self._port.number))
        self._listener.listen(128)
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            near, _ = self._listener.accept()
            near.setblocking(False)
            self._proxy.keep(self._loop.create_task(self._serve(near)))

    async def _serve(self, near: socket.socket) -> None:
        far = socket.socket()
        far.setblocking(False)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._loop.sock_connect(far, self._proxy.target)
        cut = next(self._plan) if self._proxy.take_cut() else None
        hit = await Passing(near, far, cut).run()
        if cut is not None and hit is not None:
            self._proxy.tell(hit)
            await self._refuse(cut)
        elif cut is not None:
            self._proxy.give_back()

    async def _refuse(self, cut: Cut) -> None:
        if not cut.refused:
            return
        self._closed += 1
        if self._closed == 1:
            self._loop.remove_reader(self._listener)
            self._listener.close()
        await asyncio.sleep(cut.refused)
        self._closed -= 1
        if not self._closed:
            self._listen()


def say(what: object) -> None:
    """Print a line."""
    print(json.dumps(what), flush=True)


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until the input ends."""
    proxy = Proxy(arguments.target, arguments.cuts)
    ways = [Way(proxy, arguments.seed, number) for number in range(arguments.ways)]
    say({"listening": [way.address for way in ways]})
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description="Cuts what passes between clients and an agent.")
    parser.add_argument("target")
    for name, default in (("seed", 1), ("cuts", 100), ("ways", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
