"""What a session's policy says of what its sockets are about to do, and who is told when it says no.

A denial is an event of the session, where its journal has room, and the agent is told of it for its log. What is refused
has had no effect beyond that. A wildcard address is judged as it is written, that of an IPv6 socket which carries IPv4
too as both. The sockets on which the agent itself is reached are allowed to nobody, whatever the rules say.
"""

import socket
from typing import TYPE_CHECKING

from telesock.server.core.events import PolicyDenied
from telesock.server.core.options import OptionKind
from telesock.server.core.policy import Policy, PolicyAction, Verdict, shown
from telesock.server.core.policy_rules import UNIX
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Endpoint

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession
    from telesock.server.engine.sockets import Socket

_REASONS = {
    PolicyAction.CONNECT: Reason.DESTINATION_NOT_ALLOWED,
    PolicyAction.SEND_TO: Reason.DESTINATION_NOT_ALLOWED,
    PolicyAction.LISTEN: Reason.LISTEN_NOT_ALLOWED,
    PolicyAction.RESOLVE: Reason.NAME_NOT_ALLOWED,
}
_ALL_IPV4, _ALL_IPV6 = "0.0.0.0", "::"


def check_address(asking: "Socket", action: PolicyAction, address: Endpoint) -> None:
    """Refuse an address to go to that the policy does not allow; a Unix-domain path to bind is judged as one."""
    if not is_allowed(asking, address):
        raise _refused(action, address, tell_denied(asking, action, address))


def is_allowed(asking: "Socket", address: Endpoint) -> bool:
    """Whether a socket may go to an address, or bind a Unix-domain path."""
    allowed = asking.session.policy.allows(*address)
    return allowed and not asking.engine.unix_paths.guards(address.host)


def judge(engine: "Engine", policy: Policy, action: PolicyAction, address: Endpoint) -> Verdict:
    """Judge as an operation would be judged, and say why."""
    if action is not PolicyAction.RESOLVE and engine.unix_paths.guards(address.host):
        return Verdict(
            False, "", f"policy does not allow {shown(address.host)}: the agent itself listens there"
        )
    return policy.judge(action, *address)


def check_listen(asking: "Socket", local: Endpoint) -> None:
    """Refuse an address to listen on that the policy does not allow. A Unix-domain one was judged before its bind."""
    if local.host.startswith(UNIX):
        return
    also = (_ALL_IPV4,) if local.host == _ALL_IPV6 and _carries_ipv4(asking) else ()
    for host in (local.host, *also):
        if not asking.session.policy.allows_listen(host, local.port):
            address = Endpoint(host, local.port)
            explanation = tell_denied(asking, PolicyAction.LISTEN, address)
            raise _refused(PolicyAction.LISTEN, address, explanation)


def check_name(engine: "Engine", session: "HeldSession", name: str, *, literal: bool = False) -> None:
    """Refuse a name, or with `literal` an address whose name is asked for, that the policy does not let be resolved."""
    policy = session.policy
    if not (policy.allows_reverse(name) if literal else policy.allows_name(name)):
        asked = Endpoint(name, 0)
        raise _refused(PolicyAction.RESOLVE, asked, _tell(engine, session, PolicyAction.RESOLVE, asked, 0))


def tell_denied(asking: "Socket", action: PolicyAction, address: Endpoint) -> str:
    """Tell of what a socket may not do; return why."""
    known = asking.socket_id in asking.session.sockets  # or it is made by what is refused
    return _tell(asking.engine, asking.session, action, address, asking.socket_id if known else 0)


def _tell(
    engine: "Engine", session: "HeldSession", action: PolicyAction, address: Endpoint, socket_id: int
) -> str:
    explanation = judge(engine, session.policy, action, address).explanation
    denial = PolicyDenied(action, shown(address.host), address.port, explanation)
    if session.journal.room_for_notice():
        session.append(denial, engine.clock(), socket_id=socket_id)
    engine.denied(session, denial)
    if engine.sessions.statistics is not None:
        engine.sessions.statistics.denied(action)
    return explanation


def _refused(action: PolicyAction, address: Endpoint, explanation: str) -> Refused:
    if address.host.startswith(UNIX):  # to bind one is judged by the rules for destinations
        action = PolicyAction.CONNECT if action is PolicyAction.LISTEN else action
    facts = {"host": address.host, "port": str(address.port)}
    return Refused(_REASONS[action], explanation, **facts, wsk_status="STATUS_ACCESS_DENIED")


def _carries_ipv4(asking: "Socket") -> bool:
    if asking.descriptor is None:
        return asking.settings.get(OptionKind.V6_ONLY) is False
    return not asking.descriptor.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
