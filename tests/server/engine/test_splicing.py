"""Pipes take bytes from one socket to another, are used again when they are empty, and leave nothing."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator

import pytest

from telesock.server.engine.descriptors import Descriptors
from telesock.server.engine.splicing import PIPE_BYTES, Pipe, Pipes

Ends = tuple[socket.socket, socket.socket]


def open_pipes() -> int:
    """Ends of pipes that this process has open."""
    names = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return sum(os.readlink(name).startswith("pipe:") for name in names if os.path.islink(name))


@pytest.fixture
def ends() -> Iterator[tuple[Ends, Ends]]:
    """Two connections, each as its near and its far end, none of which waits."""
    first, second = socket.socketpair(), socket.socketpair()
    for each in (*first, *second):
        each.setblocking(False)
    yield first, second
    for each in (*first, *second):
        each.close()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


def test_bytes_go_in_at_one_socket_and_out_at_another(pipe: Pipe, ends: tuple[Ends, Ends]) -> None:
    (source, sender), (target, receiver) = ends
    sender.send(b"in order")

    assert (pipe.fill(source, PIPE_BYTES), pipe.held) == (8, 8)
    assert (pipe.drain(target), pipe.held) == (8, 0)
    assert receiver.recv(100) == b"in order"


def test_no_more_goes_in_than_was_asked_for(pipe: Pipe, ends: tuple[Ends, Ends]) -> None:
    (source, sender), _ = ends
    sender.send(b"in order")

    assert pipe.fill(source, 2) == 2
    assert source.recv(100) == b" order"


def test_a_socket_without_bytes_and_one_that_takes_none_say_so(pipe: Pipe, ends: tuple[Ends, Ends]) -> None:
    (source, sender), (target, _) = ends
    with pytest.raises(BlockingIOError):
        pipe.fill(source, PIPE_BYTES)
    sender.send(b"more")
    pipe.fill(source, PIPE_BYTES)
    with contextlib.suppress(BlockingIOError):
        while True:
            target.send(bytes(65_536))

    with pytest.raises(BlockingIOError):
        pipe.drain(target)
    assert pipe.held == 4


def test_the_end_of_a_stream_is_nothing_that_goes_in(pipe: Pipe, ends: tuple[Ends, Ends]) -> None:
    (source, sender), _ = ends
    sender.shutdown(socket.SHUT_WR)

    assert pipe.fill(source, PIPE_BYTES) == 0


def test_an_empty_pipe_is_used_again() -> None:
    before, pipes = open_pipes(), Pipes()
    first = pipes.take()

    pipes.give_back(first)

    assert pipes.take() is first
    pipes.give_back(first)
    pipes.close()
    assert open_pipes() == before


def test_a_pipe_that_is_given_back_with_bytes_in_it_goes(ends: tuple[Ends, Ends]) -> None:
    (source, sender), _ = ends
    before, pipes = open_pipes(), Pipes()
    pipe = pipes.take()
    sender.send(b"lost")
    pipe.fill(source, PIPE_BYTES)

    pipes.give_back(pipe)

    assert open_pipes() == before
    pipes.close()


def test_where_the_agent_has_no_descriptors_to_spare_there_is_no_pipe_until_one_is_closed() -> None:
    before, descriptors = open_pipes(), Descriptors(most=4)
    one, other = Pipes(descriptors), Pipes(descriptors)
    first, second = one.take(), one.take()

    with pytest.raises(OSError, match="descriptors") as caught:
        other.take()
    one.give_back(first)
    one.close()

    assert caught.value.errno == errno.EMFILE
    third = other.take()
    assert open_pipes() == before + 4
    one.give_back(second)
    other.give_back(third)
    other.close()
    assert (open_pipes(), descriptors.pipes) == (before, 0)


def test_what_is_given_back_when_all_is_over_or_when_enough_wait_is_not_kept() -> None:
    before, pipes = open_pipes(), Pipes()
    taken = [pipes.take() for _ in range(20)]
    for pipe in taken[1:]:
        pipes.give_back(pipe)
    assert open_pipes() == before + 2 * (16 + 1)

    pipes.close()
    pipes.give_back(taken[0])

    assert open_pipes() == before
