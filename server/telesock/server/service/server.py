"""The gRPC servers of an agent: where they listen, who may come in there, how they start and stop.

One server answers on all addresses of the agent, and one more on each Unix-domain socket that is one identity's own: gRPC
does not tell who is behind such a socket, nor through which one a call came.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from typing import NamedTuple

import grpc
import structlog

from telesock.server.core.refusal import Reason
from telesock.server.core.statistics import Statistics
from telesock.server.engine.engine import Engine
from telesock.server.service.agent import AgentDescription
from telesock.server.service.attempts import FailedAttempts
from telesock.server.service.authentication import Authentication
from telesock.server.service.health import Health
from telesock.server.service.identities import Identities, SocketFile
from telesock.server.service.reading import Reading
from telesock.server.service.services import SERVICES, Services

_LAST_WRITES = 5.0  # seconds for streams to send what the drain has produced
_LONGEST_PATH = 107  # bytes: sun_path less its NUL, unix(7)

log = structlog.get_logger()


class Access(NamedTuple):
    """Who may talk to an agent, and how."""

    known: Callable[[], Identities] | None = None
    """Tells who is known now; None where nobody has to be, or certificates alone say who it is."""
    credentials: grpc.ServerCredentials | None = None
    """What to listen with on addresses of hosts; None means without TLS."""
    certificates: bool = False
    """Whether clients have to show a certificate."""
    failed: Callable[[Reason], None] = lambda reason: None
    """Called with the reason of each failure to prove who one is."""


FREE_ACCESS = Access()


class CannotListen(Exception):
    """An address cannot be listened on."""


class AgentServer:
    """One agent: its engine behind gRPC."""

    def __init__(self, engine: Engine, description: AgentDescription, access: Access = FREE_ACCESS) -> None:
        self._engine = engine
        self._access = access
        self._attempts = FailedAttempts(access.failed)
        self._grace = asyncio.get_running_loop().create_future()
        self._health = Health(SERVICES)
        self._services = Services(engine, description, self.ask_to_drain, self._health)
        self._servers = [self._new_server()]

    def _statistics(self) -> Statistics | None:
        return self._engine.sessions.statistics

    def _new_server(self, came_through: tuple[str, SocketFile] | None = None) -> grpc.aio.Server:
        access = self._access
        guard = Authentication(
            access.known, self._attempts, came_through, access.certificates, self._statistics
        )
        server = grpc.aio.server(
            interceptors=(guard, Reading(self._statistics)),
            options=_options(self._engine.limits.message_bytes),
        )
        self._services.add_to(server)
        return server

    def listen(self, address: str) -> str:
        """Listen on "HOST:PORT", with TLS if there is any, or on "unix:PATH"; return the address with its port.

        Raises CannotListen with one line that says why.
        """
        server, credentials = self._servers[0], self._access.credentials
        try:
            if credentials is None or address.startswith("unix:"):
                port = server.add_insecure_port(address)
            else:
                port = server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise CannotListen(f"cannot listen on {address}: {_why_not(address)}") from error
        if address.startswith("unix:"):
            self._engine.unix_paths.guard(address)
            return address
        return f"{address.rpartition(':')[0]}:{port}"

    def listen_for(self, identity: str, file: SocketFile) -> str:
        """Listen on a Unix-domain socket through which one identity comes; its file says who that may be.

        Raises CannotListen with one line that says why.
        """
        server = self._new_server((identity, file))
        self._servers.append(server)
        mask = os.umask(0o177)  # nobody else, until the file is as it should be
        try:
            server.add_insecure_port(f"unix:{file.path}")
            if file.owner:
                shutil.chown(file.path, user=file.owner)
            if file.group:
                shutil.chown(file.path, group=file.group)
            os.chmod(file.path, file.mode)
        except (RuntimeError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else _why_not(f"unix:{file.path}")
            raise CannotListen(f"cannot listen on unix:{file.path} for {identity}: {reason}") from error
        finally:
            os.umask(mask)
        self._engine.unix_paths.guard(f"unix:{file.path}")
        return f"unix:{file.path}"

    async def start(self) -> None:
        """Serve from now on."""
        for server in self._servers:
            await server.start()
        self._health.become(True)

    def ask_to_drain(self, grace: float) -> None:
        """Let `serve_until_drained` come to its end. A later call can only shorten the grace time."""
        if not self._grace.done():
            self._grace.set_result(grace)
        else:
            self._engine.hurry(grace)

    async def serve_until_drained(self) -> None:
        """Serve until somebody asks to drain; then refuse new work, let the rest finish, and stop."""
        grace = await self._grace
        log.info("agent_draining", grace_seconds=grace)
        self._health.end()
        await self._engine.drain(grace)
        await self.stop(_LAST_WRITES)

    async def stop(self, last_writes: float = 0.0) -> None:
        """Stop at once but for what streams still have to send."""
        self._grace.cancel()
        await asyncio.gather(*(server.stop(last_writes) for server in self._servers))
        self._engine.close()

    def show_health(self, serving: bool) -> None:
        """Tell the watchers of the agent's health whether it serves; once it drains it does not."""
        self._health.become(serving)


def _options(message_bytes: int) -> Sequence[tuple[str, int]]:
    framing = 64 * 1024  # a message of full size still has its own fields
    return (
        ("grpc.so_reuseport", 0),  # two agents on one port would each get half of the calls
        ("grpc.max_receive_message_length", message_bytes + framing),
        ("grpc.max_send_message_length", message_bytes + framing),
        ("grpc.keepalive_time_ms", 20_000),  # a client whose host is gone is noticed
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.ping_timeout_ms", 10_000),  # also where a ping of gRPC's own is under way
        ("grpc.keepalive_permit_without_calls", 1),  # so is an idle one; and it may look after us
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 1_000),  # a busy client may send two at once
        ("grpc.http2.max_ping_strikes", 2),  # then it has to connect anew
        ("grpc.max_concurrent_streams", 1024),  # of a connection; the next call waits in its client
        ("grpc.max_metadata_size", 8 * 1024),  # a call with more may be refused,
        ("grpc.absolute_max_metadata_size", 16 * 1024),  # with so much it is, as RESOURCE_EXHAUSTED
    )


def _why_not(address: str) -> str:
    """Say what can be wrong with an address; gRPC does not tell."""
    if not address.startswith("unix:"):
        return "it is in use, or not an address of this host"
    if len(os.fsencode(address.removeprefix("unix:"))) > _LONGEST_PATH:
        return f"its path has more than {_LONGEST_PATH} bytes"
    return "it is in use, or its folder is not there, or closed to this user"
