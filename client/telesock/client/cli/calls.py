"""Single calls to an agent, without an event loop, for the commands that ask one thing and print the answer.

Sessions that carry sockets are driven by the client proper (`AsyncClient`).
"""

import contextlib
from collections.abc import Iterator

import grpc

from telesock.client.channels import CONNECT_LIMIT
from telesock.client.cli.access import credentials, open_channel
from telesock.client.cli.options import Credential
from telesock.client.statuses import CallEnd, error_of_call, read_call_end

TIMEOUT = 10.0
"""Seconds that an agent has for an answer."""

_OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # agents are in the lab, proxies are for what is not
    ("grpc.initial_reconnect_backoff_ms", 100),  # the smallest that gRPC takes
    ("grpc.max_reconnect_backoff_ms", 2_000),
    CONNECT_LIMIT,
    ("grpc.keepalive_time_ms", 20_000),  # an agent whose host is gone is noticed while following
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),  # also where a ping of gRPC's own is under way
    ("grpc.http2.max_pings_without_data", 0),
)


@contextlib.contextmanager
def channel_to(agent: str) -> Iterator[grpc.Channel]:
    """Open a channel. A call that fails inside raises what the client raises for it."""
    with open_channel(agent, _OPTIONS) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            raise error_of_call(end_of(error), agent, encrypted=credentials().encrypted) from None


def end_of(error: grpc.RpcError) -> CallEnd:
    """Return how a call ended that has failed."""
    assert isinstance(error, grpc.Call), "what a call raises is the call"
    return read_call_end(error.code(), error.details(), error.trailing_metadata())


def ownership(credential: Credential) -> tuple[tuple[str, str], ...]:
    """Return the call metadata that shows whose session it is."""
    return (("telesock-session-token", credential.token),) if credential.token else ()
