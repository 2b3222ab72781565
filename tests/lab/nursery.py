"""Many agents as processes of their own, without each loading its modules anew: python -m tests.lab.nursery NUMBER FLAG...

Loads the agent's program once and forks before anything of it runs, so that forty start in the time of a few. Prints a line
of JSON for each that has started, and ends them all when its standard input ends.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from selectors import EVENT_READ, PollSelector

from telesock.server.listener import choose_listener


def main() -> None:
    """Start them, keep their logs flowing, and end them."""
    number, *flags = sys.argv[1:]
    choose_listener()
    import telesock.server.program

    children = [_start(flags, telesock.server.program.main) for _ in range(int(number))]
    try:
        for pid, log in children:
            print(json.dumps({"pid": pid, "target": _target(log)}), flush=True)
        _drain([log for _, log in children])
    finally:
        for pid, _ in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _start(flags: list[str], program: Callable[[], None]) -> tuple[int, int]:
    """Fork an agent; return its number and what it writes."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.dup2(writing, 2)
    os.close(reading)
    os.close(writing)
    sys.argv = ["telesock-agent", "--listen", "127.0.0.1:0", "--log-format", "json", *flags]
    try:
        program()
    finally:
        os._exit(1)


def _target(log: int) -> str:
    """Read a log until the agent says where it listens."""
    with open(log, "rb", closefd=False, buffering=0) as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["event"] == "agent_started":
                return str(entry["listen"][0])
    raise SystemExit("an agent did not start")


def _drain(logs: list[int]) -> None:
    """Throw away what they write, for a full pipe would stop them, until standard input ends."""
    with PollSelector() as selector:
        for descriptor in (0, *logs):
            selector.register(descriptor, EVENT_READ)
        while True:
            for key, _ in selector.select():
                if not os.read(key.fd, 65_536):
                    if key.fd == 0:
                        return
                    selector.unregister(key.fd)  # it was killed


if __name__ == "__main__":
    main()
