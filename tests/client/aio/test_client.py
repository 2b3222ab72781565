import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.peers import Peer
from tests.ports import unused_port

from telesock.client import (
    AgentUnavailable,
    AsyncClient,
    AsyncSession,
    OperationKind,
    Rejected,
    SessionClosed,
)
from telesock.v1.events_pb2 import Event
from telesock.v1.operations_pb2 import DisconnectResult
from telesock.v1.types_pb2 import Endpoint

PROGRAM = Path(__file__).with_name("ending_program.py")

Listen = Callable[..., Peer]
StartProcess = Callable[..., Awaitable[AgentProcess]]


async def test_a_program_reads_as_the_design_promises(client: AsyncClient, peer: Listen) -> None:
    listener = peer()
    async with client.session() as session:
        connecting = session.connect(listener.host, listener.port)
        connection = await connecting
        far = await listener.accepted()
        await connection.send(b"hello")
        await far.until_received(b"hello")
        far.send(b"welcome")
        reply = await connection.receive(65536)
        done = await connection.disconnect(final_data=b"bye")
        await far.until_end()
        await connection.close()
        events = session.events(start_after=0)
        story = [await anext(events) for _ in range(5)]

    assert reply == b"welcome"
    assert (type(done), done.final_bytes, done.unacknowledged_bytes) == (DisconnectResult, 3, 0)
    assert (bytes(far.received), far.saw_fin, far.error) == (b"hellobye", True, 0)
    assert [(each.sequence, int(each.completion.kind)) for each in story if isinstance(each, Event)] == [
        (1, OperationKind.CONNECT),
        (2, OperationKind.SEND),
        (3, OperationKind.RECEIVE),
        (4, OperationKind.DISCONNECT),
        (5, OperationKind.CLOSE),
    ]


async def test_an_operation_is_there_before_anything_was_waited_for(
    session: AsyncSession, peer: Listen
) -> None:
    listener = peer()

    operation = session.connect(listener.host, listener.port)

    assert (operation.done(), operation.completion, operation.operation_id) == (False, None, 1)
    socket = await operation
    assert socket.remote == Endpoint(host=listener.host, port=listener.port)
    assert operation.done()


async def test_an_agent_that_is_not_there_is_unavailable_as_a_connection_error() -> None:
    port = unused_port()
    async with AsyncClient(f"127.0.0.1:{port}") as client:
        with pytest.raises(AgentUnavailable) as raised:
            async with client.session():
                pytest.fail("there is no agent")
        with pytest.raises(ConnectionError):
            await client.get_agent()

    assert str(raised.value).startswith(f"no answer from an agent at 127.0.0.1:{port}: ")
    assert "\n" not in str(raised.value)


async def test_a_client_that_is_closed_says_so() -> None:
    async with AsyncClient("127.0.0.1:1") as client:
        pass

    with pytest.raises(AgentUnavailable, match=r"^the client of 127\.0\.0\.1:1 is closed$"):
        await client.get_agent()


async def test_a_client_that_was_not_entered_says_how() -> None:
    with pytest.raises(RuntimeError, match=r"^a client has to be entered: (async )?with \w*Client\(target\)"):
        AsyncClient("127.0.0.1:1").session()


async def test_a_session_that_may_not_be_is_rejected_with_the_reason(client: AsyncClient) -> None:
    with pytest.raises(Rejected) as raised:
        async with client.session(lease=0.5):
            pytest.fail("half a second is too short")

    assert (raised.value.reason, raised.value.code.name) == ("MALFORMED", "INVALID_ARGUMENT")
    assert raised.value.metadata["field"] == "lease_duration"


async def test_the_agent_tells_of_itself(client: AsyncClient, agent: RunningAgent) -> None:
    found = await client.get_agent()
    clock = await client.sample_clock()

    assert (found.agent_id, found.boot_id) == ("test-agent", agent.engine.boot_id)
    assert clock.boot_id == agent.engine.boot_id
    assert 0 < clock.monotonic_ns <= time.monotonic_ns()  # the agent runs in this process


async def test_sessions_are_listed_without_their_tokens(client: AsyncClient) -> None:
    async with client.session(label="one"), client.session(label="two", lease=60):
        found = await client.list_sessions()

    assert [(each.label, each.lease_duration.seconds) for each in found] == [("one", 30), ("two", 60)]
    assert await client.list_sessions() == []


async def test_the_same_request_id_opens_the_same_session(client: AsyncClient) -> None:
    async with (
        client.session(request_id="once") as first,
        client.session(request_id="once") as second,
    ):
        assert first.session_id == second.session_id
        assert first.session_token == second.session_token


async def test_a_drained_agent_ends_its_sessions_and_exits(start_agent_process: StartProcess) -> None:
    process = await start_agent_process()
    async with AsyncClient(process.address) as client:
        assert await client.drain(grace=0) == 0.0
        assert await process.exited() == 0


async def test_leaving_with_operations_pending_leaves_no_task_and_no_socket(
    start_agent_process: StartProcess, peer: Listen
) -> None:
    process = await start_agent_process()
    listener = peer()
    async with AsyncClient(process.address) as observer:
        await observer.get_agent()
        before = asyncio.all_tasks()
        async with AsyncClient(process.address) as client, client.session() as session:
            sockets = [await session.connect(listener.host, listener.port) for _ in range(3)]
            pending = [socket.receive(10) for socket in sockets]
            awaiting = asyncio.create_task(_outcome(pending[1]))

        assert [await _outcome(operation) for operation in pending] == [SessionClosed] * 3
        assert await awaiting is SessionClosed
        assert asyncio.all_tasks() - before == set()
        assert (await observer.get_agent()).sockets == 0
        for connection in listener.connections:
            await connection.until_end()


@pytest.mark.parametrize("end", ["leave", "exit", "forget", "abandon"])
async def test_a_program_that_ends_in_the_middle_prints_nothing(
    start_agent_process: StartProcess, end: str
) -> None:
    process = await start_agent_process()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-W", "error", PROGRAM, process.address, end),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await program.communicate()

    assert (output.decode(), program.returncode) == ("", 0)


async def test_closing_the_client_closes_the_sessions_that_nobody_left(
    agent: RunningAgent, peer: Listen
) -> None:
    listener = peer()
    client = AsyncClient(agent.address)
    await client.__aenter__()
    session = await client.session().__aenter__()
    socket = await session.connect(listener.host, listener.port)
    pending = socket.receive(10)

    await client.close()

    assert await _outcome(pending) is SessionClosed
    assert (len(agent.engine.sessions), agent.engine.sockets) == (0, 0)


async def _outcome(operation: Awaitable[object]) -> object:
    try:
        return await operation
    except Exception as error:
        return type(error)


async def test_channel_arguments_of_the_program_go_before_those_of_the_client(agent: RunningAgent) -> None:
    async with AsyncClient(agent.address, options=[("grpc.max_send_message_length", 1)]) as client:
        with pytest.raises(Rejected) as raised:
            await client.session(label="more than a byte").__aenter__()

    assert raised.value.reason == "RESOURCE_EXHAUSTED"


async def test_an_agent_is_reached_without_the_proxies_that_the_host_has_for_others(
    agent: RunningAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):  # those that gRPC looks at
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    async with AsyncClient(agent.address) as client:
        assert (await client.get_agent()).agent_id == "test-agent"
