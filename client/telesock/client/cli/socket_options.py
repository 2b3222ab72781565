"""Socket options as one types them: NAME=VALUE, the names those of the contract.

Refuses an unknown name with those that there are, and a value that cannot be meant with how it is written.
"""

from typing import Annotated, Any

import typer
from google.protobuf.descriptor import FieldDescriptor

from telesock.client.cli.amounts import parse_size
from telesock.client.cli.options import parse_duration, parse_remote
from telesock.client.core.options import NAMES, KeepAlive, Linger, MulticastGroup, write_option
from telesock.v1.options_pb2 import SocketOption

_FIELDS = {field.name: field for field in SocketOption.DESCRIPTOR.fields}
_TRUTHS = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}


def parse_option(text: str) -> tuple[str, Any]:
    """Read one option."""
    name, equals, value = text.partition("=")
    if name not in NAMES:
        raise typer.BadParameter(f"{name!r} is no socket option; there are {', '.join(NAMES)}")
    if not equals:
        raise typer.BadParameter(f"{text!r} has no value; write it as {name}=VALUE")
    return name, _writable(name, _value(name, value), value)


def options_of(pairs: list[tuple[str, Any]] | None) -> dict[str, Any]:
    """Collect options; the last one of a name counts."""
    return dict(pairs or [])


def _value(name: str, text: str) -> Any:
    field = _FIELDS[name]
    if field.message_type is not None:
        return _MESSAGES[field.message_type.name](name, text)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _truth(name, text)
    return text if field.type == FieldDescriptor.TYPE_STRING else _number(name, text)


def _writable(name: str, value: Any, text: str) -> Any:
    """Refuse here what the contract has no room for; what is too much for a host its agent says."""
    try:
        write_option(name, value)
    except ValueError:
        raise typer.BadParameter(f"{name}: {text!r} is out of range") from None
    return value


def _truth(name: str, text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise typer.BadParameter(f"{name}: {text!r} is not true or false")
    return _TRUTHS[text.lower()]


def _number(name: str, text: str) -> int:
    try:
        return parse_size(text)
    except typer.BadParameter:
        raise typer.BadParameter(f"{name}: {text!r} is not a number, such as 5 or 64KiB") from None


def _keep_alive(name: str, text: str) -> KeepAlive:
    """Read true, false, or IDLE[/INTERVAL[/PROBES]]."""
    if text.lower() in _TRUTHS:
        return KeepAlive(_TRUTHS[text.lower()])
    idle, _, rest = text.partition("/")
    interval, _, probes = rest.partition("/")
    return KeepAlive(
        True,
        parse_duration(idle),
        parse_duration(interval) if interval else None,
        _number(name, probes) if probes else 0,
    )


def _linger(name: str, text: str) -> Linger:
    if text.lower() in ("false", "off", "no"):
        return Linger(False)
    return Linger(True, parse_duration(text))


def _group(name: str, text: str) -> MulticastGroup:
    address, _, interface = text.partition("%")
    return MulticastGroup(address, interface)


def _address(name: str, text: str) -> tuple[str, int]:
    address = parse_remote(text)
    return address.host, address.port


_MESSAGES: dict[str, Any] = {
    "KeepAlive": _keep_alive,
    "Linger": _linger,
    "MulticastGroup": _group,
    "Endpoint": _address,
    "Duration": lambda name, text: parse_duration(text),
}

SocketOptions = Annotated[
    list[Any] | None,
    typer.Option(
        "--option",
        parser=parse_option,
        metavar="NAME=VALUE",
        help="A socket option, such as no_delay=true or keep_alive=10s/5s/3; may be repeated.",
        show_default=False,
    ),
]
