"""A service whose dependency is slow, then gone, then back: does it answer in time, and go on.

    telesock run docs/scenarios/slow_dependency.py        # needs redis-server

The service (counter_service.py) and redis run as they are. Between them stands a relay of the agent: the service takes its
port for that of redis.
"""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import redis

from telesock.client import Latency
from telesock.client.lab import Lab

SERVICE = Path(__file__).with_name("counter_service.py")
DEADLINE = 5.0
"""Seconds within which the service has to answer, whatever redis does."""
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks the service itself, and no proxy that this host may have for others."""


def scenario_slow_then_gone_then_back(lab: Lab) -> None:
    """The service answers 503 in time while redis is slow or gone, and counts on when it is back."""
    [agent] = lab
    with _redis_server() as upstream:
        relay = agent.session.relay(upstream).keep()
        with _service(relay.address[1]) as url:
            assert _ask(url) == (200, "1")

            lab.note("redis is slow")
            with relay.fault(Latency(10), side="upstream", direction="receive"):
                assert _ask(url)[0] == 503, "no request waits for a slow redis"

            lab.note("redis is gone")
            place = relay.address
            relay.close()
            assert _ask(url)[0] == 503, "nor for one that is gone"

            lab.note("redis is back")
            with agent.session.relay(upstream, local=place):
                status, count = _ask(url)

    assert status == 200
    assert count == "3", (
        "what was asked while it was slow has arrived there, what was asked while it was gone has not"
    )


def _ask(url: str) -> tuple[int, str]:
    """Ask the service; fail where that takes too long."""
    began = time.monotonic()
    try:
        with DIRECTLY.open(url, timeout=DEADLINE) as response:
            answer = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            answer = error.code, error.read().decode()
    assert time.monotonic() - began < DEADLINE
    return answer


@contextlib.contextmanager
def _service(redis_port: int) -> Iterator[str]:
    """Run the service; yield its URL."""
    command = [sys.executable, str(SERVICE), str(redis_port)]
    with _running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None, "it was asked for"
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"


@contextlib.contextmanager
def _redis_server() -> Iterator[tuple[str, int]]:
    """Run redis-server on a port that is free; yield where."""
    program = shutil.which("redis-server")
    if program is None:
        raise unittest.SkipTest("needs redis-server")
    place = ("127.0.0.1", _unused_port())
    with tempfile.TemporaryDirectory() as folder:
        settings = ["--bind", place[0], "--port", str(place[1]), "--save", "", "--dir", folder]
        with _running([program, *settings], stdout=subprocess.DEVNULL), redis.Redis(*place) as client:
            _until_answered(client)
            yield place


@contextlib.contextmanager
def _running(command: list[str], stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=stdout) as process:
        try:
            yield process
        finally:
            process.kill()


def _until_answered(client: redis.Redis) -> None:
    while True:
        with contextlib.suppress(redis.ConnectionError):
            client.ping()
            return


def _unused_port() -> int:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])
