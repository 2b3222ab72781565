"""The fault file: relays and faults that an agent has from its start, as TOML.

    [[faults]]                                    # of everything in the agent's own session
    name = "slow"
    target = { peer = "10.0.0.0/8", direction = "send" }
    timing = { probability = 0.3 }
    latency = { delay = 0.2, jitter = 0.05 }

    [[relays]]
    listen = "127.0.0.1:6000"
    upstream = "server.lab:6379"
    faults = [{ bandwidth = { bytes_per_second = 100_000 } }]   # of this relay's connections

Faults have the contract's fields (faults.proto), with durations in seconds. Raises ConfigurationError with one line that
names the place, what was wrong and what would be right; nothing is begun then.
"""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from telesock.server.config import ConfigurationError, first_line
from telesock.server.core.faults.values import Fault
from telesock.server.core.requests import Endpoint
from telesock.server.regular_file import read_regular
from telesock.server.service.own_session import FaultSet, RelayAsked
from telesock.server.service.wire.tables import read_fault_table


class _Relay(BaseModel):
    model_config = ConfigDict(extra="forbid")

    listen: str
    upstream: str
    connect_timeout: float | None = Field(default=None, gt=0)
    faults: list[dict[str, Any]] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[dict[str, Any]] = []
    relays: list[_Relay] = []


def read_fault_file(path: Path) -> FaultSet:
    """Read and check it all. Raises ConfigurationError."""
    try:
        tables = _File.model_validate(tomllib.loads(read_regular(path).decode()))
        faults = _faults("faults", tables.faults)
        relays = tuple(_relay(f"relays[{number}]", relay) for number, relay in enumerate(tables.relays))
    except ValidationError as error:
        raise _wrong(path, first_line(error)) from None
    except (RecursionError, MemoryError):
        raise _wrong(path, "it is nested too deeply") from None
    except OSError as error:
        raise _wrong(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise _wrong(path, str(error)) from None
    names = [fault.name for fault in (*faults, *(each for relay in relays for each in relay.faults))]
    for name in filter(None, names):
        if names.count(name) > 1:
            raise _wrong(path, f"the name {name!r} is there twice; each fault needs its own")
    return FaultSet(faults, relays)


def _wrong(path: Path, message: str) -> ConfigurationError:
    return ConfigurationError(f"--faults {path}: {message}")


def _faults(place: str, tables: list[dict[str, Any]]) -> tuple[Fault, ...]:
    return tuple(read_fault_table(table, f"{place}[{number}]") for number, table in enumerate(tables))


def _relay(place: str, relay: _Relay) -> RelayAsked:
    return RelayAsked(
        _endpoint(f"{place}.listen", relay.listen),
        _endpoint(f"{place}.upstream", relay.upstream),
        relay.connect_timeout,
        _faults(f"{place}.faults", relay.faults),
    )


def _endpoint(place: str, text: str) -> Endpoint:
    if text.startswith("unix:"):
        return Endpoint(text, 0)
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise ValueError(f"{place}: {text!r} is not HOST:PORT, [IPV6]:PORT or unix:PATH")
    return Endpoint(host.strip("[]"), int(port))
