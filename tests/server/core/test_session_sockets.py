"""How a session numbers sockets."""

import pytest

from telesock.server.core.journal import Journal
from telesock.server.core.lease import Lease
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.session import Session
from telesock.server.core.storage import Storage


def session() -> Session:
    journal = Journal(lambda event: b"encoded", Storage(10**9), 10, 10**6)
    return Session("s-1", "a label", Lease(30.0, 0.0), journal)


def test_the_agent_chooses_the_number_above_the_highest() -> None:
    open_session = session()
    first = open_session.new_socket_id(0)
    open_session.highest_socket_id = 41

    assert (first, open_session.new_socket_id(0), open_session.new_socket_id(50)) == (1, 42, 50)


@pytest.mark.parametrize("wanted", [1, 41])
def test_a_number_at_or_below_the_highest_is_refused(wanted: int) -> None:
    open_session = session()
    open_session.highest_socket_id = 41

    with pytest.raises(Refused) as caught:
        open_session.new_socket_id(wanted)

    assert (caught.value.reason, caught.value.message, caught.value.metadata) == (
        Reason.SOCKET_ID_USED,
        f"socket {wanted} was used before; use a number above 41",
        {"socket_id": str(wanted)},
    )


def test_a_number_of_the_agent_s_own_range_is_refused() -> None:
    open_session = session()
    highest = open_session.new_socket_id(2**63 - 1)

    with pytest.raises(Refused) as caught:
        open_session.new_socket_id(2**63)

    assert (highest, caught.value.reason, caught.value.message) == (
        2**63 - 1,
        Reason.MALFORMED,
        "socket_id: 9223372036854775808 is above 9223372036854775807, the highest a client may use",
    )


def test_a_number_that_was_used_names_a_closed_socket_and_any_other_none_that_ever_was() -> None:
    open_session = session()
    open_session.highest_socket_id = 41

    told = [open_session.no_such_socket(number) for number in (41, 1, 42, 0)]

    assert [(refused.reason, refused.message, refused.metadata) for refused in told] == [
        (Reason.SOCKET_CLOSED, "socket 41 is closed; numbers are never used again", {"socket_id": "41"}),
        (Reason.SOCKET_CLOSED, "socket 1 is closed; numbers are never used again", {"socket_id": "1"}),
        (
            Reason.SOCKET_UNKNOWN,
            "socket 42 was never made; the highest number is 41",
            {"socket_id": "42"},
        ),
        (Reason.SOCKET_UNKNOWN, "socket 0 was never made; the highest number is 41", {"socket_id": "0"}),
    ]


def test_sockets_that_the_agent_accepts_have_a_range_of_their_own() -> None:
    open_session = session()
    open_session.note_socket_id(7)

    accepted = [open_session.new_accepted_id() for _ in range(2)]
    for number in accepted:
        open_session.note_socket_id(number)

    assert accepted == [2**63, 2**63 + 1]
    assert open_session.new_socket_id(0) == 8


def test_an_accepted_socket_that_is_gone_is_closed_and_the_numbers_above_never_were() -> None:
    open_session = session()
    before = open_session.no_such_socket(2**63).reason
    last = [open_session.new_accepted_id() for _ in range(2)][-1]

    reasons = [open_session.no_such_socket(number).reason for number in (2**63, last, last + 1)]

    assert before is Reason.SOCKET_UNKNOWN
    assert reasons == [Reason.SOCKET_CLOSED, Reason.SOCKET_CLOSED, Reason.SOCKET_UNKNOWN]
