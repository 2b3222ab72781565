"""Edges of many descriptors, each to its own watcher."""

import asyncio
import contextlib
import functools
import socket
import tempfile
from collections.abc import Callable, Iterator

import pytest

from telesock.server.engine.poller import READ, WRITE, Poller


class Watch:
    """A poller, and a watcher that keeps what it was told."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.poller = Poller(asyncio.get_running_loop(), self.failures.append)
        self.masks: list[int] = []
        self.woken = asyncio.Event()

    def on_ready(self, mask: int) -> None:
        self.masks.append(mask)
        self.woken.set()

    async def next_mask(self) -> int:
        await self.woken.wait()
        self.woken.clear()
        return self.masks[-1]


class Calling:
    """A watcher that calls a function."""

    def __init__(self, call: Callable[[int], None]) -> None:
        self._call = call

    def on_ready(self, mask: int) -> None:
        self._call(mask)


@pytest.fixture
async def watch() -> Watch:
    return Watch()


@pytest.fixture
def pair(watch: Watch) -> Iterator[tuple[socket.socket, socket.socket]]:
    with contextlib.closing(watch.poller):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


async def turns(count: int = 3) -> None:
    """Let the loop look at all descriptors a few times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_descriptor_that_is_ready_when_it_is_registered_is_told_so(watch: Watch, pair: Pair) -> None:
    watch.poller.register(pair[0].fileno(), watch)

    assert await watch.next_mask() == WRITE


async def test_what_arrives_is_told_as_reading(watch: Watch, pair: Pair) -> None:
    watch.poller.register(pair[0].fileno(), watch)
    await watch.next_mask()

    pair[1].send(b"x")

    assert await watch.next_mask() & READ


async def test_data_that_is_left_unread_wakes_nobody_a_second_time(watch: Watch, pair: Pair) -> None:
    pair[1].send(b"x")
    watch.poller.register(pair[0].fileno(), watch)
    await watch.next_mask()

    await turns(5)

    assert len(watch.masks) == 1


async def test_a_descriptor_that_is_watched_no_longer_is_not_told(watch: Watch, pair: Pair) -> None:
    watch.poller.register(pair[0].fileno(), watch)
    watch.poller.unregister(pair[0].fileno())
    pair[1].send(b"x")

    await turns(5)

    assert (watch.masks, len(watch.poller)) == ([], 0)


async def test_to_stop_watching_what_was_never_watched_changes_nothing(watch: Watch, pair: Pair) -> None:
    watch.poller.unregister(pair[0].fileno())

    assert len(watch.poller) == 0


async def test_a_descriptor_that_the_host_cannot_watch_is_refused_and_leaves_nothing(watch: Watch) -> None:
    with contextlib.closing(watch.poller), tempfile.TemporaryFile() as file:
        with pytest.raises(PermissionError):  # epoll_ctl(2): a regular file
            watch.poller.register(file.fileno(), watch)
        watch.poller.unregister(file.fileno())

        assert len(watch.poller) == 0


async def test_an_error_in_one_watcher_is_reported_and_takes_no_edge_from_another(
    watch: Watch, pair: Pair
) -> None:
    bug = RuntimeError("a bug")

    def broken(mask: int) -> None:
        raise bug

    watch.poller.register(pair[0].fileno(), Calling(broken))
    watch.poller.register(pair[1].fileno(), watch)

    assert await watch.next_mask() == WRITE
    assert watch.failures == [bug]


async def test_a_watcher_may_end_the_watching_of_a_descriptor_that_is_ready_in_the_same_turn(
    watch: Watch, pair: Pair
) -> None:
    told: list[int] = []

    def first(descriptor: int, mask: int) -> None:
        told.append(descriptor)
        for end in pair:
            watch.poller.unregister(end.fileno())

    for end in pair:
        watch.poller.register(end.fileno(), Calling(functools.partial(first, end.fileno())))

    await turns()

    assert len(told) == 1


async def test_more_descriptors_than_one_turn_takes_are_all_told(watch: Watch) -> None:
    told: set[int] = set()

    def note(descriptor: int, mask: int) -> None:
        told.add(descriptor)

    with contextlib.closing(watch.poller), contextlib.ExitStack() as opened:
        pairs = [socket.socketpair() for _ in range(150)]
        ends = [opened.enter_context(end) for pair in pairs for end in pair]
        for end in ends:
            watch.poller.register(end.fileno(), Calling(functools.partial(note, end.fileno())))
        await turns()

        assert told == {end.fileno() for end in ends}


async def test_a_closed_poller_watches_nothing_and_can_be_closed_again(watch: Watch, pair: Pair) -> None:
    watch.poller.register(pair[0].fileno(), watch)
    watch.poller.close()
    watch.poller.close()
    pair[1].send(b"x")

    await turns()

    assert (watch.masks, len(watch.poller)) == ([], 0)
