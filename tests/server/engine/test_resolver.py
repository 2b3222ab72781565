"""Names to addresses in threads: bounded, never in the way of the loop, and gone with their loop."""

import asyncio
import socket
import threading
from collections.abc import Callable
from functools import partial

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

    answer = await answer_of(
        lambda then: resolver.resolve("localhost", 80, socket.AF_INET, then, "localhost")
    )

    assert answer == [Address(socket.AF_INET, ("127.0.0.1", 80))]


@pytest.mark.parametrize("name", ["nothing.invalid", "x" * 64 + ".test", "a..b"])
async def test_a_name_that_does_not_resolve_is_answered_with_its_error(name: str) -> None:
    resolver = Resolver(asyncio.get_running_loop())

    answer = await answer_of(lambda then: resolver.resolve(name, 80, ANYWHERE, then, name))

    assert isinstance(answer, socket.gaierror)


async def test_a_slow_name_holds_up_no_other(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=2)
    resolver.resolve("slow.test", 80, ANYWHERE, lambda answer: None, "slow.test")
    slow.until_waiting(1)

    resolver.resolve("other.test", 80, ANYWHERE, lambda answer: None, "other.test")

    assert slow.until_waiting(2) == ["slow.test", "other.test"]
    slow.go.release(2)


async def test_every_question_has_a_thread_of_its_own_while_there_are_threads(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=4)
    for begun in range(0, 200, 4):
        for number in range(4):
            resolver.resolve(f"{number}.test", 80, ANYWHERE, lambda answer: None, f"{begun}.{number}")
        assert len(slow.until_waiting(begun + 4)) == begun + 4
        slow.go.release(4)


async def test_no_more_threads_than_allowed_look_names_up_and_the_rest_wait_their_turn(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=2)
    answers: list[Answer] = []
    before = threading.active_count()
    for number in range(6):
        resolver.resolve(f"{number}.test", 80, ANYWHERE, answers.append, f"{number}.test")
    at_once = slow.until_waiting(2)
    threads = threading.active_count() - before

    slow.go.release(6)

    assert (at_once, threads) == (["0.test", "1.test"], 2)
    assert sorted(slow.until_waiting(6)) == [f"{number}.test" for number in range(6)]


async def test_an_idle_thread_is_used_again(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=4)
    slow.go.release(3)
    before = threading.active_count()

    for name in ("one", "two", "three"):
        await answer_of(partial(resolver.resolve, name, 80, ANYWHERE, owner=name))

    assert threading.active_count() - before == 1


async def test_a_name_is_turned_away_when_too_many_wait(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=1, queued=2)
    resolver.resolve("first.test", 80, ANYWHERE, lambda answer: None, "first.test")
    slow.until_waiting(1)
    for name in ("second.test", "third.test"):
        resolver.resolve(name, 80, ANYWHERE, lambda answer: None, name)

    answer = await answer_of(lambda then: resolver.resolve("fourth.test", 80, ANYWHERE, then, "fourth.test"))

    assert isinstance(answer, BlockingIOError)
    assert str(answer) == "[Errno 11] too many names are being resolved"
    slow.go.release(3)
    slow.until_waiting(3)


async def test_questions_that_nobody_answers_keep_no_other_owner_from_a_thread(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop())
    held = [
        resolver.resolve(f"{number}.slow", 80, ANYWHERE, lambda answer: None, "bob") for number in range(9)
    ]
    slow.until_waiting(4)

    resolver.resolve("other.test", 80, ANYWHERE, lambda answer: None, "ann")

    assert sorted(slow.until_waiting(5)) == ["0.slow", "1.slow", "2.slow", "3.slow", "other.test"]
    assert resolver.busy == 5
    slow.go.release(len(held) + 1)
    slow.until_waiting(10)


async def test_an_abandoned_question_still_counts_while_it_has_a_thread(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=8)
    for number in range(2):
        resolver.resolve(f"{number}.slow", 80, ANYWHERE, lambda answer: None, "eve")
    asked = resolver.resolve("2.slow", 80, ANYWHERE, lambda answer: None, "eve")
    slow.until_waiting(2)

    resolver.resolve("other.test", 80, ANYWHERE, lambda answer: None, "ann")

    assert sorted(slow.until_waiting(3)) == ["0.slow", "1.slow", "other.test"]
    asked.abandon()
    slow.go.release(3)


async def test_owners_that_wait_get_threads_in_turn(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=1)
    resolver.resolve("first", 80, ANYWHERE, lambda answer: None, "somebody")
    slow.until_waiting(1)
    for name in ("eve 1", "eve 2", "eve 3", "ann 1", "bob 1"):
        resolver.resolve(name, 80, ANYWHERE, lambda answer: None, name[:3])
    slow.go.release(6)

    assert slow.until_waiting(6)[1:] == ["eve 1", "ann 1", "bob 1", "eve 2", "eve 3"]


async def test_an_owner_who_asks_too_much_is_turned_away_and_nobody_else_is(slow: Slow) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=1, queued=8)
    for number in range(3):
        resolver.resolve(f"{number}.slow", 80, ANYWHERE, lambda answer: None, "eve")
        slow.until_waiting(1)

    answer = await answer_of(lambda then: resolver.resolve("3.slow", 80, ANYWHERE, then, "eve"))
    answers: list[Answer] = []
    resolver.resolve("other.test", 80, ANYWHERE, answers.append, "ann")

    assert str(answer) == "[Errno 11] too many names are being resolved"
    slow.go.release(4)
    assert "other.test" in slow.until_waiting(4)


async def test_an_abandoned_question_is_not_answered_and_one_that_waits_is_not_even_looked_up(
    slow: Slow,
) -> None:
    resolver = Resolver(asyncio.get_running_loop(), threads=1)
    answers: list[Answer] = []
    asked = [resolver.resolve(name, 80, ANYWHERE, answers.append, name) for name in ("one.test", "two.test")]
    slow.until_waiting(1)
    for lookup in asked:
        lookup.abandon()

    slow.go.release(2)
    last = await answer_of(lambda then: resolver.resolve("last.test", 80, ANYWHERE, then, "last.test"))

    assert last == [Address(socket.AF_INET, ("last.test", 80))]
    assert (answers, slow.waiting) == ([], ["one.test", "last.test"])


def test_an_answer_for_a_loop_that_is_closed_is_dropped(slow: Slow) -> None:
    loop = asyncio.new_event_loop()
    resolver = Resolver(loop, threads=1)
    resolver.resolve("late.test", 80, ANYWHERE, lambda answer: None, "late.test")
    resolver.resolve("later.test", 80, ANYWHERE, lambda answer: None, "later.test")
    slow.until_waiting(1)

    loop.close()
    slow.go.release(2)

    assert slow.until_waiting(2) == ["late.test", "later.test"]  # the thread has survived the first answer
