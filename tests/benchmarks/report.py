"""What a person sees of a run: a table of figures and a table of goals for each result."""

from rich.console import Console
from rich.table import Table
from rich.text import Text
from tests.benchmarks.results import Goal, Result


def show(console: Console, result: Result) -> None:
    """Print one result."""
    console.print(Text(result.title, "bold"))
    console.print(figures(result))
    if result.goals:
        console.print(goals(result.goals))
    if result.note:
        console.print(Text(result.note, "dim"))
    console.print()


def figures(result: Result) -> Table:
    """What was measured."""
    table = _table("", "median", "lowest - highest", "unit")
    for figure in result.figures:
        spread = f"{number(figure.lowest)} - {number(figure.highest)}"
        table.add_row(figure.name, number(figure.median), spread, figure.unit)
    return table


def goals(found: tuple[Goal, ...]) -> Table:
    """What it was held to."""
    table = _table("goal", "value", "bound", "")
    for goal in found:
        verdict = Text("met", "green") if goal.met else Text("missed", "red")
        table.add_row(goal.text, number(goal.value), bounds(goal), verdict)
    return table


def bounds(goal: Goal) -> str:
    """What its value has to be."""
    if goal.at_most is not None:
        return f"{number(goal.bound)} to {number(goal.at_most)}"
    return f"{'≥' if goal.at_least else '≤'} {number(goal.bound)}"


def number(value: float) -> str:
    """Three digits that count, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(first: str, second: str, third: str, last: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first, min_width=30)  # the one that may be folded
    table.add_column(second, justify="right", min_width=9, no_wrap=True)
    table.add_column(third, justify="right", min_width=19, no_wrap=True)
    table.add_column(last, no_wrap=True)
    return table
