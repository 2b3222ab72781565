"""What both clients say of a channel to an agent: its arguments, its time limits, and what is raised once it is closed."""

from collections.abc import Sequence
from typing import Any

from telesock.client.credentials import Credentials, Metadata
from telesock.client.errors import AgentUnavailable, SessionClosed

CALL_TIMEOUT = 10.0
"""Seconds that an agent has to answer a single call."""
CONNECT_TIMEOUT = 8.0
"""Seconds that a connection to an agent may take to come about: what takes one and says nothing is told within a call."""
TOKEN_KEY = "telesock-session-token"
ATTACH = "/telesock.v1.SessionService/Attach"

Options = Sequence[tuple[str, Any]]

CONNECT_LIMIT = (
    "grpc.min_reconnect_backoff_ms",
    round(CONNECT_TIMEOUT * 1000),
)  # the name tells half of what it is

_OPTIONS: Options = (
    ("grpc.enable_http_proxy", 0),  # agents are in the lab, proxies are for what is not
    ("grpc.use_local_subchannel_pool", 1),  # each client its own connection: one's trouble is not another's
    ("grpc.max_receive_message_length", -1),  # the agent bounds what it sends
    ("grpc.max_send_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),  # the smallest that gRPC takes
    ("grpc.max_reconnect_backoff_ms", 2_000),
    CONNECT_LIMIT,
    ("grpc.keepalive_time_ms", 10_000),  # an agent whose host is gone is noticed within half a default lease
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),  # of pings that gRPC sends for itself: meanwhile it sends no other
    ("grpc.http2.max_pings_without_data", 0),  # an idle session has little to say
)


def channel_options(options: Options, credentials: Credentials) -> list[tuple[str, Any]]:
    """Return all arguments of a channel; of two with one name gRPC takes the first, which is the program's."""
    return [*options, *credentials.options, *_OPTIONS]


def session_metadata(credentials: Metadata, session_token: str) -> Metadata:
    """Return what the calls of a session carry."""
    return (*credentials, (TOKEN_KEY, session_token))


def call_of_closed(target: str) -> AgentUnavailable:
    """Return what is raised by a call of a client that is closed."""
    return AgentUnavailable(f"the client of {target} is closed")


def stream_of_closed() -> SessionClosed:
    """Return how a stream ends whose client is closed."""
    return SessionClosed("the client was closed", "CLOSED")
