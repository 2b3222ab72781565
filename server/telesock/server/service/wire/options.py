"""Socket options, to core values and back. Refuses an option that names none."""

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.server.core.options import KeepAlive, Linger, MulticastGroup, OptionKind, Peer, SetOption
from telesock.server.core.refusal import malformed
from telesock.server.service.wire.fields import duration_seconds, seconds
from telesock.v1 import options_pb2, types_pb2


def read_options(messages: Iterable[options_pb2.SocketOption]) -> tuple[SetOption, ...]:
    """Read the options that a socket is to be born with."""
    return tuple(read_option(f"spec.options[{place}]", each) for place, each in enumerate(messages))


def read_option(field: str, message: options_pb2.SocketOption) -> SetOption:
    """Read one option and its value."""
    name = message.WhichOneof("option")
    if name is None:
        raise malformed(field, "an option has to be named; this agent may be older than its client")
    value = getattr(message, name)
    read = _READ.get(type(value))
    return SetOption(OptionKind[name.upper()], value if read is None else read(value))


def write_option(option: SetOption) -> options_pb2.SocketOption:
    """Write one option and its value."""
    message = options_pb2.SocketOption()
    name = option.kind.name.lower()
    field = options_pb2.SocketOption.DESCRIPTOR.fields_by_name[name]
    if field.message_type is None:
        setattr(message, name, option.value)
    else:
        value: Any = option.value
        write = _WRITE[Duration if isinstance(value, float | int) else type(value)]
        getattr(message, name).CopyFrom(write(value))
    return message


def _duration(value: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(round(value * 1e9))
    return duration


def _optional_duration(value: float | None) -> Duration | None:
    return None if value is None else _duration(value)


def _read_keep_alive(message: options_pb2.KeepAlive) -> KeepAlive:
    return KeepAlive(message.enabled, seconds(message, "idle"), seconds(message, "interval"), message.probes)


def _write_keep_alive(value: KeepAlive) -> options_pb2.KeepAlive:
    return options_pb2.KeepAlive(
        enabled=value.enabled,
        idle=_optional_duration(value.idle),
        interval=_optional_duration(value.interval),
        probes=value.probes,
    )


_READ: dict[type[Any], Callable[[Any], Any]] = {
    Duration: duration_seconds,
    options_pb2.KeepAlive: _read_keep_alive,
    options_pb2.Linger: lambda message: Linger(message.enabled, duration_seconds(message.timeout)),
    options_pb2.MulticastGroup: lambda message: MulticastGroup(message.address, message.interface),
    types_pb2.Endpoint: lambda message: Peer(message.host, message.port),
}
_WRITE: dict[type[Any], Callable[[Any], Any]] = {
    Duration: _duration,
    KeepAlive: _write_keep_alive,
    Linger: lambda value: options_pb2.Linger(enabled=value.enabled, timeout=_duration(value.timeout)),
    MulticastGroup: lambda value: options_pb2.MulticastGroup(
        address=value.address, interface=value.interface
    ),
    Peer: lambda value: types_pb2.Endpoint(host=value.host, port=value.port),
}
