"""The pictures of faults: every effect is in one of them, and the same measurements give the same bytes."""

from pathlib import Path

import pytest

from telesock.client.cli.fault_effects import NAMES, name_of
from telesock.client.cli.fault_specs import parse_fault

pytest.importorskip("matplotlib", reason="drawing needs the bench extra: make fault-pictures installs it")

from tests.benchmarks.fault_bars import MAKING, OPERATIONS, Bar, Mark
from tests.benchmarks.fault_drawing import draw_datagrams, draw_making, draw_operations, draw_streams
from tests.benchmarks.fault_traces import DATAGRAMS, STREAMS, Arrival, Trace

WHOLE = Trace(((0.0, 0), (0.1, 500), (0.2, 1000), (0.2, 1000)), "FIN")
RESET = Trace(((0.0, 0), (0.1, 500), (0.1, 500)), "RST", ((0.1, 17),))
DONE, LATE = Bar("send 1", 0.0, 0.001, "SUCCESS"), Bar("send 1", 0.0, 0.2, "IO_TIMEOUT", injected=True)
ARRIVED = (Arrival(0.0, 0, whole=True), Arrival(0.1, 1, whole=False), Arrival(0.1, 1, whole=True))


def draw_all(folder: Path) -> dict[str, bytes]:
    """Draw one panel of each kind; return the files."""
    folder.mkdir()
    draw_streams({"reset,seed=7": (WHOLE, RESET), "drip=1s": (WHOLE, WHOLE)}, folder / "streams.svg")
    draw_datagrams({"datagram-corruption@20%": (ARRIVED[:1], ARRIVED)}, folder / "datagrams.svg")
    marked = LATE._replace(marks=(Mark(0.1, "connected"), Mark(0.1, "RST")))
    draw_making({"connect-failure=blackhole": (DONE, marked)}, folder / "connecting.svg")
    draw_operations({"operation-hang": (DONE, LATE), "operation-failure": (LATE,)}, folder / "operations.svg")
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_every_effect_is_in_a_picture() -> None:
    specs = [case.spec for case in (*STREAMS, *MAKING)] + [*DATAGRAMS, *OPERATIONS]

    shown = {name_of(type(parse_fault(spec).effect)) for spec in specs}
    assert shown == set(NAMES)


def test_the_same_measurements_give_the_same_bytes(tmp_path: Path) -> None:
    assert draw_all(tmp_path / "first") == draw_all(tmp_path / "second")


def test_titles_and_results_stand_in_the_pictures_as_text(tmp_path: Path) -> None:
    drawn = {name: content.decode() for name, content in draw_all(tmp_path / "drawn").items()}

    wanted = {
        "streams.svg": ["reset", "drip=1s", "FIN", "RST"],
        "datagrams.svg": ["datagram-corruption@20%"],
        "connecting.svg": ["connect-failure=blackhole", "IO_TIMEOUT"],
        "operations.svg": ["operation-hang", "send 1", "SUCCESS"],
    }
    missing = [
        (name, text) for name, texts in wanted.items() for text in texts if f">{text}<" not in drawn[name]
    ]
    assert missing == []
