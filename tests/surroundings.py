"""What a run of the tests is not to know of where it runs: CI or a terminal, its colours and size, the host's proxies, agents.

Tests, and the programs that they start, have the environment of `pytest` but for the variables here; a test that is about
one of them sets it. TELESOCK_TEST_… are said to the tests themselves. Their temporary files are where TMPDIR says, if the
path of a Unix-domain socket fits behind that: pytest's folders take some seventy of its 107 bytes.
"""

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator

import pytest

_CI = ("CI", "BUILD_NUMBER", "GITHUB_ACTIONS")  # pytest, Hypothesis, typer
_COLOURS = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PY_COLORS", "COLORTERM")
_SIZE = ("COLUMNS", "LINES")
_TERMINAL = (*_SIZE, "TERMINAL_WIDTH", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
_PROXIES = tuple(f"{of}_proxy" for of in ("http", "https", "grpc", "all", "no", "no_grpc"))
_NAMES = {*_CI, *_COLOURS, *_TERMINAL, *_PROXIES, *map(str.upper, _PROXIES), "PYTEST_ADDOPTS"}
_PREFIXES = ("TELESOCK_", "OTEL_")
_KEPT = "TELESOCK_TEST_"
_SHORT, _LONGEST = "/tmp", 12  # bytes


def not_for_tests(variables: Iterable[str]) -> set[str]:
    """Return those variables that tests are not to have."""
    return {
        name
        for name in variables
        if name in _NAMES or (name.startswith(_PREFIXES) and not name.startswith(_KEPT))
    }


def temporary_folder(wanted: str) -> str:
    """Return where temporary files are to be: there, or in a folder with a shorter path."""
    return wanted if len(os.fsencode(wanted)) <= _LONGEST else _SHORT


@contextlib.contextmanager
def the_same_everywhere() -> Iterator[None]:
    """Leave out of the environment what differs from place to place, and heed interrupts; pytest has both back for its report."""
    with pytest.MonkeyPatch.context() as patch, _heeding_interrupts():
        for name in not_for_tests(os.environ):
            patch.delenv(name)
        for name in _SIZE:  # pytest loads readline, which tells programs that we start, and not os.environ
            os.unsetenv(name)
        if os.path.expanduser("~") == "~":  # a user without a name; some programs do not run without a home
            patch.setenv("HOME", tempfile.gettempdir())
        yield


@contextlib.contextmanager
def _heeding_interrupts() -> Iterator[None]:
    """In the background of a script they are ignored, and all that is started would ignore them, too."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    if ignored:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
