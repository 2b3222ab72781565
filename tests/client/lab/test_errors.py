"""What a lab raises: one line that names the agents, and each one's error."""

import pytest

from telesock.client.lab.errors import BarrierBroken, LabFailure


def test_a_failure_names_each_agent_in_one_line_and_keeps_its_error() -> None:
    errors = {"a": ValueError("no\nsecond line"), "b": KeyError()}
    failure = LabFailure("sending", errors, asked=3)

    assert str(failure) == "sending failed on 2 of 3 agents: a: no; b: KeyError"
    assert failure.errors == errors


def test_a_failure_is_a_group_of_its_errors() -> None:
    caught: list[Exception] = []
    try:
        raise LabFailure("sending", {"a": ValueError("no"), "b": OSError("gone")})
    except* OSError as group:
        caught += group.exceptions
    except* ValueError as group:
        caught += group.exceptions

    assert list(map(repr, caught)) == ["OSError('gone')", "ValueError('no')"]


def test_a_failure_on_one_agent_of_one_is_said_so() -> None:
    with pytest.raises(LabFailure, match=r"^opening failed on 1 agent: a: no$"):
        raise LabFailure("opening", {"a": ValueError("no")}, asked=1)


def test_the_same_failure_is_said_once_and_broken_barriers_after_what_broke_them() -> None:
    broken = BarrierBroken("the barrier is broken")
    failure = LabFailure("meeting", {"a": broken, "b": ValueError("no"), "c": broken}, asked=3)

    assert str(failure) == "meeting failed on 3 of 3 agents: b: no; a, c: the barrier is broken"
