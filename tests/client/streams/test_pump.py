"""The thread that moves bytes: it runs while it has members, tells them of changes and deadlines, and outlives their mistakes."""

import socket
import threading
import time

import pytest

from telesock.client.streams.pump import PUMPS, Pump


class Counting:
    """A member that reads what comes, and leaves at an end."""

    def __init__(self, descriptor: socket.socket, mistake: Exception | None = None) -> None:
        self.descriptor = descriptor
        self.deadline: float | None = None
        self.read = bytearray()
        self.told = threading.Event()
        self.left = threading.Event()
        self._mistake = mistake

    def begin(self, pump: Pump) -> None:
        self.pump = pump

    def happened(self) -> None:
        if self._mistake is not None:
            mistake, self._mistake = self._mistake, None
            raise mistake
        try:
            data = self.descriptor.recv(1000)
        except BlockingIOError:
            return
        self.read += data
        self.told.set()
        if not data:
            self.leave()

    def late(self) -> None:
        self.leave()

    def leave(self) -> None:
        self.deadline = None
        self.pump.leave(self.descriptor.fileno())
        self.descriptor.close()
        self.left.set()


def enter(mistake: Exception | None = None) -> tuple[Counting, socket.socket, Pump]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    member = Counting(ours, mistake)
    return member, theirs, PUMPS.enter(ours.fileno(), member)


def test_it_ends_with_its_last_member_and_another_begins_with_the_next() -> None:
    first, near, pump = enter()
    second, other, same = enter()
    near.close()
    assert first.left.wait(20)
    other.sendall(b"hello")
    assert second.told.wait(20)
    other.close()
    assert second.left.wait(20)
    pump._thread.join(20)
    third, last, another = enter()
    last.close()

    assert third.left.wait(20)
    assert (same is pump, another is pump, bytes(second.read)) == (True, False, b"hello")
    assert pump.call(lambda: None) is False


def test_a_deadline_that_has_passed_is_told_also_where_nothing_happens() -> None:
    member, near, pump = enter()
    pump.call(lambda: setattr(member, "deadline", time.monotonic()))

    assert member.left.wait(20)
    near.close()


def test_a_mistake_of_a_member_is_reported_and_does_not_end_the_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reported: list[object] = []
    told = threading.Event()

    def report(mistake: threading.ExceptHookArgs) -> None:
        reported.append(mistake.exc_value)
        told.set()

    monkeypatch.setattr(threading, "excepthook", report)
    mistake = RuntimeError("a mistake")
    member, near, _ = enter(mistake)
    assert told.wait(20)
    near.close()

    assert member.left.wait(20)
    assert reported == [mistake]
