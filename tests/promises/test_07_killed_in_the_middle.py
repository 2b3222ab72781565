"""A client killed in the middle of everything leaves nothing on the agent within its lease and a second."""

import asyncio
import errno
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.agents import AgentProcess
from tests.dialers import dial
from tests.peers import Peer, PeerConnection
from tests.promises.doomed_everything import HELD, LEASE
from tests.promises.owners import MIB, STALLING, Listen, Open, Owner
from tests.promises.stories import Story

from telesock.v1.agent_pb2 import Agent, GetAgentRequest
from telesock.v1.sessions_pb2 import OpenSessionResponse

ROOT = Path(__file__).parents[2]
FAULTS = 3
GROWTH = 12 * MIB  # its sends alone were 14 MiB; the rest is the allocator's unrest


class Killer:
    """Runs the client against peers and kills it, as often as one likes."""

    def __init__(self, agent: AgentProcess, observer: Owner, path: Path, unanswered: int) -> None:
        self._agent = agent
        self._observer = observer
        self._path = path
        self._unanswered = unanswered

    def descriptors(self) -> int:
        """Descriptors that the agent has open."""
        return len(os.listdir(f"/proc/{self._agent.process.pid}/fd"))

    def memory(self) -> int:
        """Bytes of memory that the agent occupies."""
        pages = Path(f"/proc/{self._agent.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def start(self, reading: Peer, stalled: Peer) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
        """Return the client's process and what it tells."""
        roots = [ROOT, *(ROOT / root for root in ("proto", "server", "client"))]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("doomed_everything.py")),
            self._agent.address,
            *map(str, (reading.port, stalled.port, self._unanswered, self._path)),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None, "it was asked for"
        return process, json.loads(await process.stdout.readline())

    async def read(self, told: dict[str, Any]) -> Story:
        """Follow the session without owning it."""
        opened = OpenSessionResponse(session_id=told["session_id"], session_token=told["token"])
        return await Owner(self._observer.channel, opened).read()

    async def view(self) -> Agent:
        """What the agent says of itself."""
        agent: Agent = (await self._observer.ask(GetAgentRequest())).agent
        return agent

    async def until_descriptors(self, count: int) -> None:
        """Wait until the agent has no more of them open."""
        while self.descriptors() > count:  # noqa: ASYNC110 - nobody tells when another process has closed one
            await asyncio.sleep(0.01)


async def through(relay: int, reading: Peer) -> list[PeerConnection]:
    """Connect through the relay; return both far ends of what it relays."""
    client = await dial("127.0.0.1", relay)
    client.send(b"through")
    upstream = await reading.accepted()
    await upstream.until_received(b"through")
    return [client, upstream]


async def far_ends(told: dict[str, Any], reading: Peer, stalled: Peer) -> list[PeerConnection]:
    """The other ends of all its connections; that which gets the held bytes is the third."""
    ends = [await reading.accepted() for _ in range(4)] + [await stalled.accepted() for _ in range(2)]
    ends += await through(told["relay"], reading)
    return ends + [await dial("127.0.0.1", told[name]) for name in ("plain", "conditional")]


async def kill_in_the_middle(killer: Killer, reading: Peer, stalled: Peer) -> Story:
    """Let it begin, kill it, and see everything go in time; return the session's story."""
    before = killer.descriptors()
    process, told = await killer.start(reading, stalled)
    story, ends = await killer.read(told), await far_ends(told, reading, stalled)
    await story.until(lambda: any(each.completion.HasField("accept") for each in story.events))
    assert bytes(ends[2].received) == b""

    process.kill()
    async with asyncio.timeout(LEASE + 1):
        held = await ends[2].until_bytes(len(HELD))
        errors = [await end.until_gone() for end in ends]
        await story.until_ended()
        await killer.until_descriptors(before)

    await process.wait()
    for end in ends:
        end.close()
    assert [error for error in errors if error not in (errno.ECONNRESET, errno.EPIPE)] == []
    assert held == HELD
    return story


async def test_a_client_killed_in_the_middle_of_everything_leaves_nothing_within_its_lease_and_a_second(
    start_agent_process: Callable[..., Awaitable[AgentProcess]],
    open_owner: Open,
    peer: Listen,
    unanswered: int,
    tmp_path: Path,
) -> None:
    path = tmp_path / "listener"
    agent = await start_agent_process("--allow", "127.0.0.0/8", "--allow", f"unix:{path}")
    killer = Killer(agent, await open_owner(agent.address), path, unanswered)
    await kill_in_the_middle(killer, peer(), peer(**STALLING))
    memory = killer.memory()

    story = await kill_in_the_middle(killer, peer(), peer(**STALLING))

    view = await killer.view()
    assert (view.sessions, view.sockets, path.exists()) == (1, 0, False)
    assert killer.memory() - memory < GROWTH
    assert (story.reason, story.metadata["cause"]) == ("SESSION_LOST", "LEASE_EXPIRED")


async def test_faults_of_a_killed_client_are_lifted_before_anything_else_of_it_ends(
    start_agent_process: Callable[..., Awaitable[AgentProcess]],
    open_owner: Open,
    peer: Listen,
    unanswered: int,
    tmp_path: Path,
) -> None:
    path = tmp_path / "listener"
    agent = await start_agent_process("--allow", "127.0.0.0/8", "--allow", f"unix:{path}")
    killer = Killer(agent, await open_owner(agent.address), path, unanswered)

    story = await kill_in_the_middle(killer, peer(), peer(**STALLING))

    bodies = [event.WhichOneof("body") for event in story.events]
    ending = bodies[bodies.index("session_expiring") + 1 :]
    assert [place for place, body in enumerate(ending) if body == "fault_ended"] == list(range(FAULTS))
    completed = {event.operation_id for event in story.bodies("completion")}
    assert completed == set(range(1, max(completed) + 1))
