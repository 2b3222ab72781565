"""The commands in shell blocks: which programs of ours they start, and whether those take what they are given."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import typer
import typer.core

from telesock.client.cli import app
from telesock.server.program import program

_PROGRAMS = {"telesock": typer.main.get_command(app), "telesock-agent": typer.main.get_command(program)}
_ENDS = frozenset({"|", "||", "&&", "&", ";", "(", ")", ">", "<", ">>", "<<", "&>"})
_VARIABLE = "$"
_COMMENT = re.compile(r"(^|\s)#\s.*$")
_DESCRIPTOR = re.compile(r"(?<=\s)\d(?=[<>])")  # "2>": the number is no argument
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")


def commands_of(text: str) -> Iterator[list[str]]:
    """Every command line of ours in a block: the program, then its arguments."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for inner in _SUBSTITUTION.findall(joined):
        yield from commands_of(inner)
    for line in _SUBSTITUTION.sub("$SUBSTITUTED", joined).splitlines():
        yield from _on_line(_COMMENT.sub("", line).removeprefix("$ "))


def _on_line(line: str) -> Iterator[list[str]]:
    reading = shlex.shlex(_DESCRIPTOR.sub("", line), posix=True, punctuation_chars=True)
    reading.whitespace_split = True
    reading.commenters = ""
    words = list(reading)
    for at, word in enumerate(words):
        if word in _PROGRAMS and _begins(words[:at]):
            rest = words[at + 1 :]
            end = next((index for index, each in enumerate(rest) if each in _ENDS), len(rest))
            yield [word, *rest[:end]]


def _begins(before: list[str]) -> bool:
    """Whether a command begins behind these words: at the line's beginning, an operator's, or behind variables."""
    while before and re.fullmatch(r"[A-Z_]+=.*|exec|then|do", before[-1]):
        before = before[:-1]
    return not before or before[-1] in _ENDS


def problem(command: list[str]) -> str:
    """What a program has against a command line, by its own parser; empty where it has nothing."""
    name, *arguments = command
    try:
        _parse(name, arguments)
    except typer.Exit:
        return ""  # --help, --version
    except typer.BadParameter as wrong:
        return "" if any(_VARIABLE in word for word in arguments) else wrong.format_message()
    except typer.TyperException as wrong:
        return wrong.format_message()
    return ""


def _parse(name: str, arguments: list[str]) -> None:
    """Read a command line down to its last argument, and call nothing."""
    found: Any = _PROGRAMS[name]
    context = found.make_context(name, arguments)
    while isinstance(found, typer.core.TyperGroup):
        _, found, arguments = found.resolve_command(context, [*context._protected_args, *context.args])
        context = found.make_context(found.name, arguments, parent=context)
