"""Sockets that do not come to be: refused, denied, interrupted, or no connection at all."""

import os
import signal
import threading
from collections.abc import Awaitable, Callable

import pytest

from telesock.client import Client, ConnectDelay, ConnectionRefused, Rejected
from telesock.client.lab.local import LocalAgents
from telesock.client.streams.sockets import as_socket, open_socket
from telesock.client.sync import Session

Threaded = Callable[..., Awaitable[None]]


async def test_who_cannot_be_reached_is_told_as_connect_tells_it(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        with pytest.raises(ConnectionRefused):
            open_socket(session, "127.0.0.1", 1)
        with pytest.raises(Rejected, match="policy does not allow"):
            open_socket(session, "10.1.2.3", 1)

    await threaded(program)


async def test_what_is_no_connection_of_the_blocking_client_is_refused(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        for other in (object(), session.listen().result(), session.datagram("127.0.0.1").result()):
            with pytest.raises(TypeError, match="is no connection of the blocking client"):
                as_socket(other)  # type: ignore[arg-type]  # that is the point

    await threaded(program)


def test_an_interrupt_while_it_connects_leaves_no_socket() -> None:
    with LocalAgents() as agents, Client(agents.take(1)[0]) as client, client.session() as session:
        interrupting = threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT])
        interrupting.start()
        with pytest.raises(KeyboardInterrupt):
            open_socket(session, "127.0.0.1", 9, faults=[ConnectDelay(60)])

        assert session.list_sockets() == []
