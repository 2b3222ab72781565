"""Whose session a call is about: the token decides, nobody else learns anything, and it is shown nowhere."""

import grpc
import pytest
from tests.promises.owners import Caller, Owner, refused

from telesock.v1.sessions_pb2 import GetSessionRequest


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_session_is_unknown_to_whoever_has_not_its_token(owner: Owner, token: str) -> None:
    stranger = Caller(owner.channel, [("telesock-session-token", token)])

    with refused("SESSION_UNKNOWN", grpc.StatusCode.NOT_FOUND) as info:
        await stranger.ask(GetSessionRequest(session_id=owner.session_id))

    assert dict(info.metadata) == {"session_id": owner.session_id}
