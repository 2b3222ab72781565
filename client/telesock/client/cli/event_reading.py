"""Reading what happened in a session by calls of one's own: nothing is acted on, acknowledged or kept alive by it.

A stream that breaks is taken up again, and nothing is missed or repeated (core/story.py). From an agent that is not heard of
for 5 s nothing more is expected.
"""

import time
from collections.abc import Iterator

import grpc

from telesock.client.cli.calls import TIMEOUT, end_of, ownership
from telesock.client.cli.failures import say
from telesock.client.cli.options import Credential
from telesock.client.core.story import Finished, Story
from telesock.client.errors import SessionClosed
from telesock.client.statuses import cause_of, loss_of_stream
from telesock.v1 import events_pb2, sessions_pb2, sessions_pb2_grpc

_PATIENCE = 5.0  # seconds

Shown = events_pb2.Event | events_pb2.Gap


def read_events(
    channel: grpc.Channel,
    owned: Credential,
    agent: str,
    wanted: events_pb2.EventFilter,
    start_after: int = 0,
    *,
    follow: bool = False,
) -> Iterator[list[Shown]]:
    """Read to the session's last event, or until it is closed: what came together, over as many streams as it takes.

    Raises AgentUnavailable and SessionLost when the agent or the session is gone, grpc.RpcError for what is refused.
    """
    stub = sessions_pb2_grpc.SessionServiceStub(channel)
    asked = sessions_pb2.GetSessionRequest(session_id=owned.session_id)
    found = stub.GetSession(asked, timeout=TIMEOUT, metadata=ownership(owned)).session
    story = Story(agent, owned.session_id, start_after, wanted, _PATIENCE)
    while not isinstance(story.end, Finished):
        stream, lost, cause = stub.StreamEvents(story.begin(), metadata=ownership(owned)), None, "it ended"
        try:
            for response in stream:
                story.take(response.batch)
                yield [story.ready.popleft() for _ in range(len(story.ready))]
                if not follow and story.position >= found.last_sequence:
                    return
        except grpc.RpcError as error:
            lost, cause = loss_of_stream(end_of(error)), cause_of(end_of(error))
            if lost is not None and not isinstance(lost, SessionClosed):
                raise
        finally:
            stream.cancel()
        pause = story.broke(lost, cause, time.monotonic())
        if story.end is not None and not isinstance(story.end, Finished):
            raise story.end
        time.sleep(pause)
    say(f"session {owned.session_id} was closed")
