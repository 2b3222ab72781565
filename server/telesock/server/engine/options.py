"""Options and queries of sockets, carried out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from telesock.server.core.operations import Operation
from telesock.server.core.options import SetOption
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Control

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket


def control(socket: "Socket", operation: Operation, request: Control) -> None:
    """Carry out a control request: refuse it, or complete the operation at once."""
    raise Refused(Reason.NOT_AVAILABLE, "not yet")


def check_options(socket: "Socket", options: Sequence[SetOption]) -> None:
    """Refuse options that a new socket of this category can never have."""


def set_options(socket: "Socket", options: Sequence[SetOption]) -> None:
    """Set options on a socket that has just got its descriptor. Raises OSError, or Refused for what the host lacks."""
