"""An agent that was given no capability, as by default: it serves, and says of each thing it cannot do what to give it.

As root the agent runs as root without any capability, else as whoever runs the tests.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import grpc
import pytest
from tests.agents import AgentProcess
from tests.peers import Peer

from telesock.client import AsyncClient, AsyncSession, Fault, PacketLoss, Rejected, SocketCategory
from telesock.server.engine.privileges import ADMINISTRATION, RAW, lacks

StartProcess = Callable[..., Awaitable[AgentProcess]]
WITHOUT: Sequence[str] = ("setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")
NEEDS = f"the agent lacks the capability {ADMINISTRATION}; give it by docker run --user 0 --cap-add NET_ADMIN, or "


@pytest.fixture
async def bare(start_agent_process: StartProcess) -> AgentProcess:
    return await start_agent_process(through=WITHOUT if os.geteuid() == 0 else ())


@pytest.fixture
async def session(bare: AgentProcess) -> AsyncIterator[AsyncSession]:
    async with AsyncClient(bare.address) as client, client.session() as opened:
        yield opened


def effective_capabilities(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    [effective] = [line.split()[1] for line in lines if line.startswith("CapEff")]
    return int(effective, 16)


async def capabilities_of(agent: AgentProcess) -> dict[str, str]:
    """What the agent says it cannot do, with the reasons."""
    async with AsyncClient(agent.address) as client:
        found = (await client.get_agent()).capabilities
    return {each.name: each.reason for each in found if not each.available}


def test_what_is_lacking_is_told_with_the_ways_to_give_it() -> None:
    assert lacks(RAW) == (
        "the agent lacks the capability CAP_NET_RAW; give it by docker run --user 0 --cap-add NET_RAW, "
        "or AmbientCapabilities=CAP_NET_RAW of systemd"
    )


async def test_an_agent_without_capabilities_has_none_and_carries_a_conversation(
    bare: AgentProcess, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    far = await listener.accepted()
    await connection.send(b"hello")
    await far.until_received(b"hello")

    assert effective_capabilities(bare.process.pid) == 0


async def test_silence_is_refused_with_what_it_needs_as_the_agent_says_of_itself(
    bare: AgentProcess, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)

    refused = await rejection(connection.options.set(silent=True))

    assert refused == f"silent: {(await capabilities_of(bare))['silent_mode']}"
    assert NEEDS in refused


async def test_a_mark_is_refused_with_what_it_needs_as_the_agent_says_of_itself(
    bare: AgentProcess, session: AsyncSession
) -> None:
    refused = await rejection(session.create_socket(SocketCategory.CONNECTION, options={"mark": 7}))

    assert refused == f"mark: {(await capabilities_of(bare))['mark']}"
    assert NEEDS in refused


async def rejection(operation: Awaitable[object]) -> str:
    with pytest.raises(Rejected) as rejected:
        await operation
    assert (rejected.value.reason, rejected.value.code) == ("NOT_AVAILABLE", grpc.StatusCode.UNIMPLEMENTED)
    return str(rejected.value)


async def test_what_depends_on_the_kernel_works_or_is_refused_with_what_it_needs(
    bare: AgentProcess, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    missing = await capabilities_of(bare)
    listener = peer()

    if "packet_loss" in missing:  # kernels differ in whom they let filter
        losing = [Fault(PacketLoss(), probability=0.5, name="loss")]
        refused = await rejection(session.connect(listener.host, listener.port, faults=losing))
        assert refused == f"packet-loss: {missing['packet_loss']}"
        assert NEEDS in refused
    if "bind_to_device" in missing:
        refused = await rejection(session.create_socket(options={"device": "lo"}))
        assert refused == f"device: {missing['bind_to_device']}" == f"device: {lacks(RAW)}"
    assert missing.keys() - {"packet_loss", "bind_to_device"} >= {"mark", "silent_mode"}
