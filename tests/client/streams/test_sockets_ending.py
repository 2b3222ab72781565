"""How a socket through an agent ends where there is no plain one to compare with, and that nothing is left of it."""

import asyncio
import contextlib
import gc
import os
import select
import socket
import threading
import time
import warnings
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.client.facade import in_thread
from tests.client.streams.endings import both_ends, dial, read_all, reset, until_readable

from telesock.client import Client, ConnectionReset, SessionLost
from telesock.client.streams import joint
from telesock.client.streams.pump import NAME
from telesock.client.streams.sockets import RemoteSocket, as_socket, open_socket
from telesock.client.sync import Session
from telesock.client.sync.sockets import CLOSE_TIMEOUT

pytestmark = pytest.mark.usefixtures("no_leaks")

Threaded = Callable[..., Awaitable[None]]
LARGE = bytes(8 << 20)


async def test_one_that_was_accepted_is_a_socket_too(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        listener = session.listen().result()
        assert listener.local is not None
        with socket.create_connection((listener.local.host, listener.local.port)) as far:
            with as_socket(listener.accept().result()) as near:
                near.sendall(b"welcome")
            assert read_all(far) == b"welcome"

    await threaded(program)


async def test_a_reset_says_what_it_was(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        with both_ends(session) as (near, far):
            reset(far)
            with pytest.raises(ConnectionResetError):
                near.recv(1)
            assert isinstance(near, RemoteSocket)
            assert isinstance(near.problem, ConnectionReset)

    await threaded(program)


@pytest.mark.parametrize("unread", [b"", LARGE])
async def test_a_program_that_leaves_its_session_and_never_closes_is_told_so(
    agent: RunningAgent, unread: bytes
) -> None:
    def program() -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            Client(agent.address) as client,
            client.session() as session,
        ):
            near = open_socket(session, *listener.getsockname())
            far, _ = listener.accept()
            sending = threading.Thread(target=_send, args=[far, unread])
            sending.start()
            if unread:
                until_readable(near)
        with pytest.raises(ConnectionResetError):
            read_all(near)
        assert isinstance(near.problem, SessionLost)
        near.close()
        sending.join()
        far.close()

    await in_thread(program)


def _send(far: socket.socket, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # as it is to be
        far.sendall(data)


async def test_one_that_is_forgotten_closes_its_connection(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            open_socket(session, *listener.getsockname()).sendall(b"last")
            far, _ = listener.accept()
        with warnings.catch_warnings(record=True):
            gc.collect()
        with far:
            assert read_all(far) == b"last"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        await threaded(program)


async def test_a_close_waits_no_longer_than_the_socket_would(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        with both_ends(session, receive_buffer=4096) as (near, far):
            near.settimeout(0.05)
            with pytest.raises(TimeoutError):
                near.sendall(LARGE)
            near.close()
            reset(far)

    await threaded(program)


async def test_a_peer_that_takes_nothing_is_reset_in_the_end(
    threaded: Threaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint, "CLOSE_TIMEOUT", 0.05)

    def program(session: Session) -> None:
        with both_ends(session, receive_buffer=4096) as (near, far):
            near.setblocking(False)
            near.send(LARGE)
            near.close()
            gone = select.poll()
            gone.register(far, 0)

            assert gone.poll(20_000) == [(far.fileno(), select.POLLHUP | select.POLLERR)]

    await threaded(program)


async def test_a_block_that_is_interrupted_resets(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        with both_ends(session) as (near, far):
            with pytest.raises(KeyboardInterrupt), near:
                raise KeyboardInterrupt
            with pytest.raises(ConnectionResetError):
                far.recv(1)

    await threaded(program)


async def test_an_agent_that_is_gone_is_told_once_the_lease_is_over(
    start_agent: Callable[..., Awaitable[RunningAgent]],
) -> None:
    going, connected = await start_agent(), threading.Event()

    def program() -> None:
        with (
            Client(going.address) as client,
            client.session(lease=1) as session,
            both_ends(session) as (near, far),
        ):
            connected.set()
            with pytest.raises(ConnectionResetError):
                near.recv(1)
            assert isinstance(near, RemoteSocket)
            assert isinstance(near.problem, SessionLost)
            with pytest.raises(ConnectionResetError):
                far.recv(1)

    running = asyncio.ensure_future(in_thread(program))
    await asyncio.to_thread(connected.wait)
    await going.stop()
    await running


async def test_many_share_one_thread(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            pairs = [(dial(session, listener.getsockname()), listener.accept()[0]) for _ in range(50)]
        pumps = [thread.name for thread in threading.enumerate() if thread.name == NAME]
        for number, (near, _) in enumerate(pairs):
            near.sendall(b"%d" % number)
            near.shutdown(socket.SHUT_WR)
        read = [read_all(far) for _, far in pairs]
        for near, far in pairs:
            far.close()
            near.close()

        assert pumps == [NAME]
        assert read == [b"%d" % number for number in range(50)]

    await threaded(program)


async def test_a_fork_that_closes_its_copy_does_not_wait_for_a_thread_that_it_has_not(
    threaded: Threaded,
) -> None:
    def program(session: Session) -> None:
        with both_ends(session) as (near, far):
            child = os.fork()
            if child == 0:
                began = time.monotonic()
                near.close()
                os._exit(time.monotonic() - began > CLOSE_TIMEOUT / 2)
            assert os.waitpid(child, 0)[1] == 0
            near.sendall(b"still here")
            assert far.recv(100) == b"still here"

    await threaded(program)
