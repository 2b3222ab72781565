"""Who the command line is to an agent: the options before the command that say so, for all commands alike.

They may come from the environment; a token never stands on the command line, where every user of the host could read it.
Refuses with one line and exit status 2 what cannot be read.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer

from telesock.client.cli.failures import CommandFailed
from telesock.client.credentials import NO_CREDENTIALS, Credentials, Metadata

_credentials: ContextVar[Credentials] = ContextVar("credentials", default=NO_CREDENTIALS)

TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        envvar="TELESOCK_TOKEN_FILE",
        help="A file with the token that the agent knows; or the token itself in TELESOCK_TOKEN.",
    ),
]
TlsOption = Annotated[
    bool,
    typer.Option("--tls", envvar="TELESOCK_TLS", help="Use TLS, trust what the host trusts."),
]
CaOption = Annotated[
    Path | None,
    typer.Option(envvar="TELESOCK_CA", help="Use TLS, trust what these sign, PEM."),
]
CertificateOption = Annotated[
    Path | None,
    typer.Option(envvar="TELESOCK_CLIENT_CERTIFICATE", help="The client's own certificate, PEM."),
]
KeyOption = Annotated[Path | None, typer.Option(envvar="TELESOCK_CLIENT_KEY", help="Its key, PEM.")]
ServerNameOption = Annotated[
    str,
    typer.Option(
        envvar="TELESOCK_SERVER_NAME",
        help="The name in the agent's certificate, where it is not that of --agent.",
        show_default=False,
    ),
]
TokenVariable = Annotated[str, typer.Option(envvar="TELESOCK_TOKEN", hidden=True, show_default=False)]


def credentials() -> Credentials:
    """What this command line shows to agents."""
    return _credentials.get()


def set_credentials(
    token: str,
    token_file: Path | None,
    tls: bool,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    name: str,
) -> None:
    """Take what was said before the command."""
    try:
        read = token if token_file is None else _read_token(token_file)
        shown = Credentials(read, tls, ca, certificate, key, name)
        shown.for_channel()  # reads what it will need, so that a missing file is told by its name
    except OSError as error:
        raise CommandFailed(f"{error.filename}: {error.strerror}", exit_status=2) from None
    except UnicodeDecodeError:
        raise CommandFailed(
            f"{token_file}: it holds no token, which is a line of text", exit_status=2
        ) from None
    except ValueError as error:
        raise CommandFailed(str(error), exit_status=2) from None
    _credentials.set(shown)


def _read_token(file: Path) -> str:
    token = file.read_text().strip()
    if not token:
        raise ValueError(f"{file}: it holds no token, which is a line of text")
    return token


class Authorization(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Adds to every call who makes it."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """A call with one answer."""
        return continuation(self._authorized(client_call_details), request)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """A call with a stream of answers."""
        return continuation(self._authorized(client_call_details), request)

    def _authorized(self, details: Any) -> Any:
        return details._replace(metadata=[*(details.metadata or ()), *self._metadata])


def open_channel(agent: str, options: Sequence[tuple[str, Any]]) -> grpc.Channel:
    """Open a channel to an agent, as this command line has said who it is."""
    shown = credentials()
    options = [*options, *shown.options]
    encryption = shown.for_channel()
    if encryption is None:
        channel = grpc.insecure_channel(agent, options=options)
    else:
        channel = grpc.secure_channel(agent, encryption, options=options)
    return grpc.intercept_channel(channel, Authorization(shown.metadata))
