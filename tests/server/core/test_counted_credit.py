"""Credit in pieces never gives more than its limit, and a release can be repeated."""

from hypothesis import given
from hypothesis import strategies as st

from telesock.server.core.counted_credit import CountedCredit


def test_pieces_that_are_given_or_held_use_credit_until_they_are_released() -> None:
    credit = CountedCredit(3)
    credit.give(5)
    credit.held += 1

    assert (credit.available, credit.holds(5), credit.holds(4)) == (1, True, False)
    assert credit.release(5) == [5]
    credit.held -= 1
    assert (credit.available, credit.holds(5)) == (3, False)


def test_a_release_is_cumulative_and_safe_to_repeat() -> None:
    credit = CountedCredit(9)
    for sequence in (2, 4, 6):
        credit.give(sequence)

    assert [credit.release(4), credit.release(4), credit.release(1)] == [[2, 4], [], []]
    assert credit.available == 8


def test_a_refusal_releases_what_was_before_and_takes_back_it_and_all_after() -> None:
    credit = CountedCredit(9)
    for sequence in (2, 4, 6):
        credit.give(sequence)

    assert credit.refuse(4) == [4, 6]
    assert credit.available == 9


def test_a_limit_that_is_lowered_leaves_no_credit_rather_than_a_negative_one() -> None:
    credit = CountedCredit(3)
    for sequence in (1, 2, 3):
        credit.give(sequence)
    credit.limit = 1

    assert credit.available == 0


@given(st.integers(1, 8), st.lists(st.integers(0, 30), max_size=40))
def test_whatever_is_given_and_released_no_more_is_out_than_the_limit(
    limit: int, releases: list[int]
) -> None:
    credit, out, next_sequence = CountedCredit(limit), [], 1
    for release in releases:
        while credit.available:
            credit.give(next_sequence)
            out.append(next_sequence)
            next_sequence += 1
        assert len(out) == limit
        assert credit.release(release) == [each for each in out if each <= release]
        out = [each for each in out if each > release]
