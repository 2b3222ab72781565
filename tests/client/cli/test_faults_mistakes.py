"""`telesock faults` where it cannot do what it was asked: one line, and an exit status that says whose mistake it was."""

from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.programs import Ended, credential

from telesock.client import AsyncSession, Stall

Telesock = Callable[..., Awaitable[Ended]]

EFFECT = "'EFFECT[=VALUE][,FIELD=VALUE...]'"
SEE_ADD = "; see telesock faults add --help"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("add",), 2, f"missing argument {EFFECT}{SEE_ADD}"),
        (
            ("add", "latncy=1s"),
            2,
            f"invalid value for {EFFECT}: 'latncy' is no effect; did you mean latency? "
            f"`telesock faults effects` lists all{SEE_ADD}",
        ),
        (
            ("add", "latency"),
            2,
            f"invalid value for {EFFECT}: latency needs delay; write it as latency=200ms{SEE_ADD}",
        ),
        (
            ("add", "limit"),
            2,
            f"invalid value for {EFFECT}: limit needs an amount; write it as limit=1000 or limit=5s{SEE_ADD}",
        ),
        (
            ("add", "stall", "--direction", "up"),
            2,
            f"invalid value for '--direction': 'up' is none of them; there are send, receive{SEE_ADD}",
        ),
        (
            ("add", "stall", "--nth", "0"),
            2,
            f"invalid value for '--nth': '0' is not from 1 to 18446744073709551615{SEE_ADD}",
        ),
        (("add", "stall,seed=1", "--seed", "2"), 2, f"invalid value: seed is said twice{SEE_ADD}"),
        (
            ("add", "stall@0.1", "--burst", "0.1/0.2"),
            2,
            f"invalid value: Fault takes one of probability and burst, not both{SEE_ADD}",
        ),
        (("add", "stall", "--socket", "9"), 1, "socket 9 was never made; the highest number is 0"),
        (("add", "stall", "--name", "there"), 1, "a fault 'there' exists; use another name, or UpdateFault"),
        (("remove",), 2, "missing argument 'NAME...'; see telesock faults remove --help"),
        (("remove", "gone"), 1, "the session has no fault 'gone'; it has there"),
        (("replay",), 2, "missing argument 'FILE'; see telesock faults replay --help"),
        (
            ("list", "--session", "s-0.x"),
            1,
            "no session 's-0' is open here under this token; open one with OpenSession",
        ),
        (("bend",), 2, "no such command 'bend'; see telesock faults --help"),
    ],
)
async def test_what_cannot_be_done_is_one_line(
    telesock: Telesock,
    agent: RunningAgent,
    session: AsyncSession,
    arguments: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    await session.fault(Stall(), name="there")

    ended = await telesock("faults", *arguments, agent=agent.address, session=credential(session))

    assert ended == Ended(status, "", f"telesock: {message}\n")
    assert [state.fault.name for state in await session.faults()] == ["there"]


@pytest.mark.parametrize("command", [("add", "stall"), ("list",), ("remove", "x"), ("reset",), ("record",)])
async def test_without_an_agent_or_a_session_each_says_so(
    telesock: Telesock, agent: RunningAgent, command: tuple[str, ...]
) -> None:
    unreachable = await telesock("faults", *command, agent="127.0.0.1:1", session="s-0.x")
    unnamed = await telesock("faults", *command, agent=agent.address)

    assert (unreachable.status, unreachable.stdout) == (1, "")
    assert unreachable.stderr.startswith("telesock: no answer from an agent at 127.0.0.1:1: ")
    assert (unnamed.status, unnamed.stdout) == (2, "")
    assert unnamed.stderr.startswith("telesock: no session is named; say --session SESSION_ID.TOKEN")
    assert unreachable.stderr.count("\n") == unnamed.stderr.count("\n") == 1
