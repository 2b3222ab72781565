"""Who a test is to an agent that somebody else runs: the variables of the command line, `TELESOCK_TOKEN` and so on."""

from collections.abc import Mapping
from pathlib import Path

from telesock.client.credentials import Credentials

_YES = frozenset({"1", "true", "yes", "on"})


def credentials_from(variables: Mapping[str, str]) -> Credentials:
    """Read them. Raises OSError for a file that cannot be read, ValueError for what makes no sense."""
    token_file = variables.get("TELESOCK_TOKEN_FILE")
    shown = Credentials(
        Path(token_file).read_text().strip() if token_file else variables.get("TELESOCK_TOKEN", ""),
        variables.get("TELESOCK_TLS", "").lower() in _YES,
        variables.get("TELESOCK_CA") or None,
        variables.get("TELESOCK_CLIENT_CERTIFICATE") or None,
        variables.get("TELESOCK_CLIENT_KEY") or None,
        variables.get("TELESOCK_SERVER_NAME", ""),
    )
    shown.for_channel()  # reads what it will need, so that a missing file is told by its name
    return shown
