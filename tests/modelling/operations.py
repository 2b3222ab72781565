"""What a session was asked for, and what it may come to: the smallest part of the reference model.

An operation is accepted or refused when it is asked for, and whether is known beforehand. From then on it has a set of
statuses with which it may end; what happens later widens or narrows it. The model says when it is due: it has to end
then, whatever the network does.
"""

from dataclasses import dataclass, field
from typing import Any

from telesock.v1.operations_pb2 import Completion
from telesock.v1.types_pb2 import Status

SUCCESS, CANCELLED, RESET, ABORTED = "SUCCESS", "CANCELLED", "CONNECTION_RESET", "CONNECTION_ABORTED"
ACCEPTED = ""
"""Among reasons of refusals: there is none."""


@dataclass
class Asked:
    """One operation."""

    number: int
    kind: str
    """As the field of a Command."""
    request: Any
    allowed: set[str] = field(default_factory=lambda: {SUCCESS})
    completion: Completion | None = None
    cancelling: bool = False

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.completion is not None

    @property
    def status(self) -> str:
        """How it ended."""
        assert self.completion is not None, f"{self} has not ended"
        return Status.Name(self.completion.status).removeprefix("STATUS_")

    def end(self, completion: Completion) -> None:
        """Take its completion, the only one, with one of the statuses that it may have."""
        assert self.completion is None, f"a second completion of {self}: {completion}"
        self.completion = completion
        allowed = self.allowed | ({CANCELLED} if self.cancelling else set())
        assert self.status in allowed, f"{self.status}, and not of {allowed}: {self}"
