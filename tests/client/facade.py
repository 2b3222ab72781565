"""The blocking client behind the asyncio client's names, so that one suite asks both.

    FACADES["AsyncClient"]("127.0.0.1:50551")    # as AsyncClient, and a Client with threads underneath

What never waits is called as it is; whatever a test awaits, iterates over or enters runs on a thread of its own, the call
and nothing else. Results are wrapped again; messages, exceptions and values pass as they are. A task that is cancelled lets
go of its thread, which goes on: how asyncio cancels is nothing that the blocking client could be asked about.
"""

import asyncio
import contextlib
import functools
import inspect
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from typing import Any

from tests.client.twin import METHODS

from telesock.client import sync
from telesock.client.aio import (
    binding,
    calls,
    chains,
    client,
    datagrams,
    events,
    faults,
    indications,
    listeners,
    operations,
    options,
    relays,
    session,
    sockets,
)
from telesock.client.lab import sync as threaded_lab
from telesock.client.lab.aio import agent as lab_agent
from telesock.client.lab.aio import barrier, group, lab, partition
from telesock.client.sync.binding import BindingOperation
from telesock.client.sync.calls import Calls

PAIRS: dict[type, type] = {
    BindingOperation: binding.BindingOperation,
    Calls: calls.Calls,
    sync.ActiveFault: faults.AsyncFault,
    sync.Chain: chains.Chain,
    sync.Client: client.AsyncClient,
    sync.DatagramSocket: datagrams.AsyncDatagramSocket,
    sync.EventStream: events.EventStream,
    sync.Indications: indications.Indications,
    sync.Listener: listeners.AsyncListener,
    sync.Operation: operations.Operation,
    sync.Options: options.Options,
    sync.Relay: relays.AsyncRelay,
    sync.Session: session.AsyncSession,
    sync.Socket: sockets.AsyncSocket,
    sync.StreamSocket: listeners.AsyncStreamSocket,
    threaded_lab.Barrier: barrier.Barrier,
    threaded_lab.Group: group.Group,
    threaded_lab.Lab: lab.AsyncLab,
    threaded_lab.LabAgent: lab_agent.LabAgent,
    threaded_lab.Partition: partition.Partition,
}
"""Class of the blocking client -> its twin."""

_ENDED = object()
_wrapped: "weakref.WeakValueDictionary[int, Facade]" = weakref.WeakValueDictionary()


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run a call that waits. One that nobody waits for any more ends with whatever it waits for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def tell(result: Any, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = function(*arguments, **named)
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the test and its loop have ended
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=run, daemon=True).start()
    return await done


class Facade:
    """One object of the blocking client."""

    twin: type
    """The class that it wraps."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        arguments = tuple(map(unwrap, arguments))
        vars(self)["wrapped"] = self.twin(*arguments, **{name: unwrap(each) for name, each in named.items()})

    def __getattr__(self, name: str) -> Any:
        return wrap(getattr(vars(self)["wrapped"], name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(vars(self)["wrapped"], name, value)

    def __repr__(self) -> str:
        return repr(vars(self)["wrapped"])


def wrap(value: Any) -> Any:
    """Return what a test is given in the place of a value."""
    if isinstance(value, list):
        return [wrap(each) for each in value]
    if isinstance(value, Mapping):
        return {name: wrap(each) for name, each in value.items()}
    if type(value) not in PAIRS:
        return value
    found = _wrapped.get(id(value))
    if found is None:
        kind = FACADES[PAIRS[type(value)].__name__]
        found = _wrapped[id(value)] = kind.__new__(kind)
        vars(found)["wrapped"] = value
    return found


def unwrap(value: Any) -> Any:
    """Return what the blocking client is given in the place of what a test gave."""
    if inspect.iscoroutinefunction(value):
        return _on_the_loop(value)
    return vars(value)["wrapped"] if isinstance(value, Facade) else value


def _on_the_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let threads call a coroutine function of a test: its coroutine runs where the test does."""
    loop = asyncio.get_running_loop()

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(function(*map(wrap, arguments)), loop).result()

    return call


def _calling(name: str) -> Callable[..., Any]:
    def call(self: Facade, *arguments: Any, **named: Any) -> Any:
        return wrap(getattr(unwrap(self), name)(*map(unwrap, arguments), **named))

    return call


def _making(name: str) -> Any:
    def make(kind: type[Facade], *arguments: Any, **named: Any) -> Any:
        return wrap(getattr(kind.twin, name)(*arguments, **named))

    return classmethod(make)


def _waiting(name: str) -> Callable[..., Any]:
    async def call(self: Facade, *arguments: Any, **named: Any) -> Any:
        return wrap(await in_thread(getattr(unwrap(self), name), *map(unwrap, arguments), **named))

    return call


def _iterating(name: str) -> Callable[..., Any]:
    def call(self: Facade, *arguments: Any) -> AsyncIterator[Any]:
        return _iterate(getattr(unwrap(self), name)(*arguments))

    return call


async def _iterate(iterator: Iterator[Any]) -> AsyncIterator[Any]:
    while (following := await in_thread(next, iterator, _ENDED)) is not _ENDED:
        yield wrap(following)


async def _following(self: Facade) -> Any:
    following = await in_thread(next, unwrap(self), _ENDED)
    if following is _ENDED:
        raise StopAsyncIteration
    return wrap(following)


def _going_through(self: Facade) -> Iterator[Any]:
    return map(wrap, unwrap(self))


def _awaiting(self: Facade) -> Generator[Any, Any, Any]:
    wrapped = unwrap(self)
    if not isinstance(wrapped, sync.Operation):
        return wrap((yield from in_thread(wrapped.keep).__await__()))
    if not wrapped.done():
        return wrap((yield from in_thread(wrapped.result).__await__()))
    return wrap(wrapped.result())


def _member(name: str, member: Any) -> Any:
    """What stands in the place of a member of the asyncio client's class."""
    if name == "__await__":
        return _awaiting
    if name == "__anext__":
        return _following
    if name == "__aiter__" and not inspect.isasyncgenfunction(member):
        return lambda self: self
    if name == "__iter__":
        return _going_through
    if isinstance(member, classmethod):
        return _making(name)
    if inspect.isasyncgenfunction(member):
        return _iterating(METHODS.get(name, name))
    if inspect.iscoroutinefunction(member):
        return _waiting(METHODS.get(name, name))
    return _calling(name) if inspect.isfunction(member) else None


_SPECIAL = {*METHODS, "__await__", "__iter__", "__len__", "__contains__", "__getitem__"}


def _make(twin: type, original: type) -> type[Facade]:
    names = [name for name in dir(original) if not name.startswith("_") or name in _SPECIAL]
    members = {name: _member(name, inspect.getattr_static(original, name)) for name in names}
    present = {name: member for name, member in members.items() if member is not None}
    return type(twin.__name__, (Facade,), {**present, "twin": twin})


FACADES: dict[str, type[Facade]] = {
    original.__name__: _make(twin, original) for twin, original in PAIRS.items()
}
"""Name of the asyncio client's class -> what behaves as it does."""
