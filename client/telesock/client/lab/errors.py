"""What a lab raises on its own account; all of it is one line, and names the agents that it is about.

TelesockError
├── InventoryError (ValueError)             a lab cannot be what it is said to be (inventory.py)
├── SelectorError (ValueError)              a selector cannot be read, or an agent is not there
├── LabFailure (ExceptionGroup)             something failed on some agents: `errors` says what on which
└── BarrierBroken                           not all came: `missing` says who
"""

from collections.abc import Mapping, Sequence
from typing import Self

from telesock.client.errors import TelesockError


class SelectorError(TelesockError, ValueError):
    """A selector cannot be read, or asks for an agent that the lab does not have."""


class LabFailure(TelesockError, ExceptionGroup[Exception]):
    """What was done on several agents failed on some of them; `errors` has each one's, by the agent's name.

    It is an ExceptionGroup too, so that `except*` and tracebacks show each error.
    """

    errors: Mapping[str, Exception]

    def __new__(cls, what: str, errors: Mapping[str, Exception], asked: int | None = None) -> Self:
        """Make it of at least one error; `asked` is how many agents were asked, where that is worth telling."""
        extent = f"{len(errors)} agents" if len(errors) > 1 else "1 agent"
        extent = f"{len(errors)} of {asked} agents" if asked is not None and asked > 1 else extent
        made = super().__new__(cls, f"{what} failed on {extent}: {_told(errors)}", list(errors.values()))
        made.errors = dict(errors)
        return made

    def __init__(self, what: str, errors: Mapping[str, Exception], asked: int | None = None) -> None:
        super().__init__(what, list(errors.values()))

    def derive(self, excs: Sequence[Exception]) -> ExceptionGroup[Exception]:  # type: ignore[override]  # no other kind is in it
        """Return a part of it, which is about fewer agents."""
        return ExceptionGroup(self.message, excs)

    def __str__(self) -> str:
        """One line."""
        return self.message


class BarrierBroken(TelesockError):
    """Not all parties have come to a barrier, and they never will; `missing` names those that are known not to have."""

    def __init__(self, message: str, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


def _told(errors: Mapping[str, Exception]) -> str:
    """What failed where: the same is said once, and barriers, which break because of something else, come last."""
    said: dict[str, list[str]] = {}
    for name, error in sorted(errors.items(), key=lambda each: isinstance(each[1], BarrierBroken)):
        said.setdefault(one_line(error), []).append(name)
    return "; ".join(f"{', '.join(names)}: {line}" for line, names in said.items())


def one_line(error: Exception) -> str:
    """What an error says first; its kind where it says nothing."""
    text = str(error).strip().partition("\n")[0]
    return text or type(error).__name__
