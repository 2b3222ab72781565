"""`telesock policy check`: JSON on a pipe, a table on a terminal, and an exit status for scripts."""

import json
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.programs import Ended, run_on_terminal

Telesock = Callable[..., Awaitable[Ended]]
StartAgent = Callable[..., Awaitable[RunningAgent]]


@pytest.fixture
async def lab(start_agent: StartAgent) -> RunningAgent:
    return await start_agent(
        allow=("127.0.0.1:80",), allow_listen=("127.0.0.1",), allow_resolve=("localhost", "10.0.0.0/8")
    )


@pytest.mark.parametrize(
    ("arguments", "status", "rules"),
    [
        (("127.0.0.1:80",), 0, ["127.0.0.1/32:80"]),
        (("127.0.0.1:81",), 1, [""]),
        (("--send-to", "127.0.0.1:80"), 0, ["127.0.0.1/32:80"]),
        (("unix:/run/x",), 1, [""]),
        (("--listen", "127.0.0.1:0"), 0, ["127.0.0.1/32"]),
        (("--listen", ":80"), 1, [""]),
        (("--resolve", "localhost"), 0, ["localhost"]),
        (("--resolve", "server.example"), 1, [""]),
        (("--resolve", "10.1.2.3"), 0, ["10.0.0.0/8"]),
        (("server.example:80",), 1, [""]),
    ],
)
async def test_the_exit_status_says_whether_and_json_which_rule(
    telesock: Telesock, lab: RunningAgent, arguments: tuple[str, ...], status: int, rules: list[str]
) -> None:
    ended = await telesock("policy", "check", *arguments, agent=lab.address)

    assert (ended.status, ended.stderr) == (status, "")
    answer = json.loads(ended.stdout)
    assert answer["allowed"] is (status == 0)
    assert [verdict["rule"] for verdict in answer["verdicts"]] == rules


async def test_a_name_is_a_line_and_each_address_one_on_a_terminal(start_agent: StartAgent) -> None:
    running = await start_agent(allow=("127.0.0.1",), allow_resolve=("localhost",))

    shown = " ".join(
        (await run_on_terminal("policy", "check", "localhost:80", agent=running.address)).split()
    )

    assert "localhost allowed --allow-resolve localhost allows it" in shown
    assert "127.0.0.1 allowed --allow 127.0.0.1/32 allows it" in shown


async def test_a_denial_says_on_a_terminal_what_would_allow_it(lab: RunningAgent) -> None:
    shown = await run_on_terminal("policy", "check", "10.1.2.3:80", agent=lab.address)

    assert "denied" in shown
    assert "10.1.2.3:80 for example" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--listen", "--resolve", "x"),
            "one of --listen, --send-to and --resolve is asked about, not several",
        ),
        (
            ("localhost",),
            "'localhost' is not HOST:PORT or [IPV6]:PORT with a port from 1 to 65535, or unix:PATH",
        ),
        (("--listen", "localhost"), "'localhost' is not HOST:PORT, :PORT, [IPV6]:PORT or unix:PATH"),
    ],
)
async def test_what_cannot_be_meant_is_one_line(
    telesock: Telesock, agent: RunningAgent, arguments: tuple[str, ...], line: str
) -> None:
    ended = await telesock("policy", "check", *arguments, agent=agent.address)

    assert (ended.status, ended.stdout) == (2, "")
    assert line in ended.stderr


async def test_a_listen_on_a_name_is_refused_in_the_agent_s_words(
    telesock: Telesock, lab: RunningAgent
) -> None:
    ended = await telesock("policy", "check", "--listen", "localhost:80", agent=lab.address)

    assert (ended.status, ended.stdout) == (1, "")
    assert "'localhost' is not an address literal, which a listen needs" in ended.stderr


async def test_info_says_where_sockets_may_listen_and_what_may_be_resolved(lab: RunningAgent) -> None:
    shown = await run_on_terminal("agent", "info", agent=lab.address)

    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "they may listen on 127.0.0.1/32" in rows
    assert "it may resolve localhost, 10.0.0.0/8" in rows
