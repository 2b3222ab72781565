"""`telesock faults`: faults of a session by single calls, made, seen and ended."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.programs import Ended, RunningProgram, credential, run_on_terminal

from telesock.client import AsyncSession, DatagramLoss, Latency, Stall
from telesock.client.cli.fault_effects import NAMES
from telesock.client.faults import Fault

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
Faults = Callable[..., Awaitable[Ended]]


@pytest.fixture
def faults(telesock: Telesock, agent: RunningAgent, session: AsyncSession) -> Faults:
    async def run(*arguments: str) -> Ended:
        return await telesock("faults", *arguments, agent=agent.address, session=credential(session))

    return run


async def rules(session: AsyncSession) -> list[Fault]:
    return [state.fault for state in await session.faults()]


async def test_a_fault_is_made_as_it_is_typed_and_its_name_is_printed(
    faults: Faults, session: AsyncSession
) -> None:
    ended = await faults("add", "latency=200ms,jitter=50ms", "--direction", "send", "--seed", "7")

    assert ended == Ended(0, "latency-1\n", "")
    assert await rules(session) == [Fault(Latency(0.2, 0.05), name="latency-1", direction="send", seed=7)]


async def test_every_option_says_what_it_says_behind_an_effect(faults: Faults, session: AsyncSession) -> None:
    options = (
        *("--name", "one", "--seed", "7", "--operation", "send/receive", "--operation", "connect"),
        *("--phase", "send", "--burst", "0.1/0.3", "--nth", "3", "--after-decisions", "2", "--after", "1s"),
        *("--window", "2s..", "--flapping", "1s/2s", "--counted-per", "fault", "--expires-after", "1h"),
    )
    behind = (
        "operation-hang,name=two,seed=7,operation=send/receive/connect,phase=send,burst=0.1/0.3,nth=3,"
        "after-decisions=2,after=1s,window=2s..,flapping=1s/2s,counted-per=fault,expires-after=1h"
    )
    await faults("add", "operation-hang", *options)
    await faults("add", behind)
    one, two = await rules(session)

    assert one == two.but(name="one")


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        (
            ("--peer", "10.0.0.0/8:80", "--peer", "unix:/run/*"),
            Fault(Stall(), peers=["10.0.0.0/8:80", "unix:/run/*"]),
        ),
        (("--peer", "10.0.0.1"), Fault(Stall(), peer="10.0.0.1/32")),
        (("--name", "x"), Fault(Stall())),
    ],
)
async def test_it_acts_on_each_peer_that_is_said(
    faults: Faults, session: AsyncSession, asked: tuple[str, ...], made: Fault
) -> None:
    await faults("add", "stall", "--seed", "7", *asked)
    await faults("add", "stall,seed=7,peers=10.0.0.0/8:80 unix:/run/*")
    one, other = await rules(session)

    assert one == made.but(name=one.name, seed=7)
    assert other.peers == ("10.0.0.0/8:80", "unix:/run/*")


async def test_a_made_fault_is_json_when_asked(faults: Faults, session: AsyncSession) -> None:
    ended = await faults("add", "datagram-loss@10%", "--json")

    made = json.loads(ended.stdout)["fault"]
    assert (made["name"], made["timing"]["probability"]) == ("datagram-loss-1", 0.1)
    [listed] = await rules(session)
    assert made["seed"] == str(listed.seed)


async def test_what_is_removed_and_reset_is_said_with_what_it_did(
    faults: Faults, session: AsyncSession
) -> None:
    for name in ("one", "two", "three"):
        await session.fault(Stall(), name=name, seed=7)

    removed = await faults("remove", "one", "two")
    reset = await faults("reset")
    again = await faults("reset")

    said = "telesock: {} has ended; 0 of 0 decisions fired, seed 7\n"
    assert removed == Ended(0, "", said.format("one") + said.format("two"))
    assert reset == Ended(0, "", said.format("three"))
    assert again == Ended(0, "", "telesock: the session has no faults\n")


async def test_a_list_is_a_table_of_what_there_is_to_say(
    agent: RunningAgent, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    await session.fault(DatagramLoss(), probability=0.5, seed=8, name="lossy", expires_after=3600)
    await connection.fault(Stall(), direction="send", seed=7)
    connection.send(b"hello")
    while not (await session.faults())[1].held_bytes:
        pass

    shown = await run_on_terminal(
        "faults", "list", agent=agent.address, session=credential(session), columns=140
    )

    heading, lossy, stall = (re.split(r" {2,}", line.strip()) for line in shown.splitlines())
    assert heading == ["name", "effect", "acts on", "fires", "seed", "fired", "holds", "age", "expires"]
    assert lossy[:6] == ["lossy", "datagram-loss", "everything", "probability=0.5", "8", "0 of 0"]
    assert re.fullmatch(r"in (59:5\d min|1:00:00 h)", lossy[-1])
    assert stall[1:7] == ["stall", "socket=1, direction=send", "always", "7", "1 of 1", "5 B"]


async def test_on_a_narrow_terminal_a_fault_has_lines_as_one_types_them(
    agent: RunningAgent, session: AsyncSession
) -> None:
    await session.fault(Latency(0.2, 0.05), direction="send", probability=0.25, times=3, seed=7, name="slow")

    shown = await run_on_terminal(
        "faults", "list", agent=agent.address, session=credential(session), columns=60
    )

    lines = [line.split() for line in shown.splitlines()]
    assert lines[0] == ["name", "what", "it", "does", "fired", "age"]
    assert lines[1][:5] == ["slow", "latency=200ms,jitter=50ms", "0", "of", "0"]
    assert lines[2:] == [["direction=send"], ["probability=0.25,", "times=3"], ["seed=7"]]


async def test_no_faults_are_said_to_a_person_and_an_empty_list_to_a_program(
    faults: Faults, agent: RunningAgent, session: AsyncSession
) -> None:
    shown = await run_on_terminal("faults", "list", agent=agent.address, session=credential(session))

    assert shown == "the session has no faults\n"
    assert json.loads((await faults("list")).stdout) == {"faults": []}


async def test_a_watched_list_is_a_line_of_json_each_time_until_interrupted(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession
) -> None:
    known = {"agent": agent.address, "session": credential(session)}
    watching = await start_telesock("faults", "list", "--watch", "--interval", "10ms", **known)
    before = json.loads(await watching.stdout.readline())
    await session.fault(Stall(), name="one")
    while not (after := json.loads(await watching.stdout.readline()))["faults"]:
        pass
    watching.interrupt()

    assert (await watching.ended()).status == 130
    assert (before, [each["fault"]["name"] for each in after["faults"]]) == ({"faults": []}, ["one"])


async def test_faults_are_changed_beside_the_owner_of_the_session(
    faults: Faults, session: AsyncSession, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    await faults("add", "operation-failure", "--operation", "send", "--name", "full")
    sending = connection.send(b"x")
    with pytest.raises(OSError, match="full"):
        await sending
    await faults("reset")

    assert await connection.send(b"x") == 1


async def test_all_effects_are_listed_with_what_may_be_chosen(telesock: Telesock) -> None:
    told = json.loads((await telesock("faults", "effects")).stdout)
    shown = await run_on_terminal("faults", "effects", columns=120)

    assert [each["effect"] for each in told] == list(NAMES)
    assert {
        "name": "end",
        "value": "fin|reset|stall",
        "required": False,
        "choices": ["fin", "reset", "stall"],
    } in (next(each["fields"] for each in told if each["effect"] == "limit"))
    assert all(re.search(rf"^{name}\b", shown, re.MULTILINE) for name in NAMES)


async def test_a_reader_who_leaves_ends_a_watch(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession
) -> None:
    watching = await start_telesock(
        *("faults", "list", "--watch", "--interval", "10ms"),
        agent=agent.address,
        session=credential(session),
        through=("bash", "-c", '"$@" | head -n 1', "bash"),
    )

    ended = await asyncio.wait_for(watching.ended(), 20)

    assert (json.loads(ended.stdout), ended.stderr) == ({"faults": []}, "")
