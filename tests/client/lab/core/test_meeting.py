"""A barrier as a state."""

import pytest

from telesock.client.lab.core.meeting import Meeting


def test_a_round_is_complete_when_all_have_come_and_the_next_begins() -> None:
    meeting = Meeting(["a", "b"])
    first = meeting.arrive("a")

    assert not first.complete
    assert meeting.arrive("b") is first
    assert first.complete
    assert not meeting.arrive("a").complete


def test_parties_may_be_only_counted() -> None:
    meeting = Meeting(2)
    met = meeting.arrive("")
    meeting.arrive("")

    assert met.complete


def test_who_is_missing_is_known_where_all_have_said_who_they_are() -> None:
    meeting = Meeting(["a", "b", "c"])
    meeting.arrive("b")
    assert meeting.missing() == ("a", "c")

    meeting.arrive("")
    assert meeting.missing() == ()


def test_what_breaks_it_first_is_why_it_is_broken() -> None:
    meeting = Meeting(1)

    assert [meeting.breaks("one"), meeting.breaks("two")] == [True, False]
    assert meeting.broken == "one"


def test_a_strangers_end_breaks_no_meeting_of_others() -> None:
    assert [Meeting(["a"]).concerns("b"), Meeting(["a"]).concerns("a"), Meeting(1).concerns("b")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [("x", "x is no party of this barrier: a, b"), ("a", "a waits at this barrier already")],
)
def test_who_cannot_come_is_told(name: str, message: str) -> None:
    meeting = Meeting(["a", "b"])
    meeting.arrive("a")

    with pytest.raises(ValueError, match=f"^{message}$"):
        meeting.arrive(name)


def test_nobody_cannot_meet() -> None:
    with pytest.raises(ValueError, match="needs one party at least"):
        Meeting(0)


def test_being_late_says_who_did_not_come() -> None:
    named, counted = Meeting(["a", "b"]), Meeting(3)
    named.arrive("a")
    counted.arrive("")

    assert named.late(0.5) == "1 of 2 were at the barrier after 0.5 s: b did not come"
    assert counted.late(2) == "1 of 3 were at the barrier after 2 s"


def test_a_party_that_has_failed_is_waited_for_in_vain_until_it_begins_again() -> None:
    meeting = Meeting(["a", "b"])
    meeting.fail("a", "no disk")
    assert meeting.hopeless() is None  # nobody waits

    meeting.arrive("b")
    assert meeting.hopeless() == ("a", "no disk")
    meeting.begin_again(["a"])
    assert meeting.hopeless() is None


def test_a_party_that_has_failed_and_comes_after_all_is_there() -> None:
    meeting = Meeting(["a", "b", "c"])
    meeting.fail("a", "no disk")
    meeting.arrive("a")

    assert meeting.hopeless() is None


def test_an_agent_that_fails_may_be_none_of_those_that_are_only_counted() -> None:
    meeting = Meeting(2)
    meeting.arrive("b")
    meeting.fail("a", "no disk")

    assert meeting.hopeless() is None
