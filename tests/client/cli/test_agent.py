"""`telesock agent`: facts about an agent, its health, and the request to stop."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.agents import AgentProcess, RunningAgent
from tests.ports import unused_port
from tests.programs import Ended, run_on_terminal
from tests.strangers import silent, tcp_server, web_server

from telesock.v1 import agent_pb2

Telesock = Callable[..., Awaitable[Ended]]
StartAgentProcess = Callable[..., Awaitable[AgentProcess]]


async def test_info_is_json_on_a_pipe(telesock: Telesock, agent: RunningAgent) -> None:
    ended = await telesock("agent", "info", agent=agent.address)

    assert (ended.status, ended.stderr) == (0, "")
    facts = json.loads(ended.stdout)
    assert facts.keys() == {field.name for field in agent_pb2.Agent.DESCRIPTOR.fields}
    assert facts["boot_id"] == agent.engine.boot_id
    assert facts["allowed_destinations"] == ["127.0.0.0/8", "::1/128"]
    assert facts["limits"]["default_lease"] == "30s"


async def test_info_is_a_table_on_a_terminal(agent: RunningAgent) -> None:
    shown = await run_on_terminal("agent", "info", agent=agent.address)

    rows = [line.split() for line in shown.splitlines()]
    assert ["boot", "id", agent.engine.boot_id] in rows
    assert ["sessions", "0", "of", "at", "most", "256"] in rows
    assert ["pending_send_bytes", "8", "MiB"] in rows
    assert max(map(len, shown.splitlines())) <= 80


async def test_info_is_json_on_a_terminal_when_asked_for(agent: RunningAgent) -> None:
    shown = await run_on_terminal("agent", "info", "--json", agent=agent.address)

    assert json.loads(shown)["agent_id"] == "test-agent"


async def test_an_agent_on_a_unix_socket_answers_as_any_other(
    telesock: Telesock, start_agent: Callable[..., Awaitable[RunningAgent]], tmp_path: Path
) -> None:
    running = await start_agent(address=f"unix:{tmp_path}/agent.sock")

    ended = await telesock("agent", "info", "--agent", running.address)

    assert json.loads(ended.stdout)["boot_id"] == running.engine.boot_id


async def test_health_is_0_while_the_agent_serves(telesock: Telesock, agent: RunningAgent) -> None:
    assert await telesock("agent", "health", agent=agent.address) == Ended(0, "SERVING\n", "")


async def test_health_is_1_when_no_agent_answers(telesock: Telesock) -> None:
    address = f"127.0.0.1:{unused_port()}"

    ended = await telesock("agent", "health", agent=address)

    assert ended == Ended(
        1,
        "",
        f"telesock: no answer from an agent at {address}: Connection refused; start one with `telesock-agent`, "
        "or name another with --agent or TELESOCK_AGENT\n",
    )


async def test_health_is_1_when_the_agent_stands_still(
    telesock: Telesock, start_agent_process: StartAgentProcess
) -> None:
    process = await start_agent_process()
    process.pause()

    ended = await telesock("agent", "health", agent=process.address)

    process.resume()
    assert ended.status == 1
    assert ended.stderr == (
        f"telesock: no answer from an agent at {process.address}: the time for an answer is over: it hangs, cannot "
        "be reached, or is no Telesock agent; start one with `telesock-agent`, or name another with --agent or "
        "TELESOCK_AGENT\n"
    )


async def test_an_address_of_something_else_is_one_line_that_says_what_it_is(telesock: Telesock) -> None:
    async with web_server() as address:
        ended = await telesock("agent", "info", agent=address)

    assert ended == Ended(
        1,
        "",
        f"telesock: {address} answers, but not as a Telesock agent: it speaks HTTP/1, as a web server does; start one "
        "with `telesock-agent`, or name another with --agent or TELESOCK_AGENT\n",
    )


async def test_what_says_nothing_is_told_before_the_time_for_an_answer_is_over(telesock: Telesock) -> None:
    async with tcp_server(silent) as address:
        single, session = await asyncio.gather(
            telesock("agent", "info", agent=address), telesock("connect", "127.0.0.1:1", agent=address)
        )

    line = (
        f"telesock: no answer from an agent at {address}: it takes the connection and says nothing: it is no Telesock "
        "agent, or one that hangs; start one with `telesock-agent`, or name another with --agent or TELESOCK_AGENT\n"
    )
    assert (single, session) == (Ended(1, "", line), Ended(1, "", line))


async def test_drain_ends_the_agent(telesock: Telesock, start_agent_process: StartAgentProcess) -> None:
    process = await start_agent_process()

    ended = await telesock("agent", "drain", "--grace", "1500ms", agent=process.address)

    assert ended == Ended(
        0, "", f"telesock: the agent at {process.address} drains; pending operations have 1.5 s\n"
    )
    assert await process.exited() == 0


async def test_a_grace_time_that_the_agent_refuses_is_told_in_its_words(
    telesock: Telesock, agent: RunningAgent
) -> None:
    ended = await telesock("agent", "drain", "--grace", "2h", agent=agent.address)

    assert ended == Ended(1, "", "telesock: grace_period: 7200 s is not between 0 and 3600 s\n")
