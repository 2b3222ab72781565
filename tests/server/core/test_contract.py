"""Who is refused because of the revision of the contract that they speak."""

import pytest

from telesock.server.core.contract import CONTRACT_REVISION, check_revision
from telesock.server.core.refusal import Reason, Refused


@pytest.mark.parametrize("asked", [0, 1, CONTRACT_REVISION])
def test_whoever_speaks_an_older_revision_or_does_not_say_is_served(asked: int) -> None:
    check_revision(asked)


def test_whoever_speaks_a_newer_revision_is_refused_with_both_of_them() -> None:
    with pytest.raises(Refused) as refused:
        check_revision(CONTRACT_REVISION + 1)

    newer, own = str(CONTRACT_REVISION + 1), str(CONTRACT_REVISION)
    assert (refused.value.reason, refused.value.message, refused.value.metadata) == (
        Reason.CONTRACT_TOO_NEW,
        f"the client speaks revision {newer} of the contract, this agent {own}; "
        "use a newer agent, or a client as old as this one",
        {"client_revision": newer, "agent_revision": own},
    )
