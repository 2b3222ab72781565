"""Faults in one word: each kind of value as one types it, what cannot be meant, and nothing that is a traceback."""

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from telesock.client import Direction, OperationKind, Phase, Status
from telesock.client.cli.fault_effects import NAMES
from telesock.client.cli.fault_rules import FIELDS
from telesock.client.cli.fault_specs import parse_fault, parse_spec
from telesock.client.faults import (
    Bandwidth,
    ConnectFailure,
    Corruption,
    DatagramDuplication,
    DatagramReordering,
    DuplicateBytes,
    Effect,
    Fault,
    GilbertElliott,
    InsertBytes,
    Latency,
    Limit,
    OperationFailure,
    PacketLoss,
    Reset,
    ResolveFailure,
    ShortWrite,
    Slices,
    SlowClose,
    Stall,
)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("latency=200ms", Latency(0.2)),
        ("latency=200ms,jitter=50us,distribution=normal", Latency(0.2, 5e-5, "normal")),
        ("latency=2m,correlation=30%", Latency(120.0, correlation=0.3)),
        ("bandwidth=100KB", Bandwidth(100_000)),
        ("bandwidth=1KiB/s,burst=64KiB", Bandwidth(1024, 65_536)),
        ("slices=100,variation=20,gap=10ms", Slices(100, 20, 0.01)),
        ("slices,size=100", Slices(100)),
        ("stall", Stall()),
        ("stall=1.5s", Stall(1.5)),
        ("limit=1000,end=reset", Limit(1000, end="reset")),
        ("limit=5s,end=stall", Limit(duration=5.0, end="stall")),
        ("corruption=10/million,unit=byte", Corruption(per_million=10, unit="byte")),
        (r"corruption,offsets=0/4KiB,pattern=a\,\x00", Corruption((0, 4096), pattern=b"a,\0")),
        ("duplicate-bytes=10", DuplicateBytes(10)),
        (r"insert-bytes=5,data=\r\n\\", InsertBytes(5, b"\r\n\\")),
        ("packet-loss", PacketLoss()),
        ("slow-close", SlowClose()),
        ("reset=next-operation", Reset("next_operation")),
        ("short-write=10,status=cancelled,errno=EPIPE", ShortWrite(10, Status.CANCELLED, "EPIPE")),
        ("connect-failure=blackhole", ConnectFailure("blackhole")),
        ("connect_failure=host_unreachable,delay=1s", ConnectFailure("host_unreachable", 1.0)),
        ("resolve-failure", ResolveFailure()),
        ("datagram-duplication=3", DatagramDuplication(3)),
        ("datagram-reordering=2,longest-wait=1s", DatagramReordering(2, 1.0)),
        ("operation-failure=insufficient-resources", OperationFailure(Status.INSUFFICIENT_RESOURCES)),
    ],
)
def test_an_effect_is_its_name_its_main_value_and_its_fields(text: str, effect: Effect) -> None:
    assert parse_fault(text) == Fault(effect)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("reset@0.3", Fault(Reset(), probability=0.3)),
        ("stall@0.5,name=slow", Fault(Stall(), name="slow", probability=0.5)),
        ("latency=1s@5%,seed=7", Fault(Latency(1.0), probability=0.05, seed=7)),
        ("latency=1s,seed=7@5%", Fault(Latency(1.0), probability=0.05, seed=7)),
        ("latency=1s@5%", Fault(Latency(1.0), probability=0.05)),
        ("stall,probability=0.3,seed=7,name=slow", Fault(Stall(), name="slow", probability=0.3, seed=7)),
        ("stall,window=2s..10s,flapping=1s/500ms", Fault(Stall(), window=(2.0, 10.0), flapping=(1.0, 0.5))),
        ("stall,window=..10s", Fault(Stall(), window=(None, 10.0))),
        ("reset,after-bytes=1MB,times=1,after=2s", Fault(Reset(), after_bytes=1_000_000, times=1, after=2.0)),
        ("reset,nth=3,counted-per=fault", Fault(Reset(), nth=3, counted_per="fault")),
        ("packet-loss,burst=bad=0.1/good=0.3", Fault(PacketLoss(), burst=GilbertElliott(0.1, 0.3))),
        ("packet-loss,burst=0.1/0.3/0/50%", Fault(PacketLoss(), burst=GilbertElliott(0.1, 0.3, 0.0, 0.5))),
        (r"stall,peer=10.0.0.0/8:80\,443", Fault(Stall(), peer="10.0.0.0/8:80,443")),
        ("latency=1s,direction=receive", Fault(Latency(1.0), direction=Direction.RECEIVE)),
        (
            "operation-hang,operation=send/receive-from,phase=connect,decided-per=each",
            Fault(
                parse_fault("operation-hang").effect,
                operations=[OperationKind.SEND, OperationKind.RECEIVE_FROM],
                phases=Phase.CONNECT,
                decided_per="each",
            ),
        ),
        ("stall,expires-after=1m,socket=3", Fault(Stall(), expires_after=60.0, socket=3)),
    ],
)
def test_behind_an_effect_stands_what_every_fault_can_be_told(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("latncy=1s", "'latncy' is no effect; did you mean latency? `telesock faults effects` lists all"),
        ("", "'' is no effect; `telesock faults effects` lists all"),
        ("limit,end=reset", "limit needs an amount; write it as limit=1000 or limit=5s"),
        (
            "corruption",
            "corruption needs an amount; write it as corruption=10/million or corruption,offsets=",
        ),
        ("corruption=0/million", "per-million: '0' is not from 1 to 4294967295"),
        ("datagram-duplication=0", "copies: '0' is not from 1 to 4294967295"),
        ("stall,nth=0", "nth: '0' is not from 1 to 18446744073709551615"),
        ("stall,socket=0", "socket: '0' is not from 1 to"),
        ("latency", "latency needs delay; write it as latency=200ms"),
        ("insert-bytes=1", "insert-bytes needs data; write it as insert-bytes=1000,data="),
        ("latency=1s,jiter=2", "latency has no field 'jiter'; did you mean jitter? There are jitter, delay,"),
        ("latency=1s,jitter", "'jitter' has no value; write it as jitter=200ms"),
        ("latency=1s,delay=2s", "delay is said twice"),
        ("latency=1s,probability=1@0.3", "probability is said twice"),
        ("latency=1s@0.1,seed=7@0.3", "probability is said twice"),
        ("latency=1s@0.1@0.3", "probability is said twice"),
        ("latency=soon", "delay: 'soon' is not a duration such as 500ms"),
        ("latency=1s@often", "delay: '1s@often' is not a duration"),
        ("latency=1s@1.5", "'1.5' is more than 1"),
        (
            "latency=1s,distribution=norml",
            "distribution: 'norml' is none of them; did you mean normal? There are",
        ),
        ("limit=much", "'much' is neither a size such as 1000 nor a duration such as 5s"),
        ("limit=1,duration=1s", "Limit takes one of bytes and duration, not both"),
        ("corruption=10", "'10' is not 10/million; certain places are written corruption,offsets=0/100"),
        ("packet-loss=0.3", "packet-loss takes no value; how often it fires is written packet-loss@0.3"),
        (r"insert-bytes=1,data=\q", r"data: '\\q' has a backslash that is not of"),
        ("datagram-duplication=99999999999", "copies: '99999999999' is not from 1 to 4294967295"),
        ("stall,window=2s", "window: '2s' is not a window such as 2s..10s, 2s.. or ..10s"),
        ("stall,flapping=2s", "flapping: '2s' is not ON/OFF such as 2s/3s"),
        ("stall,burst=0.1", "burst: '0.1' has not both; write it as bad=0.1,good=0.3"),
        ("stall,burst=0.1/0.2/0/0/0", "burst: '0': there are bad, good, fires-in-good, fires-in-bad"),
        ("stall,burst=0.1/0.2@0.3", "Fault takes one of probability and burst, not both"),
        (
            "stall,seed=99999999999999999999",
            "seed: '99999999999999999999' is not from 0 to 18446744073709551615",
        ),
    ],
)
def test_what_cannot_be_meant_is_said_with_what_can(text: str, problem: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        parse_fault(text)

    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("latency=1s", ""),
        ("receive:latency=1s", "receive"),
        ("to-client:reset", "to-client"),
        ("upstream.send:latency=1s,seed=7", "upstream.send"),
        ("stall,peer=unix:/x", ""),
        ("nowhere:stall@0.3", "nowhere"),
    ],
)
def test_a_place_stands_before_an_effect(text: str, place: str) -> None:
    assert parse_spec(text).place == place


WORDS = st.sampled_from(
    [
        *NAMES,
        *(each.name for each in FIELDS),
        "=",
        "=",
        ",",
        ",",
        "@",
        ":",
        "/",
        "..",
        "\\",
        "1",
        "0.3",
        "5s",
        "send",
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS, max_size=12).map("".join)))
@example("latency=\ud800")
@example("insert-bytes=1,data=\ud800")
@example("stall,name=\udcff")
@example("short-write=" + "9" * 5000)
@example("limit=" + "9" * 400 + "h")
@example("@0.3")
def test_whatever_is_typed_is_a_fault_or_refused_in_one_line(text: str) -> None:
    try:
        parse_spec(text).fault.to_message()
    except typer.BadParameter as refused:
        message = str(refused)
    else:
        message = "a fault"

    assert message
    assert "\n" not in message
