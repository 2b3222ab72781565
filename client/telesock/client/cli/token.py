"""`telesock token`: a new token for an identity, and what the agent's file of identities keeps of it."""

import hashlib
import secrets
from json import dumps

from telesock.client.cli.options import JsonOption
from telesock.client.cli.output import terminal, wants_json

EXAMPLE = "Example: telesock token --json | jq -r .token > team-a.token"


def token(json: JsonOption = False) -> None:
    """Make a token that nobody guesses. The client keeps it; the agent's --identities file has its hash alone.

    Asks no agent and writes nothing down.
    """
    made = f"telesock_{secrets.token_urlsafe(32)}"
    known_as = f"sha256:{hashlib.sha256(made.encode()).hexdigest()}"
    if wants_json(json):
        print(dumps({"token": made, "known_as": known_as}))
        return
    console = terminal()
    console.print(made, soft_wrap=True, highlight=False)
    console.print(f'tokens = ["{known_as}"]', style="dim", soft_wrap=True, highlight=False, markup=False)
