"""What no fault can be is refused by CreateFault and by UpdateFault alike: for its field, and nothing has changed."""

from typing import Any

import grpc
import pytest
from tests.promises.faults import change, fault_message, inject, listed
from tests.promises.owners import Owner, refused

from telesock.server.engine import packet_loss
from telesock.v1.sockets_pb2 import CreateSocketRequest

INVALID = grpc.StatusCode.INVALID_ARGUMENT
HOST_FORBIDS = packet_loss.missing()
YEAR, MORE_THAN_A_YEAR = 31_536_000.0, 31_536_000.1
RATE = {"bytes_per_second": 1}

# Fields of a fault, and the one that it is refused for.
NAMES = [
    ({"name": name, "stall": {}}, "name") for name in ("two words", "x" * 65, "\n", "n\u00f6", "\0", "\x7f")
]
TARGETS: list[tuple[dict[str, Any], str]] = [
    ({"reset": {}, "target": {"direction": 1}}, "target.direction"),
    ({"packet_loss": {}, "target": {"direction": 2}}, "target.direction"),
    ({"connect_failure": {}, "target": {"direction": 1}}, "target.direction"),
    ({"resolve_failure": {}, "target": {"direction": 1}}, "target.direction"),
    ({"never_accept": {}, "target": {"direction": 1}}, "target.direction"),
    ({"operation_hang": {}, "target": {"direction": 2}}, "target.direction"),
    ({"never_read": {}, "target": {"direction": 1}}, "target.direction"),
    ({"stall": {}, "target": {"operations": [4]}}, "target.operations"),
    ({"stall": {}, "target": {"phases": [3]}}, "target.operations"),
    ({"connect_delay": {}, "target": {"operations": [3]}}, "target.operations"),
    ({"short_write": {}, "target": {"operations": [4]}}, "target.operations"),
    *(
        ({"operation_hang": {}, "target": {"operations": ["OPERATION_KIND_SEND", kind]}}, "target.operations")
        for kind in ("OPERATION_KIND_CHAIN", "OPERATION_KIND_RELAY")
    ),
    *(
        ({effect: {}, "target": {"operations": ["OPERATION_KIND_CLOSE"]}}, "target.operations")
        for effect in ("operation_failure", "operation_hang", "operation_false_failure")
    ),
    *(
        ({effect: {}, "target": {"relay_side": 1}}, "target.relay_side")
        for effect in ("accept_delay", "never_accept", "accept_reset", "resolve_failure", "datagram_loss")
    ),
    ({"never_accept": {}, "target": {"peer": "127.0.0.1"}}, "target.peer"),
    ({"stall": {}, "target": {"peer": "*.example"}}, "target.peer"),
    ({"stall": {}, "target": {"peer": "127.0.0.1:0x50"}}, "target.peer"),
]
TIMINGS: list[tuple[dict[str, Any], str]] = [
    *(({"probability": value}, "probability") for value in (-0.1, 1.1, float("nan"), float("inf"))),
    *(
        ({"burst": {field: 1.5}}, f"burst.{field}")
        for field in ("bad", "good", "fires_in_good", "fires_in_bad")
    ),
    ({"probability": 0.5, "correlation": 1.5}, "correlation"),
    ({"correlation": 0.5}, "correlation"),
    ({"burst": {"bad": 0.5}, "correlation": 0.5}, "correlation"),
    *(({field: value}, field) for field in ("after", "window_start") for value in (-0.1, MORE_THAN_A_YEAR)),
    *(({"window_end": value}, "window_end") for value in (-0.1, 0.0, MORE_THAN_A_YEAR)),
    ({"window_start": 2.0, "window_end": 2.0}, "window_end"),
    ({"on": -1.0, "off": 1.0}, "on"),
    ({"on": 1.0, "off": -1.0}, "off"),
    ({"on": MORE_THAN_A_YEAR, "off": 1.0}, "on"),
    ({"on": 1.0}, "on"),
    ({"off": 1.0}, "on"),
]
UNTIMELY: list[tuple[dict[str, Any], str]] = [
    *(({"stall": {}, "timing": timing}, f"timing.{field}") for timing, field in TIMINGS),
    *(
        ({effect: {}, "timing": {"after_bytes": 1}}, "timing.after_bytes")
        for effect in ("reset", "packet_loss", "connect_failure", "datagram_loss", "operation_hang")
    ),
    *(
        ({"packet_loss": {}, "timing": timing}, "timing")
        for timing in (
            {"burst": {"bad": 0.5}},
            {"probability": 0.5, "correlation": 0.5},
            {"nth": 1},
            {"after_decisions": 1},
            {"times": 1},
        )
    ),
    ({"reset": {}, "timing": {"decided_per": "DECISION_SCOPE_EACH"}}, "timing.decided_per"),
    ({"stall": {}, "expires_after": -0.1}, "expires_after"),
    ({"stall": {}, "expires_after": MORE_THAN_A_YEAR}, "expires_after"),
]
AMOUNTS: list[tuple[dict[str, Any], str]] = [
    ({"latency": {"correlation": 1.5}}, "latency.correlation"),
    ({"bandwidth": {}}, "bandwidth.bytes_per_second"),
    ({"bandwidth": {"bytes_per_second": 2**50 + 1}}, "bandwidth.bytes_per_second"),
    ({"bandwidth": {**RATE, "burst_bytes": 2**50 + 1}}, "bandwidth.burst_bytes"),
    ({"slices": {}}, "slices.size_bytes"),
    ({"slices": {"size_bytes": 2**20 + 1}}, "slices.size_bytes"),
    ({"slices": {"size_bytes": 3, "size_variation_bytes": 3}}, "slices.size_variation_bytes"),
    ({"slices": {"size_bytes": 1, "gap": -0.1}}, "slices.gap"),
    ({"limit": {}}, "limit"),
    ({"limit": {"end": 2}}, "limit"),
    ({"limit": {"bytes": 2**62 + 1}}, "limit.bytes"),
    ({"limit": {"duration": -0.1}}, "limit.duration"),
    ({"corruption": {}}, "corruption"),
    ({"corruption": {"offsets": [1], "per_million": 1}}, "corruption"),
    ({"corruption": {"offsets": range(1025)}}, "corruption.offsets"),
    ({"corruption": {"per_million": 1_000_001}}, "corruption.per_million"),
    ({"corruption": {"per_million": 1, "pattern": bytes(1025)}}, "corruption.pattern"),
    *(({"duplicate_bytes": {"length": length}}, "duplicate_bytes.length") for length in (0, 4097)),
    *(({"insert_bytes": {"data": bytes(size)}}, "insert_bytes.data") for size in (0, 65_537)),
    ({"insert_bytes": {"data": b"x", "offset": 2**62 + 1}}, "insert_bytes.offset"),
    ({"short_write": {"bytes": 2**62 + 1}}, "short_write.bytes"),
    ({"datagram_duplication": {"copies": 17}}, "datagram_duplication.copies"),
    ({"datagram_reordering": {"displacement": 65}}, "datagram_reordering.displacement"),
    ({"datagram_reordering": {"longest_wait": -0.1}}, "datagram_reordering.longest_wait"),
    ({"datagram_delay": {"correlation": -0.5}}, "datagram_delay.correlation"),
    ({"datagram_truncation": {"length": 65_536}}, "datagram_truncation.length"),
    ({"datagram_corruption": {"places": 65}}, "datagram_corruption.places"),
    *(
        ({effect: {field: value}}, f"{effect}.{field}")
        for effect, field in (
            ("latency", "delay"),
            ("latency", "jitter"),
            ("drip", "gap"),
            ("stall", "duration"),
            ("slow_close", "delay"),
            ("connect_failure", "delay"),
            ("connect_delay", "delay"),
            ("connect_delay", "jitter"),
            ("resolve_failure", "delay"),
            ("resolve_delay", "delay"),
            ("resolve_delay", "jitter"),
            ("accept_delay", "delay"),
            ("accept_delay", "jitter"),
            ("datagram_delay", "delay"),
            ("datagram_delay", "jitter"),
            ("operation_delay", "delay"),
            ("operation_delay", "jitter"),
        )
        for value in (-0.1, MORE_THAN_A_YEAR)
    ),
    *(
        ({effect: fields}, f"{effect}.{next(iter(fields))}")
        for effect in ("short_write", "operation_failure", "operation_false_failure")
        for fields in ({"status": "STATUS_SUCCESS"}, {"errno_name": "EWHATEVER"}, {"status": 99})
    ),
]


def rows(table: list[tuple[dict[str, Any], str]]) -> list[Any]:
    return [pytest.param(*row, id=f"{number} {row[1]}") for number, row in enumerate(table)]


@pytest.mark.parametrize(("fields", "field"), rows(NAMES + TARGETS + UNTIMELY + AMOUNTS))
async def test_what_no_fault_can_be_is_refused_for_its_field_and_not_made(
    fields: dict[str, Any], field: str, owner: Owner
) -> None:
    with refused("MALFORMED", INVALID) as info:
        await inject(owner, **fields)

    told = {"field": field, "wsk_status": "STATUS_INVALID_PARAMETER"}
    assert (dict(info.metadata), await listed(owner)) == (told, [])


@pytest.mark.parametrize(("fields", "field"), rows(TARGETS + UNTIMELY + AMOUNTS))
async def test_what_no_fault_can_be_takes_no_faults_place(
    fields: dict[str, Any], field: str, owner: Owner
) -> None:
    before = await inject(owner, name="before", half_close={})

    with refused("MALFORMED", INVALID) as info:
        await change(owner, name="before", **fields)

    assert info.metadata["field"] == field
    assert [state.fault for state in await listed(owner)] == [before.fault]


@pytest.mark.parametrize(("fields", "field"), rows([NAMES[0], TARGETS[0], UNTIMELY[0], AMOUNTS[0]]))
async def test_what_no_fault_can_be_is_nothing_to_be_born_with_and_no_socket_is_made(
    fields: dict[str, Any], field: str, owner: Owner
) -> None:
    with refused("MALFORMED", INVALID) as info:
        await owner.start(CreateSocketRequest(faults=[fault_message(**fields)]))

    assert info.metadata["field"] == field
    assert ((await owner.view()).sockets, await listed(owner)) == (0, [])


LARGEST: list[Any] = [
    {"name": "!" + "~" * 63, "stall": {"duration": YEAR}, "expires_after": YEAR},
    {"latency": {"delay": YEAR, "jitter": YEAR, "correlation": 1.0}},
    {"bandwidth": {"bytes_per_second": 2**50, "burst_bytes": 2**50}},
    {"slices": {"size_bytes": 2**20, "size_variation_bytes": 2**20 - 1}},
    {"limit": {"bytes": 2**62}},
    {"corruption": {"offsets": range(1024), "pattern": bytes(1024)}},
    {"corruption": {"per_million": 1_000_000}},
    {"duplicate_bytes": {"length": 4096}},
    {"insert_bytes": {"data": bytes(65_536), "offset": 2**62}},
    {"short_write": {"bytes": 2**62}},
    {"datagram_duplication": {"copies": 16}},
    {"datagram_reordering": {"displacement": 64}},
    {"datagram_truncation": {"length": 65_535}},
    {"datagram_corruption": {"places": 64}},
    {
        "stall": {},
        "timing": {"after": YEAR, "window_start": 1.0, "window_end": YEAR, "on": YEAR, "off": YEAR},
    },
    {"stall": {}, "timing": {"probability": 1.0, "correlation": 1.0}},
    pytest.param(
        {"packet_loss": {}, "timing": {"probability": 0.0, "after": 1.0, "on": 1.0, "off": 1.0}},
        marks=pytest.mark.skipif(HOST_FORBIDS != "", reason=HOST_FORBIDS),
    ),
    {"operation_delay": {}, "target": {"operations": ["OPERATION_KIND_CLOSE"]}},
]


@pytest.mark.parametrize("fields", LARGEST, ids=lambda fields: next(iter(fields)))
async def test_the_most_that_a_fault_can_be_is_taken(fields: dict[str, Any], owner: Owner) -> None:
    made = await inject(owner, **fields)

    assert [state.fault for state in await listed(owner)] == [made.fault]


@pytest.mark.parametrize("request_id", ["x" * 129, "\n", "\0"])
async def test_an_id_that_no_request_can_have_is_refused(request_id: str, owner: Owner) -> None:
    with refused("MALFORMED", INVALID) as info:
        await inject(owner, request_id, stall={})

    assert (info.metadata["field"], await listed(owner)) == ("request_id", [])


# What this host cannot do


@pytest.fixture
def without_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packet_loss, "missing", lambda: "the host forbids it")


@pytest.mark.usefixtures("without_filters")
async def test_packet_loss_is_unimplemented_where_the_host_forbids_it(owner: Owner) -> None:
    with refused("NOT_AVAILABLE", grpc.StatusCode.UNIMPLEMENTED) as info:
        await inject(owner, packet_loss={})
    await inject(owner, name="other", stall={})
    with refused("NOT_AVAILABLE", grpc.StatusCode.UNIMPLEMENTED):
        await change(owner, name="other", packet_loss={})
    with refused("NOT_AVAILABLE", grpc.StatusCode.UNIMPLEMENTED):
        await owner.start(CreateSocketRequest(faults=[fault_message(packet_loss={})]))

    assert info.metadata["wsk_status"] == "STATUS_NOT_SUPPORTED"
    assert [state.fault.WhichOneof("effect") for state in await listed(owner)] == ["stall"]
