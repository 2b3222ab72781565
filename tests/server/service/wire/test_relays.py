"""What is told of relays: whole events, of a client that has its upstream, of one that has none, and of every end."""

from typing import Any

import pytest
from tests.server.service.wire.bodies import RELAYS

from telesock.server.core.relays import RelayConnected, RelayEnded
from telesock.server.service.wire.relays import write_relay_connected, write_relay_ended
from telesock.v1 import events_pb2

WRITTEN: dict[type, tuple[Any, Any]] = {
    RelayConnected: (write_relay_connected, events_pb2.RelayConnected),
    RelayEnded: (write_relay_ended, events_pb2.RelayEnded),
}


@pytest.mark.parametrize(("body", "fields"), RELAYS)
def test_every_fact_about_a_relay_is_told(body: RelayConnected | RelayEnded, fields: dict[str, Any]) -> None:
    write, message = WRITTEN[type(body)]

    assert write(body) == message(**fields)


def test_what_went_well_has_neither_a_status_nor_a_cause() -> None:
    well = [body for body, _ in RELAYS if body.status is None]

    written: list[Any] = [WRITTEN[type(body)][0](body) for body in well]

    assert [type(each).__name__ for each in written] == ["RelayConnected", "RelayEnded"]
    assert {(each.status, each.HasField("cause")) for each in written} == {(0, False)}
