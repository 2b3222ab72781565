"""Listeners for the tests of the engine, and what became of the connections that came to them."""

from tests.server.engine.driver import Driver

from telesock.server.core.events import AcceptResult, ConnectionAccepted, ConnectionInspect
from telesock.server.core.operations import Operation
from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.requests import (
    Bind,
    CreateSocket,
    Endpoint,
    Family,
    Indications,
    SetEventCallbacks,
)
from telesock.server.core.states import Category
from telesock.server.core.status import Status
from telesock.server.engine.accepting import connection_waits
from telesock.server.engine.listening import Listener

CONDITIONAL = SetOption(OptionKind.CONDITIONAL_ACCEPT, True)


def listening(
    driver: Driver,
    *options: SetOption,
    host: str = "127.0.0.1",
    category: Category = Category.LISTENING,
) -> tuple[int, Endpoint]:
    """Make a socket that is bound, and so listens unless it is a stream socket; return its number and address."""
    family = Family.IPV6 if ":" in host else Family.IPV4
    if host.startswith("unix:"):
        family = Family.UNIX
    socket_id = driver.ask(CreateSocket(0, category, family, options)).socket_id
    binding = driver.completion(driver.ask(Bind(socket_id, Endpoint(host, 0))))
    assert binding is not None
    assert binding.status is Status.SUCCESS, binding
    local = driver.session.sockets[socket_id].local
    assert local is not None, "it is bound"
    return socket_id, local


def indicate(
    driver: Driver, listener: int, *kinds: Indications, credit_bytes: int = 0, connections: int = 0
) -> None:
    """Let a listener indicate connections, and hand further kinds on."""
    enable = Indications.CONNECTION
    for kind in kinds:
        enable |= kind
    driver.ask(SetEventCallbacks(listener, enable, Indications.NONE, credit_bytes, connections))


def engines(driver: Driver, listener: int) -> Listener:
    """Return the engine's own view of a listener."""
    socket = driver.session.sockets[listener]
    assert isinstance(socket, Listener)
    return socket


async def until_waiting(driver: Driver, listener: int) -> None:
    """Wait until a connection is in the kernel's queue, and let the engine see it."""
    descriptor = engines(driver, listener).descriptor
    assert descriptor is not None, "it listens"
    await driver.until_seen(lambda: connection_waits(descriptor))
    driver.engine.look()


async def accepted(driver: Driver, operation: Operation) -> AcceptResult:
    """Wait for an accept to succeed; return what it yields."""
    completion = await driver.completed(operation)
    assert completion.status is Status.SUCCESS, completion
    assert isinstance(completion.result, AcceptResult)
    return completion.result


async def indicated(driver: Driver, listener: int, count: int = 1) -> dict[int, AcceptResult]:
    """Wait until so many connections were indicated; return them by the sequence of their event."""

    def found() -> dict[int, AcceptResult]:
        return {
            event.sequence: event.body.accepted
            for event in driver.events
            if event.socket_id == listener and isinstance(event.body, ConnectionAccepted)
        }

    await driver.until(lambda: len(found()) >= count)
    assert len(found()) == count
    return found()


async def inspected(driver: Driver, listener: int, count: int = 1) -> list[int]:
    """Wait until so many connections are held or were; return their inspect ids."""
    await driver.until(lambda: len(driver.told(listener, ConnectionInspect)) >= count)
    bodies = driver.told(listener, ConnectionInspect)
    assert len(bodies) == count
    return [body.inspect_id for body in bodies if isinstance(body, ConnectionInspect)]
