"""What only threads can be asked: many at once on threads of their own, and the end of a program in one of them."""

import threading

import pytest

from telesock.client.lab.sync.together import Outcome, Repeating, Sign, on_each


def test_each_has_a_thread_of_its_own() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def meet(name: str) -> str:
        meeting.wait()
        return name.upper()

    assert on_each(meet, "abc") == [Outcome("A", None), Outcome("B", None), Outcome("C", None)]


def test_no_more_than_so_many_are_at_it_at_once() -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def work(number: int) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        with lock:
            running[0] -= 1

    on_each(work, range(20), at_once=1)

    assert most == [1]


def test_what_is_no_exception_is_raised_when_all_are_done() -> None:
    done = []

    def work(number: int) -> None:
        if number == 0:
            raise KeyboardInterrupt
        done.append(number)

    with pytest.raises(KeyboardInterrupt):
        on_each(work, range(3))

    assert sorted(done) == [1, 2]


def test_a_sign_is_waited_for_so_long_at_most() -> None:
    sign = Sign()
    assert not sign.wait(0)
    sign.give()

    assert sign.wait(None)


def test_what_repeats_ends_when_it_is_stopped() -> None:
    twice = threading.Event()
    times: list[int] = []

    def work() -> None:
        times.append(1)
        if len(times) == 2:
            twice.set()

    repeating = Repeating(work, 0.001)
    assert twice.wait(10)
    repeating.stop()
    repeating.ended()

    assert "telesock-lab-clocks" not in [thread.name for thread in threading.enumerate()]
