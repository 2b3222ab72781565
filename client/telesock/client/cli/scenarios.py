"""`telesock run`: the scenarios of a Python file on a lab, one after the other, each on a lab that is as new.

What each has come to is a line on stdout, with the traceback and the end of the timeline of those that failed. Exit status 0
where all passed or were skipped, 1 where any failed or the lab is not to be had, 2 for a file or a name that makes no sense, 130
when interrupted: then what was on the agents is gone too.
"""

from pathlib import Path
from typing import Annotated

import typer

from telesock.client.cli.access import credentials
from telesock.client.cli.scenario_display import Display

EXAMPLE = "Example: telesock run scenarios.py --lab lab.toml --junit report.xml --timeline run.html"


def run(
    file: Annotated[Path, typer.Argument(metavar="SCENARIOS.py", show_default=False)],
    lab: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            envvar="TELESOCK_LAB",
            help="lab.toml, compose:PROJECT, kubernetes:SELECTOR, dns:NAME, or local:3 for agents of its own, which it "
            "has anyway without this: as many as AGENTS in the file says, or 1.",
            show_default=False,
        ),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("-k", metavar="NAME", help="Only scenarios with this in their name; may be repeated."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="SECONDS", help="For each scenario.", show_default=False),
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop after the first that fails.")] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit's XML.", show_default=False)
    ] = None,
    timeline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what happened, by the name: .html a page, .jsonl, .json a trace, .txt.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run the scenarios of a file: its functions `scenario_NAME(lab)`."""
    from telesock.client.cli.scenario_run import Wanted, run_file  # what a lab needs is not loaded for others

    wanted = Wanted(file, lab, tuple(names or ()), timeout, fail_fast, junit, timeline)
    raise typer.Exit(0 if run_file(wanted, credentials(), Display()) else 1)
