"""What only threads do with an operation: wait for a while, be called back, interrupt, ask all at once."""

import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.client.sync.connected import connected

from telesock.client import CancelOutcome, Session, Stall
from telesock.client.sync import Operation, WaitsForItself, operations
from telesock.client.sync.waiting import wait_for

Threaded = Callable[..., Awaitable[object]]


async def test_whoever_gives_up_to_wait_leaves_the_operation_alone(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        near, far = connected(session)
        receiving = near.receive(10)
        with pytest.raises(
            TimeoutError, match=r"^<RECEIVE operation \d+ of socket 2, pending> has no outcome"
        ):
            receiving.result(timeout=0)
        far.send(b"later").result()

        assert receiving.result(timeout=30) == b"later"

    await threaded(program)


async def test_any_number_of_threads_wait_for_one(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        near, far = connected(session)
        receiving = near.receive(10)
        results: list[bytes] = []
        waiting = [threading.Thread(target=lambda: results.append(receiving.result())) for _ in range(5)]
        for thread in waiting:
            thread.start()
        far.send(b"hello").result()
        for thread in waiting:
            thread.join()

        assert results == [b"hello"] * 5

    await threaded(program)


async def test_it_calls_back_once_and_at_once_where_it_is_done(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        near, far = connected(session)
        receiving, called, told = near.receive(10), threading.Event(), []
        receiving.add_done_callback(
            lambda operation: told.append((operation is receiving, operation.result()))
        )
        receiving.add_done_callback(lambda _: called.set())
        before = list(told)
        far.send(b"x").result()
        called.wait()
        receiving.add_done_callback(lambda operation: told.append((operation is receiving, b"at once")))

        assert (before, told) == ([], [(True, b"x"), (True, b"at once")])

    await threaded(program)


async def test_what_is_called_back_may_ask_and_is_told_not_to_wait(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        near, far = connected(session)
        receiving, asked, raised, called = near.receive(10), [], [], threading.Event()

        def callback(_: Operation[bytes]) -> None:
            asked.append(near.receive(10))
            for wait in (asked[0].result, asked[0].cancel, near.indications().__next__):
                try:
                    wait()
                except WaitsForItself as error:
                    raised.append(error)
            called.set()

        receiving.add_done_callback(callback)
        far.send(b"one").result()
        called.wait()
        far.send(b"two").result()

        assert asked[0].result() == b"two"
        assert len(raised) == 3

    await threaded(program)


async def test_what_is_called_back_may_take_a_lock_under_which_others_ask(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        near, far = connected(session)
        lock, called, held = threading.Lock(), threading.Event(), threading.Event()

        def callback(_: Operation[bytes]) -> None:
            called.set()
            with lock:
                held.set()

        receiving = near.receive(10)
        receiving.add_done_callback(callback)
        with lock:
            far.send(b"x")
            called.wait()
            sending = near.send(b"y")
        held.wait()

        assert sending.result() == 1

    await threaded(program)


async def test_a_callback_that_fails_is_reported_and_disturbs_nobody(
    threaded: Threaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", reported.append)

    def program(session: Session) -> None:
        near, far = connected(session)
        receiving, called = near.receive(10), threading.Event()
        receiving.add_done_callback(lambda _: 1 / 0)
        receiving.add_done_callback(lambda _: called.set())
        far.send(b"x").result()
        called.wait()

        assert near.send(b"y").result() == 1

    await threaded(program)
    assert [each.exc_type for each in reported] == [ZeroDivisionError]


async def test_threads_that_send_on_one_socket_leave_no_hole(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        near, far = connected(session)
        receiving = far.receive(8 * 200 * 100, wait_all=True)

        def send(number: int) -> None:
            for operation in [near.send(bytes([number]) * 100) for _ in range(200)]:
                assert operation.result() == 100

        _all_at_once(send, 8)
        received = receiving.result()

        pieces = {received[start : start + 100] for start in range(0, len(received), 100)}
        assert pieces == {bytes([number]) * 100 for number in range(8)}
        assert [received.count(bytes([number])) for number in range(8)] == [20_000] * 8

    await threaded(program)


async def test_threads_that_make_sockets_get_one_each(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        listener = session.listen().result()
        local = listener.local
        numbers: list[int] = []
        assert local is not None

        def make(number: int) -> None:
            for _ in range(10):
                asked: list[Operation[Any]] = [
                    session.connect(local.host, local.port),
                    session.create_socket(),
                    session.datagram("127.0.0.1"),
                ]
                numbers.extend(operation.result().socket_id for operation in asked)

        _all_at_once(make, 8)

        assert sorted(numbers) == list(range(2, 242))

    await threaded(program)


async def test_a_fault_whose_making_is_interrupted_is_taken_back(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        calls = session._core.shell
        make, asked = calls.create, []

        def create(*arguments: object) -> object:
            asked.append(arguments)
            made = make(*arguments)
            if len(asked) == 1:
                raise KeyboardInterrupt
            return made

        calls.create = create
        with pytest.raises(KeyboardInterrupt):
            session.fault(Stall()).keep()

        assert (len(asked), session.faults()) == (2, [])

    await threaded(program)


@pytest.mark.parametrize("connect_first", [False, True], ids=["in time", "too late to cancel"])
async def test_a_loop_that_is_interrupted_while_it_waits_loses_no_connection(
    threaded: Threaded, monkeypatch: pytest.MonkeyPatch, connect_first: bool
) -> None:
    waits = []

    def program(session: Session) -> None:
        listener = session.listen().result()
        local = listener.local
        assert local is not None

        def interrupt(*arguments: object) -> bool:
            waits.append(arguments)
            if len(waits) > 1:
                return wait_for(*arguments)  # type: ignore[arg-type]  # whatever it was called with
            if connect_first:
                monkeypatch.setattr(operations, "wait_for", wait_for)
                session.connect(local.host, local.port).result()
            raise KeyboardInterrupt

        monkeypatch.setattr(operations, "wait_for", interrupt)
        with pytest.raises(KeyboardInterrupt):
            next(iter(listener))
        near = None if connect_first else session.connect(local.host, local.port).result()
        accepted = listener.accept().result()

        assert accepted.remote is not None
        assert near is None or accepted.remote == near.local

    await threaded(program)


async def test_cancelling_is_answered_to_each_thread(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        near, _ = connected(session)
        outcomes: list[CancelOutcome] = []
        pending = [near.receive(1) for _ in range(4)]
        _all_at_once(lambda number: outcomes.append(pending[number].cancel()), 4)

        assert outcomes == [CancelOutcome.CANCELLED] * 4

    await threaded(program)


def _all_at_once(work: Callable[[int], object], count: int) -> None:
    """Do it in so many threads; raise what one of them has raised."""
    raised: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that they come in between wherever they can
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    for error in raised:
        raise error
