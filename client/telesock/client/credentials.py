"""What a client shows an agent to say who it is, and how it knows the agent: a token, certificates, or neither.

    AsyncClient("lab-a:50551", credentials=Credentials(token=TOKEN, ca="ca.pem"))

Files are read when a client is entered; one that cannot be read raises OSError with its path.
"""

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import grpc

AUTHORIZATION_KEY = "authorization"

PathText = str | PathLike[str]
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Credentials:
    """`token` is what the agent's file of identities knows the hash of.

    The connection is encrypted when `ca` is given, PEM certificates of what signs the agent's, or `tls` is set, which trusts
    what the host trusts. `certificate` and `key`, PEM, are the client's own, for an agent that wants one. `server_name` is
    the name that the agent's certificate has to have, where it is not that of the target.
    """

    token: str = field(default="", repr=False)
    tls: bool = False
    ca: PathText | None = None
    certificate: PathText | None = None
    key: PathText | None = None
    server_name: str = ""

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key: one is of no use without the other")
        if not self.encrypted and (self.certificate is not None or self.server_name):
            raise ValueError(
                "a certificate or server name needs TLS: give ca, or tls=True for the host's own roots"
            )
        if not (self.token.isascii() and self.token.isprintable()):
            raise ValueError("the token has characters that no header carries")

    @property
    def encrypted(self) -> bool:
        """Whether TLS is used."""
        return self.tls or self.ca is not None

    @property
    def metadata(self) -> Metadata:
        """What every call carries."""
        return ((AUTHORIZATION_KEY, f"Bearer {self.token}"),) if self.token else ()

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What the channel has to know."""
        return (("grpc.ssl_target_name_override", self.server_name),) if self.server_name else ()

    def for_channel(self) -> grpc.ChannelCredentials | None:
        """What to make a channel with, or None for one without TLS."""
        if not self.encrypted:
            return None
        return grpc.ssl_channel_credentials(_read(self.ca), _read(self.key), _read(self.certificate))


NO_CREDENTIALS = Credentials()


def _read(path: PathText | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()
