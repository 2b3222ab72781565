"""How a command fails: one line for a person, and an exit status.

Statuses: 1 when something failed (no agent, a refused request, a lost session, a peer's reset), 2 when the command
line was wrong, 130 when the user interrupted. No traceback unless it is a bug of ours.
"""

import sys


class CommandFailed(Exception):
    """A command cannot do what it was asked; the text says why and what would be right."""

    def __init__(self, message: str, exit_status: int = 1) -> None:
        super().__init__(message)
        self.exit_status = exit_status


def say(line: str) -> None:
    """Tell the person at the keyboard something, on stderr: stdout belongs to the data."""
    print(f"telesock: {line}", file=sys.stderr, flush=True)
