"""The life of a socket, as one table.

Everything that decides whether a request is legal, and where an outcome leads, lives in this file; illegal
means absent. The engine obeys the table, docs/semantics.md is printed from it, and a test walks all of it.
Other modules may ask for a step; none may decide one.

Two kinds of trigger move a socket. A *request* comes from the client: where its row is missing, the request is
refused and nothing changes. A *happening* comes from the network or the clock: where its row is missing, the
engine has a bug. What the network decides must not turn a request that was legal when it was written into a
refusal, so a connection that was RESET still takes sends, receives and disconnects, and lets them fail.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum, auto

from telesock.server.core.refusal import Reason, Refused


class Category(IntEnum):
    """The five kinds of socket that the Winsock Kernel has. Numbers as in the contract."""

    BASIC = 1
    LISTENING = 2
    CONNECTION = 3
    DATAGRAM = 4
    STREAM = 5


class State(IntEnum):
    """Where a socket is in its life. Numbers as in the contract, which describes each."""

    CREATED = 1
    BOUND = 2
    CONNECTING = 3
    CONNECTED = 4
    PEER_DISCONNECTED = 5
    DISCONNECTING = 6
    DISCONNECTING_LAST = 7
    DRAINING = 8
    DRAINING_LAST = 9
    SEND_DISCONNECTED = 10
    DISCONNECTED = 11
    SEND_BROKEN = 12
    SEND_BROKEN_LAST = 13
    RESET = 14
    ABORTED = 15
    CLOSING = 16
    CLOSED = 17
    LISTENING = 18
    SILENT = 19
    SILENT_LAST = 20
    RELAYING = 21


class Request(Enum):
    """What a client may ask of a socket."""

    __hash__ = object.__hash__  # Enum's own is a Python function, and every request looks itself up

    BIND = auto()
    LISTEN = auto()
    ACCEPT = auto()
    INSPECT_COMPLETE = auto()
    RELAY = auto()
    CONNECT = auto()
    SEND = auto()
    RECEIVE = auto()
    SEND_TO = auto()
    RECEIVE_FROM = auto()
    DISCONNECT = auto()
    ABORT = auto()
    SET_EVENT_CALLBACKS = auto()
    RELEASE = auto()
    CONTROL = auto()
    SILENCE = auto()
    SPEAK = auto()
    CLOSE = auto()
    CLOSE_GRACEFULLY = auto()


class Happening(Enum):
    """What can happen to a socket without being asked for at that moment."""

    CONNECTION_ESTABLISHED = auto()
    RELAYED = auto()
    CONNECT_FAILED = auto()
    PEER_FIN = auto()
    FIN_ACKNOWLEDGED = auto()
    WAITING_ENDED = auto()
    SEND_CUT = auto()
    CONNECTION_LOST = auto()


Trigger = Request | Happening
Row = Mapping[Trigger, State]

S, R, H = State, Request, Happening

_LOST: Row = {H.CONNECTION_LOST: S.RESET, R.ABORT: S.ABORTED}
_CLOSE: Row = {R.CLOSE: S.CLOSED, R.CLOSE_GRACEFULLY: S.CLOSED}
_CLOSE_WAITS: Row = {R.CLOSE: S.CLOSED, R.CLOSE_GRACEFULLY: S.CLOSING}


def _stay(state: State, *requests: Request) -> Row:
    return dict.fromkeys(requests, state)


_CREATED: Row = {R.BIND: S.BOUND, **_stay(S.CREATED, R.CONTROL), **_CLOSE}

_CONNECTING: Row = {
    H.CONNECTION_ESTABLISHED: S.CONNECTED,
    H.CONNECT_FAILED: S.BOUND,
    **_stay(S.CONNECTING, R.CONTROL),
    **_CLOSE,
}

# From here on the socket is, or was, a connection: the same rows serve connection and stream sockets.
_CONNECTION_ROWS: Mapping[State, Row] = {
    S.CONNECTED: {
        **_stay(S.CONNECTED, R.SEND, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.DISCONNECT: S.DISCONNECTING,
        R.SILENCE: S.SILENT,
        H.PEER_FIN: S.PEER_DISCONNECTED,
        H.SEND_CUT: S.SEND_BROKEN,
        **_LOST,
        **_CLOSE_WAITS,
    },
    S.PEER_DISCONNECTED: {
        **_stay(S.PEER_DISCONNECTED, R.SEND, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.DISCONNECT: S.DISCONNECTING_LAST,
        R.SILENCE: S.SILENT_LAST,
        H.SEND_CUT: S.SEND_BROKEN_LAST,
        **_LOST,
        **_CLOSE_WAITS,
    },
    S.SILENT: {
        **_stay(S.SILENT, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.SPEAK: S.CONNECTED,
        H.CONNECTION_LOST: S.RESET,
        **_CLOSE,
    },
    S.SILENT_LAST: {
        **_stay(S.SILENT_LAST, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.SPEAK: S.PEER_DISCONNECTED,
        H.CONNECTION_LOST: S.RESET,
        **_CLOSE,
    },
    S.DISCONNECTING: {
        **_stay(S.DISCONNECTING, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        H.PEER_FIN: S.DISCONNECTING_LAST,
        H.FIN_ACKNOWLEDGED: S.SEND_DISCONNECTED,
        H.WAITING_ENDED: S.DRAINING,
        H.SEND_CUT: S.SEND_BROKEN,
        **_LOST,
        **_CLOSE_WAITS,
    },
    S.DISCONNECTING_LAST: {
        **_stay(S.DISCONNECTING_LAST, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        H.FIN_ACKNOWLEDGED: S.DISCONNECTED,
        H.WAITING_ENDED: S.DRAINING_LAST,
        H.SEND_CUT: S.SEND_BROKEN_LAST,
        **_LOST,
        **_CLOSE_WAITS,
    },
    S.DRAINING: {
        **_stay(S.DRAINING, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.DISCONNECT: S.DISCONNECTING,
        H.PEER_FIN: S.DRAINING_LAST,
        H.FIN_ACKNOWLEDGED: S.SEND_DISCONNECTED,
        H.SEND_CUT: S.SEND_BROKEN,
        **_LOST,
        **_CLOSE_WAITS,
    },
    S.DRAINING_LAST: {
        **_stay(S.DRAINING_LAST, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.DISCONNECT: S.DISCONNECTING_LAST,
        H.FIN_ACKNOWLEDGED: S.DISCONNECTED,
        H.SEND_CUT: S.SEND_BROKEN_LAST,
        **_LOST,
        **_CLOSE_WAITS,
    },
    S.SEND_DISCONNECTED: {
        **_stay(S.SEND_DISCONNECTED, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.DISCONNECT: S.SEND_DISCONNECTED,
        H.PEER_FIN: S.DISCONNECTED,
        **_LOST,
        **_CLOSE_WAITS,
    },
    S.DISCONNECTED: {
        **_stay(S.DISCONNECTED, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.DISCONNECT: S.DISCONNECTED,
        R.ABORT: S.DISCONNECTED,
        **_CLOSE,
    },
    S.SEND_BROKEN: {
        **_stay(S.SEND_BROKEN, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        H.PEER_FIN: S.SEND_BROKEN_LAST,
        **_LOST,
        **_CLOSE,
    },
    S.SEND_BROKEN_LAST: {
        **_stay(S.SEND_BROKEN_LAST, R.RECEIVE, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        **_LOST,
        **_CLOSE,
    },
    S.RESET: {
        **_stay(S.RESET, R.SEND, R.RECEIVE, R.DISCONNECT, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
        R.ABORT: S.RESET,
        **_CLOSE,
    },
    S.ABORTED: {**_stay(S.ABORTED, R.RELEASE, R.CONTROL), **_CLOSE},
    S.CLOSING: {
        **_stay(S.CLOSING, R.RELEASE, R.CONTROL),
        H.PEER_FIN: S.CLOSING,
        H.FIN_ACKNOWLEDGED: S.CLOSING,
        H.CONNECTION_LOST: S.CLOSED,
        **_CLOSE,
    },
    S.CLOSED: {},
}

_LISTENING: Row = {
    **_stay(S.LISTENING, R.ACCEPT, R.INSPECT_COMPLETE, R.RELAY),
    **_stay(S.LISTENING, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
    **_CLOSE,
}

# A relay reads and writes the socket, and whatever ends it ends both of the relay's sockets at once.
_RELAYING: Row = {
    **_stay(S.RELAYING, R.CONTROL),
    R.ABORT: S.CLOSED,
    H.PEER_FIN: S.RELAYING,
    H.FIN_ACKNOWLEDGED: S.RELAYING,
    H.CONNECTION_LOST: S.CLOSED,
    **_CLOSE,
}

TRANSITIONS: Mapping[Category, Mapping[State, Row]] = {
    Category.BASIC: {
        S.CREATED: {**_stay(S.CREATED, R.CONTROL), **_CLOSE},
        S.CLOSED: {},
    },
    Category.LISTENING: {
        S.CREATED: {**_CREATED, R.BIND: S.LISTENING},  # binding is listening, as in WSK
        S.LISTENING: _LISTENING,
        S.CLOSED: {},
    },
    Category.CONNECTION: {
        S.CREATED: _CREATED,
        S.BOUND: {R.CONNECT: S.CONNECTING, **_stay(S.BOUND, R.CONTROL), **_CLOSE},
        S.CONNECTING: _CONNECTING,
        **_CONNECTION_ROWS,
        S.CONNECTED: {
            **_CONNECTION_ROWS[S.CONNECTED],
            H.RELAYED: S.RELAYING,
        },  # made by a listener or a relay
        S.RELAYING: _RELAYING,
    },
    Category.DATAGRAM: {
        S.CREATED: _CREATED,
        S.BOUND: {
            **_stay(S.BOUND, R.SEND_TO, R.RECEIVE_FROM, R.SET_EVENT_CALLBACKS, R.RELEASE, R.CONTROL),
            **_CLOSE,
        },
        S.CLOSED: {},
    },
    Category.STREAM: {
        S.CREATED: _CREATED,
        S.BOUND: {
            R.LISTEN: S.LISTENING,
            R.CONNECT: S.CONNECTING,
            **_stay(S.BOUND, R.CONTROL),
            **_CLOSE,
        },
        S.LISTENING: _LISTENING,
        S.CONNECTING: _CONNECTING,
        **_CONNECTION_ROWS,
    },
}

REQUESTS: Mapping[Category, frozenset[Request]] = {
    category: frozenset(trigger for row in rows.values() for trigger in row if isinstance(trigger, Request))
    for category, rows in TRANSITIONS.items()
}
"""What a socket of each category can be asked at all, in whatever state."""


def step(category: Category, state: State, happening: Happening) -> State:
    """Return where a happening leads. Raises KeyError when it cannot happen here: a bug of the caller."""
    return TRANSITIONS[category][state][happening]


def permit(category: Category, state: State, request: Request) -> State:
    """Return where a request leads, or refuse it."""
    following = TRANSITIONS[category][state].get(request)
    if following is None:
        raise _illegal(category, state, request)
    return following


def _illegal(category: Category, state: State, request: Request) -> Refused:
    verb = request.name.lower().replace("_", " ")
    facts = {"category": category.name, "state": state.name, "request": request.name}
    if request not in REQUESTS[category]:
        kinds = [kind.name.lower() for kind in Category if request in REQUESTS[kind]]
        message = f"a {category.name.lower()} socket cannot {verb}; sockets that can: {', '.join(kinds)}"
        return Refused(Reason.WRONG_CATEGORY, message, **facts)
    legal = [name.name for name, row in TRANSITIONS[category].items() if request in row]
    message = f"{verb} is not legal while the socket is {state.name}; it is in {', '.join(legal)}"
    return Refused(Reason.WRONG_STATE, message, wsk_status="STATUS_INVALID_DEVICE_STATE", **facts)
