"""Who has which option, when it may be set, and to what."""

from typing import Any

import pytest

from telesock.server.core.options import (
    RULES,
    KeepAlive,
    Linger,
    OptionKind,
    SetOption,
    check_category,
    check_option,
    check_sharing,
)
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.states import Category, State


def refused(category: Category, state: State, kind: OptionKind, value: Any) -> Reason:
    with pytest.raises(Refused) as caught:
        check_option(category, state, SetOption(kind, value))
    return caught.value.reason


def test_every_option_has_a_rule_and_somebody_who_has_it() -> None:
    assert set(RULES) == set(OptionKind)
    assert all(rule.categories for rule in RULES.values())


@pytest.mark.parametrize("kind", OptionKind)
@pytest.mark.parametrize("category", Category)
def test_an_option_of_other_sockets_is_refused(category: Category, kind: OptionKind) -> None:
    if category in RULES[kind].categories:
        check_category(category, kind)
        return
    with pytest.raises(Refused) as caught:
        check_category(category, kind)
    assert caught.value.reason is Reason.WRONG_CATEGORY
    assert caught.value.metadata == {"category": category.name, "option": kind.name}


@pytest.mark.parametrize(
    ("category", "kind", "value", "states"),
    [
        (Category.LISTENING, OptionKind.CONDITIONAL_ACCEPT, True, {State.CREATED}),
        (Category.CONNECTION, OptionKind.REUSE_ADDRESS, True, {State.CREATED}),
        (Category.STREAM, OptionKind.BACKLOG, 5, {State.CREATED, State.BOUND}),
        (Category.CONNECTION, OptionKind.MAXIMUM_SEGMENT_BYTES, 500, {State.CREATED, State.BOUND}),
        (Category.CONNECTION, OptionKind.FAST_OPEN, 1, {State.CREATED, State.BOUND}),
        (Category.DATAGRAM, OptionKind.FIXED_SEND_TO, None, {State.BOUND}),
        (
            Category.CONNECTION,
            OptionKind.SILENT,
            True,
            {State.CONNECTED, State.PEER_DISCONNECTED, State.SILENT, State.SILENT_LAST},
        ),
        (Category.CONNECTION, OptionKind.NO_DELAY, True, set(State) - {State.CLOSED}),
    ],
)
def test_an_option_may_be_set_in_its_time_only(
    category: Category, kind: OptionKind, value: Any, states: set[State]
) -> None:
    for state in State:
        if state in states:
            check_option(category, state, SetOption(kind, value))
        else:
            assert refused(category, state, kind, value) is Reason.WRONG_STATE


@pytest.mark.parametrize(
    ("category", "kind", "good", "bad"),
    [
        (Category.CONNECTION, OptionKind.TIME_TO_LIVE, [1, 255], [0, 256]),
        (Category.CONNECTION, OptionKind.TYPE_OF_SERVICE, [0, 255], [256]),
        (Category.DATAGRAM, OptionKind.MULTICAST_HOPS, [0, 255], [256]),
        (Category.CONNECTION, OptionKind.RECEIVE_BUFFER_BYTES, [1], [0, 2**31]),
        (Category.CONNECTION, OptionKind.USER_TIMEOUT, [0.0, 0.5, 1.001], [-1.0, 3e6, 0.0004]),
        (Category.LISTENING, OptionKind.DEFER_ACCEPT, [0.0, 3.0], [0.5, 3601.0]),
        (Category.CONNECTION, OptionKind.LINGER, [Linger(True, 2.0)], [Linger(True, 0.5)]),
        (Category.CONNECTION, OptionKind.DEVICE, ["", "lo"], ["x" * 16, "a\0b"]),
        (
            Category.CONNECTION,
            OptionKind.KEEP_ALIVE,
            [KeepAlive(False), KeepAlive(True, 1.0, 32_767.0, 127)],
            [KeepAlive(True, 0.5), KeepAlive(True, None, 0.0), KeepAlive(True, probes=128)],
        ),
    ],
)
def test_a_value_is_taken_or_refused_as_malformed(
    category: Category, kind: OptionKind, good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        check_option(category, State.CREATED, SetOption(kind, value))
    for value in bad:
        assert refused(category, State.CREATED, kind, value) is Reason.MALFORMED


SHARED, EXCLUSIVE = OptionKind.REUSE_ADDRESS, OptionKind.EXCLUSIVE_ADDRESS


@pytest.mark.parametrize(("kind", "other"), [(SHARED, EXCLUSIVE), (EXCLUSIVE, SHARED)])
def test_an_address_is_not_shared_and_exclusive_at_once(kind: OptionKind, other: OptionKind) -> None:
    with pytest.raises(Refused) as caught:
        check_sharing({other: True}, SetOption(kind, True))
    assert caught.value.reason is Reason.MALFORMED

    check_sharing({other: True}, SetOption(kind, False))
    check_sharing({other: False}, SetOption(kind, True))
    check_sharing({kind: True}, SetOption(kind, True))
