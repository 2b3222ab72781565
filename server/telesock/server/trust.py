"""Who may talk to an agent, as it is configured: its identities and certificates, and how it follows their changes.

It looks at the identity file every second and on SIGHUP. Refuses what cannot be read with a ConfigurationError; says loudly
what lets strangers in.
"""

import asyncio
import signal
from collections.abc import Callable

import structlog

from telesock.server.certificates import read_certificates
from telesock.server.config import Configuration, ConfigurationError
from telesock.server.core.refusal import Reason
from telesock.server.engine.session_table import SessionTable
from telesock.server.identity_file import IdentityFile
from telesock.server.service.identities import Identities
from telesock.server.service.server import Access, AgentServer

_LOOK_EVERY = 1.0  # seconds

log = structlog.get_logger()


class Trust:
    """Reads everything at once. Call `follow` on the running loop, and `close` there when done."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._certificates = read_certificates(configuration)
        self._file: IdentityFile | None = None
        if configuration.identities is not None:
            rules = (configuration.allow, configuration.allow_listen, configuration.allow_resolve)
            certificates = configuration.tls_client_ca is not None
            self._file = IdentityFile(configuration.identities, rules, certificates)
            _check_sockets(configuration, self._file.identities)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def access(self, failed: Callable[[Reason], None]) -> Access:
        """What the servers of the agent have to know; `failed` is told of everybody who proves nothing."""
        file = self._file
        return Access(
            None if file is None else lambda: file.identities,
            None if self._certificates is None else self._certificates.credentials(),
            self._configuration.tls_client_ca is not None,
            failed,
        )

    def listen(self, server: AgentServer) -> list[str]:
        """Listen on the sockets that identities have to themselves; return their addresses. Raises CannotListen."""
        if self._file is None:
            return []
        known = self._file.identities.known
        return [
            server.listen_for(each.identity.name, each.socket) for each in known if each.socket is not None
        ]

    def follow(self, sessions: SessionTable) -> None:
        """Let the sessions have what their identities become, from now on."""
        self._warn()
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGHUP, self.read_again)
        if self._file is not None:
            self._file.changed = lambda identities: sessions.identities_changed(identities.by_name)
            self._look_again()

    def look(self) -> None:
        """Read again what has changed. Without a file there is nothing to read: certificates are with each handshake."""
        if self._file is not None:
            self._file.look()

    def read_again(self) -> None:
        """Read it in any case: somebody has asked for that."""
        if self._file is not None:
            self._file.look(in_any_case=True)

    def _look_again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_LOOK_EVERY, self._look_again)
        self.look()  # last, so that whatever becomes of it there is a next time

    def close(self) -> None:
        """Follow no longer."""
        if self._timer is not None:
            self._timer.cancel()
        if self._loop is not None:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what is written at the end is to be written

    def _warn(self) -> None:
        exposed = list(self._configuration.exposed)
        if not exposed:
            return
        if not self._configuration.authenticates:
            log.warning(
                "insecure",
                listen=exposed,
                meaning="whoever reaches these addresses can use the agent's network",
            )
        elif self._certificates is None:
            log.warning(
                "tokens_in_clear",
                listen=exposed,
                meaning="whoever sees the traffic can take a token and use it",
            )


def _check_sockets(configuration: Configuration, identities: Identities) -> None:
    for each in identities.known:
        if each.socket is not None and f"unix:{each.socket.path}" in configuration.listen:
            whose = f"is the socket of identity {each.identity.name} alone"
            raise ConfigurationError(
                f"listen: unix:{each.socket.path} {whose}; choose another path for one of them"
            )
