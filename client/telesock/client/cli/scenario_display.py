"""What is shown of scenarios as they run: on a terminal the one that runs and for how long, elsewhere a line for each.

Texts of the scenarios are shown as they are. What a scenario prints itself stands above.
"""

import contextlib
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from telesock.client.cli.output import terminal
from telesock.client.scenarios.outcomes import Outcome, Result, summary
from telesock.client.timeline.ending import last_part

_STYLES = {Result.PASSED: "green", Result.FAILED: "red", Result.ERROR: "red", Result.SKIPPED: "yellow"}
_SIGNS = {Result.PASSED: "✓", Result.FAILED: "✗", Result.ERROR: "✗", Result.SKIPPED: "-"}


class Display:
    """Where it is shown."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or terminal()

    @contextlib.contextmanager
    def running(self, name: str, number: int, count: int) -> Iterator[None]:
        """Show that a scenario runs, for the block; nothing of it stays."""
        if not self._console.is_interactive:
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            progress.add_task(f"{name} ({number} of {count})", total=None)
            yield

    def ended(self, outcome: Outcome) -> None:
        """Show how one ended: a line and, where it failed, why."""
        line = Text.assemble(
            (f"{_SIGNS[outcome.result]} {outcome.result.value:7} ", _STYLES[outcome.result]),
            (outcome.name, "bold"),
            (f"  {outcome.seconds:.2f} s", "dim"),
            f"  {outcome.title if outcome.result is Result.PASSED else outcome.why}",
        )
        self._console.print(line, soft_wrap=True)
        if outcome.bad:
            self._explain(outcome)

    def _explain(self, outcome: Outcome) -> None:
        if outcome.told:
            self._console.print(_indented(outcome.told), soft_wrap=True)
        if outcome.timeline.entries:
            self._console.print(_indented(last_part(outcome.timeline)), style="dim", soft_wrap=True)

    def summarize(self, outcomes: Sequence[Outcome], not_run: int) -> None:
        """Show how many ended how."""
        bad = any(outcome.bad for outcome in outcomes)
        self._console.print(summary(outcomes, not_run), style="red" if bad else "green")


def _indented(text: str) -> Text:
    return Text("\n".join(f"    {line}" for line in text.splitlines()))
