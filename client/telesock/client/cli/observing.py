"""Agents' sessions as an observer reads them, several at once, into a timeline's file: nothing is acted on or kept alive.

Of one agent either one session or all are read, those to come included. Clocks are estimated before anything is read, and
again now and then. An agent that goes away is an entry, and one that returns another. Nothing more is read while the file has no
room.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from telesock.client import AsyncClient, EventStream
from telesock.client.cli.failures import say
from telesock.client.cli.options import Credential
from telesock.client.cli.record_output import Recording
from telesock.client.core.clocks import ClockEstimate, ClockSample, estimate_clock
from telesock.client.credentials import Credentials
from telesock.client.errors import AgentUnavailable, SessionLost, TelesockError
from telesock.v1.events_pb2 import Event
from telesock.v1.sessions_pb2 import GetSessionRequest

_SAMPLES = 8
_CLOCK_EVERY = 10.0  # seconds: between two estimates quartz clocks drift apart by a millisecond at most
_LOOK_EVERY = 0.5  # seconds, for sessions that are new
_PATIENCE = 10.0  # seconds that a broken stream may take to come again


class Observed(NamedTuple):
    """An agent that is read: how it is called in the story, where it answers, and what is shown to it."""

    name: str
    target: str
    credentials: Credentials


class Ending(NamedTuple):
    """How a reading ended, and whether the session was lost rather than closed."""

    words: str
    lost: bool = False


async def observe_session(agent: Observed, session: Credential, into: Recording) -> Ending:
    """Read one session to its end; return how it ended. Raises AgentUnavailable and Rejected where it cannot be read."""
    async with (
        AsyncClient(agent.target, credentials=agent.credentials) as client,
        _clock(agent, client, into),
    ):
        return await _read(agent, client, session, into, {})


async def observe_agent(agent: Observed, into: Recording) -> None:
    """Read all sessions of an agent until this is cancelled."""
    lost = False
    positions: dict[str, int] = {}
    while True:
        try:
            async with (
                AsyncClient(agent.target, credentials=agent.credentials) as client,
                _clock(agent, client, into),
            ):
                if lost:
                    into.became(agent.name, "agent returned")
                lost = False
                await _read_all(agent, client, into, positions)
        except TelesockError as failed:
            if not lost:
                into.became(agent.name, "agent lost", lost=str(failed))
            lost = True
        await asyncio.sleep(_LOOK_EVERY)


async def _read_all(agent: Observed, client: AsyncClient, into: Recording, positions: dict[str, int]) -> None:
    """Read what sessions there are, and those that come, behind the events that were read already.

    Raises AgentUnavailable or Rejected when they cannot be listed, OSError when the file cannot be written.
    """
    known: set[str] = set()
    try:
        async with asyncio.TaskGroup() as reading:
            while True:
                for session in await client.list_sessions():
                    if session.session_id not in known:
                        known.add(session.session_id)
                        reading.create_task(
                            _read_if_allowed(agent, client, session.session_id, into, positions)
                        )
                await asyncio.sleep(_LOOK_EVERY)
    except BaseExceptionGroup as failed:  # whatever the others say, this was the first
        raise failed.exceptions[0] from None


async def _read_if_allowed(
    agent: Observed, client: AsyncClient, session_id: str, into: Recording, positions: dict[str, int]
) -> None:
    """Read a session, or say that others' are not ours to read. That is in the story too: something is missing in it."""
    request = GetSessionRequest(session_id=session_id)
    try:
        await client._calls.call(client._calls.sessions.GetSession, request)
    except SessionLost:
        why = "it is gone, or others' sessions are only for an identity with the role observer"
        into.became(agent.name, "session not read", session_id, lost=why)
        say(f"agent {agent.name}: session {session_id} cannot be read: {why}")
        return
    await _read(agent, client, Credential(session_id, ""), into, positions)


async def _read(
    agent: Observed,
    client: AsyncClient,
    session: Credential,
    into: Recording,
    positions: dict[str, int],
) -> Ending:
    calls = client._calls  # what observers read needs no session of their own
    metadata = calls.metadata(session.token)
    behind = positions.get(session.session_id, 0)
    stream = EventStream(calls, metadata, session.session_id, behind, None, _PATIENCE)
    try:
        async for told in stream:
            positions[session.session_id] = told.sequence if isinstance(told, Event) else told.last_sequence
            into.told(agent.name, session.session_id, told)
            await into.room()
    except SessionLost as lost:
        into.became(agent.name, "session lost", session.session_id, str(lost))
        return Ending(f"session {session.session_id} is lost: {lost}", lost=True)
    into.became(agent.name, "session closed", session.session_id)
    return Ending(f"session {session.session_id} was closed")


@contextlib.asynccontextmanager
async def _clock(agent: Observed, client: AsyncClient, into: Recording) -> AsyncIterator[None]:
    """Estimate an agent's clock now, and again as long as the block lasts. Raises AgentUnavailable or Rejected."""
    first = await _estimate(client, None)
    into.clock(agent.name, first)
    keeping = asyncio.create_task(
        _keep_estimating(client, first, lambda clock: into.clock(agent.name, clock))
    )
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _keep_estimating(
    client: AsyncClient, clock: ClockEstimate, tell: Callable[[ClockEstimate], None]
) -> None:
    while True:
        await asyncio.sleep(_CLOCK_EVERY)
        with contextlib.suppress(AgentUnavailable):  # whoever reads events finds out for how long
            clock = await _estimate(client, clock)
            tell(clock)


async def _estimate(client: AsyncClient, earlier: ClockEstimate | None) -> ClockEstimate:
    samples = []
    for _ in range(_SAMPLES):
        sent = time.monotonic_ns()
        answer = await client.sample_clock()
        samples.append(ClockSample(sent, answer.monotonic_ns, time.monotonic_ns()))
    return estimate_clock(samples, earlier)
