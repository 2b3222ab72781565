"""The fenced blocks of the documentation: what language, where, and what is said about them.

A block that is not to be run has `<!-- not run: REASON -->` in front of it, one before which everything that the blocks above have
started ends has `<!-- anew: REASON -->`. `title="NAME.EXTENSION"` behind the language means
a file of that name, `title="prints"` behind text what the commands before it print.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
PRINTS = "prints"
SHELL = frozenset({"sh", "console"})
RUN = SHELL | {"python"}
DATA = frozenset({"text", "toml", "yaml", "ini", "json"})

_MARK = re.compile(r"<!-- (?P<word>not run|anew): (?P<reason>.+?) -->")
_TITLE = re.compile(r'title="([^"]+)"')


class Block(NamedTuple):
    """A fenced block."""

    page: str
    """Its page's path in the repository."""
    line: int
    """The line of its first line, beginning with 1."""
    language: str
    title: str
    body: str
    not_run: str
    """Why it is not run; empty where it is."""
    anew: str
    """Why what the blocks above have started is ended before it; empty where it goes on."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """All blocks of a page, in its order."""
    return list(_blocks(str(page.relative_to(ROOT)), page.read_text()))


def _blocks(page: str, text: str) -> Iterator[Block]:
    said: dict[str, str] = {}
    for token in MarkdownIt().parse(text):
        if token.type == "fence":
            language, _, rest = token.info.partition(" ")
            title = _TITLE.search(rest)
            line = token.map[0] + 2 if token.map else 0
            named = title[1] if title else ""
            yield Block(
                page, line, language, named, token.content, said.get("not run", ""), said.get("anew", "")
            )
        said = dict(_MARK.findall(token.content)) if token.type == "html_block" else {}
