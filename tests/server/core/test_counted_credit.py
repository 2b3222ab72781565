"""How many pieces were indicated and not released, and which of them a refusal hands back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from telesock.server.core.counted_credit import CountedCredit


def credit_with(*sequences: int, limit: int = 10) -> CountedCredit:
    credit = CountedCredit(limit)
    for sequence in sequences:
        credit.give(sequence)
    return credit


def test_new_credit_is_all_available() -> None:
    assert CountedCredit(10).available == 10


def test_a_piece_that_is_given_uses_one_up_until_it_is_released() -> None:
    credit = credit_with(3, 5)
    before = credit.available

    assert credit.release(3) == [3]
    assert (before, credit.available) == (8, 9)


def test_a_release_covers_everything_up_to_its_sequence() -> None:
    credit = credit_with(3, 5, 9)

    assert credit.release(8) == [3, 5]
    assert credit.available == 9


def test_a_repeated_or_older_release_changes_nothing() -> None:
    credit = credit_with(3, 5)
    credit.release(3)

    assert (credit.release(3), credit.release(2), credit.available) == ([], [], 9)


def test_an_event_is_held_from_its_giving_to_its_release() -> None:
    credit = credit_with(3, 5)
    before = [credit.holds(sequence) for sequence in (2, 3, 4, 5)]

    credit.release(3)

    assert before == [False, True, False, True]
    assert [credit.holds(sequence) for sequence in (3, 5)] == [False, True]


def test_pieces_that_are_held_without_an_event_use_credit_up_too() -> None:
    credit = credit_with(3)
    credit.held = 4

    assert credit.available == 5


def test_a_limit_below_what_is_out_leaves_nothing_and_owes_nothing() -> None:
    credit = credit_with(3, 5, 9)
    credit.limit = 1

    assert credit.available == 0
    credit.release(9)
    assert credit.available == 1


def test_a_refusal_consumes_what_is_before_it_and_hands_back_the_rest() -> None:
    credit = credit_with(3, 5, 9)

    assert credit.refuse(5) == [5, 9]
    assert (credit.available, credit.holds(9)) == (10, False)


@settings(max_examples=50)
@given(given=st.sets(st.integers(1, 50)), released=st.integers(0, 60))
def test_credit_is_the_limit_less_what_is_given_behind_the_last_release(
    given: set[int], released: int
) -> None:
    credit = credit_with(*sorted(given), limit=20)

    assert credit.release(released) == sorted(each for each in given if each <= released)
    assert credit.available == max(0, 20 - sum(each > released for each in given))
