"""CheckPolicy: what a policy says of a destination, of an address to listen on or of a name, and why.

A name is resolved only if the policy lets it, and each of its addresses is judged as a connect would judge it then. What
does not resolve in time is not allowed, and the explanation of the name says so; nor is a name for an observer, who has
nothing asked on the network. Each check counts as an operation of its identity. Refuses what no operation could be asked.
"""

import asyncio

from telesock.server.core.identity import Identity
from telesock.server.core.policy import Policy, PolicyAction, Verdict, shown
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Endpoint
from telesock.server.engine.engine import Engine
from telesock.server.engine.judging import judge
from telesock.server.engine.resolver import Address, Answer, literal_address
from telesock.server.engine.sockets import endpoint
from telesock.v1 import agent_pb2

_UNIX = "unix:"
_ANY_FAMILY = 0  # AF_UNSPEC, which is 0 everywhere
_LONGEST_NAME = 255
_PATIENCE = 5.0  # seconds for a lookup: somebody waits for an explanation
_HIGHEST_PORT = 65_535
_ALL_IPV4 = "0.0.0.0"  # where a socket listens whose request names no host


async def check_policy(
    engine: Engine, identity: Identity, request: agent_pb2.CheckPolicyRequest
) -> agent_pb2.CheckPolicyResponse:
    """Judge what a client asks about. Raises Refused."""
    engine.sessions.check_call(identity)
    policy = identity.policy or engine.policy
    action = _read_action(request.action)
    asked = Endpoint(request.host or (_ALL_IPV4 if action is PolicyAction.LISTEN else ""), request.port)
    literal = _literal(action, asked)
    if literal is not None:
        verdict = _verdict(engine, policy, action, endpoint(literal.sockaddr))
        return agent_pb2.CheckPolicyResponse(allowed=verdict.allowed, verdicts=[verdict])
    of_name = policy.judge(PolicyAction.RESOLVE, asked.host)
    if not of_name.allowed or action is PolicyAction.RESOLVE:
        name = _write(asked.host, of_name)
        return agent_pb2.CheckPolicyResponse(allowed=of_name.allowed, verdicts=[name])
    if not identity.role.acts:
        return _undecided(asked, of_name, "its addresses are not looked up for an observer")
    answer = await _resolve(engine, asked, identity.name)
    if isinstance(answer, OSError):
        return _undecided(asked, of_name, f"it does not resolve: {answer.strerror or answer}")
    verdicts = [_verdict(engine, policy, action, endpoint(each.sockaddr)) for each in answer]
    allowed = any(each.allowed for each in verdicts)
    return agent_pb2.CheckPolicyResponse(allowed=allowed, verdicts=[_write(asked.host, of_name), *verdicts])


def _undecided(asked: Endpoint, of_name: Verdict, why: str) -> agent_pb2.CheckPolicyResponse:
    """No address is known, so none is allowed."""
    of_name = of_name._replace(explanation=f"{of_name.explanation}; {why}")
    return agent_pb2.CheckPolicyResponse(verdicts=[_write(asked.host, of_name)])


async def _resolve(engine: Engine, asked: Endpoint, owner: str) -> Answer:
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    lookup = engine.resolver.resolve(*asked, _ANY_FAMILY, answered.set_result, owner)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await answered
    except TimeoutError:
        return OSError(f"no answer within {_PATIENCE:g} s")
    finally:
        lookup.abandon()


def _read_action(number: int) -> PolicyAction:
    try:
        return PolicyAction(number or PolicyAction.CONNECT)
    except ValueError:
        raise malformed("action", f"{number} is no action that this agent knows") from None


def _literal(action: PolicyAction, asked: Endpoint) -> Address | None:
    """The address, or None for a name; refuse what cannot be asked."""
    host, port = asked
    if not host or len(host) > _LONGEST_NAME or "\0" in host:
        raise malformed("host", f"an address, or a name of at most {_LONGEST_NAME} characters, is needed")
    if host.startswith(_UNIX):
        if action in (PolicyAction.SEND_TO, PolicyAction.RESOLVE):
            raise malformed("host", "Unix-domain sockets connect and listen; nothing else is done with them")
        return literal_address(host, 0)
    if action is not PolicyAction.RESOLVE:
        lowest = 0 if action is PolicyAction.LISTEN else 1
        if not lowest <= port <= _HIGHEST_PORT:
            raise malformed("port", f"{port} is not between {lowest} and {_HIGHEST_PORT}")
    literal = literal_address(host, 0 if action is PolicyAction.RESOLVE else port)
    if literal is None and action is PolicyAction.LISTEN:
        raise malformed("host", f"{host!r} is not an address literal, which a listen needs")
    return literal


def _verdict(
    engine: Engine, policy: Policy, action: PolicyAction, address: Endpoint
) -> agent_pb2.PolicyVerdict:
    return _write(address.host, judge(engine, policy, action, address))


def _write(host: str, verdict: Verdict) -> agent_pb2.PolicyVerdict:
    return agent_pb2.PolicyVerdict(host=shown(host), **verdict._asdict())
