"""Why a scenario failed, as its author reads it: the traceback in code of the author's own, without that of libraries.

What is left out is what an author did not write: this package, the standard library, what pip installs. Nothing is left out
where that would be everything.
"""

import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

_OURS = Path(__file__).parent.parent
_INSTALLED = tuple(
    f"{Path(sysconfig.get_path(name)).resolve()}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def failure_text(error: BaseException) -> str:
    """Write what was raised, with what it was raised from."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    for each in _all(told):
        own = [frame for frame in each.stack if _is_own(frame.filename)]
        each.stack[:] = own or each.stack[-1:]
    return "".join(told.format()).rstrip()


def failure_line(error: BaseException) -> str:
    """Write what was raised on one line."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _all(told: traceback.TracebackException | None) -> Iterator[traceback.TracebackException]:
    if told is not None:
        yield told
        for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
            yield from _all(other)


def _is_own(filename: str) -> bool:
    path = Path(filename).resolve()
    return not (path.is_relative_to(_OURS) or str(path).startswith(_INSTALLED) or filename.startswith("<"))
