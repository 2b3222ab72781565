"""How it is told that agents were not found: always one line, that names the place and what would be right."""

import contextlib
from collections.abc import Iterator

from telesock.client.lab.inventory import InventoryError


def not_found(where: str, why: object) -> InventoryError:
    """Return what to raise; `why` may be an exception, of which everything is told in one line."""
    return InventoryError(one_line(f"{where}: {why}"))


def not_installed(where: str, missing: ModuleNotFoundError, extra: str) -> InventoryError:
    """Return what to raise where the library that asks such a place is not installed."""
    library = (missing.name or "its library").partition(".")[0]
    return not_found(where, f"{library} is not installed: pip install 'telesock[{extra}]'")


@contextlib.contextmanager
def place_named(where: str) -> Iterator[None]:
    """Let no error out that does not name the place: what is wrong with a value (ValueError) is wrong there."""
    try:
        yield
    except ValueError as error:
        named = isinstance(error, InventoryError) and str(error).startswith(one_line(where))
        raise (InventoryError(one_line(str(error))) if named else not_found(where, error)) from None


def one_line(text: str) -> str:
    """Return a text without what would end its line or move about on a terminal."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
