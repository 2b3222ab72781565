"""Which indications each category has, and what can be changed of them."""

import pytest

from telesock.server.core.callbacks import (
    CONNECTION_KINDS,
    check_callbacks,
    check_session_callbacks,
    joined,
    own_kinds,
)
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Indications, SetEventCallbacks
from telesock.server.core.states import Category

NONE, ALL = Indications.NONE, ~Indications.NONE
OWN = {
    Category.BASIC: NONE,
    Category.LISTENING: Indications.CONNECTION,
    Category.CONNECTION: Indications.DATA | Indications.DISCONNECT | Indications.SEND_BACKLOG,
    Category.DATAGRAM: Indications.DATAGRAM,
}


def refused(category: Category, enable: Indications, disable: Indications, static: Indications) -> Reason:
    with pytest.raises(Refused) as caught:
        check_callbacks(category, SetEventCallbacks(1, enable, disable), static)
    return caught.value.reason


@pytest.mark.parametrize("category", OWN)
def test_a_category_has_its_own_kinds(category: Category) -> None:
    assert own_kinds(category) == OWN[category]


@pytest.mark.parametrize("kind", [kind for kind in Indications if kind])
@pytest.mark.parametrize("category", OWN)
def test_a_kind_that_a_category_has_not_is_refused_whether_enabled_or_disabled(
    category: Category, kind: Indications
) -> None:
    allowed = OWN[category] | (CONNECTION_KINDS if category is Category.LISTENING else NONE)
    if kind & allowed:
        check_callbacks(category, SetEventCallbacks(1, kind, NONE), NONE)
    else:
        assert refused(category, kind, NONE, NONE) is Reason.WRONG_CATEGORY
        assert refused(category, NONE, kind, NONE) is Reason.WRONG_CATEGORY


def test_what_a_listener_hands_on_cannot_be_disabled_there_but_its_own_kind_can() -> None:
    assert refused(Category.LISTENING, NONE, Indications.DATA, NONE) is Reason.WRONG_STATE
    check_callbacks(Category.LISTENING, SetEventCallbacks(1, NONE, Indications.CONNECTION), NONE)


def test_what_the_whole_session_indicates_cannot_be_disabled_on_a_socket() -> None:
    request = SetEventCallbacks(1, NONE, Indications.DATA)

    check_callbacks(Category.CONNECTION, request, NONE)
    assert refused(Category.CONNECTION, NONE, Indications.DATA, Indications.DATA) is Reason.WRONG_STATE


def test_a_session_is_told_before_its_first_socket_and_disables_nothing() -> None:
    enabling = SetEventCallbacks(0, Indications.DATA, NONE)

    check_session_callbacks(enabling, used=False)
    for request, used in ((enabling, True), (SetEventCallbacks(0, NONE, Indications.DATA), False)):
        with pytest.raises(Refused) as caught:
            check_session_callbacks(request, used)
        assert caught.value.reason is Reason.WRONG_STATE


def test_a_second_word_to_a_session_adds_kinds_and_changes_the_credits_that_it_names() -> None:
    first = SetEventCallbacks(0, Indications.DATA, NONE, 5, 6, 7)
    second = SetEventCallbacks(0, Indications.CONNECTION, NONE, 0, 9, 0)

    assert joined(first, second) == SetEventCallbacks(
        0, Indications.DATA | Indications.CONNECTION, NONE, 5, 9, 7
    )
