"""Agents of this host, started for whoever has no others: processes that end with the program that started them.

Each listens on a loopback port of the host's choice. It lives as long as its standard input is open, so that it is gone
whether the program ends, is interrupted or is killed. All are on one host: so that partitions can tell them apart, each has
a loopback address of its own in a lab, 127.0.1.1 and so on. Refused: more than 254, names that a lab refuses.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Self

from telesock.client.errors import TelesockError
from telesock.client.lab.inventory import Inventory, InventoryError, Member, make_inventory

PREFIX = "local:"
"""What stands before how many agents, or their names, where a lab is asked for."""
MOST = 254
_START, _STOP = 20.0, 5.0  # seconds
_LOG_LINES = 200
_INSTALL = "pip install 'telesock[server]'"  # as the agent says it, too
_FLAGS = ("--listen", "127.0.0.1:0", "--log-format", "json", "--grace", "0")

# An agent that ends, without another word, when its standard input does. It reads the descriptor itself: at the end of the
# program nothing may hold the lock of `sys.stdin`.
_AGENT = """
import os, runpy, signal, threading

def follow():
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=follow, daemon=True).start()
runpy.run_module("telesock.server", run_name="__main__", alter_sys=True)
"""


class LocalAgentFailed(TelesockError):
    """A local agent did not start; one line says why. `missing` is whether the agent is not installed."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class LocalAgents:
    """Agents that run as long as the block. They are started when they are asked for, and shared by all who ask."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        self._flags = flags
        self._running: list[LocalAgent] = []

    def __enter__(self) -> Self:
        """Start none."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End all, at once."""
        for agent in self._running:
            agent.begin_end()
        for agent in self._running:
            agent.end()

    @property
    def processes(self) -> tuple[int, ...]:
        """Their process ids."""
        return tuple(agent.process for agent in self._running)

    def take(self, count: int) -> list[str]:
        """Return where so many agents listen; those that are missing are started at once. Raises LocalAgentFailed."""
        new = [LocalAgent(self._flags) for _ in range(count - len(self._running))]
        self._running += new
        for agent in new:
            agent.wait_until_ready()
        return [agent.target for agent in self._running[:count]]


class LocalAgent:
    """An agent process."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        self.target = ""
        """Where it listens, once it is ready."""
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        """The last lines that it wrote."""
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _AGENT, *_FLAGS, *flags],
            env={name: value for name, value in os.environ.items() if not name.startswith("TELESOCK_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # an interrupt at the terminal is for whoever started it
        )
        self._reader = threading.Thread(target=self._read, name="telesock agent log", daemon=True)
        self._reader.start()

    @property
    def process(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Return once it listens. Raises LocalAgentFailed when it does not."""
        if not self._ready.wait(_START):
            raise LocalAgentFailed(f"a local agent did not start within {_START:g} s: {self._last_words}")
        if not self.target:
            raise self._why_not()

    def begin_end(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None, "it was asked for"
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def end(self) -> None:
        """Wait until it is gone, and see to it if need be."""
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stderr is not None, "it was asked for"
        with self._process.stderr as lines:
            for line in lines:
                self.log.append(line.rstrip())
                if not self.target:
                    self._note_start(line)
        self._ready.set()

    def _note_start(self, line: str) -> None:
        with contextlib.suppress(json.JSONDecodeError, TypeError, KeyError):
            entry = json.loads(line)
            if entry["event"] == "agent_started":
                self.target = entry["listen"][0]
                self._ready.set()

    @property
    def _last_words(self) -> str:
        return self.log[-1] if self.log else "it said nothing"

    def _why_not(self) -> LocalAgentFailed:
        said = self._last_words.removeprefix("telesock-agent: ")
        if _INSTALL in said or said.startswith("ModuleNotFoundError"):
            why = said.partition(f"; {_INSTALL}")[0]
            return LocalAgentFailed(
                f"no local agents here ({why}): {_INSTALL} for them, or name others", missing=True
            )
        return LocalAgentFailed(f"a local agent did not start: {self._last_words}")


def local_names(count: int) -> tuple[str, ...]:
    """Name so many agents: agent-1 and so on. Raises InventoryError for none, and for more than MOST."""
    if not 1 <= count <= MOST:
        raise InventoryError(f"there can be 1 to {MOST} local agents, not {count}")
    return tuple(f"agent-{number}" for number in range(1, count + 1))


def read_local(where: str) -> tuple[str, ...]:
    """Read "local:3" or "local:client,server": the names of local agents. Raises InventoryError."""
    said = where.removeprefix(PREFIX)
    if said.isascii() and said.isdigit():
        return local_names(int(said))
    return tuple(name.strip() for name in said.split(",") if name.strip())


def local_members(names: Sequence[str], targets: Sequence[str]) -> Inventory:
    """Return agents of this host as members of a lab, each with an address of its own. Raises InventoryError."""
    members = (
        Member(name, target, addresses=(f"127.0.1.{number}",))
        for number, (name, target) in enumerate(zip(names, targets, strict=True), start=1)
    )
    return make_inventory(members)


@contextlib.contextmanager
def local_inventory(names: Sequence[str]) -> Iterator[Inventory]:
    """Run local agents of these names for the block. Raises InventoryError, before any is started, and LocalAgentFailed."""
    if len(names) > MOST:
        local_names(len(names))
    local_members(names, ["127.0.0.1:1"] * len(names))
    with LocalAgents() as agents:
        yield local_members(names, agents.take(len(names)))
