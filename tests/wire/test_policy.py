"""Where sockets may go, with a real agent: refused over gRPC, told in the session's story, written to the agent's log."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.agents import AgentProcess
from tests.peers import Peer
from tests.wire.caller import Place
from tests.wire.conftest import StartCaller
from tests.wire.refusals import refusal, refused
from tests.wire.story import Event

from telesock.v1 import types_pb2

StartProcess = Callable[..., Awaitable[AgentProcess]]
METADATA = Place("169.254.169.254", 80)
NO_DESTINATION = ("PERMISSION_DENIED", "DESTINATION_NOT_ALLOWED")
NO_LISTEN = ("PERMISSION_DENIED", "LISTEN_NOT_ALLOWED")
NO_NAME = ("PERMISSION_DENIED", "NAME_NOT_ALLOWED")


def denials(events: list[Event]) -> list[tuple[int, str, str, int]]:
    return [
        (
            event.socket_id,
            types_pb2.PolicyAction.Name(event.policy_denied.action).removeprefix("POLICY_ACTION_"),
            event.policy_denied.host,
            event.policy_denied.port,
        )
        for event in events
        if event.HasField("policy_denied")
    ]


async def logged(agent: AgentProcess) -> list[dict[str, Any]]:
    """Let the agent stop, and return what its log says of denials."""
    agent.terminate()
    assert await agent.exited() == 0
    while not any('"agent_stopped"' in line for line in agent.log):  # noqa: ASYNC110 - no line is announced
        await asyncio.sleep(0)
    return [entry for entry in map(json.loads, agent.log) if entry["event"].startswith("policy_denied")]


async def test_whatever_is_denied_is_refused_told_and_logged(
    start_agent_process: StartProcess, start_caller: StartCaller, peer: Callable[..., Peer]
) -> None:
    agent = await start_agent_process("--allow", "0.0.0.0/0", "--allow-listen", "127.0.0.1")
    caller = await start_caller(agent)
    listener, _ = await caller.listening()
    near, _ = await caller.datagram()
    made = await caller.made(types_pb2.SOCKET_CATEGORY_LISTENING)
    _, far = await caller.meet(peer())

    assert await refused(caller.connect(METADATA)) == NO_DESTINATION
    assert await refused(caller.connect(Place("secret.example", 80))) == NO_NAME
    assert await refused(caller.relay(listener, METADATA)) == NO_DESTINATION
    assert await refused(caller.send_to(near, b"x", to=METADATA)) == NO_DESTINATION
    assert await refused(caller.set_option(near, fixed_remote=METADATA._asdict())) == NO_DESTINATION
    assert await refused(caller.bind(made, "0.0.0.0", 9000)) == NO_LISTEN
    assert await refused(caller.resolve("secret.example")) == NO_NAME
    far.close()

    expected = [
        (0, "CONNECT", METADATA.host, 80),
        (0, "RESOLVE", "secret.example", 0),
        (listener, "CONNECT", METADATA.host, 80),
        (near, "SEND_TO", METADATA.host, 80),
        (near, "SEND_TO", METADATA.host, 80),
        (made, "LISTEN", "0.0.0.0", 9000),
        (0, "RESOLVE", "secret.example", 0),
    ]
    assert denials(await caller.events()) == expected
    lines = await logged(agent)
    assert {(line["level"], line["event"]) for line in lines} == {("warning", "policy_denied")}
    assert {(line["identity"], line["session_id"]) for line in lines} == {("", caller.session_id)}
    assert [(line["action"], line["host"], line["port"]) for line in lines] == [each[1:] for each in expected]
    assert not any(caller.metadata[0][1] in line for line in agent.log)


async def test_a_flood_of_denials_does_not_flood_the_log(
    start_agent_process: StartProcess, start_caller: StartCaller
) -> None:
    agent = await start_agent_process()
    caller = await start_caller(agent)

    for _ in range(50):
        assert await refused(caller.connect(METADATA)) == NO_DESTINATION

    counted = [line.get("count", 1) for line in await logged(agent)]
    assert sum(counted) == 50
    assert len(counted) < 50


async def test_an_agent_of_its_own_accord_lets_sockets_listen_on_loopback_alone(
    start_agent_process: StartProcess, start_caller: StartCaller
) -> None:
    agent = await start_agent_process()
    caller = await start_caller(agent)
    made = await caller.made(types_pb2.SOCKET_CATEGORY_LISTENING)

    denied = await refusal(caller.bind(made, ""))
    allowed = await caller.wait(await caller.bind(made, "127.0.0.1"))

    assert (denied.code, denied.reason) == NO_LISTEN
    assert denied.facts["host"] == "0.0.0.0"
    assert allowed.status == types_pb2.STATUS_SUCCESS


async def test_a_denied_link_of_a_chain_completes_as_policy_has_it(
    start_agent_process: StartProcess, start_caller: StartCaller
) -> None:
    agent = await start_agent_process()
    caller = await start_caller(agent)
    listening = {"category": types_pb2.SOCKET_CATEGORY_LISTENING}

    chain, *_ = await caller.chain(
        {"create_socket": {"spec": listening, "socket_id": 1}},
        {"bind": {"socket_id": 1, "local": {"host": "0.0.0.0"}}},
    )
    completion = await caller.wait(chain)

    assert completion.status == types_pb2.STATUS_ACCESS_DENIED
    assert completion.cause.origin == types_pb2.ORIGIN_POLICY
    assert denials(await caller.events()) == [(1, "LISTEN", "0.0.0.0", 0)]
