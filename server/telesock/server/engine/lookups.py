"""Resolve operations: names to addresses and back."""

from typing import TYPE_CHECKING

from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Resolve

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession


def resolve(engine: "Engine", session: "HeldSession", operation: Operation, request: Resolve) -> None:
    """Begin a lookup."""
    raise Refused(Reason.NOT_AVAILABLE, "not yet")
