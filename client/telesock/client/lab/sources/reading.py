"""From where a lab's agents are read: decides by the text which kind of place is meant. Refuses what is no place at all.

Each kind is a module of its own, loaded when it is asked for, as is the library that it needs.
"""

from os import PathLike, fspath
from pathlib import Path

from telesock.client.credentials import NO_CREDENTIALS, Credentials
from telesock.client.lab.inventory import Inventory
from telesock.client.lab.sources.failing import not_found

KINDS = "a TOML file, compose:PROJECT, kubernetes:[NAMESPACE/]SELECTOR or dns:NAME[:PORT]"


def read_inventory(where: str | PathLike[str], credentials: Credentials = NO_CREDENTIALS) -> Inventory:
    """Return the agents that are there now; it may wait for a network, 10 s for each answer.

    `where` is the path of a TOML file, "compose:PROJECT", "kubernetes:[NAMESPACE/]SELECTOR" or "dns:NAME[:PORT]"; a path
    that begins like one of these is written "./dns:…" or as a Path. `credentials` are shown to each agent; a file's own
    are put over them. Raises InventoryError, one line, for everything that is in the way, no agents among it.
    """
    place = fspath(where)
    kind, colon, what = place.partition(":")
    if isinstance(where, str) and colon and kind in ("compose", "kubernetes", "dns"):
        if not what:
            raise not_found(place, f"it does not say where; agents are found by {KINDS}")
        return _ask(kind, what, credentials)
    return _read(Path(place), credentials)


def _ask(kind: str, what: str, credentials: Credentials) -> Inventory:
    if kind == "compose":
        from telesock.client.lab.sources.compose import read_project

        return read_project(what, credentials)
    if kind == "kubernetes":
        from telesock.client.lab.sources.kubernetes import read_pods

        return read_pods(what, credentials)
    from telesock.client.lab.sources.dns import read_name

    return read_name(what, credentials)


def _read(path: Path, credentials: Credentials) -> Inventory:
    from telesock.client.lab.sources.files import read_file

    try:
        found = path.is_file()
    except OSError as error:  # what is not to be looked into, a name too long to be one
        raise not_found(str(path), error.strerror) from None
    if not found:
        raise not_found(str(path), f"there is no such file; agents are found by {KINDS}")
    return read_file(path, credentials)
