import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from telesock.client import Session
from telesock.client.sync import WaitsForItself

Threaded = Callable[..., Awaitable[Any]]


async def test_what_is_called_when_an_operation_is_done_cannot_expect(threaded: Threaded) -> None:
    def program(session: Session) -> BaseException | None:
        raised: list[BaseException] = []
        called = threading.Event()

        def expect(_: object) -> None:
            try:
                session.expect("create_socket")
            except BaseException as error:
                raised.append(error)
            called.set()

        session.create_socket().add_done_callback(expect)
        called.wait()
        return raised[0] if raised else None

    with pytest.raises(WaitsForItself):
        raise await threaded(program)


async def test_threads_may_expect_at_once(threaded: Threaded) -> None:
    def program(session: Session) -> list[int]:
        found: list[int] = []
        start = session.last_sequence
        threads = [
            threading.Thread(target=lambda: found.append(session.expect("resolve", after=start).sequence))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        session.resolve("127.0.0.1").result()
        for thread in threads:
            thread.join()
        return found

    assert await threaded(program) == [1, 1, 1, 1]


@pytest.mark.parametrize("after", [None, 0])
async def test_a_thread_that_finds_an_earlier_event_later_does_not_take_the_position_back(
    threaded: Threaded, after: int | None
) -> None:
    def program(session: Session) -> list[int]:
        found: list[int] = []
        looking, go_on = threading.Event(), threading.Event()

        def where(_: object) -> bool:
            looking.set()
            return go_on.wait()

        thread = threading.Thread(
            target=lambda: found.append(session.expect("create_socket", where=where, after=after).sequence)
        )
        session.create_socket().result()
        session.resolve("127.0.0.1").result()
        thread.start()
        looking.wait()
        found.append(session.expect("resolve").sequence)
        go_on.set()
        thread.join()
        session.resolve("127.0.0.1").result()
        return [*found, session.expect("resolve").sequence]

    assert await threaded(program) == [2, 1, 3]
