"""Prometheus' own judgement: of what the agent shows, and of the alerts that are written for it."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.agents import AgentProcess
from tests.peers import Peer
from tests.wire.servers import needs, run

from telesock.client import AsyncClient

ROOT = Path(__file__).parent.parent.parent
ALERTS = ROOT / "deploy/prometheus/alerts.yaml"
Start = Callable[..., Awaitable[AgentProcess]]


def metrics_of(process: AgentProcess) -> str:
    """Scrape an agent that was started with --metrics."""
    started = next(json.loads(line) for line in process.log if '"agent_started"' in line)
    with urllib.request.urlopen(f"http://{started['metrics']}/metrics", timeout=30) as answer:
        text: str = answer.read().decode()
    return text


async def busy_agent(start: Start, peer: Callable[..., Peer]) -> str:
    """What an agent shows that has done something."""
    process = await start("--metrics", "127.0.0.1:0")
    async with AsyncClient(process.address) as client, client.session() as session:
        socket = await session.connect(peer().host, peer().port)
        await socket.send(b"x")
        return await asyncio.to_thread(metrics_of, process)


@needs("promtool")
async def test_promtool_finds_nothing_to_say_about_the_metrics(
    start_agent_process: Start, peer: Callable[..., Peer], tmp_path: Path
) -> None:
    shown = tmp_path / "metrics"
    shown.write_text(await busy_agent(start_agent_process, peer))

    assert await run("sh", "-c", f"promtool check metrics < {shown}") == (0, "")


@needs("promtool")
async def test_promtool_takes_the_alerts() -> None:
    status, printed = await run("promtool", "check", "rules", str(ALERTS))

    assert (status, "SUCCESS" in printed) == (0, True), printed


@needs("promtool")
async def test_the_alerts_fire_when_they_should_and_not_before() -> None:
    status, printed = await run("promtool", "test", "rules", str(ALERTS.with_name("alerts_test.yaml")))

    assert (status, "SUCCESS" in printed) == (0, True), printed


async def test_every_metric_that_an_alert_asks_for_is_there(
    start_agent_process: Start, peer: Callable[..., Peer]
) -> None:
    shown = set(re.findall(r"^# TYPE (\S+)", await busy_agent(start_agent_process, peer), re.MULTILINE))
    asked = set(re.findall(r"\b(?:telesock|process)_\w+", ALERTS.read_text()))

    assert asked
    assert {name.removesuffix("_bucket") for name in asked} - shown == set()


def test_what_every_alert_means_is_said() -> None:
    named = re.findall(r"^ *- alert: (\w+)", ALERTS.read_text(), re.MULTILINE)
    text = (ROOT / "docs/operations.md").read_text()

    assert named
    assert [name for name in named if f"`{name}`" not in text] == []
