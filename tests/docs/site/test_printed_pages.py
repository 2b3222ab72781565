"""Pages that are printed from the programs have all that there is, and so have the tables that people wrote."""

import dataclasses
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import typer.core
from docs.site.agent_pages import agent_pages
from docs.site.command_pages import command_pages
from docs.site.python_pages import python_pages
from docs.site.reasons import MEANINGS

import telesock.client
import telesock.client.sync
from telesock.client.cli import app
from telesock.server.config import Configuration
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason

PAGES = agent_pages()
OPERATIONS = (Path(__file__).parents[3] / "docs/operations.md").read_text()


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def section(title: str) -> str:
    return OPERATIONS.partition(f"\n{title}")[2].partition("\n## ")[0]


def test_every_setting_has_a_row_with_its_environment_variable() -> None:
    settings = [name for name in Configuration.model_fields if name != "limits"]
    table = PAGES["reference/configuration.md"].partition("## Limits")[0]

    assert first_column(table) == [f"--{name.replace('_', '-')}" for name in settings]
    assert [name for name in settings if f"| `TELESOCK_{name.upper()}` | `{name}` |" not in table] == []
    assert "| `--listen` | `TELESOCK_LISTEN` | `listen` | `127.0.0.1:50551` |" in table


def test_every_limit_has_a_row_on_both_pages() -> None:
    limits = [field.name for field in dataclasses.fields(Limits) if field.name != "default_grace"]
    rows = [row.split("|")[1] for row in section("## Limits").splitlines() if row.startswith("| `")]

    assert first_column(PAGES["reference/configuration.md"].partition("## Limits")[2]) == limits
    assert sorted(name for row in rows for name in re.findall("`([a-z_]+)`", row)) == sorted(limits)


def test_every_metric_has_a_row_on_both_pages() -> None:
    printed = [name.removeprefix("telesock_") for name in first_column(PAGES["reference/metrics.md"])]
    rows = [
        row.split("|")[1]
        for row in section("**Metrics.**").partition("Labels are")[0].splitlines()
        if "|" in row
    ]
    written = [name for row in rows for name in re.findall(r"`([a-z_]+)(?:\{[^`]*\})?`", row)]

    assert len(printed) > 20
    assert sorted(written) == sorted(printed)


def test_every_reason_of_a_refusal_has_a_meaning() -> None:
    assert list(MEANINGS) == list(Reason)
    assert first_column(PAGES["reference/reasons.md"]) == [reason.name for reason in Reason]


def test_every_command_has_a_heading() -> None:
    headings = re.findall(r"^#+ (telesock.*) \{#", command_pages()["reference/command-line.md"], re.MULTILINE)
    assert headings == list(named(typer.main.get_command(app), "telesock"))


def named(command: Any, name: str) -> Iterator[str]:
    yield name
    if isinstance(command, typer.core.TyperGroup):
        for child in command.list_commands(typer.Context(command)):
            yield from named(command.commands[child], f"{name} {child}")


def test_every_public_name_of_the_clients_is_on_a_page() -> None:
    shown = [
        name for text in python_pages().values() for name in re.findall(r"^::: (\S+)$", text, re.MULTILINE)
    ]
    wanted = [
        (module.__name__, name, getattr(module, name))
        for module in (telesock.client, telesock.client.sync)
        for name in module.__all__
    ]
    missing = [
        f"{module}.{name}"
        for module, name, value in wanted
        if not {f"{value.__module__}.{value.__name__}", value.__module__} & set(shown)
    ]
    assert missing == []


def test_every_object_of_a_page_can_be_imported() -> None:
    for text in python_pages().values():
        for name in re.findall(r"^::: (\S+)$", text, re.MULTILINE):
            module, _, last = name.rpartition(".")
            assert last[0].islower() or hasattr(importlib.import_module(module), last), name
            assert last[0].isupper() or importlib.import_module(name), name
