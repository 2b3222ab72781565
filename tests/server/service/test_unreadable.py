"""Requests whose bytes are no message: refused with their reason, on every method, and no bug of ours."""

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.owners import refused

Single = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
Stream = grpc.aio.UnaryStreamMultiCallable[bytes, bytes]
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
        path, garbage = f"/telesock.v1.{method}", b"\xff\xff\xff"
        single: Single = channel.unary_unary(path)
        stream: Stream = channel.unary_stream(path)

        with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT) as info:
            if method.endswith("StreamEvents"):
                await stream(garbage).read()
            else:
                await single(garbage)

    assert dict(info.metadata)["field"] == "request"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
