"""A network of its own for a program, with names of its own: unshare(1), lo up, and another /etc/hosts.

As root it needs nothing else; others need user namespaces.
"""

import os
import subprocess
from pathlib import Path

_SCRIPT = 'set -e; ip link set lo up; mount --bind "$1" /etc/hosts; shift; exec "$@"'


def in_own_network(hosts: Path, *command: str) -> list[str]:
    """Return the command that runs another so; all that it starts ends with it."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    isolated = ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return [*isolated, "sh", "-c", _SCRIPT, "sh", str(hosts), *command]


def why_not(hosts: Path) -> str:
    """Why there can be no such network here; empty where there can."""
    try:
        tried = subprocess.run(in_own_network(hosts, "true"), capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        return str(missing)
    return "" if tried.returncode == 0 else tried.stderr.strip()
