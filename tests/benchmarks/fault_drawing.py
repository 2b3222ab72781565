"""The pictures of what effects do: grids of small panels, the same bytes for the same measurements, few enough for a page."""

import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import EngFormatter, MaxNLocator
from tests.benchmarks.fault_bars import Bar
from tests.benchmarks.fault_traces import Arrival, Trace
from tests.benchmarks.plot import OTHERS, OURS, STYLE
from tests.benchmarks.small_svg import small

WRONG = "#d2601a"
WIDTH = 10.5  # inches
COLUMNS = 3
_POINTS = 40  # of a line, at most
_LABELLED = {"FIN": "o", "RST": "X"}
_MARKS = {"connected": "^", "arrived": "o", "RST": "X"}
_STYLE = STYLE | {"font.sans-serif": ["DejaVu Sans"], "font.monospace": ["DejaVu Sans Mono"]}


def draw_streams(traces: Mapping[str, tuple[Trace, Trace]], file: Path) -> None:
    """Bytes over time, a panel for each fault: without it, and with it."""
    _grid(_stream, traces, 1.42, file)


def draw_datagrams(traces: Mapping[str, tuple[Sequence[Arrival], Sequence[Arrival]]], file: Path) -> None:
    """Numbers of datagrams over the time of their arrival."""
    _grid(_datagrams, traces, 1.9, file)


def draw_making(bars: Mapping[str, tuple[Bar, Bar]], file: Path) -> None:
    """A pair of bars for each fault, one below the other."""
    rows = [bar for pair in bars.values() for bar in pair]
    with matplotlib.rc_context(_STYLE):
        picture = Picture(figsize=(WIDTH, 0.4 + 0.2 * len(rows)))
        axes = picture.add_axes((0.31, 0.06, 0.68, 0.93))
        _bars(axes, rows, 1.25, grey=lambda row: row % 2 == 0)
        names = [_shown(spec) for spec in bars]
        axes.set_yticks(
            [place + 0.5 for place in range(0, len(rows), 2)], names, fontfamily="monospace", fontsize=8
        )
        _save(picture, file)


def draw_operations(bars: Mapping[str, Sequence[Bar]], file: Path) -> None:
    """A panel for each fault: sends, one below the other."""
    _grid(_sends, bars, 1.55, file, columns=2)


def _grid(
    draw: Callable[[Any, str, Any], None],
    found: Mapping[str, Any],
    height: float,
    file: Path,
    columns: int = COLUMNS,
) -> None:
    """A panel for each fault, in rows."""
    rows = -(-len(found) // columns)
    with matplotlib.rc_context(_STYLE):
        picture = Picture(figsize=(WIDTH, rows * height))
        grid = picture.subplots(rows, columns, squeeze=False)
        for axes in grid.flat[len(found) :]:
            axes.remove()
        for axes, (spec, measured) in zip(grid.flat, found.items(), strict=False):
            axes.patch.set_visible(False)
            draw(axes, spec, measured)
        picture.tight_layout(pad=0.4, h_pad=0.7, w_pad=0.9)
        _save(picture, file)


def _title(axes: Any, text: str) -> None:
    axes.set_title(_shown(text), fontsize=8, loc="left", pad=3, fontfamily="monospace")


def _shown(spec: str) -> str:
    """A fault as one types it, without what only makes runs alike, or long."""
    return re.sub(r"x{10,}", "…", spec.replace(",seed=7", ""))


def _stream(axes: Any, spec: str, both: tuple[Trace, Trace]) -> None:
    _title(axes, spec)
    without, found = both
    for trace, colour in zip(both, (OTHERS, OURS), strict=True):
        axes.plot(
            *zip(*_thinned(trace.points), strict=True), drawstyle="steps-post", color=colour, linewidth=1.5
        )
    for trace, colour in (
        ((found, OURS),) if _end_alike(without, found) else ((without, OTHERS), (found, OURS))
    ):
        if trace.end:
            _label(axes, trace.points[-1], trace.end, colour)
    _dots(axes, found.changed if "corruption" in spec else (), WRONG)
    highest = max(trace.points[-1][1] for trace in both)
    longest = max(trace.points[-1][0] for trace in both)
    axes.set_xlim(-0.02 * longest, 1.2 * longest)
    axes.set_ylim(-0.06 * highest, 1.25 * highest)
    _few_ticks(axes, "B")


def _end_alike(without: Trace, found: Trace) -> bool:
    """Whether two labels would stand on each other."""
    pairs = zip(without.points[-1], found.points[-1], strict=True)
    return all(abs(one - other) < 0.15 * one for one, other in pairs)


def _label(axes: Any, point: tuple[float, float], text: str, colour: str) -> None:
    axes.plot(*point, marker=_LABELLED[text], markersize=5, color=colour, clip_on=False)
    axes.annotate(text, point, (0, 4.5), textcoords="offset points", ha="center", fontsize=7, color="#444444")


def _datagrams(axes: Any, spec: str, both: tuple[Sequence[Arrival], Sequence[Arrival]]) -> None:
    _title(axes, spec)
    without, found = both
    _dots(axes, [(each.at, each.number) for each in without], OTHERS)
    _dots(axes, [(each.at, each.number) for each in found if each.whole], OURS)
    _dots(axes, [(each.at, each.number) for each in found if not each.whole], WRONG)
    numbers = [each.number for each in found]
    again = [(each.at, each.number) for each in found if each.number in numbers[: found.index(each)]]
    axes.plot(*zip(*again, strict=True), "o", markersize=7, mfc="none", mec=OURS, mew=0.8) if again else None
    longest = max(each.at for each in (*without, *found))
    axes.set_xlim(-0.02 * longest, 1.08 * longest)
    axes.set_ylim(-3, max(numbers) + 3)
    _few_ticks(axes, "")


def _sends(axes: Any, spec: str, bars: Sequence[Bar]) -> None:
    _title(axes, spec)
    _bars(axes, bars, 1.6, grey=lambda row: False)
    axes.set_yticks(range(len(bars)), [bar.name for bar in bars])


def _bars(axes: Any, bars: Sequence[Bar], room: float, grey: Callable[[int], bool]) -> None:
    """Draw operations one below the other, with room for words behind the longest."""
    for row, bar in enumerate(bars):
        colour = OTHERS if grey(row) else WRONG if bar.injected else OURS
        axes.barh(
            row, bar.end - bar.begin, left=bar.begin, height=0.62, color=colour, ec=colour, linewidth=1.2
        )
        if not grey(row):
            axes.annotate(
                bar.status, (bar.end, row), (7, 0), textcoords="offset points", va="center", fontsize=7
            )
        for mark in bar.marks:
            axes.plot(mark.at, row, marker=_MARKS[mark.what], color="black", markersize=4)
    longest = max(bar.end for bar in bars)
    axes.set_xlim(-0.01 * longest, room * longest)
    axes.set_ylim(len(bars) - 0.45, -0.55)
    axes.tick_params(length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _dots(axes: Any, points: Sequence[tuple[float, float]], colour: str) -> None:
    if points:
        axes.plot(*zip(*points, strict=True), "o", markersize=3.5, color=colour, mew=0)


def _few_ticks(axes: Any, unit: str) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
    axes.yaxis.set_major_locator(MaxNLocator(2, min_n_ticks=2))
    axes.yaxis.set_major_formatter(EngFormatter(unit, sep=""))
    axes.tick_params(length=0, pad=3, labelsize=7.5)


def _thinned(points: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """What came within a small share of the time is one step; the end is left where it was."""
    share = points[-1][0] / _POINTS
    kept = [points[0]]
    for at, total in points[1:-1]:
        if at - kept[-1][0] >= share:
            kept.append((at, total))
        else:
            kept[-1] = (kept[-1][0], total)
    return [*kept, points[-1]]


def _save(picture: Picture, file: Path) -> None:
    """Write it: as SVG or as PNG, to be looked at."""
    if file.suffix == ".png":
        picture.savefig(file, dpi=110, facecolor="white")
        return
    written = BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    picture.savefig(written, format="svg", metadata=nothing, facecolor="white")
    file.write_text(small(written.getvalue().decode()))
