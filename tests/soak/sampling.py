"""Samples of an agent in a process of its own: what its host and its metrics say of it."""

import asyncio
import json
import time
import urllib.request
from collections import defaultdict

import psutil
from prometheus_client.parser import text_string_to_metric_families
from tests.agents import AgentProcess
from tests.soak.judging import Sample

FLAGS = ("--metrics", "127.0.0.1:0", "--limit", "journal_events=8192")
"""What an agent has to be started with: it tells its figures, and its journals are soon as full as they get."""


class Sampler:
    """Looks at one agent, again and again."""

    def __init__(self, agent: AgentProcess) -> None:
        self._process = psutil.Process(agent.process.pid)
        self._metrics = f"http://{_metrics_address(agent)}/metrics"
        self._began = time.monotonic()

    async def sample(self) -> Sample:
        """Look once."""
        told = await asyncio.to_thread(self._scrape)
        memory = self._process.memory_full_info()
        return Sample(
            seconds=time.monotonic() - self._began,
            operations=told["telesock_operations_total"],
            resident_bytes=memory.rss,
            own_bytes=memory.pss,
            descriptors=self._process.num_fds(),
            threads=self._process.num_threads(),
            tasks=int(told["telesock_tasks"]),
            sessions=int(told["telesock_sessions"]),
            sockets=int(told["telesock_sockets"]),
            journal_bytes=int(told["telesock_journal_bytes"]),
            lag=told["telesock_event_loop_lag_seconds"],
        )

    def _scrape(self) -> dict[str, float]:
        """Read the metrics, summed up over their labels."""
        with urllib.request.urlopen(self._metrics, timeout=10) as answer:
            text = answer.read().decode()
        sums: dict[str, float] = defaultdict(float)
        for family in text_string_to_metric_families(text):
            for each in family.samples:
                sums[each.name] += each.value
        return sums


def _metrics_address(agent: AgentProcess) -> str:
    started = [json.loads(said) for said in agent.log if '"agent_started"' in said]
    return str(started[0]["metrics"])
