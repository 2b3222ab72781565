"""A run of scenarios: which file, which lab, one after the other, and the reports of it, which an interrupted run leaves too.

What would fail at the end is found out at the beginning: a report of no known kind, a library for it that is not there.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.scenario_display import Display
from telesock.client.credentials import Credentials
from telesock.client.lab import Inventory, InventoryError, read_inventory
from telesock.client.lab.local import PREFIX, LocalAgentFailed, local_inventory, read_local
from telesock.client.scenarios.failures import failure_text
from telesock.client.scenarios.finding import (
    AGENTS,
    BrokenFile,
    NoScenarios,
    Scenario,
    ScenarioFile,
    choose,
    read_scenarios,
)
from telesock.client.scenarios.outcomes import Outcome, whole_timeline
from telesock.client.scenarios.running import Interrupted, run_scenario
from telesock.client.timeline import Timeline

_FORMS: Mapping[str, Callable[[Timeline], str]] = {
    ".html": Timeline.page,
    ".jsonl": Timeline.jsonl,
    ".json": Timeline.trace,
    ".txt": lambda timeline: f"{timeline}\n",
}


@dataclass(frozen=True)
class Wanted:
    """What is asked for, as the command line has it."""

    path: Path
    where: str | None
    names: tuple[str, ...]
    timeout: float | None
    fail_fast: bool
    junit: Path | None
    timeline: Path | None


def run_file(wanted: Wanted, credentials: Credentials, display: Display) -> bool:
    """Run the scenarios that are wanted; return whether all is well. Raises CommandFailed, or a lab's TelesockError."""
    _check_reports(wanted)
    file, chosen = _read(wanted)
    with _inventory(wanted, file, credentials) as inventory:
        return _run(wanted, chosen, inventory, display)


def _run(wanted: Wanted, chosen: Sequence[Scenario], inventory: Inventory, display: Display) -> bool:
    outcomes: list[Outcome] = []
    try:
        for number, scenario in enumerate(chosen, start=1):
            with display.running(scenario.name, number, len(chosen)):
                outcomes.append(run_scenario(scenario, inventory, wanted.timeout))
            display.ended(outcomes[-1])
            if outcomes[-1].bad and wanted.fail_fast:
                break
    except Interrupted as interrupted:
        outcomes.append(interrupted.outcome)
        display.ended(interrupted.outcome)
        raise
    finally:
        display.summarize(outcomes, len(chosen) - len(outcomes))
        _write_reports(wanted, outcomes, [each.name for each in chosen[len(outcomes) :]])
    return not any(outcome.bad for outcome in outcomes)


def _read(wanted: Wanted) -> tuple[ScenarioFile, tuple[Scenario, ...]]:
    try:
        file = read_scenarios(wanted.path)
        return file, choose(file, wanted.names)
    except (NoScenarios, InventoryError) as wrong:
        raise CommandFailed(str(wrong), exit_status=2) from None
    except BrokenFile as broken:
        raise CommandFailed(f"{wanted.path} cannot be read:\n{failure_text(broken.error)}") from None


# The lab


@contextlib.contextmanager
def _inventory(wanted: Wanted, file: ScenarioFile, credentials: Credentials) -> Iterator[Inventory]:
    where = wanted.where
    if where is not None and not where.startswith(PREFIX):
        inventory = read_inventory(where, credentials)
        _check_size(file, where, len(inventory))
        yield inventory
        return
    try:
        names = file.agents if where is None else read_local(where)
        _check_size(file, where or "the lab", len(names))
        with local_inventory(names) as inventory:
            yield inventory
    except (InventoryError, LocalAgentFailed) as wrong:
        raise CommandFailed(str(wrong), 2 if isinstance(wrong, InventoryError) else 1) from None


def _check_size(file: ScenarioFile, where: str, size: int) -> None:
    needed = len(file.agents)
    if size < needed:
        raise CommandFailed(f"{file.path} needs {needed} agents ({AGENTS}), and {where} has {size}")


# Reports


def _check_reports(wanted: Wanted) -> None:
    if wanted.timeline is not None and wanted.timeline.suffix not in _FORMS:
        raise CommandFailed(f"{wanted.timeline}: a timeline's name ends with {', '.join(_FORMS)}", 2)
    for report in (wanted.timeline, wanted.junit):
        if report is not None and not report.parent.is_dir():
            raise CommandFailed(f"{report}: there is no directory {report.parent}", 2)
    if wanted.junit is not None:
        try:
            import telesock.client.scenarios.junit  # noqa: F401  # only whether it is there
        except ModuleNotFoundError as missing:
            raise CommandFailed(str(missing)) from None


def _write_reports(wanted: Wanted, outcomes: Sequence[Outcome], not_run: Sequence[str]) -> None:
    suite = wanted.path.stem
    with contextlib.ExitStack() as stack:  # one that cannot be written does not keep the other from it
        stack.callback(_write_junit, wanted, suite, outcomes, not_run)
        if wanted.timeline is not None:
            text = _FORMS[wanted.timeline.suffix](whole_timeline(outcomes, suite))
            with _written(wanted.timeline):
                wanted.timeline.write_text(text, encoding="utf-8", newline="\n")


def _write_junit(wanted: Wanted, suite: str, outcomes: Sequence[Outcome], not_run: Sequence[str]) -> None:
    if wanted.junit is not None:
        from telesock.client.scenarios.junit import write_junit

        with _written(wanted.junit):
            write_junit(wanted.junit, suite, outcomes, not_run)


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}") from None
