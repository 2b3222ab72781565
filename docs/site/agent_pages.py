"""Pages about the agent: its settings with their defaults, its metrics, and why it refuses requests. From the code itself."""

import asyncio
import dataclasses
import time
from typing import Any

import typer
from docs.site.reasons import MEANINGS

from telesock.server.config import Configuration
from telesock.server.core.limits import Limits
from telesock.server.core.policy import LOOPBACK, Policy
from telesock.server.core.statistics import Statistics
from telesock.server.engine.engine import Engine
from telesock.server.engine.snapshot import take_snapshot
from telesock.server.loop_lag import LoopLag
from telesock.server.metrics import MetricsCollector
from telesock.server.program import program
from telesock.server.service.errors import CODES
from telesock.server.service.wire.events import encode_event

_OF_THE_HOST = "the host's name"


def agent_pages() -> dict[str, str]:
    """Return Markdown by the page's place in the site."""
    return {
        "reference/configuration.md": _configuration(),
        "reference/metrics.md": _metrics(),
        "reference/reasons.md": _reasons(),
    }


def _configuration() -> str:
    options = {each.name: each for each in typer.main.get_command(program).params}
    lines = ["# Settings of the agent", ""]
    lines += [
        "Flags win over the environment, the environment over the file that `--config` names, the file over the"
    ]
    lines += ["defaults. [Running an agent](../operations.md#configuration) says what they are for.", ""]
    lines += ["| flag | environment | file | default | |", "|---|---|---|---|---|"]
    for name, field in Configuration.model_fields.items():
        if name != "limits":
            lines.append(_setting(name, field.get_default(), options[name]))
    lines += [
        "",
        "## Limits",
        "",
        "Sizes are bytes, times seconds. [Running an agent](../operations.md#limits) says what each",
    ]
    lines += [
        "bounds. A flag sets one as `--limit NAME=VALUE`; in the file they stand in the table `[limits]`.",
        "",
    ]
    lines += ["| limit | environment | default |", "|---|---|---|"]
    for name, value in dataclasses.asdict(Limits()).items():
        if name != "default_grace":  # it is `grace`
            lines.append(f"| `{name}` | `TELESOCK_LIMITS__{name.upper()}` | {value:,} |")
    return "\n".join(lines)


def _setting(name: str, default: Any, option: Any) -> str:
    said = _OF_THE_HOST if name == "agent_id" else _value(default)
    meaning = option.help.rpartition(" [")[0] if option.help.endswith("]") else option.help
    return f"| `{option.opts[0]}` | `TELESOCK_{name.upper()}` | `{name}` | {said} | {meaning} |"


def _value(default: Any) -> str:
    if default is None or default is False:
        return "none" if default is None else "off"
    words = (
        default
        if isinstance(default, tuple)
        else (f"{default:g}" if isinstance(default, float) else default,)
    )
    return ", ".join(f"`{word}`" for word in words)


def _metrics() -> str:
    lines = ["# Metrics", "", "What `telesock-agent --metrics HOST:PORT` serves for Prometheus;"]
    lines += [
        "[Watching](../operations.md#watching) says what to make of them. Beside them stand the `process_…` of the process.",
        "",
    ]
    lines += ["| metric | type | labels | |", "|---|---|---|---|"]
    for family in asyncio.run(_families()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(f"`{label}`" for label in family._labelnames)
        lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(lines)


async def _families() -> list[Any]:
    """Ask an agent that serves nobody."""
    loop, statistics = asyncio.get_running_loop(), Statistics(time.monotonic_ns)
    engine = Engine(encode_event, Limits(), Policy(LOOPBACK, LOOPBACK, ()), lambda bug: None)
    lag = LoopLag(loop, lambda serving: None)
    collector = MetricsCollector(loop, lambda: take_snapshot(engine, statistics), lag, "")
    return await asyncio.to_thread(lambda: list(collector.collect()))


def _reasons() -> str:
    lines = [
        "# Why requests are refused",
        "",
        "A refusal had no effect. It is a gRPC status with one `ErrorInfo` of the domain",
    ]
    lines += [
        "`telesock`, whose `reason` is one of these; in Python `Rejected.reason`. What a request that was taken ends"
    ]
    lines += [
        "with is no refusal but a [status](contract/types.md#telesock.v1.Status).",
        "",
        "| reason | gRPC status | |",
        "|---|---|---|",
    ]
    return "\n".join(
        [*lines, *(f"| `{reason.name}` | `{CODES[reason].name}` | {MEANINGS[reason]} |" for reason in CODES)]
    )
