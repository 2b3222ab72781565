"""What a socket looks like to a person, as tables, and to a program, as JSON with the contract's names.

Nothing here asks an agent; what was not told is left out of the tables and null in JSON.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Group
from rich.table import Table

from telesock.client.cli.output import json_value
from telesock.client.core.options import read_options
from telesock.client.texts.words import endpoint_text, operation_name
from telesock.v1.operations_pb2 import ControlResult, Operation
from telesock.v1.options_pb2 import SocketQueries
from telesock.v1.sockets_pb2 import Socket
from telesock.v1.types_pb2 import SocketCategory, SocketState

_NUMBERS = {"socket", "sent", "received", "pending"}


def sockets_table(found: Sequence[Socket]) -> Table | str:
    """A line for each socket."""
    if not found:
        return "the session has no sockets"
    table = Table(box=None, pad_edge=False)
    for heading in ("socket", "category", "state", "local", "remote", "sent", "received", "pending"):
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left")
    for each in found:
        ends = (_end(each, "local"), _end(each, "remote"))
        counts = map(str, (each.send_offset, each.receive_offset, each.pending_operations))
        table.add_row(str(each.socket_id), _category(each), _state(each), *ends, *counts)
    return table


class SocketReport(NamedTuple):
    """All about one socket; options and queries are None where they were not told."""

    socket: Socket
    options: ControlResult | None
    queries: SocketQueries | None
    pending: Sequence[Operation]

    def as_json(self) -> str:
        """For a program."""
        options, queries = self.options, self.queries
        report = {
            "socket": json_value(self.socket),
            "options": None if options is None else [json_value(each) for each in options.options],
            "unavailable_options": None if options is None else dict(sorted(options.unavailable.items())),
            "queries": None if queries is None else json_value(queries),
            "pending_operations": [json_value(each) for each in self.pending],
        }
        return json.dumps(report, indent=2)

    def as_tables(self) -> Group:
        """For a person."""
        parts = [_facts(f"socket {self.socket.socket_id}", _state_of(self.socket))]
        if self.queries is not None:
            parts += _queue_tables(self.queries)
        if self.options is not None:
            parts.append(_facts("options", _options_of(self.options)))
        pending = {str(each.operation_id): operation_name(each.kind) for each in self.pending}
        parts.append(_facts("pending operations", pending))
        return Group(*parts)


def _queue_tables(queries: SocketQueries) -> list[Table | str]:
    found = json_value(queries)
    for name in ("tcp_info_fields", "addresses"):
        found.pop(name)
    info = found.pop("tcp_info", None)
    tables = [_facts("queues", found)] if found else []
    return tables + ([] if info is None else [_facts("TCP_INFO", info)])


def _state_of(socket: Socket) -> dict[str, str]:
    return {
        "category": _category(socket),
        "state": _state(socket),
        "local": _end(socket, "local"),
        "remote": _end(socket, "remote"),
        "sent": f"{socket.send_offset} bytes",
        "received": f"{socket.receive_offset} bytes",
    }


def _options_of(options: ControlResult) -> dict[str, str]:
    held = {name: _value_text(value) for name, value in read_options(options.options).items()}
    return held | {name: f"not here: {why}" for name, why in sorted(options.unavailable.items())}


def _value_text(value: Any) -> str:
    """A value as one types it where that is short, or by the names of its parts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        parts = value._asdict()
        if not parts.pop("enabled", True):
            return "false"
        return ", ".join(f"{name} {part:g}" for name, part in parts.items() if part is not None) or "true"
    if isinstance(value, tuple):
        host, port = value
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return "" if value is None else str(value)


def _category(socket: Socket) -> str:
    return _name(SocketCategory, socket.category, "SOCKET_CATEGORY_").lower()


def _state(socket: Socket) -> str:
    return _name(SocketState, socket.state, "SOCKET_STATE_")


def _name(enumeration: Any, value: int, prefix: str) -> str:
    """Name an enum value; one that is newer than this client by its number."""
    return str(enumeration.Name(value)).removeprefix(prefix) if value in enumeration.values() else str(value)


def _end(socket: Socket, name: str) -> str:
    return endpoint_text(getattr(socket, name)) if socket.HasField(name) else ""


def _facts(title: str, facts: dict[str, Any]) -> Table | str:
    shown = {name: value for name, value in facts.items() if value != ""}
    if not shown:
        return f"{title}: none\n"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
    for name, value in shown.items():
        table.add_row(name.replace("_", " "), str(value))
    return table
