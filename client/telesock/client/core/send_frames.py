"""The frame of a send, the one command that has to be fast: its numbers by protobuf, its bytes joined to them.

Putting the bytes through a message costs more than all the rest, and a message that is used again keeps every copy
until it goes itself. So one message with nothing but numbers is used again and again, and the framing around it and
the bytes is written here (protobuf.dev, "Encoding": field number and wire type, length, content).
"""

import functools

from telesock.client.core.requests import duration
from telesock.client.enumerations import SendLevel
from telesock.v1.sockets_pb2 import SendRequest

_COMMANDS = b"\x22"  # AttachRequest.commands
_SEND = b"\x0a"  # Command.send
_DATA = b"\x22"  # SendRequest.data


class SendFrames:
    """Writes AttachRequests with one send each. Of one session: the message is not to be shared."""

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        self._numbers = SendRequest()

    def write(
        self,
        operation_id: int,
        socket_id: int,
        data: bytes,
        stream_offset: int,
        level: SendLevel,
        timeout: float | None,
    ) -> bytes:
        """Return the frame. `timeout` in seconds, None for none."""
        numbers = self._numbers
        numbers.operation_id = operation_id
        numbers.socket_id = socket_id
        numbers.stream_offset = stream_offset
        if level is not SendLevel.WRITTEN or timeout is not None:
            return self._write_in_full(data, level, timeout)
        return _join(numbers.SerializeToString(), data)

    def _write_in_full(self, data: bytes, level: SendLevel, timeout: float | None) -> bytes:
        numbers = SendRequest()
        numbers.CopyFrom(self._numbers)
        numbers.level = level  # type: ignore[assignment]  # the contract's numbers
        if timeout is not None:
            numbers.timeout.CopyFrom(duration(timeout))  # type: ignore[arg-type]  # it is not None
        return _join(numbers.SerializeToString(), data)


def _join(numbers: bytes, data: bytes) -> bytes:
    before, between = _framing(len(numbers), len(data))
    return b"".join((before, numbers, between, data))


@functools.lru_cache(4096)
def _framing(numbers: int, data: int) -> tuple[bytes, bytes]:
    """What stands before so many bytes of numbers, and between them and so many bytes of data."""
    between = _DATA + _length(data)
    send = numbers + len(between) + data
    command = _SEND + _length(send)
    return b"".join((_COMMANDS, _length(len(command) + send), command)), between


def _length(number: int) -> bytes:
    """Write a length as a varint."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
