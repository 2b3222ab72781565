"""Request messages to core requests: every field is read, and what has no core value is refused."""

import pytest

from telesock.server.core.refusal import Refused
from telesock.server.service.wire.requests import read_command
from telesock.v1.sessions_pb2 import Command


def test_a_command_without_a_request_is_refused() -> None:
    with pytest.raises(Refused, match="request: a command has to name one"):
        read_command(Command(), "s-1")
