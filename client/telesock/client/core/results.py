"""What the completion of a socket's operation yields."""

from typing import NamedTuple

from telesock.v1.operations_pb2 import Completion
from telesock.v1.types_pb2 import Endpoint


class Received(NamedTuple):
    """What a receive kept instead of its bytes."""

    length: int
    digest: bytes
    first_difference: int | None
    """Offset in this receive of the first byte that is not the pattern's; None when all are."""
    end_of_stream: bool


def received(completion: Completion) -> Received:
    """Read what a receive kept."""
    result = completion.receive
    difference = result.first_difference if result.HasField("first_difference") else None
    return Received(completion.transferred_bytes, result.digest, difference, result.end_of_stream)


def nothing(completion: Completion) -> None:
    """Read nothing: it has happened, and that is all."""
    return None


def transferred_bytes(completion: Completion) -> int:
    """Read how many bytes went."""
    return completion.transferred_bytes


def address_text(endpoint: Endpoint | None) -> str:
    """Return an address as people read it."""
    return "none" if endpoint is None else f"{endpoint.host}:{endpoint.port}"
