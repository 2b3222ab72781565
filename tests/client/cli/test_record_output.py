"""What is recorded goes through real pipes to readers that are quick, slow, asleep or gone."""

import asyncio
import os
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from telesock.client.cli.record_output import Outlet

MUCH = 1 << 20  # more than a pipe holds


class Pipe(NamedTuple):
    """Its two ends."""

    reading: int
    writing: int

    def read(self, size: int) -> bytes:
        """Return so many bytes."""
        got = b""
        while len(got) < size and (more := os.read(self.reading, size - len(got))):
            got += more
        return got


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    ends = Pipe(*os.pipe())
    yield ends
    for descriptor in ends:
        try:
            os.close(descriptor)
        except OSError:
            continue  # the test has closed it


async def never() -> None:
    await asyncio.Event().wait()


async def at_once() -> None:
    """It is interrupted already."""


async def test_all_of_it_comes_in_its_order_while_it_is_written_and_at_the_end(pipe: Pipe) -> None:
    outlet, interrupting = Outlet(pipe.writing), asyncio.create_task(never())
    async with outlet.writing(interrupting):
        outlet.write("é\n")
        assert await asyncio.to_thread(pipe.read, 3) == "é\n".encode()
        outlet.write("one\n")
        outlet.write("two\n")

    assert (pipe.read(8), outlet.is_whole) == (b"one\ntwo\n", True)


async def test_there_is_room_again_once_what_waits_is_being_written(pipe: Pipe) -> None:
    outlet, interrupting = Outlet(pipe.writing), asyncio.create_task(never())
    async with outlet.writing(interrupting):
        outlet.write("a" * MUCH)
        await outlet.room()
        outlet.write("b" * MUCH)
        having_room = asyncio.create_task(outlet.room())
        assert await asyncio.wait([having_room], timeout=0.05) == (set(), {having_room})
        reading = asyncio.create_task(asyncio.to_thread(pipe.read, 2 * MUCH))
        await having_room

    assert (await reading, outlet.is_whole) == (b"a" * MUCH + b"b" * MUCH, True)


async def test_the_rest_waits_for_a_reader_who_takes_his_time(pipe: Pipe) -> None:
    outlet, interrupting = Outlet(pipe.writing), asyncio.create_task(never())

    async def write() -> None:
        async with outlet.writing(interrupting):
            outlet.write("a" * MUCH)

    writing = asyncio.create_task(write())
    assert await asyncio.to_thread(pipe.read, MUCH) == b"a" * MUCH
    await writing
    assert outlet.is_whole


async def test_the_rest_is_given_up_after_an_interrupt_where_nobody_reads(pipe: Pipe) -> None:
    outlet, interrupting = Outlet(pipe.writing), asyncio.create_task(at_once())
    async with outlet.writing(interrupting):
        outlet.write("a" * MUCH)

    assert not outlet.is_whole


async def test_a_reader_who_leaves_is_noticed_while_nothing_is_written(pipe: Pipe) -> None:
    outlet, interrupting = Outlet(pipe.writing), asyncio.create_task(never())

    async def write_until_he_leaves() -> None:
        async with outlet.writing(interrupting) as writing:
            os.close(pipe.reading)
            await asyncio.wait([writing])

    with pytest.raises(BrokenPipeError):
        await write_until_he_leaves()


async def test_a_reader_who_has_left_when_all_is_written_is_no_failure(pipe: Pipe) -> None:
    outlet, interrupting = Outlet(pipe.writing), asyncio.create_task(at_once())
    async with outlet.writing(interrupting):
        outlet.write("one\n")
        assert await asyncio.to_thread(pipe.read, 4) == b"one\n"
        os.close(pipe.reading)

    assert outlet.is_whole


async def test_a_disk_that_is_full_is_told() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    outlet, interrupting = Outlet(full), asyncio.create_task(never())
    with pytest.raises(OSError, match="No space left on device"):
        async with outlet.writing(interrupting):
            outlet.write("one\n")
    os.close(full)
