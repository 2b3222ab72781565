"""Completions to bytes: each parses back to the same facts, out of the event that holds it too."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.service.wire.examples import COMPLETIONS

from telesock.server.core.entries import Entry
from telesock.server.core.events import Clock, Completion, Event, EventKind, ReceiveResult, Result
from telesock.server.core.requests import OperationKind
from telesock.server.core.status import Cause, Origin, Phase, Status
from telesock.server.service.wire.completions import decode_completion, encode_completion
from telesock.server.service.wire.events import encode_event
from telesock.v1 import operations_pb2


def test_every_result_has_an_example() -> None:
    results = {type(completion.result) for completion, _ in COMPLETIONS}
    assert results == {*get_args(Result), type(None)}


@pytest.mark.parametrize(("completion", "message"), COMPLETIONS)
def test_a_completion_is_read_back_out_of_its_event(completion: Completion, message: dict[str, Any]) -> None:
    encoded = encode_event(Event(1, Clock(1, 2), 7, 9, completion))

    found = decode_completion(Entry(1, EventKind.COMPLETION, 7, 512, True, encoded))

    assert found == operations_pb2.Completion(**message)


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=70_000), st.integers(0, 2**64 - 1), st.booleans(), st.booleans())
def test_whatever_a_receive_yields_parses_back(data: bytes, offset: int, end: bool, failed: bool) -> None:
    cause = Cause(Origin.PEER, Phase.RECEIVE, "ECONNRESET") if failed else None
    status = Status.CONNECTION_RESET if failed else Status.SUCCESS
    result = ReceiveResult(data, offset, end)

    encoded = b"".join(encode_completion(Completion(OperationKind.RECEIVE, status, len(data), cause, result)))

    found = operations_pb2.Completion.FromString(encoded)
    assert (found.receive.data, found.receive.stream_offset, found.receive.end_of_stream) == result[:3]
    assert (int(found.status), found.transferred_bytes) == (int(status), len(data))
    assert found.cause.errno_name == ("ECONNRESET" if failed else "")
