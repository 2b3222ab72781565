"""A refusal repeats no more of what the caller wrote than gRPC can carry back."""

from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.wire.caller import Caller, Place
from tests.wire.refusals import refusal

from telesock.v1 import sessions_pb2, types_pb2

Ask = Callable[[Caller, str], Awaitable[object]]


async def bind(caller: Caller, text: str) -> object:
    return await caller.bind(await caller.made(), text)


async def connect_from(caller: Caller, text: str) -> object:
    return await caller.connect(Place("127.0.0.1", 1), local=types_pb2.Endpoint(host=text))


async def look_for(caller: Caller, text: str) -> object:
    return await caller.sessions.GetSession(sessions_pb2.GetSessionRequest(session_id=text))


@pytest.mark.parametrize("letter", ["x", "\N{SNOWMAN}", "\U0001f600", "\n", "\x00", "\U000e0000"])
@pytest.mark.parametrize("ask", [bind, connect_from, look_for])
async def test_a_text_of_any_length_and_letters_is_refused_as_a_short_one_is(
    agent: RunningAgent, ask: Ask, letter: str
) -> None:
    caller = await Caller(agent.address).open()

    short = await refusal(ask(caller, letter * 5))
    long = await refusal(ask(caller, letter * 16_000))

    await caller.channel.close()
    assert long[:2] == short[:2]
    assert all(len(value) <= 100 for value in long[2].values())
