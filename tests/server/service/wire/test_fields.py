"""Fields that many messages have, read as they are."""

import math

import pytest
from google.protobuf.duration_pb2 import Duration

from telesock.server.service.wire.fields import duration_seconds


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        (Duration(), 0.0),
        (Duration(seconds=-3, nanos=-500_000_000), -3.5),
        (Duration(seconds=2**63 - 1), 2.0**63),
    ],
)
def test_a_duration_is_read_whatever_it_holds(duration: Duration, seconds: float) -> None:
    assert math.isclose(duration_seconds(duration), seconds)
