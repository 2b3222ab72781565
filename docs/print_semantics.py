"""Print the checklist and the state tables of the core into semantics.md, each between its two marker lines.

python -m docs.print_semantics            write the page
python -m docs.print_semantics --check    change nothing; exit with 1 when the page is not what would be written
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from docs.checklist import checklist

from telesock.server.core.operations import OPERATION_TRANSITIONS
from telesock.server.core.states import TRANSITIONS, Happening, Request, Row, State, Trigger

PAGE = Path(__file__).with_name("semantics.md")
BEGIN = "<!-- tables: printed from telesock.server.core by docs/print_semantics.py (make docs) -->\n"
END = "<!-- tables: end -->\n"
CHECKLIST_BEGIN = (
    "<!-- checklist: printed from docs/checklist.py by docs/print_semantics.py (make docs) -->\n"
)
CHECKLIST_END = "<!-- checklist: end -->\n"


def words(trigger: Trigger) -> str:
    """A trigger as a person says it."""
    return trigger.name.lower().replace("_", " ")


def staying(state: State, row: Row) -> str:
    """The requests that are legal and change nothing."""
    return ", ".join(words(request) for request in Request if row.get(request) is state)


def moving(state: State, row: Row, triggers: type[Request] | type[Happening]) -> str:
    """The triggers that lead elsewhere, and where to. A happening is shown even where the socket stays."""
    moves = [trigger for trigger in triggers if trigger in row]
    if triggers is Request:
        moves = [trigger for trigger in moves if row[trigger] is not state]
    return "<br>".join(f"{words(trigger)} → `{row[trigger].name}`" for trigger in moves)


def table(rows: dict[State, Row]) -> Iterator[str]:
    """One category, a line a state."""
    yield "| state | legal, and it stays | legal, and it leads to | can happen, and leads to |\n"
    yield "|---|---|---|---|\n"
    for state, row in rows.items():
        cells = (staying(state, row), moving(state, row, Request), moving(state, row, Happening))
        yield f"| `{state.name}` | {' | '.join(cells)} |\n"


def operation_table() -> Iterator[str]:
    """The life of an operation."""
    yield "| state | leads to |\n"
    yield "|---|---|\n"
    for state, following in OPERATION_TRANSITIONS.items():
        yield f"| `{state.name}` | {', '.join(f'`{each.name}`' for each in following)} |\n"


def tables() -> str:
    """Operations, then all categories."""
    parts = ["\n### Operations\n\n", *operation_table()]
    for category, rows in TRANSITIONS.items():
        parts += [f"\n### {category.name.capitalize()} sockets\n\n", *table(dict(rows))]
    return "".join([*parts, "\n"])


def printed(page: str) -> str:
    """The page with the tables as they are now. Raises ValueError when it has no place for them."""
    page = between(page, CHECKLIST_BEGIN, CHECKLIST_END, "".join(["\n", *checklist(), "\n"]))
    return between(page, BEGIN, END, tables())


def between(page: str, begin: str, end: str, text: str) -> str:
    """The page with `text` between two lines."""
    head, found, rest = page.partition(begin)
    _, found_too, tail = rest.partition(end)
    if not found or not found_too:
        raise ValueError(f"the page needs these two lines, in this order:\n{begin}{end}".rstrip())
    return f"{head}{begin}{text}{end}{tail}"


def main(arguments: Sequence[str] | None = None, page: Path = PAGE) -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description="Print the state tables into semantics.md.")
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    check = parser.parse_args(arguments).check
    before = page.read_text()
    try:
        after = printed(before)
    except ValueError as error:
        print(f"{page.name}: {error}", file=sys.stderr)
        return 1
    if check and before != after:
        print(f"{page.name}: the tables are not those of the code; run 'make docs'", file=sys.stderr)
        return 1
    if not check:
        page.write_text(after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
