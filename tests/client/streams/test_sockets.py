"""A connection through an agent as a socket: what holds of a plain one holds of it. Each program runs with both."""

import contextlib
import errno
import select
import selectors
import socket
import tempfile
import threading
from collections.abc import Awaitable, Callable

import pytest
from tests.client.streams.endings import flags_of, read_all, read_exactly, reset, until_readable

Ends = Callable[..., Awaitable[None]]
MIB = 1 << 20
LARGE = bytes(range(256)) * (8 * MIB // 256)


async def test_bytes_go_both_ways_at_once_and_both_ends_are_passed_on(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        def send(descriptor: socket.socket) -> None:
            descriptor.sendall(LARGE)
            descriptor.shutdown(socket.SHUT_WR)

        sending = [threading.Thread(target=send, args=[each]) for each in (near, far)]
        reading = threading.Thread(target=lambda: got.append(read_all(far)))
        got: list[bytes] = []
        for thread in (*sending, reading):
            thread.start()
        read = read_all(near)
        for thread in (*sending, reading):
            thread.join()

        assert read == LARGE
        assert got == [LARGE]

    await ends(program)


async def test_after_our_end_the_peer_still_answers(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        near.sendall(b"question")
        near.shutdown(socket.SHUT_WR)
        assert read_all(far) == b"question"
        far.sendall(b"answer")
        far.close()

        assert read_all(near) == b"answer"
        assert near.recv(1) == b""
        with pytest.raises(BrokenPipeError):
            near.send(b"more")

    await ends(program)


async def test_after_the_peers_end_we_still_send(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        far.shutdown(socket.SHUT_WR)
        assert (near.recv(1), near.recv(1)) == (b"", b"")
        got: list[bytes] = []
        reading = threading.Thread(target=lambda: got.append(read_all(far)))
        reading.start()
        near.sendall(LARGE)
        near.close()
        reading.join()

        assert got == [LARGE]

    await ends(program)


async def test_a_peers_reset_comes_behind_what_has_arrived_and_once(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        far.sendall(b"last")
        until_readable(near)
        reset(far)

        assert near.recv(10) == b"last"
        with pytest.raises(ConnectionResetError):
            near.recv(10)
        assert near.recv(10) == b""
        with pytest.raises(BrokenPipeError):
            near.send(b"x")

    await ends(program)


async def test_a_sender_learns_of_a_reset_too(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        reset(far)

        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            near.sendall(LARGE * 8)

    await ends(program)


async def test_a_close_with_a_linger_of_nothing_is_a_reset(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        reset(near)

        with pytest.raises(ConnectionResetError):
            far.recv(1)

    await ends(program)


async def test_a_close_with_bytes_unread_is_a_reset(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        far.sendall(b"unread")
        until_readable(near)
        near.close()

        with pytest.raises(ConnectionResetError):
            far.recv(1)

    await ends(program)


async def test_what_was_sent_before_a_close_arrives_and_then_an_end(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        got: list[bytes] = []
        reading = threading.Thread(target=lambda: got.append(read_all(far)))
        reading.start()
        near.sendall(LARGE)
        near.close()
        reading.join()

        assert got == [LARGE]

    await ends(program)


async def test_a_timeout_is_a_timeout_and_loses_nothing(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        near.settimeout(0.01)
        with pytest.raises(TimeoutError):
            near.recv(1)
        with pytest.raises(TimeoutError):
            near.sendall(LARGE * 4)
        near.settimeout(20)
        far.sendall(b"later")

        assert near.recv(10) == b"later"
        reset(near)

    await ends(program, receive_buffer=4096)


async def test_one_that_does_not_block_says_when_it_would_and_when_it_would_not_any_more(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        near.setblocking(False)
        with pytest.raises(BlockingIOError):
            near.recv(1)
        sent = _send_until_full(near)
        assert select.select([near], [near], [], 0) == ([], [], [])
        got = 0
        while got < sent:
            got += len(far.recv(1 << 20))

        assert select.select([], [near], [], 20)[1] == [near]
        assert got == sent

    await ends(program, receive_buffer=4096)


def _send_until_full(near: socket.socket) -> int:
    """Send until nothing is taken any more, for long enough that everything between both ends is full."""
    sent = 0
    while select.select([], [near], [], 0.3)[1]:
        with contextlib.suppress(BlockingIOError):
            sent += near.send(LARGE)
    return sent


async def test_selectors_and_poll_tell_of_bytes_and_of_an_end(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        assert flags_of(near) == 0
        with selectors.DefaultSelector() as selector:
            selector.register(near, selectors.EVENT_READ, "near")
            assert selector.select(0) == []
            far.sendall(b"x")
            assert [key.data for key, _ in selector.select(20)] == ["near"]
            assert (flags_of(near), near.recv(10)) == (select.POLLIN, b"x")
            far.shutdown(socket.SHUT_WR)
            assert [key.data for key, _ in selector.select(20)] == ["near"]

        assert (flags_of(near), near.recv(10)) == (select.POLLIN | select.POLLRDHUP, b"")

    await ends(program)


async def test_poll_tells_of_a_reset(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        reset(far)
        hangup = select.poll()
        hangup.register(near, 0)
        assert hangup.poll(20_000) == [(near.fileno(), select.POLLHUP | select.POLLERR)]

        assert flags_of(near) == select.POLLIN | select.POLLRDHUP | select.POLLHUP | select.POLLERR

    await ends(program)


async def test_bytes_are_peeked_at_waited_for_gathered_and_scattered(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        assert near.sendmsg([b"one ", b"two"]) == 7
        assert read_exactly(far, 7) == b"one two"
        near.settimeout(None)  # with a timeout MSG_WAITALL does not wait
        far.sendall(b"abc")
        assert near.recv(10, socket.MSG_PEEK) == b"abc"
        threading.Thread(target=far.sendall, args=[b"def"]).start()
        assert near.recv(6, socket.MSG_WAITALL) == b"abcdef"
        far.sendall(b"ghi")
        first, second = bytearray(1), bytearray(2)
        assert near.recvmsg_into([first, second], 0, socket.MSG_WAITALL)[0] == 3
        assert bytes(first + second) == b"ghi"

    await ends(program)


async def test_files_are_made_of_it_and_sent_by_it(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        with near.makefile("rw", encoding="utf-8", newline="\n") as file, tempfile.TemporaryFile() as content:
            content.write(b"from a file\n")
            content.seek(0)
            near.sendfile(content)
            file.write("and a line\n")
            file.flush()
            assert read_exactly(far, 23) == b"from a file\nand a line\n"
            far.sendall("zurück\nand".encode())
            assert file.readline() == "zurück\n"
            near.close()
            far.sendall(b" on")  # the file keeps it open
            far.shutdown(socket.SHUT_WR)
            assert file.read() == "and on"

        assert read_all(far) == b""

    await ends(program)


async def test_its_names_are_those_of_the_connection_until_it_is_closed(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        assert (near.getpeername(), near.getsockname()) == (far.getsockname(), far.getpeername())
        near.close()
        for ask in (near.getpeername, near.getsockname, lambda: near.recv(1), lambda: near.send(b"x")):
            with pytest.raises(OSError, match="Bad file descriptor"):
                ask()
        assert near.fileno() == -1
        near.close()

    await ends(program)


async def test_it_ends_with_the_last_of_its_descriptors(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        with near.dup() as other:
            assert other.getpeername() == near.getpeername()
            near.close()
            other.sendall(b"still here")
            assert read_exactly(far, 10) == b"still here"

        assert read_all(far) == b""

    await ends(program)


async def test_options_of_tcp_are_set_and_read_by_their_numbers(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        wanted = [
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 7),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 3),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500),
        ]
        for option in wanted:
            near.setsockopt(*option)
        read = [(level, number, near.getsockopt(level, number)) for level, number, _ in wanted]
        assert read == wanted
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, bytes(4))
        assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 4) == bytes(4)
        assert near.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM
        assert _errno_of(lambda: near.setsockopt(socket.IPPROTO_TCP, 9999, 1)) == errno.ENOPROTOOPT

    await ends(program)


async def test_it_cannot_be_connected_again(ends: Ends) -> None:
    def program(near: socket.socket, far: socket.socket) -> None:
        assert _errno_of(lambda: near.connect(("127.0.0.1", 1))) == errno.EISCONN
        assert near.connect_ex(("127.0.0.1", 1)) == errno.EISCONN

    await ends(program)


def _errno_of(call: Callable[[], object]) -> int | None:
    try:
        call()
    except OSError as error:
        return error.errno
    return None
