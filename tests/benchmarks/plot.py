"""The picture of a run: a panel of bars for each result and unit, the same bytes for the same record.

    python -m tests.benchmarks.plot FILE.json FILE.svg

A bar is a median, the line on it goes from the lowest round to the highest. A panel whose bars differ by more than
twenty times has a logarithmic scale. Panels stand in two columns, each put where there is more room.
"""

import math
import sys
from pathlib import Path
from typing import Annotated, Any

import matplotlib
import typer
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import EngFormatter, MaxNLocator
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.records import Record
from tests.benchmarks.report import number
from tests.benchmarks.results import Figure, Result

WIDTH = 13.0  # inches
ROW = 0.235
FRAME = 0.8  # of a panel: title, axis, space
HEAD = 0.45
LABELS = 0.235  # of the width of the picture
BARS = 0.245
ROOM = 0.4  # at the right, beside the longest bar
FAR_APART = 20
STYLE = {
    "svg.hashsalt": "telesock",
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
OURS, OTHERS = "#1f6fb2", "#b4bcc4"
BESIDE = ("floor", "ceiling", "bare", "plain", "asyncssh", "RPyC", "socat")
"""How the name of a figure begins that is not one of Telesock."""

program = typer.Typer(add_completion=False, rich_markup_mode=None)


def draw(record: Record, file: Path) -> None:
    """Write the picture."""
    columns = _columns([panel for result in record.results for panel in _panels(result)])
    height = HEAD + max((sum(map(_height, column)) for column in columns), default=0.0)
    with matplotlib.rc_context(STYLE):
        picture = Picture(figsize=(WIDTH, height))
        facts = ", ".join(f"{name} {value}" for name, value in record.machine.items())
        picture.text(0.01, 1 - 0.25 / height, f"Telesock beside floors and peers: {facts}", fontsize=9)
        for left, column in zip((0.0, 0.5), columns, strict=True):
            top = height - HEAD
            for result in column:
                _panel(picture, result, left, top, height)
                top -= _height(result)
        picture.savefig(file, format="svg", metadata={"Date": None})


def _panels(result: Result) -> list[Result]:
    """Let each unit have a panel of its own: bars of different ones cannot be compared."""
    units = list(dict.fromkeys(figure.unit for figure in result.figures))
    if len(units) == 1:
        return [result]
    return [
        Result(f"{result.title} [{unit}]", tuple(each for each in result.figures if each.unit == unit))
        for unit in units
    ]


def _columns(results: list[Result]) -> tuple[list[Result], list[Result]]:
    """Divide the panels into two columns of about the same height, in their order."""
    left: list[Result] = []
    right: list[Result] = []
    for result in results:
        shorter = min(left, right, key=lambda column: sum(map(_height, column)))
        shorter.append(result)
    return left, right


def _height(result: Result) -> float:
    return FRAME + ROW * len(result.figures)


def _panel(picture: Any, result: Result, left: float, top: float, height: float) -> None:
    """Draw one result, its upper left corner at a place in the picture."""
    bars = ROW * len(result.figures)
    bottom = top - 0.35 - bars
    axes = picture.add_axes((left + LABELS, bottom / height, BARS, bars / height))
    picture.text(left + 0.01, (bottom + bars + 0.1) / height, result.title, fontsize=9.5, fontweight="bold")
    rows = range(len(result.figures))
    _scale(axes, result.figures)
    for row, figure in zip(rows, result.figures, strict=True):
        _bar(axes, row, figure)
    axes.set_yticks(rows, [figure.name for figure in result.figures])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()


def _bar(axes: Any, row: int, figure: Figure) -> None:
    """Draw one figure: bar, spread, and the number to quote."""
    colour = OTHERS if figure.name.startswith(BESIDE) else OURS
    axes.barh(row, figure.median, height=0.7, color=colour)
    axes.plot([figure.lowest, figure.highest], [row, row], color="black", linewidth=0.8)
    text = f"{number(figure.median)} {figure.unit}"
    axes.annotate(text, (figure.highest, row), (4, 0), textcoords="offset points", va="center", fontsize=7.5)


def _scale(axes: Any, figures: tuple[Figure, ...]) -> None:
    """Choose the axis, with room for the numbers at its right."""
    highest = max(figure.highest for figure in figures)
    lowest = min(figure.lowest for figure in figures)
    if 0 < lowest * FAR_APART < highest:
        axes.set_xscale("log")
        decades = math.log10(highest / lowest) + 0.5
        axes.set_xlim(lowest / 10**0.5, highest * 10 ** (decades * ROOM))
    else:
        axes.set_xlim(0, highest * (1 + ROOM) or 1)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        if highest >= 1000:
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))


@program.command()
def plot(
    source: Annotated[Path, typer.Argument(metavar="FILE.json", exists=True, dir_okay=False)],
    target: Annotated[Path, typer.Argument(metavar="FILE.svg", dir_okay=False)],
) -> None:
    """Draw what `python -m tests.benchmarks --json FILE.json` has written."""
    try:
        draw(Record.read(source), target)
    except (CannotRun, OSError) as error:
        print(f"plot: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    program()
