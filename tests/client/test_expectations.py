import itertools
from collections.abc import Callable

import pytest

from telesock.client import EventKind, OperationKind
from telesock.client.expectations import NEARLY, RECENT, Expectation, Kind, Position, Wanted, read_wanted
from telesock.v1.events_pb2 import DataReceived, Draining, Event, Gap
from telesock.v1.operations_pb2 import OPERATION_KIND_CONNECT, Completion

DATA = Wanted(EventKind.DATA_RECEIVED)


def data(sequence: int, size: int = 1, socket_id: int = 1) -> Event:
    return Event(sequence=sequence, socket_id=socket_id, data_received=DataReceived(data=b"x" * size))


def draining(sequence: int) -> Event:
    return Event(sequence=sequence, draining=Draining())


def large(event: Event) -> bool:
    return len(event.data_received.data) > 1


def expectation(
    wanted: Wanted = DATA, where: Callable[[Event], object] | None = None, start_after: int = 0
) -> Expectation:
    return Expectation(wanted, where, start_after, 1.0)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (EventKind.DRAINING, Wanted(EventKind.DRAINING)),
        (OperationKind.CONNECT, Wanted(EventKind.COMPLETION, OperationKind.CONNECT)),
        ("peer_disconnected", Wanted(EventKind.PEER_DISCONNECTED)),
        ("Peer Disconnected", Wanted(EventKind.PEER_DISCONNECTED)),
        ("SEND-TO", Wanted(EventKind.COMPLETION, OperationKind.SEND_TO)),
    ],
)
def test_a_kind_is_an_events_or_an_operations_or_the_name_of_one(kind: Kind, wanted: Wanted) -> None:
    assert read_wanted(kind) == wanted
    assert read_wanted(kind, 7) == wanted._replace(socket_id=7)


def test_no_name_stands_for_an_event_and_for_an_operation() -> None:
    assert set(EventKind.__members__) & set(OperationKind.__members__) == set()


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("conect", ValueError, "there is no event or operation 'conect'; there is connect"),
        ("?", ValueError, "there is no event or operation '[?]'; there is completion, data_received, "),
        (3, TypeError, "3 is no kind of event: give an EventKind, an OperationKind or the name of one"),
    ],
)
def test_what_is_no_kind_is_refused(kind: Kind, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        read_wanted(kind)


@pytest.mark.parametrize("within", [-0.1, float("inf"), float("nan")])
def test_a_time_that_is_none_is_refused(within: float) -> None:
    with pytest.raises(ValueError, match=r"within=.*: it is seconds, 0 or more"):
        Expectation(DATA, None, 0, within)


def test_the_first_that_counts_and_that_where_takes_is_it() -> None:
    expected = expectation(DATA._replace(socket_id=1), large)
    taken = [expected.take(each) for each in (draining(1), data(2), data(3, 5, socket_id=2), data(4, 5))]

    assert taken == [False, False, False, True]
    assert (expected.found, list(expected.nearly)) == (data(4, 5), [data(2)])


def test_an_operation_is_told_from_others() -> None:
    expected = expectation(Wanted(EventKind.COMPLETION, OperationKind.CONNECT))
    completion = Completion(kind=OPERATION_KIND_CONNECT)

    assert not expected.take(Event(sequence=1, completion=Completion()))
    assert expected.take(Event(sequence=2, completion=completion))


def test_only_the_last_near_misses_are_kept_and_all_are_counted() -> None:
    expected = expectation(where=large)
    for sequence in range(1, 101):
        expected.take(data(sequence))

    assert [event.sequence for event in expected.nearly] == list(range(101 - NEARLY, 101))
    assert expected.nearly_count == 100


def test_what_was_looked_at_is_not_looked_at_again() -> None:
    expected = expectation(where=large)
    expected.take(data(1))
    expected.looked = 3  # the agent has said that nothing up to there counts

    assert [expected.review(each) for each in (data(1), draining(2), data(3, 5), data(4, 5))] == [
        False,
        False,
        False,
        True,
    ]
    assert expected.nearly_count == 1


def test_what_is_gone_is_remembered_as_far_as_it_was_to_be_looked_at() -> None:
    expected = expectation(start_after=10)
    expected.take(Gap(first_sequence=1, last_sequence=20))
    expected.review(Gap(first_sequence=1, last_sequence=20))

    assert (expected.gaps, expected.looked, expected.reviewed) == ([(11, 20)], 20, 20)


@pytest.mark.parametrize(
    ("looked", "last", "start"), [(100, 100, 100 - RECENT), (3, 100, 3), (3, 5, 0), (0, 0, 0)]
)
def test_a_review_begins_where_looking_ended_or_early_enough_to_show_the_last_events(
    looked: int, last: int, start: int
) -> None:
    expected = expectation()
    expected.looked = looked

    assert expected.review_from(last) == start


def test_what_would_have_been_it_but_came_too_early_is_remembered() -> None:
    expected = expectation(where=large, start_after=2)
    for each in (data(1, 5), data(2), data(3)):
        expected.review(each)

    assert (expected.too_early, expected.found) == (data(1, 5), None)


def test_an_event_of_an_earlier_time_may_be_one_that_where_cannot_judge() -> None:
    def where(event: Event) -> bool:
        raise LookupError

    expected = expectation(where=where, start_after=2)

    assert not expected.review(data(1))
    with pytest.raises(LookupError):
        expected.review(data(3))


# From call to call


def test_each_call_looks_behind_what_the_one_before_has_found() -> None:
    position = Position(3)
    begun = [position.begin(None)]
    position.reach(begun[0], 7)
    begun.append(position.begin(None))

    assert [each.start_after for each in begun] == [3, 7]


def test_a_call_that_begins_anew_takes_the_position_to_what_it_finds_and_one_that_finds_nothing_leaves_it() -> (
    None
):
    position = Position(7)
    position.begin(0)  # it finds nothing
    begun = [position.begin(None), position.begin(2)]
    position.reach(begun[1], 4)
    begun.append(position.begin(None))

    assert [each.start_after for each in begun] == [7, 2, 4]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_after_calls_at_once_the_position_is_the_last_event_that_any_has_found_whichever_ends_first(
    order: tuple[int, ...],
) -> None:
    for anew in itertools.product([None, 0], repeat=3):
        position = Position(10)
        begun = [position.begin(after) for after in anew]
        for number in order:
            position.reach(begun[number], 11 + number)

        assert position.begin(None).start_after == 13


def test_a_call_that_begins_anew_does_not_take_back_what_another_has_found_meanwhile() -> None:
    position = Position(10)
    anew, on = position.begin(0), position.begin(None)
    position.reach(on, 12)
    position.reach(anew, 3)

    assert position.begin(None).start_after == 12
