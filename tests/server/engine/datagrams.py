"""Datagram sockets for the tests of the engine, and what became of what they sent and received."""

from tests.server.engine.driver import Driver

from telesock.server.core.events import Datagram, DatagramReceived, ReceiveFromResult
from telesock.server.core.operations import Operation
from telesock.server.core.options import OptionKind, Peer, SetOption
from telesock.server.core.requests import (
    Bind,
    Control,
    CreateSocket,
    Endpoint,
    Family,
    Indications,
    ReceiveFrom,
    SendTo,
    SetEventCallbacks,
)
from telesock.server.core.states import Category
from telesock.server.core.status import Status
from telesock.server.engine.datagrams import DatagramSocket


def bound(driver: Driver, host: str = "127.0.0.1", *options: SetOption) -> tuple[int, Endpoint]:
    """Make a datagram socket that is bound; return its number and address."""
    family = Family.IPV6 if ":" in host else Family.IPV4
    socket_id = driver.ask(CreateSocket(0, Category.DATAGRAM, family, options)).socket_id
    succeed(driver, driver.ask(Bind(socket_id, Endpoint(host, 0))))
    local = driver.session.sockets[socket_id].local
    assert local is not None, "it is bound"
    return socket_id, local


def succeed(driver: Driver, operation: Operation) -> None:
    """Check that an operation has succeeded at once."""
    completion = driver.completion(operation)
    assert completion is not None, operation
    assert completion.status is Status.SUCCESS, completion


def engines(driver: Driver, socket_id: int) -> DatagramSocket:
    """Return the engine's own view of a datagram socket."""
    found = driver.session.sockets[socket_id]
    assert isinstance(found, DatagramSocket)
    return found


def send(driver: Driver, near: int, *datas: bytes, to: Endpoint | None = None) -> Operation:
    """Send datagrams."""
    return driver.ask(SendTo(near, datas, to))


async def received(driver: Driver, near: int, length: int = 0) -> Datagram:
    """Receive one datagram."""
    return await taken(driver, driver.ask(ReceiveFrom(near, length)))


async def taken(driver: Driver, operation: Operation) -> Datagram:
    """Wait for a receive to succeed; return its datagram."""
    completion = await driver.completed(operation)
    assert completion.status is Status.SUCCESS, completion
    assert isinstance(completion.result, ReceiveFromResult), completion
    datagram = completion.result.datagram
    assert datagram is not None
    assert completion.transferred_bytes == len(datagram.data)
    return datagram


def indicate(driver: Driver, near: int, datagrams: int = 0) -> Operation:
    """Let a socket indicate datagrams, with a credit or with the one it has."""
    return driver.ask(
        SetEventCallbacks(near, Indications.DATAGRAM, Indications.NONE, credit_datagrams=datagrams)
    )


def indicated(driver: Driver, near: int) -> dict[int, bytes]:
    """What a socket has indicated, by the sequences of the events."""
    return {
        event.sequence: event.body.datagram.data
        for event in driver.events
        if event.socket_id == near and isinstance(event.body, DatagramReceived)
    }


async def until_indicated(driver: Driver, near: int, *datas: bytes) -> list[int]:
    """Wait until these and no other datagrams were indicated; return their sequences."""
    await driver.until(lambda: len(indicated(driver, near)) >= len(datas))
    found = indicated(driver, near)
    assert list(found.values()) == list(datas)
    return list(found)


def fix(driver: Driver, near: int, kind: OptionKind, to: Endpoint | None) -> Operation:
    """Give a socket a fixed address, or take it away."""
    peer = Peer("", 0) if to is None else Peer(*to)
    return driver.ask(Control(near, SetOption(kind, peer)))


async def until_waiting(driver: Driver, near: int) -> None:
    """Wait until the engine knows that something has arrived which nobody wants."""
    await driver.until_seen(lambda: engines(driver, near).receives.readable)
