"""Chains: several requests one after the other, at a moment, or again and again."""

from typing import TYPE_CHECKING

from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Chain

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession


def submit_chain(engine: "Engine", session: "HeldSession", operation: Operation, request: Chain) -> None:
    """Accept a chain whole, or refuse it."""
    raise Refused(Reason.NOT_AVAILABLE, "not yet")
