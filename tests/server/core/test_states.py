"""The life of a socket, written down a second time: what the table must say, entry by entry.

A row is a state. A cell tells where a trigger leads from there: `=` means that it is legal and the socket stays,
`.` that it is illegal or cannot happen; anything else is the short name of a state.
"""

import pytest

from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.states import (
    TRANSITIONS,
    Category,
    Happening,
    Request,
    Row,
    State,
    Trigger,
    permit,
    step,
)

STATES = {
    "crea": State.CREATED,
    "boun": State.BOUND,
    "list": State.LISTENING,
    "conn": State.CONNECTING,
    "ESTB": State.CONNECTED,
    "peer": State.PEER_DISCONNECTED,
    "disc": State.DISCONNECTING,
    "disL": State.DISCONNECTING_LAST,
    "drai": State.DRAINING,
    "draL": State.DRAINING_LAST,
    "half": State.SEND_DISCONNECTED,
    "DONE": State.DISCONNECTED,
    "brok": State.SEND_BROKEN,
    "broL": State.SEND_BROKEN_LAST,
    "RSET": State.RESET,
    "abor": State.ABORTED,
    "slnt": State.SILENT,
    "slnL": State.SILENT_LAST,
    "rlay": State.RELAYING,
    "clsg": State.CLOSING,
    "CLSD": State.CLOSED,
}
TRIGGERS: dict[str, Trigger] = {
    "bind": Request.BIND,
    "lstn": Request.LISTEN,
    "acpt": Request.ACCEPT,
    "insp": Request.INSPECT_COMPLETE,
    "rely": Request.RELAY,
    "conn": Request.CONNECT,
    "send": Request.SEND,
    "recv": Request.RECEIVE,
    "sdto": Request.SEND_TO,
    "rcvf": Request.RECEIVE_FROM,
    "disc": Request.DISCONNECT,
    "abrt": Request.ABORT,
    "evnt": Request.SET_EVENT_CALLBACKS,
    "rels": Request.RELEASE,
    "ctrl": Request.CONTROL,
    "slnc": Request.SILENCE,
    "spk": Request.SPEAK,
    "clos": Request.CLOSE,
    "clsG": Request.CLOSE_GRACEFULLY,
    "estb": Happening.CONNECTION_ESTABLISHED,
    "rlyd": Happening.RELAYED,
    "fail": Happening.CONNECT_FAILED,
    "pfin": Happening.PEER_FIN,
    "acked": Happening.FIN_ACKNOWLEDGED,
    "ended": Happening.WAITING_ENDED,
    "cut": Happening.SEND_CUT,
    "lost": Happening.CONNECTION_LOST,
}

BASIC = """
        ctrl  clos  clsG
  crea   =    CLSD  CLSD
  CLSD   .     .     .
"""
LISTENING = """
        bind  acpt  insp  rely  evnt  rels  ctrl  clos  clsG
  crea  list   .     .     .     .     .     =    CLSD  CLSD
  list   .     =     =     =     =     =     =    CLSD  CLSD
  CLSD   .     .     .     .     .     .     .     .     .
"""
DATAGRAM = """
        bind  sdto  rcvf  evnt  rels  ctrl  clos  clsG
  crea  boun   .     .     .     .     =    CLSD  CLSD
  boun   .     =     =     =     =     =    CLSD  CLSD
  CLSD   .     .     .     .     .     .     .     .
"""
CONNECTION_OPENS = """
        bind  conn  ctrl  clos  clsG  estb  fail
  crea  boun   .     =    CLSD  CLSD   .     .
  boun   .    conn   =    CLSD  CLSD   .     .
  conn   .     .     =    CLSD  CLSD  ESTB  boun
"""
STREAM_OPENS = """
        bind  lstn  conn  acpt  insp  rely  evnt  rels  ctrl  clos  clsG  estb  fail
  crea  boun   .     .     .     .     .     .     .     =    CLSD  CLSD   .     .
  boun   .    list  conn   .     .     .     .     .     =    CLSD  CLSD   .     .
  list   .     .     .     =     =     =     =     =     =    CLSD  CLSD   .     .
  conn   .     .     .     .     .     .     .     .     =    CLSD  CLSD  ESTB  boun
"""
CONNECTED = """
        send  recv  disc  abrt  evnt  rels  ctrl  slnc  spk   clos  clsG  pfin  acked ended cut   lost
  ESTB    =     =   disc  abor    =     =     =   slnt    .   CLSD  clsg  peer    .     .   brok  RSET
  peer    =     =   disL  abor    =     =     =   slnL    .   CLSD  clsg    .     .     .   broL  RSET
  slnt    .     =     .     .     =     =     =     .   ESTB  CLSD  CLSD    .     .     .     .   RSET
  slnL    .     =     .     .     =     =     =     .   peer  CLSD  CLSD    .     .     .     .   RSET
  disc    .     =     .   abor    =     =     =     .     .   CLSD  clsg  disL  half  drai  brok  RSET
  disL    .     =     .   abor    =     =     =     .     .   CLSD  clsg    .   DONE  draL  broL  RSET
  drai    .     =   disc  abor    =     =     =     .     .   CLSD  clsg  draL  half    .   brok  RSET
  draL    .     =   disL  abor    =     =     =     .     .   CLSD  clsg    .   DONE    .   broL  RSET
  half    .     =     =   abor    =     =     =     .     .   CLSD  clsg  DONE    .     .     .   RSET
  DONE    .     =     =     =     =     =     =     .     .   CLSD  CLSD    .     .     .     .     .
  brok    .     =     .   abor    =     =     =     .     .   CLSD  CLSD  broL    .     .     .   RSET
  broL    .     =     .   abor    =     =     =     .     .   CLSD  CLSD    .     .     .     .   RSET
  RSET    =     =     =     =     =     =     =     .     .   CLSD  CLSD    .     .     .     .     .
  abor    .     .     .     .     .     =     =     .     .   CLSD  CLSD    .     .     .     .     .
  clsg    .     .     .     .     .     =     =     .     .   CLSD  CLSD    =     =     .     .   CLSD
  CLSD    .     .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
"""

RELAYING = """
        abrt  ctrl  clos  clsG  pfin  acked lost
  rlay  CLSD   =    CLSD  CLSD   =     =    CLSD
"""


def read(matrix: str) -> dict[State, Row]:
    """Turn a matrix into the rows that it shows."""
    head, *lines = [line.split() for line in matrix.strip().splitlines()]
    return {
        STATES[name]: {
            TRIGGERS[trigger]: STATES[name if cell == "=" else cell]
            for trigger, cell in zip(head, cells, strict=True)
            if cell != "."
        }
        for name, *cells in lines
    }


# Only sockets of this category come from a listener, or are made by its relay.
RELAYED = {State.CONNECTED: {**read(CONNECTED)[State.CONNECTED], Happening.RELAYED: State.RELAYING}}
EXPECTED: dict[Category, dict[State, Row]] = {
    Category.BASIC: read(BASIC),
    Category.LISTENING: read(LISTENING),
    Category.CONNECTION: read(CONNECTION_OPENS) | read(CONNECTED) | RELAYED | read(RELAYING),
    Category.DATAGRAM: read(DATAGRAM),
    Category.STREAM: read(STREAM_OPENS) | read(CONNECTED),
}
PLACES = [(category, state) for category, rows in EXPECTED.items() for state in rows]


def told(category: Category, state: State, request: Request) -> State | Reason:
    """Where a request leads, or why it is refused."""
    try:
        return permit(category, state, request)
    except Refused as refused:
        return refused.reason


def stepped(category: Category, state: State, happening: Happening) -> State | None:
    try:
        return step(category, state, happening)
    except KeyError:
        return None


def test_the_matrix_names_every_state_and_every_trigger() -> None:
    assert set(STATES.values()) == set(State)
    assert set(TRIGGERS.values()) == {*Request, *Happening}


@pytest.mark.parametrize("category", Category)
def test_a_category_has_exactly_the_states_of_its_matrix(category: Category) -> None:
    assert set(TRANSITIONS[category]) == set(EXPECTED[category])


@pytest.mark.parametrize(("category", "state"), PLACES)
def test_every_request_is_legal_and_leads_where_the_matrix_says_or_is_refused(
    category: Category, state: State
) -> None:
    possible = {trigger for row in EXPECTED[category].values() for trigger in row}
    expected = {
        request: EXPECTED[category][state].get(
            request, Reason.WRONG_STATE if request in possible else Reason.WRONG_CATEGORY
        )
        for request in Request
    }

    assert {request: told(category, state, request) for request in Request} == expected


@pytest.mark.parametrize(("category", "state"), PLACES)
def test_every_happening_leads_where_the_matrix_says_or_is_a_bug(category: Category, state: State) -> None:
    expected = {happening: EXPECTED[category][state].get(happening) for happening in Happening}

    assert {happening: stepped(category, state, happening) for happening in Happening} == expected


@pytest.mark.parametrize("category", Category)
def test_every_state_but_closed_can_be_closed_and_nothing_leads_out_of_closed(category: Category) -> None:
    rows = TRANSITIONS[category]
    ends = {state: rows[state].get(Request.CLOSE) for state in rows}

    assert ends == {state: None if state is State.CLOSED else State.CLOSED for state in rows}
    assert rows[State.CLOSED] == {}


@pytest.mark.parametrize("category", Category)
def test_every_state_of_a_category_can_be_reached_from_its_creation(category: Category) -> None:
    reached, new = set[State](), {State.CREATED}
    while new:
        reached |= new
        new = {state for found in new for state in TRANSITIONS[category][found].values()} - reached

    assert reached == set(TRANSITIONS[category])


def test_a_request_of_another_category_is_refused_and_the_categories_that_have_it_named() -> None:
    with pytest.raises(Refused) as caught:
        permit(Category.BASIC, State.CREATED, Request.SET_EVENT_CALLBACKS)

    assert caught.value.message == (
        "a basic socket cannot set event callbacks; sockets that can: listening, connection, datagram, stream"
    )
    assert caught.value.metadata == {
        "category": "BASIC",
        "state": "CREATED",
        "request": "SET_EVENT_CALLBACKS",
    }


def test_a_request_in_the_wrong_state_is_refused_and_the_states_that_have_it_named() -> None:
    with pytest.raises(Refused) as caught:
        permit(Category.CONNECTION, State.DISCONNECTING, Request.SEND)

    assert caught.value.message == (
        "send is not legal while the socket is DISCONNECTING; it is in CONNECTED, PEER_DISCONNECTED, RESET"
    )
    assert caught.value.metadata == {
        "category": "CONNECTION",
        "state": "DISCONNECTING",
        "request": "SEND",
        "wsk_status": "STATUS_INVALID_DEVICE_STATE",
    }
