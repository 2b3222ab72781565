"""Reads deploy/systemd/telesock-agent.service, and becomes a command under what it forbids the process.

python tests/deploy/unit.py COMMAND …    no new privileges, the unit's system calls and address families, no memory that can
be written and executed: the filters that systemd makes of the unit, made by libseccomp. What needs systemd itself (its
user, its mounts, its control group) is not here.
"""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

UNIT = Path(__file__).parents[2] / "deploy/systemd/telesock-agent.service"
_PROT_WRITE, _PROT_EXEC = 2, 4
_JUDGED_BY_ARGUMENTS = frozenset({"mmap", "mprotect", "pkey_mprotect", "shmat", "socket"})


def settings(name: str, unit: Path = UNIT) -> list[str]:
    """The values that a unit gives one setting, in their order."""
    lines = (line.partition("=") for line in unit.read_text().splitlines() if not line.startswith("#"))
    return [value for key, _, value in lines if key == name]


def system_calls() -> set[str]:
    """What `SystemCallFilter=` leaves."""
    allowed: set[str] = set()
    for value in settings("SystemCallFilter"):
        named = set().union(*(_expand(group) for group in value.removeprefix("~").split()))
        allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed


def _expand(group: str) -> set[str]:
    if not group.startswith("@"):
        return {group}
    shown = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, check=True)
    words = [line.strip() for line in shown.stdout.decode().splitlines()[1:]]
    return set().union(*(_expand(word) for word in words if word and not word.startswith("#")))


def confine() -> None:
    """Forbid this process and its children what the unit forbids."""
    import pyseccomp as seccomp  # needs libseccomp, which is where systemd is

    def without(bit: int) -> "seccomp.Arg":
        return seccomp.Arg(2, seccomp.MASKED_EQ, bit, 0)

    confined = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for call in sorted(system_calls() - _JUDGED_BY_ARGUMENTS):
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, call) >= 0:  # systemd's lists are of all machines
            confined.add_rule(seccomp.ALLOW, call)
    for family in settings("RestrictAddressFamilies")[0].split():
        number = getattr(socket, family)
        confined.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, number))
    for call in ("mmap", "mprotect"):
        confined.add_rule(seccomp.ALLOW, call, without(_PROT_EXEC))
    confined.add_rule(seccomp.ALLOW, "mmap", without(_PROT_WRITE))
    confined.load()  # sets no_new_privs too


if __name__ == "__main__":
    confine()
    os.execvp(sys.argv[1], sys.argv[1:])
