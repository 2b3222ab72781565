"""Makes the lab's token: what the runner shows goes to one volume, what the agents know it by to another. Then it stays.

It stays because `up --exit-code-from` ends everything as soon as any container ends.
"""

import json
import signal
import subprocess
from pathlib import Path

TOKEN = Path("/run/telesock/token")
IDENTITIES = Path("/etc/telesock/identities.toml")


def main() -> None:
    """Make a new token at each start; agents that run already take the new one within a second."""
    for old in (IDENTITIES, TOKEN):
        old.unlink(missing_ok=True)
    made = json.loads(subprocess.run(["telesock", "token", "--json"], check=True, capture_output=True).stdout)
    put(TOKEN, made["token"] + "\n")
    put(IDENTITIES, f'[[identities]]\nname = "tests"\ntokens = ["{made["known_as"]}"]\n')
    signal.sigwait([signal.SIGTERM])


def put(path: Path, text: str) -> None:
    """Write a file in one step, for the user alone whom runner and agents share."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    main()
