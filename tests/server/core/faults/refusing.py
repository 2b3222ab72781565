"""What a rule that cannot be is told."""

from typing import Any

from telesock.server.core.faults.checking import check
from telesock.server.core.faults.values import Effect, Fault, Target, Timing
from telesock.server.core.refusal import Reason, Refused

ANYTHING = Target()
ALWAYS = Timing()


def problem(effect: Effect, target: Target = ANYTHING, timing: Timing = ALWAYS, **parts: Any) -> str:
    """The one line that says why it is refused; empty where it is not."""
    found: Refused | None = None
    try:
        check(Fault("f", effect, target=target, timing=timing)._replace(**parts))
    except Refused as refused:
        found = refused
    if found is None:
        return ""
    assert (found.reason, "\n" in found.message) == (Reason.MALFORMED, False)
    assert found.message.startswith(f"{found.metadata['field']}: ")
    return found.message
