"""Names to addresses in threads: bounded, never in the way of the loop, and gone with their loop."""

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest

from telesock.server.engine import resolver as module
from telesock.server.engine.resolver import Address, Answer, Lookup, Resolver, literal_address

ANYWHERE = socket.AF_UNSPEC


class Slow:
    """Stands in for getaddrinfo(3): answers a name when it is told to, and notes who waits."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.go = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def __call__(self, host: str, port: int, family: int) -> Answer:
        with self._changed:
            self.waiting.append(host)
            self._changed.notify_all()
        self.go.acquire()
        return [Address(socket.AF_INET, (host, port))]

    def until_waiting(self, count: int) -> list[str]:
        """Wait until so many names are being looked up at once, or were."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.waiting) >= count, timeout=5)
            return list(self.waiting)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    slow = Slow()
    monkeypatch.setattr(module, "_addresses", slow)
    return slow


async def answer_of(resolve: Callable[[Callable[[Answer], None]], Lookup]) -> Answer:
    """Ask, and wait for the answer."""
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    resolve(future.set_result)
    assert not future.done(), "never before the question is asked"
    return await future


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", Address(socket.AF_INET, ("127.0.0.1", 80))),
        ("127.1", Address(socket.AF_INET, ("127.0.0.1", 80))),
        ("::1", Address(socket.AF_INET6, ("::1", 80, 0, 0))),
        ("fe80::1%lo", Address(socket.AF_INET6, ("fe80::1", 80, 0, socket.if_nametoindex("lo")))),
        ("localhost", None),
        ("", None),
        ("1.2.3.4.5", None),
        ("fe80::1%nosuch", None),
        ("x" * 64 + ".test", None),  # a label too long for the DNS
        ("\N{SNOWMAN}", None),
        ("127.0.0.1\0", None),
    ],
)
def test_a_literal_is_read_and_anything_else_is_a_name(host: str, expected: Address | None) -> None:
    assert literal_address(host, 80) == expected


async def test_a_name_is_resolved_to_addresses_in_the_form_that_sockets_take() -> None:
    resolver = Resolver(asyncio.get_running_loop())

    answer = await answer_of(lambda then: resolver.resolve("localhost", 80, socket.AF_INET, then))

    assert answer == [Address(socket.AF_INET, ("127.0.0.1", 80))]


@pytest.mark.parametrize("name", ["nothing.invalid", "x" * 64 + ".test", "a..b"])
async def test_a_name_that_does_not_resolve_is_answered_with_its_error(name: str) -> None:
    resolver = Resolver(asyncio.get_running_loop())

    answer = await answer_of(lambda then: resolver.resolve(name, 80, ANYWHERE, then))

    assert isinstance(answer, socket.gaierror)


async def test_a_slow_name_holds_up_no_other(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=2)
    resolver.resolve("slow.test", 80, ANYWHERE, lambda answer: None)
    slow.until_waiting(1)

    resolver.resolve("other.test", 80, ANYWHERE, lambda answer: None)

    assert slow.until_waiting(2) == ["slow.test", "other.test"]
    slow.go.release(2)


async def test_every_question_has_a_thread_of_its_own_while_there_are_threads(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=4)
    for begun in range(0, 200, 4):
        for number in range(4):
            resolver.resolve(f"{number}.test", 80, ANYWHERE, lambda answer: None)
        assert len(slow.until_waiting(begun + 4)) == begun + 4
        slow.go.release(4)


async def test_no_more_threads_than_allowed_look_names_up_and_the_rest_wait_their_turn(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=2)
    answers: list[Answer] = []
    before = threading.active_count()
    for number in range(6):
        resolver.resolve(f"{number}.test", 80, ANYWHERE, answers.append)
    at_once = slow.until_waiting(2)
    threads = threading.active_count() - before

    slow.go.release(6)

    assert (at_once, threads) == (["0.test", "1.test"], 2)
    assert sorted(slow.until_waiting(6)) == [f"{number}.test" for number in range(6)]


async def test_an_idle_thread_is_used_again(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=4)
    slow.go.release(3)
    before = threading.active_count()

    for number in range(3):
        await answer_of(lambda then, number=number: resolver.resolve(str(number), 80, ANYWHERE, then))  # type: ignore[misc]  # mypy infers no lambda with a default

    assert threading.active_count() - before == 1


async def test_a_name_is_turned_away_when_too_many_wait(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=1, queued=2)
    resolver.resolve("first.test", 80, ANYWHERE, lambda answer: None)
    slow.until_waiting(1)
    for name in ("second.test", "third.test"):
        resolver.resolve(name, 80, ANYWHERE, lambda answer: None)

    answer = await answer_of(lambda then: resolver.resolve("fourth.test", 80, ANYWHERE, then))

    assert isinstance(answer, BlockingIOError)
    assert str(answer) == "[Errno 11] too many names are being resolved"
    slow.go.release(3)
    slow.until_waiting(3)


async def test_an_abandoned_question_is_not_answered_and_one_that_waits_is_not_even_looked_up(
    slow: Slow,
) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=1)
    answers: list[Answer] = []
    asked = [resolver.resolve(name, 80, ANYWHERE, answers.append) for name in ("one.test", "two.test")]
    slow.until_waiting(1)
    for lookup in asked:
        lookup.abandon()

    slow.go.release(2)
    last = await answer_of(lambda then: resolver.resolve("last.test", 80, ANYWHERE, then))

    assert last == [Address(socket.AF_INET, ("last.test", 80))]
    assert (answers, slow.waiting) == ([], ["one.test", "last.test"])


def test_an_answer_for_a_loop_that_is_closed_is_dropped(slow: Slow) -> None:
    loop = asyncio.new_event_loop()
    resolver = Resolver(loop, threads=1)
    resolver.resolve("late.test", 80, ANYWHERE, lambda answer: None)
    resolver.resolve("later.test", 80, ANYWHERE, lambda answer: None)
    slow.until_waiting(1)

    loop.close()
    slow.go.release(2)

    assert slow.until_waiting(2) == ["late.test", "later.test"]  # the thread has survived the first answer
