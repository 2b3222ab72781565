"""The command line as pages: what typer's own documenting makes of the programs, with examples as code."""

import re

import typer
from typer.cli import get_docs_for_click

from telesock.client.cli import app
from telesock.server.program import program

_HELP = re.compile(r"^\* `(?:-h, )?--help`: .*\n", re.MULTILINE)
_COMPLETION = re.compile(r"^\* `--(?:install|show)-completion`: .*\n", re.MULTILINE)
_EXAMPLE = re.compile(r"^Example: (.*)$", re.MULTILINE)
_TITLE = re.compile(r"^(#+ )`(.*)`$", re.MULTILINE)


def command_pages() -> dict[str, str]:
    """Return Markdown by the page's place in the site."""
    return {
        "reference/command-line.md": _page(app, "telesock"),
        "reference/agent-command.md": _page(program, "telesock-agent"),
    }


def _page(program: typer.Typer, name: str) -> str:
    command = typer.main.get_command(program)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name=name)
    text = _EXAMPLE.sub(r"```sh\n\1\n```", _COMPLETION.sub("", _HELP.sub("", text)))
    return _TITLE.sub(lambda title: f"{title[1]}{title[2]} {{#{title[2].replace(' ', '-')}}}", text)
