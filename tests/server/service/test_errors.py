"""How a refusal is told: its gRPC status and ErrorInfo (google.rpc, AIP-193), and what becomes of a bug."""

from telesock.server.core.refusal import Reason
from telesock.server.service.errors import CODES


def test_every_reason_has_a_status_and_no_status_is_without_a_reason() -> None:
    assert set(CODES) == set(Reason)
