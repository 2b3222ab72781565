"""What is left of a partition when the program is interrupted while it is made, with an agent that stands still just then."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from telesock.client.lab.local import LocalAgents, local_members
from telesock.client.lab.sync import Lab


@contextlib.contextmanager
def standing_still(process: int) -> Iterator[None]:
    """Let a process do nothing for the block."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_cut_that_is_interrupted_leaves_nothing() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with LocalAgents() as agents:
        members = local_members("ab", agents.take(2))
        with Lab(members) as lab:
            partition = lab.partition(lab.group("a"), lab.group("b"))

            def interrupt() -> None:
                with standing_still(agents.processes[1]):
                    begin.set()
                    while len(lab["a"].session.faults()) < 3:
                        time.sleep(0.01)
                    os.kill(os.getpid(), signal.SIGINT)

            begin = threading.Event()
            interrupting = threading.Thread(target=interrupt)
            interrupting.start()
            begin.wait()
            try:
                with pytest.raises(KeyboardInterrupt):
                    partition.keep()
            finally:
                signal.signal(signal.SIGINT, before)
                interrupting.join()

            assert partition.healed
            assert [len(agent.session.faults()) for agent in lab] == [0, 0]
