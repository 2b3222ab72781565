"""What sends cost in things that can be counted stays below its bounds, on any machine.

The bounds stand a little above what was counted when they were set: one that is missed says that the hot path has
become longer, and is lowered when it has become shorter.
"""

import time
from collections.abc import Callable

from tests.agents import RunningAgent
from tests.benchmarks.calls import Calls, counted
from tests.benchmarks.counts import complete_batch
from tests.benchmarks.messages import count_messages
from tests.benchmarks.raw_session import raw_session, sends
from tests.benchmarks.workload import PAYLOAD, SOCKETS, open_sockets, send_many
from tests.peers import Peer

from telesock.client import AsyncClient, AsyncSession
from telesock.server.core.requests import OperationKind
from telesock.server.core.statistics import Statistics
from telesock.server.core.status import Status

# Python functions called by each side for one send of a batch, including those of asyncio and of the standard library
# that it calls itself; Python 3.11.
MOST_AGENT_CALLS = 27.0
MOST_CLIENT_CALLS = 20.0
MOST_COUNTING_CALLS = 2.0
# gRPC messages for 1,024 sends of one loop turn. A message up holds 512 commands; down, one holds what one turn of the
# agent's loop has completed, and one more may follow behind each.
MOST_MESSAGES_UP = 2
MOST_MESSAGES_DOWN = 9

BATCH = 1_024
QUEUED = 32


async def test_sends_queued_on_one_socket_in_one_batch_leave_in_one_system_call(
    agent: RunningAgent, peer: Callable[..., Peer]
) -> None:
    async with raw_session(agent.address) as owner:
        batch = sends([await owner.connect(peer().port)], QUEUED, PAYLOAD)

        with counted() as calls:
            await complete_batch(owner, batch, QUEUED)

    assert calls["sendmsg"] == 1


async def count_calls(session: AsyncSession, peer: Peer) -> Calls:
    """Count what is called for batches of sends, after others have warmed everything up."""
    sockets = await open_sockets(session, peer.port, SOCKETS)
    await send_many(sockets, BATCH)
    with counted() as calls:
        await send_many(sockets, BATCH)
    return calls


async def test_the_agent_calls_few_functions_for_a_batched_send(
    session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    calls = await count_calls(session, peer())

    assert 0 < calls["agent"] / BATCH <= MOST_AGENT_CALLS


async def test_counting_for_metrics_calls_hardly_any_more_functions(
    agent: RunningAgent, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    plain = (await count_calls(session, peer()))["agent"]
    agent.engine.sessions.watch(statistics := Statistics(time.monotonic_ns), None)
    async with AsyncClient(agent.address) as client, client.session() as watched:
        calls = (await count_calls(watched, peer()))["agent"]

    assert statistics.operations()[OperationKind.SEND, Status.SUCCESS] == 2 * BATCH
    assert (calls - plain) / BATCH <= MOST_COUNTING_CALLS


async def test_the_client_calls_few_functions_for_a_batched_send(
    session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    calls = await count_calls(session, peer())

    assert 0 < calls["client"] / BATCH <= MOST_CLIENT_CALLS


async def test_a_thousand_sends_of_one_loop_turn_travel_in_a_handful_of_messages(
    agent: RunningAgent, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    [socket] = await open_sockets(session, peer().port, 1)
    before = count_messages(agent.address)

    for operation in [socket.send(PAYLOAD) for _ in range(BATCH)]:
        await operation

    carried = count_messages(agent.address).since(before)
    assert 1 <= carried.sent <= MOST_MESSAGES_UP
    assert 1 <= carried.received <= MOST_MESSAGES_DOWN
