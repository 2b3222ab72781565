"""Requests whose bytes are no message: refused with their reason, on every method, and no bug of ours."""

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.owners import refused

METHODS = (
    "AgentService/GetAgent",
    "SessionService/OpenSession",
    "SocketService/Send",
    "SessionService/StreamEvents",
)


@pytest.mark.parametrize("method", METHODS)
async def test_bytes_that_are_no_message_are_refused_as_the_callers_mistake(
    method: str, agent: RunningAgent, caplog: pytest.LogCaptureFixture
) -> None:
    async with grpc.aio.insecure_channel(agent.address) as channel:
        stream = method.endswith("StreamEvents")
        ask = (channel.unary_stream if stream else channel.unary_unary)(f"/telesock.v1.{method}")

        with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT) as info:
            call = ask(b"\xff\xff\xff")
            _ = [each async for each in call] if stream else await call

    assert dict(info.metadata)["field"] == "request"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
