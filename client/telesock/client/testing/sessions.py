"""Sessions for tests: open as long as the test runs, and recorded to its timeline on this host's clock."""

import contextlib
import time
from collections.abc import AsyncIterator, Iterator

from telesock.client import AsyncSession, Session
from telesock.client.core.clocks import ClockSample, estimate_clock
from telesock.client.testing.agents import ReachableAgent
from telesock.client.timeline import TimelineRecorder
from telesock.client.timeline.text import shown

_SAMPLES = 5
_LABEL = 64  # characters; the end of a test's name is what tells it from others


@contextlib.contextmanager
def open_session(agent: ReachableAgent, recorder: TimelineRecorder, test: str) -> Iterator[Session]:
    """Open a session of the blocking client."""
    with agent.client() as client:
        samples = []
        for _ in range(_SAMPLES):
            sent = time.monotonic_ns()
            told = client.sample_clock().monotonic_ns
            samples.append(ClockSample(sent, told, time.monotonic_ns()))
        recorder.clock("agent", estimate_clock(samples))
        with client.session(label=shown(test)[-_LABEL:]) as session:
            session.record_to(recorder)
            yield session


@contextlib.asynccontextmanager
async def open_async_session(
    agent: ReachableAgent, recorder: TimelineRecorder, test: str
) -> AsyncIterator[AsyncSession]:
    """Open a session of the asyncio client, on the loop that runs."""
    async with agent.async_client() as client:
        samples = []
        for _ in range(_SAMPLES):
            sent = time.monotonic_ns()
            told = (await client.sample_clock()).monotonic_ns
            samples.append(ClockSample(sent, told, time.monotonic_ns()))
        recorder.clock("agent", estimate_clock(samples))
        async with client.session(label=shown(test)[-_LABEL:]) as session:
            session.record_to(recorder)
            yield session
