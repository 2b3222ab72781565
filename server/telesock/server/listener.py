"""Which of gRPC's two listeners an agent uses: the older one, where it is known to be there.

The newer one hands every message to one more thread, and a send that is awaited takes some 60 µs longer (measured). The
choice is an experiment of gRPC's: it is named in the environment, read when gRPC is loaded, and may go with any release.
Whoever has set the variable has chosen.
"""

import importlib.metadata
import os
import re

VARIABLE = "GRPC_EXPERIMENTS"
OLDER_LISTENER = "-event_engine_listener"
_KNOWN = ((1, 80), (1, 85))  # the first and the last release that was measured


def choose_listener() -> None:
    """Name the older listener in the environment, for a gRPC that is loaded after this."""
    if has_choice(importlib.metadata.version("grpcio")):
        os.environ.setdefault(VARIABLE, OLDER_LISTENER)


def has_choice(version: str) -> bool:
    """Whether a release of gRPC is known to have both listeners; another one would complain on standard error."""
    first, last = _KNOWN
    release = re.match(r"(\d+)\.(\d+)", version)
    return release is not None and first <= (int(release[1]), int(release[2])) <= last
