"""Socket options by the names of the contract, with values as Python has them: durations are seconds.

An unknown name raises TypeError and says which there are; what a value may be the agent judges.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from google.protobuf.duration_pb2 import Duration

from telesock.v1 import options_pb2
from telesock.v1.options_pb2 import SocketOption, SocketOptionKind
from telesock.v1.types_pb2 import Endpoint

SomeValue = TypeVar("SomeValue")

NAMES = tuple(field.name for field in SocketOption.DESCRIPTOR.fields)
"""Every option there is; options.proto says what each is for."""


Values = Mapping[str, Any]
"""Options by name, where a socket is to be born with them."""


class KeepAlive(NamedTuple):
    """Probing of an idle connection: seconds, None and 0 leave the kernel's values."""

    enabled: bool
    idle: float | None = None
    interval: float | None = None
    probes: int = 0


class Linger(NamedTuple):
    """What close(2) does with unsent data; seconds."""

    enabled: bool
    timeout: float = 0.0


class MulticastGroup(NamedTuple):
    """A group's address, and the name of an interface or nothing."""

    address: str
    interface: str = ""


def write_option(name: str, value: Any) -> SocketOption:
    """Write one option. Raises TypeError for a name that is none, or a value of another type."""
    message = SocketOption()
    field = SocketOption.DESCRIPTOR.fields_by_name[_known(name)]
    if field.message_type is None:
        setattr(message, name, value)
    else:
        _WRITERS[field.message_type.name](getattr(message, name), value)
        getattr(message, name).SetInParent()
    return message


def write_options(options: Mapping[str, Any]) -> list[SocketOption]:
    """Write options in their order."""
    return [write_option(name, value) for name, value in options.items()]


def read_options(messages: Iterable[SocketOption]) -> dict[str, Any]:
    """Read options, by name."""
    found = {}
    for message in messages:
        name = message.WhichOneof("option")
        if name is not None:  # this client may be older than the agent
            found[str(name)] = _read(getattr(message, name))
    return found


def option_kinds(names: Iterable[str]) -> list[Any]:
    """Return the numbers of options. Raises TypeError for a name that is none."""
    return [SocketOptionKind.Value(f"SOCKET_OPTION_KIND_{_known(name).upper()}") for name in names]


def _known(name: str) -> str:
    if name not in NAMES:
        raise TypeError(f"{name!r} is no socket option; there are {', '.join(NAMES)}")
    return name


def _read(value: Any) -> Any:
    reader = _READERS.get(type(value))
    return value if reader is None else reader(value)


def _seconds(duration: Duration) -> float:
    return duration.ToNanoseconds() / 1e9


def _checked(value: Any, kind: type[SomeValue]) -> SomeValue:
    """A tuple that only looks like it is not taken: what is second in it would be guessed."""
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _write_duration(message: Duration, value: float) -> None:
    message.FromNanoseconds(round(value * 1e9))


def _write_keep_alive(message: options_pb2.KeepAlive, value: KeepAlive | bool) -> None:
    wanted = KeepAlive(value) if isinstance(value, bool) else _checked(value, KeepAlive)
    message.enabled, message.probes = wanted.enabled, wanted.probes
    for name in ("idle", "interval"):
        seconds = getattr(wanted, name)
        if seconds is not None:
            _write_duration(getattr(message, name), seconds)


def _read_keep_alive(message: options_pb2.KeepAlive) -> KeepAlive:
    idle = _seconds(message.idle) if message.HasField("idle") else None
    interval = _seconds(message.interval) if message.HasField("interval") else None
    return KeepAlive(message.enabled, idle, interval, message.probes)


def _write_linger(message: options_pb2.Linger, value: Linger) -> None:
    message.enabled = _checked(value, Linger).enabled
    _write_duration(message.timeout, value.timeout)


def _write_group(message: options_pb2.MulticastGroup, value: MulticastGroup | str) -> None:
    group = MulticastGroup(value) if isinstance(value, str) else _checked(value, MulticastGroup)
    message.address, message.interface = group


def _write_endpoint(message: Endpoint, value: tuple[str, int] | None) -> None:
    message.host, message.port = value or ("", 0)


_WRITERS: dict[str, Callable[[Any, Any], None]] = {
    "Duration": _write_duration,
    "KeepAlive": _write_keep_alive,
    "Linger": _write_linger,
    "MulticastGroup": _write_group,
    "Endpoint": _write_endpoint,
}
_READERS: dict[type[Any], Callable[[Any], Any]] = {
    Duration: _seconds,
    options_pb2.KeepAlive: _read_keep_alive,
    options_pb2.Linger: lambda message: Linger(message.enabled, _seconds(message.timeout)),
    options_pb2.MulticastGroup: lambda message: MulticastGroup(message.address, message.interface),
    Endpoint: lambda message: (message.host, message.port) if message.host else None,
}
