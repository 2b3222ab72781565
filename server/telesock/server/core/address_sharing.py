"""Who may share a local address with whom, as the Winsock Kernel has it: one table, the second bind against the first.

A socket shares by default, by REUSE (SO_REUSEADDR) or by EXCLUSIVE (SO_EXCLUSIVEADDRUSE), and takes one specific address
or the wildcard. Two different specific addresses never meet. Where WSK asks the first socket's security descriptor, the
answer here is that of its default: no. Towards another identity every socket is as if it were exclusive.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple


class Mode(Enum):
    """How a socket shares its address."""

    DEFAULT = auto()
    REUSE = auto()
    EXCLUSIVE = auto()


class Outcome(Enum):
    """What becomes of the second bind."""

    GRANTED = auto()
    IN_USE = auto()
    DENIED = auto()


class Claim(NamedTuple):
    """A way to take an address."""

    mode: Mode
    wildcard: bool


def unshared(first: Claim) -> Claim:
    """What an address is to somebody else's socket."""
    return first._replace(mode=Mode.EXCLUSIVE)


_COLUMNS = tuple(Claim(mode, wildcard) for mode in Mode for wildcard in (True, False))
_OUTCOMES = {"+": Outcome.GRANTED, "u": Outcome.IN_USE, "d": Outcome.DENIED}


def _row(outcomes: str) -> Mapping[Claim, Outcome]:
    """Read a row; the columns are the first bind: default, reuse, exclusive, each wildcard then specific."""
    return {first: _OUTCOMES[letter] for first, letter in zip(_COLUMNS, outcomes, strict=True)}


SHARING: Mapping[Claim, Mapping[Claim, Outcome]] = {
    Claim(Mode.DEFAULT, wildcard=True): _row("u+u+u+"),
    Claim(Mode.DEFAULT, wildcard=False): _row("dudddu"),
    Claim(Mode.REUSE, wildcard=True): _row("d+++d+"),
    Claim(Mode.REUSE, wildcard=False): _row("dd++dd"),
    Claim(Mode.EXCLUSIVE, wildcard=True): _row("uuuuuu"),
    Claim(Mode.EXCLUSIVE, wildcard=False): _row("dududu"),
}
"""What the second claim (the key) gets where the first (the inner key) holds the address."""
