"""A program with threads that ends with a client in the middle of its work: python ending_program.py ADDRESS HOW."""

import os
import signal
import sys
import threading
from collections.abc import Callable

from telesock.client import Client, Session


def work(session: Session) -> None:
    """Leave operations and a stream of events behind."""
    socket = session.create_socket().result()
    socket.bind()
    next(session.events())
    session.create_socket()


def leave(client: Client) -> None:
    """Leave every block."""
    with client.session() as session:
        work(session)


def exit_inside(client: Client) -> None:
    """Exit inside the blocks."""
    with client.session() as session:
        work(session)
        sys.exit()


def forget(client: Client) -> None:
    """Never leave the session."""
    work(client.session().__enter__())


def wait_elsewhere(client: Client) -> None:
    """Leave every block while a thread waits for what never comes."""
    with client.session() as session:
        listener = session.listen().result()
        threading.Thread(target=lambda: list(listener)).start()
        listener.close().result()


def interrupt(client: Client) -> None:
    """Be interrupted from the keyboard while waiting."""
    _be_interrupted(client, lambda: os.kill(os.getpid(), signal.SIGINT))


def interrupt_elsewhere(client: Client) -> None:
    """Be interrupted while waiting, by a signal that another thread takes: it wakes nobody who waits for a lock."""
    _be_interrupted(client, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT))


def _be_interrupted(client: Client, how: Callable[[], None]) -> None:
    with client.session() as session:
        accepting = session.listen().result().accept()
        threading.Thread(target=_interrupt_soon, args=(session, how)).start()
        try:
            accepting.result()
        except KeyboardInterrupt:
            work(session)


def _interrupt_soon(session: Session, how: Callable[[], None]) -> None:
    session.resolve("127.0.0.1").result()  # asked behind the accept: that has begun
    how()


WAYS = {
    "leave": leave,
    "exit": exit_inside,
    "forget": forget,
    "abandon": forget,
    "wait": wait_elsewhere,
    "interrupt": interrupt,
    "interrupt elsewhere": interrupt_elsewhere,
}


def main(address: str, how: str) -> None:
    """Do as told."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests run under
    client = Client(address)
    if how == "abandon":
        forget(client.__enter__())
        return
    with client:
        WAYS[how](client)


main(*sys.argv[1:])
