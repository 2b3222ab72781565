"""Which agents are too old for the client, and that both sides of one release speak the same revision."""

import grpc
import pytest

from telesock.client import Rejected, contract
from telesock.server.core.contract import CONTRACT_REVISION
from telesock.server.core.refusal import Reason


def test_client_and_agent_of_one_release_speak_one_revision_and_call_its_refusal_the_same() -> None:
    assert contract.CONTRACT_REVISION == CONTRACT_REVISION
    assert Reason.CONTRACT_TOO_NEW.name == contract.TOO_NEW


@pytest.mark.parametrize("spoken", [contract.CONTRACT_REVISION, contract.CONTRACT_REVISION + 1])
def test_an_agent_as_new_as_the_client_is_taken(spoken: int) -> None:
    contract.check_revision(spoken, "lab:1")


@pytest.mark.parametrize(("spoken", "said"), [(0, "one from before revision 1"), (3, "revision 3")])
def test_an_older_agent_is_not_and_the_error_names_both_and_the_way_out(
    spoken: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "CONTRACT_REVISION", 4)

    with pytest.raises(Rejected) as rejected:
        contract.check_revision(spoken, "lab:1")

    error = rejected.value
    assert (str(error), error.reason, error.code, error.metadata) == (
        f"this client speaks revision 4 of the contract, the agent at lab:1 {said}; "
        "use a newer agent, or a client as old as that one",
        "CONTRACT_TOO_NEW",
        grpc.StatusCode.FAILED_PRECONDITION,
        {"client_revision": "4", "agent_revision": str(spoken)},
    )
