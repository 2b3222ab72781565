"""Reading what happened in a session by calls of one's own: nothing is acted on, acknowledged or kept alive by it.

A connection to the agent that breaks is made again, and nothing is missed or repeated.
"""

import contextlib
from collections.abc import Iterator

import grpc

from telesock.client.cli.calls import TIMEOUT, calls_to, ownership
from telesock.client.cli.failures import say
from telesock.client.cli.options import Credential
from telesock.client.errors import AgentUnavailable, SessionClosed
from telesock.v1 import events_pb2, sessions_pb2, sessions_pb2_grpc

_RECONNECTING = 2.0  # seconds


def batches(
    stub: "sessions_pb2_grpc.SessionServiceStub",
    request: sessions_pb2.StreamEventsRequest,
    owned: Credential,
    agent: str,
    *,
    follow: bool,
) -> Iterator[events_pb2.EventBatch]:
    """Read batches up to the session's last event, or until it is closed, over as many streams as it takes."""
    again = False
    while True:
        last = _last_sequence(stub, owned, again=again)  # raises when the agent or the session is gone
        again = True
        stream = stub.StreamEvents(request, metadata=ownership(owned))
        try:
            with calls_to(agent):
                for response in stream:
                    request.start_after = response.batch.last_sequence
                    yield response.batch
                    if not follow and request.start_after >= last:
                        return
        except AgentUnavailable:
            continue
        except SessionClosed:
            say(f"session {owned.session_id} was closed")
            return
        finally:
            stream.cancel()


def _last_sequence(stub: "sessions_pb2_grpc.SessionServiceStub", owned: Credential, *, again: bool) -> int:
    """Ask the agent; `again` gives gRPC the time to find out that the connection it had is gone."""
    request, metadata = sessions_pb2.GetSessionRequest(session_id=owned.session_id), ownership(owned)
    if again:
        with contextlib.suppress(grpc.RpcError):
            stub.GetSession(request, timeout=_RECONNECTING, metadata=metadata, wait_for_ready=True)
    return stub.GetSession(request, timeout=TIMEOUT, metadata=metadata).session.last_sequence
