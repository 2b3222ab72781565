"""Prints the blocking client's share that differs from the asyncio client's only in how it reads: python -m tests.client.twin

Signatures, documentation and single steps of both are the same, so one of them is written and the other is printed from
it: `client/telesock/client/sync/` from `aio/`, and the lab's `sync/` from the lab's `aio/`, file by file. What waits
(operations, streams, the channel, many agents at once) is written for each by itself and not printed. `test_twins.py`
fails while what is committed is not what would be printed.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
AIO = ROOT / "client/telesock/client/aio"
SYNC = AIO.with_name("sync")
LAB_AIO = ROOT / "client/telesock/client/lab/aio"

NAMES = {
    "AsyncClient": "Client",
    "AsyncSession": "Session",
    "AsyncSocket": "Socket",
    "AsyncListener": "Listener",
    "AsyncStreamSocket": "StreamSocket",
    "AsyncDatagramSocket": "DatagramSocket",
    "AsyncRelay": "Relay",
    "AsyncFault": "ActiveFault",
}
LAB_NAMES = {"AsyncLab": "Lab"}
METHODS = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
}
_WORDS = {
    **NAMES,
    **LAB_NAMES,
    **METHODS,
    "AsyncIterator": "Iterator",
    "Asked": "LockedAsked",
    "SessionCore": "LockedSession",
    "ChainCore": "LockedChain",
}
_IMPORTS = {
    "telesock.client.core.asked import Asked": "telesock.client.sync.locking import LockedAsked",
    "telesock.client.core.session import SessionCore": "telesock.client.sync.locking import LockedSession",
    "telesock.client.core.chains import ChainCore, Repeat": "telesock.client.core.chains import Repeat\n"
    "from telesock.client.sync.locking import LockedChain",
    "telesock.client.core.chains import ChainCore": "telesock.client.sync.locking import LockedChain",
    "telesock.client.aio.": "telesock.client.sync.",
    "telesock.client.lab.aio.": "telesock.client.lab.sync.",
}
_PHRASES = {
    "as an asyncio program uses it": "as a program with threads uses it",
    "as an asyncio program uses them": "as a program with threads uses them",
    "as an asyncio program builds them": "as a program with threads builds them",
    "when the operation is awaited": "when its result is asked for",
    "operation is awaited": "result is asked for",
}
_AT_ONCE = "from telesock.client.sync.locking import at_once\n"

_KEEP = "keep it, or enter it by `with`"
# A second Ctrl-C means it: it does not wait for an agent that may be out of reach.
_TAKEN_BACK_IN_ANY_CASE = """\
        cancelling = asyncio.ensure_future(accepting.cancel())
        while not cancelling.done():  # even when this is cancelled in its turn: nobody else would ask
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait((cancelling,))
"""
# File -> what differs in it beyond words; each has to occur.
PRINTED: Mapping[str, Mapping[str, str]] = {
    "binding.py": {},
    "chains.py": {
        "await chain.submit()": "chain.submit().result()",
        "to be awaited once": "whose result is there once",
        "await self.submit()": "self.submit().result()",
    },
    "client.py": {
        "import asyncio\nimport uuid": "import time\nimport uuid",
        "asyncio.get_running_loop().time()": "time.monotonic()",
        "Callable[[], Awaitable[Entry]]": "Callable[[], Entry]",
        "as client:`, on one event loop.": "as client:`, from any number of threads.",
        "            await asyncio.gather(*(session.close() for session in self._sessions))\n": (
            "            for session in list(self._sessions):\n                session.close()\n"
        ),
    },
    "creating.py": {
        "as an asyncio program makes them": "as a program with threads makes them",
        "    ) -> Operation[AsyncDatagramSocket]: ...\n\n    def create_socket(": (
            "    ) -> Operation[AsyncDatagramSocket]: ...\n\n    @at_once\n    def create_socket("
        ),
        "    def listen(": "    @at_once\n    def listen(",
        "    def datagram(": "    @at_once\n    def datagram(",
    },
    "datagrams.py": {},
    "expecting.py": {
        "as an asyncio program waits for it": "as a program with threads waits for it",
        "import asyncio\n": "import time\n",
        "asyncio.get_running_loop().time()": "time.monotonic()",
        "        begun = self._expected": "        self._core.turn.check_may_wait()\n        begun = self._expected",
    },
    "faults.py": {
        "as an asyncio program makes, looks at, changes and ends them": (
            "as a program with threads makes, looks at, changes and ends them"
        ),
        "it is there once it is awaited.": "it is there once it is kept or entered.",
        "await session.fault(Reset(), after=5.0)": "session.fault(Reset(), after=5.0).keep()",
        "Awaiting or\n    entering": "Keeping or\n    entering",
        "awaiting it again is safe": "keeping it again is safe",
        "was never awaited": "was never kept or entered",
        ", as Python does of a coroutine": "",
        "def __await__(self) -> Generator[Any, None, Self]": "def keep(self) -> Self",
        "self._make().__await__()": "self._make()",
        "return await self\n": "return self.keep()\n",
        "except asyncio.CancelledError:": "except KeyboardInterrupt:",
        "The making was cancelled": "The making was interrupted",
        "its making was cancelled": "its making was interrupted",
        "await it, or enter it by `async with`": _KEEP,
        "enter it by `async with` for a block, or await it to keep it": (
            "enter it by `with` for a block, or `keep` it for longer"
        ),
    },
    "listeners.py": {
        "connection = await accepting\n": "connection = accepting.result()\n",
        "each an AsyncSocket of": "each a Socket of",
        "a loop that is cancelled waits": "a loop that is interrupted waits",
        _TAKEN_BACK_IN_ANY_CASE: "",
        "cancelling.result() is CancelOutcome": "accepting.cancel() is CancelOutcome",
        "except asyncio.CancelledError:": "except KeyboardInterrupt:",
        "    def accept(\n": "    @at_once\n    def accept(\n",
        "    def accepted_socket(": "    @at_once\n    def accepted_socket(",
    },
    "looking.py": {},
    "making.py": {"    def begin_connect(": "    @at_once\n    def begin_connect("},
    "options.py": {
        "when the operation is awaited": "when its result is asked for",
        "held |= await operation": "held |= operation.result()",
        "(await self.read(name))[name]": "self.read(name).result()[name]",
    },
    "relays.py": {
        "it is there once it is awaited.": "it is there once it is kept or entered.",
        "Awaiting or entering": "Keeping or entering",
        "def __await__(self) -> Generator[Any, None, Self]": "def keep(self) -> Self",
        '"""Begin it, unless that is done."""\n        return self._begin().__await__()': (
            '"""Begin it, unless that is done."""\n        return self._begin()'
        ),
        "return await self\n": "return self.keep()\n",
        "self._begin_on(await listening)": "self._begin_on(listening.result())",
        'await listener.options.read("backlog")': 'listener.options.read("backlog").result()',
        "            await relaying\n": "            relaying.result()\n",
        "            await self.operation\n": "            self.operation.result()\n",
        "await it, or enter it by `async with`": _KEEP,
        "enter it by `async with` for a block, or await it to keep it": (
            "enter it by `with` for a block, or `keep` it for longer"
        ),
        "    if listening.done():\n        close()\n    else:\n        listening.when_done(close)\n": (
            "    listening.add_done_callback(lambda _: close())\n"
        ),
    },
    "resolving.py": {"as an asyncio program asks for them": "as a program with threads asks for them"},
    "session.py": {
        "Callable[[], Awaitable[Entry]]": "Callable[[], Entry]",
        "    def events(": "    @at_once\n    def events(",
        "    def add_lost_callback(": "    @at_once\n    def add_lost_callback(",
    },
    "sockets.py": {
        "every verb returns its operation at once, without waiting": (
            "every verb returns its operation at once, without waiting"
        ),
        "left by a cancelled task closes": "left by KeyboardInterrupt closes",
        "await self.close(graceful=graceful, timeout=CLOSE_TIMEOUT if graceful else None)": (
            "self.close(graceful=graceful, timeout=CLOSE_TIMEOUT if graceful else None).result()"
        ),
        "    def connect(": "    @at_once\n    def connect(",
    },
}


_AWAITED = "def __await__(self) -> Generator[Any, None, Self]"
LAB_PRINTED: Mapping[str, Mapping[str, str]] = {
    "agent.py": {"ask: Callable[[], Awaitable[Answer]]": "ask: Callable[[], Answer]"},
    "barrier.py": {},
    "group.py": {"Callable[[LabAgent], Awaitable[Answer]]": "Callable[[LabAgent], Answer]"},
    "lab.py": {"or await it to keep it": "or `keep` it for longer"},
    "partition.py": {
        "it is there once it is awaited.": "it is there once it is kept or entered.",
        'await lab.partition(left, right, direction="forth")': 'lab.partition(left, right, direction="forth").keep()',
        "Awaiting or entering": "Keeping or entering",
        _AWAITED: "def keep(self) -> Self",
        "self._make().__await__()": "self._make()",
        "return await self\n": "return self.keep()\n",
        "return await fault\n": "return fault.keep()\n",
    },
}
SHARES = {AIO: PRINTED, LAB_AIO: LAB_PRINTED}
"""Folder of the asyncio client -> what is printed from it, into the `sync` beside it."""


def printed(name: str, folder: Path = AIO) -> str:
    """The blocking client's file of this name."""
    text = (folder / name).read_text()
    for before, after in SHARES[folder][name].items():
        if before not in text:
            raise ValueError(f"{name} has no longer {before!r}: mend the table")
        text = text.replace(before, after)
    for before, after in {**_IMPORTS, **_PHRASES}.items():
        text = text.replace(before, after)
    text = re.sub(r"\basync (with|for|def)\b", r"\1", text)
    text = re.sub(r"\bawait (?=[\w(])", "", text)
    text = re.sub(r"\w+", lambda word: _WORDS.get(word[0], word[0]), text)
    if "@at_once" in text:
        text = re.sub(r"^from telesock\.", f"{_AT_ONCE}from telesock.", text, count=1, flags=re.MULTILINE)
    heading = f"# Printed from aio/{name} by `make twin`: change that, and print again."
    return _tidied(f"{heading}\n\n{text}", folder.with_name("sync") / name)


def _tidied(text: str, path: Path) -> str:
    for command in (["check", "--fix-only", "--select", "I,F401,UP034"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "-q", "--stdin-filename", str(path), "-"]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return text


if __name__ == "__main__":
    for source, share in SHARES.items():
        for file_name in share:
            (source.with_name("sync") / file_name).write_text(printed(file_name, source))
