"""Which revision of the contract the agent speaks, and who is refused because of it.

Grows by one with every release that adds to the contract. Refuses a client that speaks a newer one: what this agent does
not know it would not even see, and a request whose words are lost does something else than was asked.
"""

from telesock.server.core.refusal import Reason, Refused

CONTRACT_REVISION = 1


def check_revision(asked: int) -> None:
    """Refuse a client that speaks a newer revision than ours; 0 means that it does not say."""
    if asked > CONTRACT_REVISION:
        raise Refused(
            Reason.CONTRACT_TOO_NEW,
            f"the client speaks revision {asked} of the contract, this agent {CONTRACT_REVISION}; "
            "use a newer agent, or a client as old as this one",
            client_revision=str(asked),
            agent_revision=str(CONTRACT_REVISION),
        )
