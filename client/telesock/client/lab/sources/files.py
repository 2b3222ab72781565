"""An inventory as a TOML file: each agent a table, `[defaults]` for what they share. Refuses what it does not know.

    [defaults]                      # each key may stand with an agent too, which then decides
    token_file = "lab.token"        # paths are relative to the file
    ca = "lab-ca.pem"
    labels = { site = "bench" }     # an agent's own are added

    [agents.gateway]
    target = "10.0.0.1:50551"
    labels = { role = "router" }
    addresses = ["10.1.0.1", "10.2.0.0/24"]

    [agents."worker-{n}"]
    count = 40                      # worker-1 to worker-40
    target = "worker-{n}.lab:50551"

Credentials that neither the agent nor the defaults name are those of the caller: a token need not be near the file.
"""

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from telesock.client.credentials import Credentials
from telesock.client.lab.inventory import Inventory, InventoryError, Member, make_inventory
from telesock.client.lab.sources.counting import count_out
from telesock.client.lab.sources.failing import place_named
from telesock.client.lab.sources.tables import Check, Table, check_table, flag, number, text, texts, words
from telesock.client.lab.sources.targets import check_target

MOST = 10_000
"""Agents by one table."""

_PATHS = ("token_file", "ca", "certificate", "key")
_CREDENTIALS: dict[str, Check] = {**dict.fromkeys(_PATHS, text), "tls": flag, "server_name": text}
_SHARED: dict[str, Check] = {"labels": words, **_CREDENTIALS}
_AGENT: dict[str, Check] = {
    "target": text,
    "addresses": texts,
    **_SHARED,
    "count": number(1, MOST),
    "first": number(0, 1 << 31),
}


def read_file(path: Path, credentials: Credentials) -> Inventory:
    """Read an inventory; raises InventoryError with one line that names the file."""
    with place_named(str(path)):
        return make_inventory(_members(_parse(path), path.parent, credentials), str(path))


def _parse(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("it is no TOML file, which is text in UTF-8") from None
    except RecursionError:
        raise ValueError("it is no inventory: its tables or lists are too deep in each other") from None


def _members(document: Table, folder: Path, credentials: Credentials) -> Iterator[Member]:
    checked = check_table("the file", document, {"defaults": _table, "agents": _table})
    defaults = check_table("[defaults]", checked.get("defaults", {}), _SHARED)
    for name, table in checked.get("agents", {}).items():
        place = f"[agents.{name}]"
        agent = check_table(place, table, _AGENT)
        labels = {**defaults.get("labels", {}), **agent.get("labels", {})}
        try:
            for each, values in count_out(name, {**defaults, **agent, "labels": labels}):
                yield _member(each, values, folder, credentials)
        except InventoryError:
            raise
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None


def _table(value: object) -> Table:
    if not isinstance(value, dict):
        raise ValueError("it has to be a table: [defaults], [agents.NAME]")
    return value


def _member(name: str, values: Table, folder: Path, credentials: Credentials) -> Member:
    if "target" not in values:
        raise ValueError('target is missing: where its agent is reached, such as "10.0.0.1:50551"')
    return Member(
        name,
        _target(values["target"], folder),
        values["labels"],
        values.get("addresses", ()),
        _credentials(values, folder, credentials),
    )


def _target(target: str, folder: Path) -> str:
    scheme, _, path = check_target(target).partition(":")
    return f"unix:{folder.absolute() / path}" if scheme == "unix" and not path.startswith("/") else target


def _credentials(values: Table, folder: Path, shared: Credentials) -> Credentials:
    said: dict[str, Any] = {key: values[key] for key in _CREDENTIALS if key in values}
    if not said:
        return shared
    paths = {key: folder / said.pop(key) for key in _PATHS if key in said}
    if "token_file" in paths:
        said["token"] = _read_token(paths.pop("token_file"))
    shown = dataclasses.replace(shared, **said, **paths)
    try:
        shown.for_channel()  # reads what it will need, so that a missing file is told by its name
    except OSError as error:
        raise ValueError(f"{error.filename}: {error.strerror}") from None
    return shown


def _read_token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"token_file: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        token = ""
    if not token:
        raise ValueError(f"token_file: {path} holds no token, which is a line of text")
    return token
