"""What was indicated and not released, and what a refusal hands back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telesock.server.core.credit import Credit


def credit_with(*given_data: tuple[int, bytes], limit: int = 100) -> Credit:
    credit = Credit(limit)
    for sequence, data in given_data:
        credit.give(sequence, data)
    return credit


def standing(credit: Credit) -> tuple[int, int]:
    return credit.outstanding, credit.available


def test_new_credit_is_all_available() -> None:
    assert standing(Credit(100)) == (0, 100)


def test_what_is_given_uses_credit_up_until_it_is_released() -> None:
    credit = credit_with((3, b"abcd"), (5, b"ef"))
    before = standing(credit)

    credit.release(3)

    assert (before, standing(credit)) == ((6, 94), (2, 98))


def test_a_release_covers_everything_up_to_its_sequence() -> None:
    credit = credit_with((3, b"abcd"), (5, b"ef"), (9, b"g"))

    credit.release(8)

    assert standing(credit) == (1, 99)


def test_a_repeated_release_changes_nothing() -> None:
    credit = credit_with((3, b"abcd"), (5, b"ef"))

    credit.release(3)
    credit.release(3)
    credit.release(2)

    assert standing(credit) == (2, 98)


def test_an_event_is_held_until_it_and_all_before_it_are_released() -> None:
    credit = credit_with((3, b"abcd"), (5, b"ef"))
    before = [credit.holds(sequence) for sequence in (2, 3, 4, 5)]

    credit.release(3)
    between = [credit.holds(sequence) for sequence in (3, 4, 5)]
    credit.release(5)

    assert (before, between, credit.holds(5)) == ([False, True, True, True], [False, False, True], False)


def test_a_limit_lowered_below_what_is_given_leaves_nothing_available() -> None:
    credit = credit_with((3, b"abcd"))

    credit.limit = 3

    assert standing(credit) == (4, 0)


def test_refusing_part_of_an_event_hands_back_its_rest_and_everything_after_it() -> None:
    credit = credit_with((3, b"abcd"), (5, b"efgh"), (9, b"ij"))

    refused = credit.refuse(5, 1)

    assert (refused, standing(credit)) == (b"fghij", (0, 100))


def test_refusing_after_all_bytes_of_an_event_hands_back_only_what_came_after_it() -> None:
    assert credit_with((3, b"abcd"), (5, b"ef")).refuse(3, 4) == b"ef"


def test_refusing_an_event_that_is_released_already_hands_back_nothing_and_changes_nothing() -> None:
    credit = credit_with((3, b"abcd"), (5, b"ef"))
    credit.release(3)

    assert (credit.refuse(3, 1), standing(credit)) == (b"", (2, 98))


def test_a_repeated_refusal_hands_back_nothing() -> None:
    credit = credit_with((3, b"abcd"))
    credit.refuse(3, 1)

    assert (credit.refuse(3, 1), standing(credit)) == (b"", (0, 100))


def test_more_bytes_than_an_event_has_cannot_be_accepted_and_nothing_changes() -> None:
    credit = credit_with((3, b"abcd"))

    with pytest.raises(ValueError, match=r"^event 3 has 4 bytes, fewer than 5$"):
        credit.refuse(3, 5)

    assert standing(credit) == (4, 96)


@pytest.mark.parametrize("sequence", [4, 6])
def test_an_event_that_is_no_data_of_this_socket_cannot_be_refused_and_nothing_changes(
    sequence: int,
) -> None:
    credit = credit_with((3, b"abcd"), (5, b"ef"))

    with pytest.raises(ValueError, match=f"^event {sequence} is not a data indication of this socket$"):
        credit.refuse(sequence, 0)

    assert standing(credit) == (6, 94)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=8), st.data())
def test_what_is_accepted_and_what_is_handed_back_are_together_what_was_given(
    pieces: list[bytes], data: st.DataObject
) -> None:
    credit = credit_with(*enumerate(pieces, start=1))
    event = data.draw(st.integers(1, len(pieces)))
    accepted = data.draw(st.integers(0, len(pieces[event - 1])))

    refused = credit.refuse(event, accepted)

    assert b"".join(pieces[: event - 1]) + pieces[event - 1][:accepted] + refused == b"".join(pieces)
    assert standing(credit) == (0, 100)
