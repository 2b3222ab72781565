"""What an agent says about itself, its clocks, and within which bounds it can be asked to stop."""

import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from tests.agents import RunningAgent
from tests.promises.owners import Caller, Open, Owner, refused

from telesock.server.core.contract import CONTRACT_REVISION
from telesock.server.core.limits import Limits
from telesock.server.core.policy import Policy
from telesock.server.engine.capabilities import Capability
from telesock.server.engine.engine import Engine
from telesock.server.service.agent import AgentDescription
from telesock.server.service.server import AgentServer
from telesock.server.service.wire.events import encode_event
from telesock.server.service.wire.views import view_limits
from telesock.v1 import agent_pb2
from telesock.v1.agent_pb2 import DrainRequest, GetAgentRequest, SampleClockRequest
from telesock.v1.sockets_pb2 import CreateSocketRequest

CAPABILITIES = (Capability("ipv4", True), Capability("flying", False, "it has no wings"))
LIMITS = Limits(sessions=7, default_grace=2.5)


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(
        encode_event, LIMITS, Policy(["10.0.0.0/8:80-90", "::1/128"], ["0.0.0.0"], ["*.lab", "10.0.0.0/8"])
    )
    yield engine
    engine.close()


@pytest.fixture
async def named(engine: Engine) -> AsyncIterator[str]:
    """The address of an agent with a name and everything."""
    server = AgentServer(engine, AgentDescription("a name", "1.2.3", 4096, CAPABILITIES))
    address = server.listen("127.0.0.1:0")
    await server.start()
    yield address
    await server.stop()


async def test_an_agent_tells_all_about_itself(named: str, engine: Engine, open_owner: Open) -> None:
    owner = await open_owner(named)
    await open_owner(named)
    await owner.start(CreateSocketRequest())

    agent = (await owner.ask(GetAgentRequest())).agent

    assert agent == agent_pb2.Agent(
        agent_id="a name",
        boot_id=owner.opened.boot_id,
        version="1.2.3",
        limits=view_limits(LIMITS, 4096),
        capabilities=[
            agent_pb2.Capability(name="ipv4", available=True),
            agent_pb2.Capability(name="flying", reason="it has no wings"),
        ],
        allowed_destinations=["10.0.0.0/8:80-90", "::1/128"],
        allowed_listens=["0.0.0.0/32"],
        allowed_names=["*.lab", "10.0.0.0/8"],
        draining=False,
        sessions=2,
        sockets=1,
        role=agent_pb2.ROLE_ADMINISTRATOR,
        quotas=agent_pb2.Quotas(),
        contract_revision=CONTRACT_REVISION,
    )
    engine.draining = True
    agent.draining = True
    assert (await owner.ask(GetAgentRequest())).agent == agent


async def test_an_agent_is_another_one_at_every_start(agent: RunningAgent, start_agent: Any) -> None:
    assert (await start_agent()).engine.boot_id != agent.engine.boot_id


async def test_a_sample_of_the_clocks_is_taken_between_question_and_answer(owner: Owner) -> None:
    before = time.monotonic_ns(), time.time_ns()
    sample = await owner.ask(SampleClockRequest())
    after = time.monotonic_ns(), time.time_ns()

    assert before[0] <= sample.monotonic_ns <= after[0]
    assert before[1] <= sample.wall_ns <= after[1]
    assert sample.boot_id == owner.opened.boot_id


async def test_events_are_told_with_the_clocks_that_are_sampled(owner: Owner) -> None:
    before = await owner.ask(SampleClockRequest())
    await owner.start(CreateSocketRequest())
    after = await owner.ask(SampleClockRequest())
    (event,) = await owner.events()

    assert before.monotonic_ns < event.monotonic_ns < after.monotonic_ns
    assert before.wall_ns <= event.wall_ns <= after.wall_ns


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Grace times that were granted; nothing is drained for them."""
    graces: list[float] = []
    monkeypatch.setattr(AgentServer, "ask_to_drain", lambda server, grace: graces.append(grace))
    return graces


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, Duration(seconds=2, nanos=500_000_000)),
        (Duration(), Duration()),
        (Duration(nanos=1), Duration(nanos=1)),
        (Duration(seconds=3600), Duration(seconds=3600)),
    ],
)
async def test_a_drain_is_granted_the_time_that_it_asks_for(
    asked: Duration | None, granted: Duration, drained: list[float], named: str
) -> None:
    async with grpc.aio.insecure_channel(named) as channel:
        answer = await Caller(channel).ask(DrainRequest(grace_period=asked))

    assert answer.grace_period == granted
    assert drained == [granted.ToNanoseconds() / 1e9]


@pytest.mark.parametrize(
    "asked", [Duration(nanos=-1), Duration(seconds=3600, nanos=1), Duration(seconds=-(2**63))]
)
async def test_a_drain_of_a_time_that_cannot_be_is_refused_and_the_agent_goes_on(
    asked: Duration, drained: list[float], named: str
) -> None:
    async with grpc.aio.insecure_channel(named) as channel:
        with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT) as info:
            await Caller(channel).ask(DrainRequest(grace_period=asked))

    assert info.metadata["field"] == "grace_period"
    assert drained == []
