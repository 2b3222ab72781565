"""Several agents by one table of a file: `count` of them, with "{n}" for the number of each, from `first` on.

Refuses a number where nothing is counted, and counted agents that would all have one name.
"""

from collections.abc import Iterator
from typing import Any

from telesock.client.lab.sources.tables import Table

NUMBER = "{n}"


def count_out(name: str, table: Table) -> Iterator[tuple[str, Table]]:
    """Return each agent that a table stands for, by name; raises ValueError."""
    counted = {key: value for key, value in table.items() if key not in ("count", "first")}
    if "count" not in table:
        yield name, _uncounted(name, table)
    elif NUMBER not in name:
        raise ValueError(f"count: {table['count']} agents cannot all be named {name!r}: put {NUMBER} into it")
    else:
        first = table.get("first", 1)
        for number in range(first, first + table["count"]):
            yield name.replace(NUMBER, str(number)), _filled(counted, number)


def _uncounted(name: str, table: Table) -> Table:
    if "first" in table or _filled([name, table], 1) != [name, table]:
        raise ValueError(f"{'first' if 'first' in table else NUMBER} is of use only with count: say how many")
    return table


def _filled(value: Any, number: int) -> Any:
    """Return a value with the number in every text that is in it."""
    if isinstance(value, str):
        return value.replace(NUMBER, str(number))
    if isinstance(value, dict):
        return {key: _filled(each, number) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_filled(each, number) for each in value)
    return value
