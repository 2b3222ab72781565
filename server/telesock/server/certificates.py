"""The agent's certificates: read at the start, checked, and read again for a handshake after they have changed.

Raises ConfigurationError with one line for files that are missing, are no files, are no PEM, or do not belong together. Files that have
become wrong while the agent runs are logged, and the last that were right stay.
"""

import contextlib
import os
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import structlog

from telesock.server.config import Configuration, ConfigurationError
from telesock.server.file_state import FileState, file_state
from telesock.server.regular_file import read_regular

log = structlog.get_logger()


class Certificates:
    """Certificate and key of an agent, and what signs those of its clients. gRPC asks from threads of its own."""

    def __init__(self, certificate: Path, key: Path, client_ca: Path | None) -> None:
        self._certificate, self._key, self._client_ca = certificate, key, client_ca
        self._lock = threading.Lock()
        self._seen = self._state()
        self._first = self._read()

    def credentials(self) -> grpc.ServerCredentials:
        """What to listen with: a new certificate is taken with the next connection, those that stand go on."""
        wanted = self._client_ca is not None
        newer: Any = self._newer  # the stubs do not know that it may say that there is nothing new
        return grpc.dynamic_ssl_server_credentials(self._first, newer, wanted)

    def _newer(self) -> grpc.ServerCertificateConfiguration | None:
        """Return what the files hold if that is new, else nothing."""
        with self._lock:
            state = self._state()
            if state == self._seen:
                return None
            self._seen = state
        try:
            newer = self._read()
        except ConfigurationError as error:
            log.error("certificates_not_reloaded", reason=str(error))
            return None
        log.info("certificates_reloaded")
        return newer

    def _read(self) -> grpc.ServerCertificateConfiguration:
        chain = _read("--tls-certificate", self._certificate)
        key = _read("--tls-key", self._key)
        _check_pair(f"{self._certificate} and {self._key}", chain, key)
        roots = None
        if self._client_ca is not None:
            roots = _read("--tls-client-ca", self._client_ca)
            _check_roots(self._client_ca, roots)
        return grpc.ssl_server_certificate_configuration([(key, chain)], roots)

    def _state(self) -> list[FileState | None]:
        paths = (self._certificate, self._key, self._client_ca)
        return [file_state(path) for path in paths if path is not None]


def read_certificates(configuration: Configuration) -> Certificates | None:
    """Return the certificates that a configuration names, or nothing. Raises ConfigurationError."""
    if configuration.tls_certificate is None or configuration.tls_key is None:
        return None
    return Certificates(configuration.tls_certificate, configuration.tls_key, configuration.tls_client_ca)


def _check_pair(files: str, chain: bytes, key: bytes) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        with _in_memory(chain) as certificate_path, _in_memory(key) as key_path:
            context.load_cert_chain(certificate_path, key_path, password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        message = f"{files} are not a PEM certificate chain and its key without a password"
        raise ConfigurationError(f"--tls-certificate, --tls-key: {message} ({reason})") from None


@contextlib.contextmanager
def _in_memory(data: bytes) -> Iterator[str]:
    """A path to bytes, for what takes nothing else: no disk sees them, and they are those that will be used."""
    with open(os.memfd_create("certificates"), "w+b") as file:
        file.write(data)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


def _no_password() -> str:
    raise ValueError("the key is encrypted")


def _check_roots(path: Path, roots: bytes) -> None:
    try:
        with _in_memory(roots) as readable:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(readable)
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise ConfigurationError(f"--tls-client-ca {path}: it holds no PEM certificate ({reason})") from None


def _read(setting: str, path: Path) -> bytes:
    try:
        return read_regular(path)
    except OSError as error:
        raise ConfigurationError(f"{setting} {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise ConfigurationError(f"{setting} {path}: {error}") from None
