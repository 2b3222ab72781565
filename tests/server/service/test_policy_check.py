"""CheckPolicy explains a decision, and decides as an operation would."""

import socket
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.identities import People, bearer, someone
from tests.promises.owners import Open, Owner, refused

from telesock.server.core.identity import Quotas, Role
from telesock.server.core.policy import Policy, PolicyAction
from telesock.server.engine.resolver import Address, Answer, Lookup, Resolver, literal_address
from telesock.server.service import policy_check
from telesock.v1.agent_pb2 import CheckPolicyRequest, CheckPolicyResponse, PolicyVerdict
from telesock.v1.agent_pb2_grpc import AgentServiceStub

CONNECT, SEND_TO, LISTEN, RESOLVE = PolicyAction
RULES = (["10.0.0.0/8:80", "unix:/run/*"], ["127.0.0.1"], ["*.lab"])
POLICY = Policy(*RULES)
"""What the agent has."""


class Known(Resolver):
    """Knows one answer to whatever is asked, or none, and notes what is asked."""

    def __init__(self, agent: RunningAgent, answer: Answer | None) -> None:
        super().__init__(agent.engine.loop)
        self.asked: list[str] = []
        self._known = answer
        agent.engine.resolver = self

    def resolve(
        self, host: str, port: int, family: int, answer: Callable[[Answer], None], owner: str
    ) -> Lookup:
        self.asked.append(host)
        lookup = Lookup(lambda: None, answer)
        if self._known is not None:
            self._loop.call_soon(answer, self._known)
        return lookup


def addresses(*hosts: str, port: int = 80) -> list[Address]:
    found = [literal_address(host, port) for host in hosts]
    return [each for each in found if each is not None]


@pytest.fixture
async def lab(start_agent: Any) -> RunningAgent:
    allow, allow_listen, allow_resolve = RULES
    running: RunningAgent = await start_agent(
        allow=allow, allow_listen=allow_listen, allow_resolve=allow_resolve
    )
    return running


@pytest.fixture
async def asking(lab: RunningAgent, open_owner: Open) -> Owner:
    return await open_owner(lab.address)


async def check(owner: Owner, host: str, port: int = 0, action: int = 0) -> CheckPolicyResponse:
    answer: CheckPolicyResponse = await owner.ask(CheckPolicyRequest(action=action, host=host, port=port))  # type: ignore[arg-type]  # the contract's numbers
    return answer


def verdict(action: PolicyAction, host: str, port: int = 0) -> PolicyVerdict:
    return PolicyVerdict(host=host, **POLICY.judge(action, host, port)._asdict())


@pytest.mark.parametrize(
    ("action", "host", "port", "allowed"),
    [
        (CONNECT, "10.1.2.3", 80, True),
        (CONNECT, "10.1.2.3", 81, False),
        (CONNECT, "169.254.169.254", 80, False),
        (CONNECT, "unix:/run/x", 0, True),
        (SEND_TO, "10.1.2.3", 80, True),
        (SEND_TO, "fd00::1", 80, False),
        (LISTEN, "127.0.0.1", 0, True),
        (LISTEN, "127.0.0.2", 9, False),
        (LISTEN, "unix:/run/x", 0, True),
        (RESOLVE, "a.lab", 0, True),
        (RESOLVE, "a.example", 0, False),
        (RESOLVE, "10.1.2.3", 0, False),
    ],
)
async def test_what_is_asked_has_one_verdict_that_says_why(
    asking: Owner, action: PolicyAction, host: str, port: int, allowed: bool
) -> None:
    expected = verdict(action, host, port)

    assert expected.allowed is allowed
    assert await check(asking, host, port, action) == CheckPolicyResponse(
        allowed=allowed, verdicts=[expected]
    )


async def test_an_action_that_is_not_named_is_connecting(asking: Owner) -> None:
    assert (await check(asking, "10.1.2.3", 80)).verdicts == [verdict(CONNECT, "10.1.2.3", 80)]


async def test_an_address_is_judged_as_it_is_and_not_as_it_is_written(asking: Owner) -> None:
    answer = await check(asking, "0xa010203", 80)

    assert answer.verdicts == [verdict(CONNECT, "10.1.2.3", 80)]


async def test_to_listen_without_a_host_is_to_listen_everywhere(asking: Owner) -> None:
    assert (await check(asking, "", 80, LISTEN)).verdicts == [verdict(LISTEN, "0.0.0.0", 80)]


async def test_a_name_has_a_verdict_and_each_of_its_addresses_one(lab: RunningAgent, asking: Owner) -> None:
    Known(lab, addresses("10.0.0.1", "169.254.169.254", "::1"))

    answer = await check(asking, "Server.LAB", 80)

    name = PolicyVerdict(host="Server.LAB", **POLICY.judge(RESOLVE, "Server.LAB")._asdict())
    each = [verdict(CONNECT, host, 80) for host in ("10.0.0.1", "169.254.169.254", "::1")]
    assert answer == CheckPolicyResponse(allowed=True, verdicts=[name, *each])


async def test_a_name_of_which_no_address_is_allowed_is_not(lab: RunningAgent, asking: Owner) -> None:
    Known(lab, addresses("11.0.0.1"))

    answer = await check(asking, "server.lab", 80)

    assert (answer.allowed, [each.allowed for each in answer.verdicts]) == (False, [True, False])


async def test_a_name_that_is_not_allowed_is_not_asked_for(lab: RunningAgent, asking: Owner) -> None:
    resolver = Known(lab, addresses("10.0.0.1"))

    answer = await check(asking, "server.example", 80)

    assert answer == CheckPolicyResponse(allowed=False, verdicts=[verdict(RESOLVE, "server.example")])
    assert resolver.asked == []


async def test_a_name_that_does_not_resolve_is_told_so(lab: RunningAgent, asking: Owner) -> None:
    Known(lab, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))

    answer = await check(asking, "server.lab", 80)

    assert (answer.allowed, [each.explanation for each in answer.verdicts]) == (
        False,
        ["--allow-resolve '*.lab' allows it; it does not resolve: Name or service not known"],
    )


async def test_a_name_without_an_answer_is_told_so(
    lab: RunningAgent, asking: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_check, "_PATIENCE", 0.01)
    Known(lab, None)

    answer = await check(asking, "server.lab", 80)

    assert (answer.allowed, [each.explanation for each in answer.verdicts]) == (
        False,
        ["--allow-resolve '*.lab' allows it; it does not resolve: no answer within 0.01 s"],
    )


async def test_an_observer_has_no_name_asked_for_on_the_network(start_agent: Any, open_owner: Open) -> None:
    people = People(someone("eve", Role.OBSERVER))
    running = await start_agent(access=people.access, allow_resolve=["*.lab"])
    resolver = Known(running, addresses("10.0.0.1"))

    async with grpc.aio.insecure_channel(running.address) as channel:
        request = CheckPolicyRequest(host="server.lab", port=80)
        answer = await AgentServiceStub(channel).CheckPolicy(request, metadata=bearer("eve"))

    explanation = "--allow-resolve '*.lab' allows it; its addresses are not looked up for an observer"
    assert (answer.allowed, [each.explanation for each in answer.verdicts]) == (False, [explanation])
    assert resolver.asked == []


async def test_checks_count_as_operations_of_their_identity(start_agent: Any) -> None:
    people = People(someone("ann", quotas=Quotas(operations_per_second=0.001)))
    running = await start_agent(access=people.access)

    async with grpc.aio.insecure_channel(running.address) as channel:
        ask = AgentServiceStub(channel).CheckPolicy
        request = CheckPolicyRequest(host="10.0.0.1", port=80)
        await ask(request, metadata=bearer("ann"))
        with refused("TOO_MANY_OPERATIONS_PER_SECOND", grpc.StatusCode.RESOURCE_EXHAUSTED):
            await ask(request, metadata=bearer("ann"))


@pytest.mark.parametrize(
    ("action", "host", "port", "field"),
    [
        (9, "10.0.0.1", 80, "action"),
        (0, "", 80, "host"),
        (0, "x" * 256, 80, "host"),
        (0, "a\0.lab", 80, "host"),
        (0, "10.0.0.1", 0, "port"),
        (0, "10.0.0.1", 65_536, "port"),
        (LISTEN, "10.0.0.1", 65_536, "port"),
        (LISTEN, "server.lab", 80, "host"),
        (SEND_TO, "unix:/run/x", 0, "host"),
        (RESOLVE, "unix:/run/x", 0, "host"),
        (0, "unix:run/x", 0, "host"),
    ],
)
async def test_what_nobody_could_do_is_malformed(
    asking: Owner, action: int, host: str, port: int, field: str
) -> None:
    with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT) as info:
        await check(asking, host, port, action)

    assert info.metadata["field"] == field


async def test_a_check_is_no_denial_and_leaves_no_event(start_agent: Any, open_owner: Open) -> None:
    denied: list[object] = []
    running = await start_agent(denied=lambda session, denial: denied.append(denial))
    owner = await open_owner(running.address)

    assert not (await check(owner, "10.0.0.1", 80)).allowed

    assert (denied, await owner.events()) == ([], [])
