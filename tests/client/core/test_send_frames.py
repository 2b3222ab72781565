"""A send's frame is what protobuf would have written for it, whatever its fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telesock.client.core.requests import duration
from telesock.client.core.send_frames import SendFrames
from telesock.client.enumerations import SendLevel
from telesock.v1.sessions_pb2 import AttachRequest, Command
from telesock.v1.sockets_pb2 import SendRequest

HIGHEST = 2**64 - 1
# Below, at and above where the length of a length changes (protobuf's varints have seven bits a byte).
SIZES = (0, 1, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 127, 128, 16_383, 16_384, 1 << 20)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("numbers", [(1, 1, 0), (HIGHEST, 2**63 - 1, HIGHEST)])
def test_a_frame_of_any_size_reads_as_the_send_it_was_made_of(
    size: int, numbers: tuple[int, int, int]
) -> None:
    operation_id, socket_id, offset = numbers

    frame = SendFrames().write(operation_id, socket_id, b"x" * size, offset, SendLevel.WRITTEN, None)

    send = SendRequest(operation_id=operation_id, socket_id=socket_id, data=b"x" * size, stream_offset=offset)
    assert AttachRequest.FromString(frame) == AttachRequest(commands=[Command(send=send)])


def test_what_one_send_asks_beside_its_bytes_is_not_asked_by_the_next() -> None:
    frames = SendFrames()

    written = [
        frames.write(1, 7, b"first", 0, SendLevel.ACKNOWLEDGED, 1.5),
        frames.write(2, 8, b"second", 5, SendLevel.WRITTEN, None),
    ]

    first = SendRequest(
        operation_id=1,
        socket_id=7,
        data=b"first",
        stream_offset=0,
        level=SendLevel.ACKNOWLEDGED,  # type: ignore[arg-type]  # the contract's numbers
        timeout=duration(1.5),
    )
    second = SendRequest(operation_id=2, socket_id=8, data=b"second", stream_offset=5)
    assert [AttachRequest.FromString(frame).commands[0].send for frame in written] == [first, second]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_frames_in_a_row_are_one_message_with_all_their_sends(payloads: list[bytes]) -> None:
    frames = SendFrames()

    row = b"".join(
        frames.write(number, 1, data, 0, SendLevel.WRITTEN, None) for number, data in enumerate(payloads, 1)
    )

    read = AttachRequest.FromString(row)
    assert [command.send.data for command in read.commands] == payloads
