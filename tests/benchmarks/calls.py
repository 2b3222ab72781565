"""How many Python functions are called, counted by the interpreter: a figure that no machine's mood changes.

    with counted() as calls: ...
    calls["agent"], calls["client"]     # calls made by code of that side, of whatever library
    calls["all"]                        # every call of this thread
    calls["sendmsg"]                    # calls of socket.sendmsg, which are system calls of that name

A call belongs to the innermost of our own functions that it was made from, so that agent and client can be told apart in
one process. A coroutine that goes on counts as a call again.
"""

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_ROOT = Path(__file__).parent.parent.parent
_SIDES = {str(_ROOT / "server"): "agent", str(_ROOT / "client"): "client", str(_ROOT / "tests"): "test"}


class Calls(Counter[str]):
    """The numbers so far; what is not in it has not been called."""

    def __init__(self) -> None:
        super().__init__()
        self._sides: dict[CodeType, str] = {}

    def take(self, frame: FrameType, event: str, argument: Any) -> None:
        """Take what the interpreter tells; see sys.setprofile."""
        if event == "call":
            self["all"] += 1
            self[self._side(frame)] += 1
        elif event == "c_call" and argument.__name__ == "sendmsg":
            self["sendmsg"] += 1

    def _side(self, frame: FrameType | None) -> str:
        while frame is not None:
            side = self._sides.get(frame.f_code)
            if side is None:
                side = self._sides[frame.f_code] = _side_of(frame.f_code.co_filename)
            if side:
                return side
            frame = frame.f_back
        return "none"


def _side_of(file: str) -> str:
    return next((side for root, side in _SIDES.items() if file.startswith(root)), "")


@contextlib.contextmanager
def counted() -> Iterator[Calls]:
    """Count what this thread calls until the block is left."""
    calls, before = Calls(), sys.getprofile()
    sys.setprofile(calls.take)
    try:
        yield calls
    finally:
        sys.setprofile(before)
