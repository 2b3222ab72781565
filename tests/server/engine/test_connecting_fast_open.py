"""TCP Fast Open: the initial data leaves with the SYN once the peer's host has given a cookie (tcp(7), RFC 7413).

On a host of its own, a network namespace in which both sides may: as root it must be there, elsewhere the tests are
skipped.
"""

import asyncio
import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lab.namespaces import needs_namespaces
from tests.server.engine.driver import Driver

from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.requests import Connect, Endpoint, Send
from telesock.server.core.status import Status
from telesock.server.engine.capabilities import Capability, find_capabilities
from telesock.server.engine.tcp_info import read_fields

_CLONE_NEWNET = 0x40000000
_SYN_DATA = 32  # of tcpi_options: the peer has taken what came with the SYN
FAST_OPEN = SetOption(OptionKind.FAST_OPEN, 1)

pytestmark = needs_namespaces


@pytest.fixture(autouse=True)
def host() -> Iterator[Path]:
    """A host of this thread's own; what it lets do with Fast Open stands in the file."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as before:
        assert libc.unshare(_CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            setting = Path("/proc/sys/net/ipv4/tcp_fastopen")
            setting.write_text("3")
            yield setting
        finally:
            assert libc.setns(before.fileno(), _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
        listener.setblocking(False)
        yield listener


async def exchange(driver: Driver, listener: socket.socket, data: bytes) -> tuple[int, bytes]:
    """Connect with initial data, send "!", and close; return the options of TCP_INFO and what the peer has read."""
    to = Endpoint(*listener.getsockname())
    operation = driver.ask(Connect(0, to, make=True, initial_data=data, options=(FAST_OPEN,)))
    assert (await driver.completed(operation)).status is Status.SUCCESS
    loop = asyncio.get_running_loop()
    far, _ = await loop.sock_accept(listener)
    with far:
        connection = driver.connection(operation.socket_id)
        assert connection.send_offset == len(data)
        await driver.completed(driver.ask(Send(operation.socket_id, b"!", stream_offset=len(data))))
        read = b""
        while not read.endswith(b"!"):
            read += await loop.sock_recv(far, 1 << 20)
        assert connection.descriptor is not None, "it is connected"
        options = read_fields(connection.descriptor)["tcpi_options"]
    await driver.close(operation.socket_id)
    return options, read


async def test_initial_data_leaves_with_the_syn_as_soon_as_there_is_a_cookie(
    driver: Driver, listener: socket.socket
) -> None:
    first, read_first = await exchange(driver, listener, b"hello")
    second, read_second = await exchange(driver, listener, b"hello")

    assert (read_first, read_second) == (b"hello!", b"hello!")
    assert (first & _SYN_DATA, second & _SYN_DATA) == (0, _SYN_DATA)


@pytest.mark.parametrize("data", [b"", b"x" * 65_535], ids=["nothing", "more than fits"])
async def test_with_a_cookie_a_connect_has_any_amount_of_initial_data(
    driver: Driver, listener: socket.socket, data: bytes
) -> None:
    await exchange(driver, listener, b"")

    _, read = await exchange(driver, listener, data)

    assert read == data + b"!"


async def test_a_connect_with_a_cookie_that_nobody_hears_is_refused(
    driver: Driver, listener: socket.socket
) -> None:
    await exchange(driver, listener, b"")
    to = Endpoint(*listener.getsockname())
    listener.close()

    operation = driver.ask(Connect(0, to, make=True, initial_data=b"hello", options=(FAST_OPEN,)))

    assert (await driver.completed(operation)).status is Status.CONNECTION_REFUSED


def test_what_the_host_lets_do_with_fast_open_is_found(host: Path) -> None:
    def found() -> list[Capability]:
        return [each for each in find_capabilities() if each.name.startswith("fast_open")]

    both = found()
    host.write_text("0")
    neither = found()

    assert both == [Capability("fast_open", True), Capability("fast_open_listening", True)]
    assert neither == [
        Capability("fast_open", False, "Operation not supported"),
        Capability("fast_open_listening", False, "net.ipv4.tcp_fastopen is 0, without bit 2"),
    ]
