"""`telesock resolve`: what an agent finds, a line each."""

from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.programs import Ended

Telesock = Callable[..., Awaitable[Ended]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("127.0.0.1",), "localhost\n"),
        (("localhost", "--service", "80"), "127.0.0.1:80\n"),
    ],
)
async def test_an_address_has_its_name_and_a_name_its_addresses(
    telesock: Telesock, agent: RunningAgent, arguments: tuple[str, ...], expected: str
) -> None:
    ended = await telesock("resolve", *arguments, agent=agent.address)

    assert (ended.status, ended.stderr) == (0, "")
    assert expected in ended.stdout


async def test_a_name_without_an_address_is_one_line(telesock: Telesock, agent: RunningAgent) -> None:
    ended = await telesock("resolve", "nobody.invalid", agent=agent.address)

    assert (ended.status, ended.stdout) == (1, "")
    assert ended.stderr.startswith("telesock: resolve: NO_MATCH by the peer in resolve, ")


async def test_an_address_without_a_name_is_one_line(telesock: Telesock, agent: RunningAgent) -> None:
    ended = await telesock("resolve", "203.0.113.7", agent=agent.address)

    assert (ended.status, ended.stdout) == (1, "")
    assert ended.stderr.startswith("telesock: resolve: NO_MATCH by the peer in resolve, ")
