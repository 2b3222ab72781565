import pytest

from telesock.client.core.outbox import COMMAND, MOST_BYTES, MOST_FRAMES, Outbox
from telesock.v1.sessions_pb2 import AttachRequest
from telesock.v1.sockets_pb2 import ReleaseRequest


class Frame:
    """An entry of a kind with so many bytes, or with a command of an operation."""

    def __init__(self, rank: int = COMMAND, size: int = 0, operation_id: int = 0) -> None:
        self.rank = rank
        self.frame = bytes(size)
        if not size:
            request = AttachRequest()
            request.commands.add().close.operation_id = operation_id
            self.frame = request.SerializeToString()


def read(frames: list[bytes]) -> AttachRequest:
    return AttachRequest.FromString(b"".join(frames))


def partial(socket_id: int, sequence: int) -> ReleaseRequest:
    return ReleaseRequest(socket_id=socket_id, sequence=sequence, accepted_bytes=1)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


def add(outbox: Outbox, *operation_ids: int) -> None:
    for operation_id in operation_ids:
        outbox.add(Frame(operation_id=operation_id), operation_id)


def commands(frames: list[bytes]) -> list[int]:
    return [command.close.operation_id for command in read(frames).commands]


def test_what_waits_leaves_in_one_message_and_in_its_order(outbox: Outbox) -> None:
    add(outbox, 1, 2, 3)
    frames = outbox.take(1)

    assert (commands(frames.encoded), frames.commands, outbox.waiting) == ([1, 2, 3], 3, False)


def test_a_message_has_a_bounded_number_of_commands(outbox: Outbox) -> None:
    add(outbox, *range(1, MOST_FRAMES + 11))

    assert [outbox.take(number).commands for number in (1, 2, 3)] == [MOST_FRAMES, 10, 0]


def test_a_message_has_a_bounded_size(outbox: Outbox) -> None:
    for _ in range(5):
        outbox.add(Frame(size=MOST_BYTES // 2))

    assert [outbox.take(number).commands for number in (1, 2, 3)] == [2, 2, 1]


def test_what_is_larger_than_a_message_leaves_alone(outbox: Outbox) -> None:
    for size in (10, MOST_BYTES + 10, 10):
        outbox.add(Frame(size=size))

    assert [len(outbox.take(number).encoded[0]) for number in (1, 2, 3)] == [10, MOST_BYTES + 10, 10]


def test_an_earlier_kind_behind_a_later_one_begins_a_new_message(outbox: Outbox) -> None:
    for rank in (1, 2, 3, 2, 2, 1, 3):
        outbox.add(Frame(rank, size=1))

    assert [len(outbox.take(number).encoded) for number in (1, 2, 3)] == [3, 2, 2]


def test_after_a_restart_everything_unanswered_leaves_again_in_its_order(outbox: Outbox) -> None:
    add(outbox, 1, 2, 3)
    outbox.take(1)
    add(outbox, 4)
    outbox.answered(2)
    outbox.restart()

    assert outbox.resending == 3
    assert commands(outbox.take(1).encoded) == [1, 3, 4]
    assert outbox.resending == 0


def test_what_was_answered_before_it_leaves_again_does_not_leave(outbox: Outbox) -> None:
    entry = Frame(operation_id=1)
    outbox.add(entry, 1)
    outbox.take(1)
    outbox.restart()
    outbox.answered(1)
    entry.frame = b""

    assert (outbox.take(1).encoded, outbox.resending, outbox.waiting) == ([], 0, False)


def test_only_the_newest_whole_release_of_a_socket_leaves(outbox: Outbox) -> None:
    for socket_id, sequence in ((1, 5), (2, 6), (1, 8), (1, 7)):
        outbox.release(socket_id, sequence)

    releases = read(outbox.take(1).encoded).releases
    assert [(each.socket_id, each.sequence) for each in releases] == [(1, 8), (2, 6)]
    assert not outbox.releasing


def test_releases_that_were_not_confirmed_leave_again(outbox: Outbox) -> None:
    outbox.release(1, 5)
    outbox.take(1)
    outbox.release(2, 6)
    outbox.refuse(partial(3, 7))
    outbox.take(2)
    outbox.confirm(1)
    outbox.restart()

    releases = read(outbox.take(1).encoded).releases
    assert [(each.socket_id, each.sequence) for each in releases] == [(2, 6), (3, 7)]


def test_a_confirmed_partial_release_is_answered(outbox: Outbox) -> None:
    outbox.refuse(partial(1, 5))
    outbox.take(1)
    outbox.confirm(1)

    assert len(outbox) == 0


def test_a_whole_release_does_not_overtake_a_partial_one_of_its_socket(outbox: Outbox) -> None:
    outbox.refuse(partial(1, 5))
    outbox.release(1, 6)
    before = read(outbox.take(1).encoded).releases
    outbox.release(1, 7)

    assert [(each.sequence, each.HasField("accepted_bytes")) for each in before] == [(5, True)]
    assert [each.sequence for each in read(outbox.take(2).encoded).releases] == [7]


def test_refusals_are_found_by_their_place_in_a_message(outbox: Outbox) -> None:
    outbox.take(1)
    outbox.release(1, 5)
    outbox.refuse(partial(2, 6))
    add(outbox, 3, 4)
    outbox.take(2)
    found = [outbox.release_at(2, position) for position in (0, 1, 2)]
    command = outbox.command_at(2, 1)

    assert [each.socket_id if each else None for each in found] == [1, 2, None]
    assert command is not None
    assert commands([command.frame]) == [4]
    assert (outbox.command_at(2, 2), outbox.command_at(7, 0), outbox.release_at(7, 0)) == (None, None, None)


def test_cleared_it_returns_what_was_not_answered_and_is_as_new(outbox: Outbox) -> None:
    add(outbox, 1, 2)
    outbox.release(1, 5)
    outbox.take(1)
    outbox.answered(1)

    assert [commands([entry.frame]) for entry in outbox.clear()] == [[2]]
    outbox.restart()
    assert (outbox.take(1).encoded, len(outbox)) == ([], 0)
