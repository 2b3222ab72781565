"""The session that the agent itself owns: relays and faults from a file, from the start until the agent stops.

It keeps its latest events, as nobody need acknowledge them. Whoever may read the session file may act in the session as
its owner. Raises CannotBegin with one line for what the host or the agent refuses.
"""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

import structlog

from telesock.server.core.faults.values import Fault
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Refused
from telesock.server.core.requests import AnyRequest, Bind, CreateSocket, Endpoint, Family, Relay
from telesock.server.core.states import Category
from telesock.server.engine.engine import Engine
from telesock.server.engine.sessions import HeldSession
from telesock.v1 import events_pb2

log = structlog.get_logger()


class RelayAsked(NamedTuple):
    """A relay that is to be; its faults act on its listener and all that comes from it."""

    listen: Endpoint
    upstream: Endpoint
    connect_timeout: float | None
    faults: tuple[Fault, ...]


class FaultSet(NamedTuple):
    """Faults and relays that are there from the start."""

    faults: tuple[Fault, ...] = ()
    relays: tuple[RelayAsked, ...] = ()


class CannotBegin(Exception):
    """The agent cannot do what its fault file or session file asks; the text says what and why."""


class OwnSession:
    """Opens it, and makes what was asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: HeldSession = engine.open_own_session()
        self._written: Path | None = None

    def begin(self, asked: FaultSet) -> None:
        """Begin the relays, then make the faults, which may not act on that: all of it before the first byte can come."""
        for relay in asked.relays:
            self._begin_relay(relay)
        for fault in asked.faults:
            self._create(fault)
        self._engine.flush()

    def _create(self, fault: Fault, listener_id: int = 0) -> None:
        target = fault.target._replace(listener_id=listener_id)
        try:
            active = self._engine.faults_of(self._session).create(fault._replace(target=target))
        except Refused as refused:
            raise CannotBegin(f"--faults: {refused.message}") from None
        log.info("fault_made", fault=active.fault.name, effect=fault.effect.kind, seed=active.fault.seed)

    def _begin_relay(self, relay: RelayAsked) -> None:
        asked = f"--faults: the relay from {_text(relay.listen)} to {_text(relay.upstream)}"
        try:
            listener = self._submit(CreateSocket(0, Category.LISTENING, Family.ANY)).socket_id
            self._check(self._submit(Bind(listener, relay.listen)), asked)
            for fault in relay.faults:
                self._create(fault, listener)
            self._submit(Relay(listener, relay.upstream, relay.connect_timeout))
        except Refused as refused:
            raise CannotBegin(f"{asked}: {refused.message}") from None
        local = self._session.socket(listener).local
        assert local is not None, "it is bound"
        log.info("relay_begun", listener=listener, listen=_text(local), upstream=_text(relay.upstream))

    def _submit(self, request: AnyRequest) -> Operation:
        return self._engine.submit(self._session, 0, request)

    def _check(self, binding: Operation, asked: str) -> None:
        """A bind completes at once."""
        [entry] = self._session.journal.read(binding.sequence - 1, 1, 1)
        [event] = events_pb2.EventBatch.FromString(entry).events
        cause = event.completion.cause
        if cause.detail or cause.errno_name:
            raise CannotBegin(f"{asked}: cannot listen: {cause.detail or cause.errno_name}")

    def write(self, path: Path) -> None:
        """Write "SESSION_ID.TOKEN", readable by the agent's user alone, for `telesock --session`. Raises CannotBegin."""
        text = f"{self._session.session_id}.{self._session.token}\n"
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
            beside.replace(path)
        except OSError as error:
            raise CannotBegin(f"--session-file {path}: {error.strerror}") from None
        self._written = path
        log.info("session_file_written", path=str(path), session_id=self._session.session_id)

    def end(self) -> None:
        """The session is over: its file says nothing any more."""
        if self._written is not None:
            with contextlib.suppress(OSError):
                self._written.unlink()


def _text(endpoint: Endpoint) -> str:
    host = f"[{endpoint.host}]" if ":" in endpoint.host and endpoint.port else endpoint.host
    return f"{host}:{endpoint.port}" if endpoint.port or not host.startswith("unix:") else host
