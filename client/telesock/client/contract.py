"""Which revision of the contract this client speaks, and which agents are too old for it.

Grows by one with every release that adds to the contract. An agent that is older would not see what it does not know, and
do something else than was asked, so none is used: it says so itself, or, from before there were revisions, says nothing.
"""

import grpc

from telesock.client.errors import Rejected

CONTRACT_REVISION = 1
TOO_NEW = "CONTRACT_TOO_NEW"


def check_revision(spoken: int, target: str) -> None:
    """Raise Rejected, as a newer agent would have made it, for an agent that speaks an older revision; 0 is one."""
    if spoken >= CONTRACT_REVISION:
        return
    said = f"revision {spoken}" if spoken else "one from before revision 1"
    message = (
        f"this client speaks revision {CONTRACT_REVISION} of the contract, the agent at {target} {said}; "
        "use a newer agent, or a client as old as that one"
    )
    revisions = {"client_revision": str(CONTRACT_REVISION), "agent_revision": str(spoken)}
    raise Rejected(message, TOO_NEW, grpc.StatusCode.FAILED_PRECONDITION, revisions)
