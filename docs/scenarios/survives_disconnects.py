"""redis-py, and a server that goes away in the middle of a request, politely or not.

    telesock run docs/scenarios/survives_disconnects.py

The client runs here, as it is; the server is the scenario itself, on a listener of the agent: so it decides to the byte when
it ends and how.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from telesock.client.lab import Lab
from telesock.client.sync import Listener, Socket

PATIENCE = 5.0
"""Seconds that the client waits for an answer, and this for the client."""


def scenario_graceful_disconnect(lab: Lab) -> None:
    """The server sends its FIN instead of an answer; the client asks again and gets it."""
    _survives(lab, lambda connection: connection.disconnect().result())


def scenario_abortive_disconnect(lab: Lab) -> None:
    """The server resets the connection instead of an answer; the client asks again and gets it."""
    _survives(lab, lambda connection: connection.abort().result())


def scenario_gone_for_good(lab: Lab) -> None:
    """The server resets every connection: the client gives up after its retries, and says so."""
    with _asking(lab, retries=2) as (listener, answer):
        for _ in range(3):
            connection = listener.accept().result()
            _take_request(connection)
            connection.abort().result()
        error = answer.exception(PATIENCE)

    assert isinstance(error, redis.ConnectionError), f"it says that it has given up, and not {error!r}"


def _survives(lab: Lab, go_away: Callable[[Socket], object]) -> None:
    with _asking(lab, retries=1) as (listener, answer):
        first = listener.accept().result()
        _take_request(first)
        lab.note("the server goes away")
        go_away(first)
        second = listener.accept().result()
        _take_request(second)
        second.send(b"$5\r\nvalue\r\n").result()

        assert answer.result(PATIENCE) == b"value"


@contextlib.contextmanager
def _asking(lab: Lab, retries: int) -> Iterator[tuple[Listener, Future[object]]]:
    """Let the client ask for a key in a thread: where it asks, and what it will have been told."""
    [agent] = lab
    listener = agent.session.listen().result()
    assert listener.local is not None, "it listens"
    client = redis.Redis(
        listener.local.host,
        listener.local.port,
        protocol=2,
        retry=Retry(NoBackoff(), retries),
        socket_timeout=PATIENCE,
    )
    with ThreadPoolExecutor(1) as threads, client:
        yield listener, threads.submit(client.get, "key")


def _take_request(connection: Socket) -> None:
    """Read commands until the client asks for the key; say OK to what it says before, as of itself."""
    words = _words(connection)
    for word in words:
        command = [next(words) for _ in range(int(word[1:]) * 2)][1::2]
        if command[0] == b"GET":
            assert command == [b"GET", b"key"]
            return
        connection.send(b"+OK\r\n").result()


def _words(connection: Socket) -> Iterator[bytes]:
    """Yield the lines of a connection: in redis' protocol each length and each word is one."""
    rest = b""
    while received := connection.receive(4096).result():
        *lines, rest = (rest + received).split(b"\r\n")
        yield from lines
