"""Values as people read them, and JSON whose keys do not come and go."""

import json

import pytest

from telesock.client.cli.output import bytes_text, duration_of, json_text
from telesock.client.texts.durations import duration_text
from telesock.v1 import events_pb2


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (65_535, "65535 B"), (65_536, "64 KiB"), (1 << 20, "1 MiB"), (3 << 30, "3 GiB")],
)
def test_a_size_is_shown_in_the_unit_that_divides_it(count: int, text: str) -> None:
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (1.5, "1.5 s"),
        (30, "30 s"),
        (599.7, "10:00 min"),
        (90, "1:30 min"),
        (7265, "2:01:05 h"),
    ],
)
def test_a_duration_is_shown_in_a_unit_that_fits_it(seconds: float, text: str) -> None:
    assert duration_text(duration_of(seconds)) == text


def test_json_has_the_contract_s_names_and_its_default_values_too() -> None:
    event = events_pb2.Event(sequence=1, data_received=events_pb2.DataReceived(data=b"x"))

    assert json.loads(json_text(event, indent=None)) == {
        "sequence": "1",
        "monotonic_ns": "0",
        "wall_ns": "0",
        "socket_id": "0",
        "operation_id": "0",
        "data_received": {"data": "eA==", "stream_offset": "0"},
    }
