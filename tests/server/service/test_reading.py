"""Requests whose bytes are no message or too many: refused with their reason, on every method, and no bug of ours."""

from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.identities import People, bearer, someone
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


@pytest.mark.parametrize(
    ("path", "most"),
    [("grpc.health.v1.Health/Watch", 65536), ("telesock.v1.OperationService/WaitOperation", 65536)],
)
async def test_a_request_that_needs_few_bytes_is_not_kept_with_millions(
    path: str, most: int, agent: RunningAgent
) -> None:
    filler = b"\x7a\x80\x80\x80\x01" + bytes(2 * 1024 * 1024)  # field 15, which neither knows
    async with grpc.aio.insecure_channel(agent.address) as channel:
        stream: Stream = channel.unary_stream(f"/{path}")

        with refused("TOO_LARGE", grpc.StatusCode.INVALID_ARGUMENT) as info:
            await stream(filler).read()

    assert dict(info.metadata) == {"field": "request", "limit": str(most)}


async def test_whoever_is_not_known_is_not_even_read(start_agent: Any) -> None:
    running = await start_agent(access=People(someone("ann")).access)
    async with grpc.aio.insecure_channel(running.address) as channel:
        single: Single = channel.unary_unary("/telesock.v1.SessionService/SubmitChain")

        with refused("CREDENTIALS_MISSING", grpc.StatusCode.UNAUTHENTICATED):
            await single(b"\xff\xff\xff")
        with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT):
            await single(b"\xff\xff\xff", metadata=bearer("ann"))
