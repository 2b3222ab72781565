"""How an agent is configured: flags over environment (TELESOCK_…) over a TOML file over defaults.

Raises ConfigurationError with one line that names the setting, what was wrong and what would be right.
"""

import dataclasses
import ipaddress
import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from telesock.server.core.limits import MIB, Limits
from telesock.server.core.policy import LOOPBACK, RESOLVABLE
from telesock.server.core.policy_rules import parse_listen_rule, parse_resolve_rule, parse_rule
from telesock.server.engine.session_table import SHORTEST_LEASE

_ADDRESS = re.compile(r"unix:.+|([^:\[\]]+|\[[0-9A-Fa-f:.%\w]+\]):\d{1,5}")


_LARGEST_SIZE = 1 << 62
_WORD = re.compile("[a-z_]{1,24}")  # of a setting, mistyped maybe; no token is so short
TOKEN_PREFIX = "telesock_"
"""Of those that `telesock token` makes: wherever one stands, it is not repeated."""
_LARGEST = dict.fromkeys(
    ("sessions", "sockets", "journal_events", "initial_data_bytes", "batch_commands", "message_bytes"),
    1 << 30,  # they travel as 32-bit numbers, here or inside gRPC
)
_UNBOUNDED = frozenset({"session_operations_per_second"})  # at 0
_COMMANDS_OF_A_CLIENT = 512  # in one message of ours; it does not ask
_LONGEST = 365 * 86_400.0  # seconds
_RULES: dict[str, Callable[[str], object]] = {
    "allow": parse_rule,
    "allow_listen": parse_listen_rule,
    "allow_resolve": parse_resolve_rule,
}


class ConfigurationError(Exception):
    """A setting is wrong; the text says which and how."""


class Configuration(BaseSettings):
    """The settings of an agent."""

    model_config = SettingsConfigDict(
        env_prefix="TELESOCK_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    listen: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1:50551",)
    """Where to serve gRPC: "HOST:PORT", "[IPV6]:PORT" or "unix:PATH"."""
    allow: Annotated[tuple[str, ...], NoDecode] = LOOPBACK
    """Where sockets may go: "NETWORK[:PORTS]"."""
    allow_listen: Annotated[tuple[str, ...], NoDecode] = LOOPBACK
    """Where sockets may listen: "NETWORK[:PORTS]"."""
    allow_resolve: Annotated[tuple[str, ...], NoDecode] = RESOLVABLE
    """What may be resolved: names, patterns of names, networks."""
    tls_certificate: Path | None = None
    """The agent's certificate chain, PEM."""
    tls_key: Path | None = None
    """The key of that certificate, PEM."""
    tls_client_ca: Path | None = None
    """What signs the certificates of clients, PEM; they then need one."""
    identities: Path | None = None
    """Who may talk to the agent (identity_file.py)."""
    insecure: bool = False
    """Whether to listen beyond this host although nobody is authenticated."""
    agent_id: str = Field(default_factory=platform.node, min_length=1, max_length=128)
    """The agent's name."""
    grace: Annotated[float, Field(ge=0, le=3600)] = Limits.default_grace
    """Seconds that pending operations have when the agent stops."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    faults: Path | None = None
    """A fault file (fault_file.py): relays and faults in a session that the agent owns."""
    session_file: Path | None = None
    """Where to write the token of that session; the session is there for this alone, too."""
    recordings: Path | None = None
    """The directory of the flight recorder."""
    metrics: str | None = None
    """Where to serve metrics for Prometheus: "HOST:PORT"."""
    traces: bool = False
    """Whether to send spans."""
    limits: Limits = Limits()
    """The bounds that hold."""

    @field_validator("listen", "allow", "allow_listen", "allow_resolve", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """In the environment a list is written with spaces; commas separate ports."""
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("allow", "allow_listen", "allow_resolve")
    @classmethod
    def _check_rules(cls, rules: tuple[str, ...], field: ValidationInfo) -> tuple[str, ...]:
        for rule in rules:
            _RULES[str(field.field_name)](rule)
        return rules

    @field_validator("metrics")
    @classmethod
    def _check_metrics(cls, address: str | None) -> str | None:
        if address is not None and (address.startswith("unix:") or not _is_address(address)):
            raise ValueError("write it as HOST:PORT or [IPV6]:PORT")
        return address

    @field_validator("limits")
    @classmethod
    def _check_limits(cls, limits: Limits) -> Limits:
        for name, value in dataclasses.asdict(limits).items():
            if name in _UNBOUNDED and value == 0:
                continue
            largest = _LONGEST if isinstance(value, float) else _LARGEST.get(name, _LARGEST_SIZE)
            if not 0 < value <= largest:
                raise ValueError(f"{name} has to be above 0 and at most {largest:.0f}")
        _check_together(limits)
        return limits

    @model_validator(mode="after")
    def _check_listen(self) -> "Configuration":
        if not self.listen:
            raise ValueError("listen: at least one address is needed")
        for address in self.listen:
            if not _is_address(address):
                raise ValueError(f"listen: {address} is not HOST:PORT, [IPV6]:PORT or unix:PATH")
            if not self.insecure and not self.authenticates and not is_local(address):
                raise ValueError(
                    f"listen: {address} can be reached from other hosts and nobody is authenticated; say who may "
                    "talk to it with --identities or --tls-client-ca, listen on a loopback address or unix:PATH, or "
                    "say --insecure"
                )
        return self

    @model_validator(mode="after")
    def _check_tls(self) -> "Configuration":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate, tls_key: one is of no use without the other")
        if self.tls_certificate is not None and all(each.startswith("unix:") for each in self.listen):
            raise ValueError(
                "tls_certificate: Unix sockets have no TLS, and the agent listens on nothing else"
            )
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError(
                "tls_client_ca: certificates of clients need TLS: tls_certificate and tls_key too"
            )
        return self

    @property
    def authenticates(self) -> bool:
        """Whether callers have to prove who they are."""
        return self.identities is not None or self.tls_client_ca is not None

    @property
    def exposed(self) -> tuple[str, ...]:
        """The addresses that other hosts can reach."""
        return tuple(address for address in self.listen if not is_local(address))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then environment; the file is added by `read_configuration`."""
        return init_settings, env_settings


def _check_together(limits: Limits) -> None:
    if limits.message_bytes < max(limits.send_bytes, MIB):
        raise ValueError("message_bytes has to be at least 1 MiB, and at least send_bytes")
    if limits.batch_commands < _COMMANDS_OF_A_CLIENT:
        raise ValueError(f"batch_commands has to be at least {_COMMANDS_OF_A_CLIENT}, which clients send")
    if not SHORTEST_LEASE <= limits.default_lease <= limits.maximum_lease:
        raise ValueError(f"default_lease has to be at least {SHORTEST_LEASE:g} and at most maximum_lease")
    if limits.default_credit_bytes > limits.maximum_credit_bytes:
        raise ValueError("default_credit_bytes has to be at most maximum_credit_bytes")
    if limits.default_grace != Limits.default_grace:
        raise ValueError("default_grace is set by `grace`")


def read_configuration(flags: dict[str, Any], file: Path | None = None) -> Configuration:
    """Put the sources together. `flags` holds only what was said on the command line."""
    sources = [] if file is None else [_file_source(file)]

    class FromFile(Configuration):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *args: Any, **kwargs: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (*super().settings_customise_sources(settings_cls, *args, **kwargs), *sources)

    try:
        return FromFile(**flags)
    except ValidationError as error:
        raise ConfigurationError(first_line(error)) from None
    except SettingsError:  # the one setting with a structure is no JSON
        message = "TELESOCK_LIMITS: not a JSON object; one limit is written as TELESOCK_LIMITS__SESSIONS=16"
        raise ConfigurationError(message) from None


def _is_address(address: str) -> bool:
    if not _ADDRESS.fullmatch(address):
        return False
    return address.startswith("unix:") or int(address.rpartition(":")[2]) <= 65_535


def is_local(address: str) -> bool:
    """Whether only this host can reach an address to listen on."""
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _file_source(file: Path) -> TomlConfigSettingsSource:
    try:
        file.read_bytes()
        return TomlConfigSettingsSource(Configuration, file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"--config {file}: {error}") from None


def first_line(error: ValidationError, secrets: bool = False) -> str:
    """Say the first thing that is wrong, and where; never what stands there if it can be one of `secrets`."""
    first = error.errors()[0]
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    place = "".join(parts).removeprefix(".")
    message = first["msg"].removeprefix("Value error, ")
    secret = secrets or "tokens" in first["loc"] or str(first["input"]).startswith(TOKEN_PREFIX)
    if first["type"] == "extra_forbidden":
        known = not secrets or _WORD.fullmatch(str(first["loc"][-1]))
        return f"{place if known else place.rpartition('.')[0] or 'a key'}: there is no such setting"
    if first["type"] == "model_type":
        return f"{place}: it should be a table"
    shown = (
        f" (it is {first['input']!r})" if isinstance(first["input"], str | int | float) and not secret else ""
    )
    return f"{place}: {message}{shown}" if place else message
