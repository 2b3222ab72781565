"""AgentService: what the agent is, what time it has, and how it is asked to stop."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from telesock.server.core import contract
from telesock.server.core.policy import Policy
from telesock.server.core.refusal import malformed
from telesock.server.engine.capabilities import Capability
from telesock.server.engine.engine import Engine
from telesock.server.service.calling import caller
from telesock.server.service.errors import Context, answers
from telesock.server.service.ownership import visible_sessions
from telesock.server.service.policy_check import check_policy
from telesock.server.service.wire.events import write_duration
from telesock.server.service.wire.fields import duration_seconds
from telesock.server.service.wire.views import view_limits
from telesock.v1 import agent_pb2, agent_pb2_grpc

LONGEST_GRACE = 3600.0


@dataclass(frozen=True)
class AgentDescription:
    """What an agent says about itself."""

    agent_id: str
    version: str
    descriptors: int
    capabilities: tuple[Capability, ...]


class AgentServicer(agent_pb2_grpc.AgentServiceServicer):
    """See agent.proto. `drain` is called with the grace time when a client asks the agent to stop."""

    def __init__(self, engine: Engine, description: AgentDescription, drain: Callable[[float], None]) -> None:
        self._engine = engine
        self._description = description
        self._drain = drain

    @answers
    async def GetAgent(
        self, request: agent_pb2.GetAgentRequest, context: Context
    ) -> agent_pb2.GetAgentResponse:
        engine, description = self._engine, self._description
        policy, identity, seen = self._policy(), caller(), visible_sessions(engine)
        agent = agent_pb2.Agent(
            agent_id=description.agent_id,
            boot_id=engine.boot_id,
            version=description.version,
            limits=view_limits(engine.limits, description.descriptors),
            capabilities=[agent_pb2.Capability(**each._asdict()) for each in description.capabilities],
            allowed_destinations=[str(rule) for rule in policy.rules],
            allowed_listens=[str(rule) for rule in policy.listens],
            allowed_names=[str(rule) for rule in policy.names],
            draining=engine.draining,
            sessions=len(seen),
            sockets=sum(len(session.sockets) for session in seen),
            identity=identity.name,
            role=identity.role,  # type: ignore[arg-type]  # the numbers are the contract's
            quotas=agent_pb2.Quotas(**asdict(identity.quotas)),
            contract_revision=contract.CONTRACT_REVISION,
        )
        return agent_pb2.GetAgentResponse(agent=agent)

    def _policy(self) -> Policy:
        """Where the caller's sockets may go."""
        return caller().policy or self._engine.policy

    @answers
    async def CheckPolicy(
        self, request: agent_pb2.CheckPolicyRequest, context: Context
    ) -> agent_pb2.CheckPolicyResponse:
        return await check_policy(self._engine, caller(), request)

    @answers
    async def SampleClock(
        self, request: agent_pb2.SampleClockRequest, context: Context
    ) -> agent_pb2.SampleClockResponse:
        return agent_pb2.SampleClockResponse(
            monotonic_ns=time.monotonic_ns(), wall_ns=time.time_ns(), boot_id=self._engine.boot_id
        )

    @answers
    async def Drain(self, request: agent_pb2.DrainRequest, context: Context) -> agent_pb2.DrainResponse:
        default = self._engine.limits.default_grace
        grace = duration_seconds(request.grace_period) if request.HasField("grace_period") else default
        if not 0 <= grace <= LONGEST_GRACE:
            raise malformed("grace_period", f"{grace:g} s is not between 0 and {LONGEST_GRACE:g} s")
        self._drain(grace)
        return agent_pb2.DrainResponse(grace_period=write_duration(grace))
