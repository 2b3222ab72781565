"""`telesock faults record` and `replay`: exactly what fired fires again in another session."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.programs import Ended, RunningProgram, credential

from telesock.client import AsyncClient, AsyncSession, InsufficientResources, Stall

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
FLAKY = ("add", "operation-failure@0.5", "--operation", "send", "--name", "flaky")


async def which_fail(session: AsyncSession, peer: Callable[..., Peer]) -> list[bool]:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    failed = []
    for _ in range(20):
        try:
            await connection.send(b"x")
        except InsufficientResources:
            failed.append(True)
        else:
            failed.append(False)
    return failed


@pytest.mark.parametrize("by_stdin", [False, True])
async def test_a_recorded_run_is_repeated(
    telesock: Telesock,
    start_telesock: StartTelesock,
    agent: RunningAgent,
    client: AsyncClient,
    peer: Callable[..., Peer],
    tmp_path: Path,
    by_stdin: bool,
) -> None:
    async with client.session() as session:
        known = {"agent": agent.address, "session": credential(session)}
        await telesock("faults", *FLAKY, **known)
        first = await which_fail(session, peer)
        recorded = await telesock("faults", "record", **known)
    (tmp_path / "run.jsonl").write_text(recorded.stdout)
    async with client.session() as session:
        file = "-" if by_stdin else str(tmp_path / "run.jsonl")
        replaying = await start_telesock(
            "faults", "replay", file, agent=agent.address, session=credential(session)
        )
        ended = await replaying.ended(recorded.stdout.encode() if by_stdin else b"")
        again = await which_fail(session, peer)

    count = sum(first)
    assert (recorded.status, recorded.stderr) == (0, "")
    assert ended.status == 0
    assert ended.stderr.startswith(
        f"telesock: flaky fires at {count} recorded decision" if count else "telesock: "
    )
    assert again == first


async def test_where_nothing_can_be_recorded_it_says_so(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession
) -> None:
    ended = await telesock("faults", "record", agent=agent.address, session=credential(session))

    assert ended == Ended(1, "", "telesock: the session has no faults; record before they end\n")


async def test_what_is_no_recorded_run_is_one_line_and_makes_nothing(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession, tmp_path: Path
) -> None:
    known = {"agent": agent.address, "session": credential(session)}
    (tmp_path / "text").write_bytes(b"\xff\n")
    (tmp_path / "empty").touch()
    said = [
        (await telesock("faults", "replay", str(tmp_path / name), **known)).stderr.replace(str(tmp_path), "")
        for name in ("text", "empty", "nothing", ".")
    ]

    assert said == [
        "telesock: /text: line 1 is not JSON\n",
        "telesock: /empty has no faults; make one by `telesock faults record`\n",
        "telesock: /nothing: No such file or directory; make one by `telesock faults record`\n",
        "telesock: : Is a directory; make one by `telesock faults record`\n",
    ]
    assert await session.faults() == []


async def test_a_replay_that_fails_part_way_leaves_no_fault_of_its_own(
    telesock: Telesock, agent: RunningAgent, client: AsyncClient, tmp_path: Path
) -> None:
    async with client.session() as session:
        known = {"agent": agent.address, "session": credential(session)}
        for name in ("one", "two"):
            await session.fault(Stall(), name=name)
        (tmp_path / "run.jsonl").write_text((await telesock("faults", "record", **known)).stdout)
        await session.reset_faults()
        await session.fault(Stall(), name="two", seed=8)
        ended = await telesock("faults", "replay", str(tmp_path / "run.jsonl"), **known)
        left = [(state.fault.name, state.fault.seed) for state in await session.faults()]

    assert (ended.status, left) == (1, [("two", 8)])
    assert ended.stderr == "telesock: a fault 'two' exists; use another name, or UpdateFault\n"
