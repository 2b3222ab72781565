"""Reading what happened in a session by calls of one's own: nothing is acted on, acknowledged or kept alive by it.

A connection to the agent that breaks is made again, and nothing is missed or repeated. It may break again while it is made;
an agent that has not answered for 5 s by then is gone.
"""

import time
from collections.abc import Iterator

import grpc

from telesock.client.cli.calls import TIMEOUT, end_of, ownership
from telesock.client.cli.failures import say
from telesock.client.cli.options import Credential
from telesock.client.core.lease import Backoff
from telesock.client.errors import SessionClosed
from telesock.client.statuses import loss_of_stream
from telesock.v1 import events_pb2, sessions_pb2, sessions_pb2_grpc

_PATIENCE = 5.0  # seconds


def batches(
    stub: "sessions_pb2_grpc.SessionServiceStub",
    request: sessions_pb2.StreamEventsRequest,
    owned: Credential,
    *,
    follow: bool,
) -> Iterator[events_pb2.EventBatch]:
    """Read batches up to the session's last event, or until it is closed, over as many streams as it takes."""
    last = _get_session(stub, owned).last_sequence  # raises when the agent or the session is gone
    while True:
        stream = stub.StreamEvents(request, metadata=ownership(owned))
        try:
            for response in stream:
                request.start_after = response.batch.last_sequence
                yield response.batch
                if not follow and request.start_after >= last:
                    return
        except grpc.RpcError as error:
            lost = loss_of_stream(end_of(error))
            if isinstance(lost, SessionClosed):
                say(f"session {owned.session_id} was closed")
                return
            if lost is not None:
                raise
        finally:
            stream.cancel()
        _wait_for_agent(stub, owned)


def _get_session(stub: "sessions_pb2_grpc.SessionServiceStub", owned: Credential) -> sessions_pb2.Session:
    request = sessions_pb2.GetSessionRequest(session_id=owned.session_id)
    return stub.GetSession(request, timeout=TIMEOUT, metadata=ownership(owned)).session


def _wait_for_agent(stub: "sessions_pb2_grpc.SessionServiceStub", owned: Credential) -> None:
    """Return when it answers over a new connection. Raises what it says of the session, or why there is no answer."""
    request = sessions_pb2.GetSessionRequest(session_id=owned.session_id)
    deadline, backoff = time.monotonic() + _PATIENCE, Backoff()
    while (left := deadline - time.monotonic()) > 0:
        try:
            stub.GetSession(request, timeout=left, metadata=ownership(owned), wait_for_ready=True)
        except grpc.RpcError as error:
            if loss_of_stream(end_of(error)) is not None:
                raise
            time.sleep(backoff.pause())
        else:
            return
    _get_session(stub, owned)  # does not wait for a connection, and so says why there is none
