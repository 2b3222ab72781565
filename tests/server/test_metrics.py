"""Metrics as a scraper sees them: read over HTTP, from an agent that has done things, and from one whose loop stands still."""

import asyncio
import http.client
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.agents import RunningAgent
from tests.peers import Peer

from telesock.client import AsyncClient
from telesock.client.errors import TelesockError
from telesock.server.core.statistics import Statistics
from telesock.server.engine.snapshot import take_snapshot
from telesock.server.loop_lag import LoopLag
from telesock.server.metrics import MetricsCollector, MetricsServer
from telesock.server.service.server import CannotListen

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
Listen = Callable[..., Peer]


def scrape(address: str) -> Samples:
    """What a scraper reads, by name and labels."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=30)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labelled(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return f"telesock_{name}", tuple(sorted(labels.items()))


class Measured:
    """An agent whose metrics are served."""

    def __init__(self, agent: RunningAgent, patience: float = 30.0) -> None:
        self.statistics = Statistics(time.monotonic_ns)
        agent.engine.sessions.watch(self.statistics, None)
        loop = asyncio.get_running_loop()
        self.lag = LoopLag(loop, agent.server.show_health)
        self.collector = MetricsCollector(
            loop, lambda: take_snapshot(agent.engine, self.statistics), self.lag, "1.2.3", patience
        )
        self.server = MetricsServer("127.0.0.1:0", self.collector)

    async def scrape(self) -> Samples:
        return await asyncio.to_thread(scrape, self.server.address)


@pytest.fixture
async def measured(agent: RunningAgent) -> AsyncIterator[Measured]:
    found = Measured(agent)
    yield found
    await asyncio.to_thread(found.server.stop)


@pytest.fixture
def impatient(agent: RunningAgent) -> Iterator[Callable[[], Measured]]:
    made: list[Measured] = []

    def make() -> Measured:
        made.append(Measured(agent, patience=0.05))
        return made[-1]

    yield make
    for each in made:
        each.server.stop()


async def test_an_idle_agent_has_its_version_its_bounds_and_the_process(measured: Measured) -> None:
    found = await measured.scrape()

    assert found[labelled("build_info", version="1.2.3")] == 1
    assert found[labelled("sessions")] == 0
    assert found[labelled("draining")] == 0
    assert found[labelled("journal_limit_bytes")] == 1 << 30
    assert found[labelled("refusals_total", reason="journal_full")] == 0
    assert found[labelled("authentication_failures_total", reason="credentials_unknown")] == 0
    assert 0 < found["process_open_fds", ()] < found["process_max_fds", ()]


async def test_what_an_agent_does_is_counted_under_the_contracts_names(
    measured: Measured, client: AsyncClient, peer: Listen
) -> None:
    async with client.session() as session:
        socket = await session.connect(peer().host, peer().port)
        for _ in range(3):
            await socket.send(b"x")
        with pytest.raises(TelesockError):
            await session.connect("192.0.2.1", 80)
        during = await measured.scrape()
    after = await measured.scrape()

    assert during[labelled("operations_total", kind="connect", status="success")] == 1
    assert during[labelled("operations_total", kind="send", status="success")] == 3
    assert during[labelled("operation_duration_seconds_count", kind="send")] == 3
    assert during[labelled("operation_duration_seconds_bucket", kind="send", le="+Inf")] == 3
    assert during[labelled("operation_duration_seconds_sum", kind="send")] > 0
    assert during[labelled("sockets", category="connection", state="connected")] == 1
    assert during[labelled("attachments")] == 1
    assert during[labelled("policy_denials_total", action="connect")] == 1
    assert during[labelled("events_total", kind="policy_denied")] == 1
    assert after[labelled("sessions_ended_total", cause="closed")] == 1
    assert labelled("sockets", category="connection", state="connected") not in after


async def test_no_label_holds_a_clients_words(measured: Measured, client: AsyncClient) -> None:
    async with client.session(label="my words") as session:
        found = await measured.scrape()
        secrets = ("my words", session.session_id, session.session_token)

    assert [name for name in found if any(secret in repr(name) for secret in secrets)] == []


async def test_a_loop_that_stands_still_is_answered_for_with_what_was_and_with_its_lag(
    impatient: Callable[[], Measured],
) -> None:
    measured = impatient()
    measured.lag.start()
    measured.statistics.authentication_failed("CREDENTIALS_UNKNOWN")
    failures = labelled("authentication_failures_total", reason="credentials_unknown")

    time.sleep(0.3)  # noqa: ASYNC251 - from here on the loop stands still, until it has been scraped
    found: list[Samples] = []
    scraping = asyncio.get_running_loop().run_in_executor(
        None, lambda: found.append(scrape(measured.server.address))
    )
    while not found:
        time.sleep(0.01)  # noqa: ASYNC251 - as above
    await scraping
    measured.lag.stop()

    assert found[0][failures] == 0
    assert found[0][labelled("event_loop_lag_seconds")] >= 0.2
    assert (await measured.scrape())[failures] == 1


async def test_a_port_that_is_taken_is_told_in_one_line(measured: Measured) -> None:
    address = measured.server.address

    with pytest.raises(CannotListen) as caught:
        MetricsServer(address, measured.collector)

    assert str(caught.value) == f"cannot serve metrics on {address}: Address already in use"


async def test_an_address_of_ipv6_is_written_as_it_was_given(measured: Measured) -> None:
    server = MetricsServer("[::1]:0", measured.collector)
    try:
        assert server.address.startswith("[::1]:")
        assert (await asyncio.to_thread(scrape, server.address))[labelled("sessions")] == 0
    finally:
        await asyncio.to_thread(server.stop)


async def test_clients_that_never_finish_what_they_ask_take_so_many_threads_and_no_more(
    measured: Measured,
) -> None:
    host, _, port = measured.server.address.rpartition(":")
    before = threading.active_count()
    streams = [await asyncio.open_connection(host, int(port)) for _ in range(40)]
    waiting = {asyncio.create_task(reader.read()) for reader, _ in streams}
    while len(waiting) > 16:  # the others are turned away
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    threads = threading.active_count() - before
    for _, writer in streams:
        writer.close()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert len(waiting) == 16
    assert threads <= 2 * 16  # each has one that watches its time
    assert (await measured.scrape())[labelled("sessions")] == 0
