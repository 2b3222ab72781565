"""Our end of a pair: what it tells of the other end, and what it tells the other end."""

import socket

import pytest

from telesock.client.streams.local_end import local_pair


def test_it_takes_what_was_written_in_pieces_and_then_the_end() -> None:
    ours, theirs = local_pair()
    assert ours.take(10) is None
    theirs.sendall(b"one")
    theirs.sendall(b"two")
    assert (ours.take(4), ours.take(10), ours.take(10)) == (b"onet", b"wo", None)
    theirs.sendall(b"last")
    theirs.shutdown(socket.SHUT_WR)
    ours.look()

    assert (ours.ended, ours.closed, ours.broken) == (True, False, False)
    assert (ours.take(10), ours.take(10)) == (b"last", b"")
    ours.close(graceful=True)
    theirs.close()


@pytest.mark.parametrize(("given", "broken"), [(b"", False), (b"unread", True)])
def test_it_knows_a_close_and_whether_bytes_were_unread(given: bytes, broken: bool) -> None:
    ours, theirs = local_pair()
    ours.give(given)
    theirs.close()
    ours.look()

    assert (ours.ended, ours.closed, ours.broken) == (True, True, broken)
    assert len(ours.give(b"nobody reads this")) == 0
    ours.close(graceful=True)


def test_it_keeps_what_there_is_no_room_for() -> None:
    ours, theirs = local_pair()
    data = bytes(range(256)) * 8192
    rest = ours.give(data)
    read = bytearray()
    while rest:
        read += theirs.recv(65536)
        rest = ours.give(rest)
    ours.finish()
    while more := theirs.recv(65536):
        read += more

    assert read == data
    ours.close(graceful=True)
    theirs.close()


@pytest.mark.parametrize("written", [b"", b"never taken"])
@pytest.mark.parametrize("ended", [True, False])
def test_a_close_that_is_not_graceful_is_a_reset_behind_what_was_given(written: bytes, ended: bool) -> None:
    ours, theirs = local_pair()
    ours.give(b"last")
    theirs.sendall(written)
    if ended:
        theirs.shutdown(socket.SHUT_WR)
    ours.close(graceful=False)

    with theirs:
        assert theirs.recv(10) == b"last"
        with pytest.raises(ConnectionResetError):
            theirs.recv(10)


def test_one_that_reads_no_more_is_given_nothing_and_is_not_closed() -> None:
    ours, theirs = local_pair()
    theirs.shutdown(socket.SHUT_RD)

    assert len(ours.give(b"x")) == 0
    assert (ours.ended, ours.closed) == (False, False)
    ours.close(graceful=True)
    theirs.close()
