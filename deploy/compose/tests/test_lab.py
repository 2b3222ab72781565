"""Three agents and a real Redis: what one of them does, what the others and the server see of it."""

from collections.abc import Mapping
from uuid import uuid4

import pytest
from redis_by_agent import Redis, command, connect
from server_log import ServerLog

from telesock.client import ConnectionReset, OperationTimedOut, Reset, Stall
from telesock.client.lab import AsyncLab

PORT = 7000


@pytest.fixture
def key() -> str:
    """A name that the server does not know yet."""
    return f"lab-{uuid4().hex}"


async def until_counted(redis: Redis, key: str, count: str) -> None:
    while await redis.ask("GET", key) != count:
        pass


async def test_what_one_agent_writes_another_one_reads(server: Mapping[str, Redis], key: str) -> None:
    assert await server["a"].ask("SET", key, "written-by-a") == "OK"
    assert await server["b"].ask("GET", key) == "written-by-a"


async def test_the_server_sees_every_agent_at_its_own_address(
    lab: AsyncLab, server: Mapping[str, Redis]
) -> None:
    clients = await server["c"].ask("CLIENT", "LIST")

    assert [name for name in lab.agents if f" addr={server[name].address} " in clients] == ["a", "b", "c"]
    assert {name: server[name].address.partition(":")[0] for name in server} == {
        agent.name: agent.addresses[0] for agent in lab
    }


async def test_a_stall_on_one_agent_keeps_its_answer_back_and_no_other(
    server: Mapping[str, Redis], key: str
) -> None:
    stalled = server["a"].connection
    async with stalled.fault(Stall(), direction="receive"):
        await stalled.send(command("INCR", key))
        answer = stalled.receive(100)
        await until_counted(server["b"], key, "1")  # so the server has heard it, and answered
        assert await server["c"].ask("PING") == "PONG"
        assert not answer.done()

    assert await answer == b":1\r\n"


async def test_a_fault_that_resets_is_told_as_one_and_hurts_one_agent(
    server: Mapping[str, Redis], server_log: ServerLog
) -> None:
    async with server["b"].connection.fault(Reset("next_operation")):
        with pytest.raises(ConnectionReset) as refused:
            await server["b"].connection.send(command("PING"))

    assert refused.value.injected
    await server_log.line_with("Reading from client", "Connection reset by peer")
    assert [await server[name].ask("PING") for name in ("a", "c")] == ["PONG", "PONG"]


async def test_agents_cut_from_each_other_both_reach_the_server_and_lose_no_byte(
    lab: AsyncLab, server: Mapping[str, Redis]
) -> None:
    there = lab["b"].addresses[0]
    async with await lab["b"].session.listen(there, PORT) as listener:
        sending = await lab["a"].session.connect(there, PORT)
        receiving = await listener.accept()
        async with lab.partition(lab.select("role=writer"), lab.group("b")):
            sent, received = sending.send(b"cut off"), receiving.receive(100)
            with pytest.raises(OperationTimedOut):
                await lab["a"].session.connect(there, PORT, timeout=0.2)
            passes = await lab["c"].session.connect(there, PORT)
            answers = await lab.all.each(lambda agent: server[agent.name].ask("PING"))
            assert answers == {"a": "PONG", "b": "PONG", "c": "PONG"}
            assert (sent.done(), received.done()) == (False, False)
            await passes.close()

        await sent
        assert await received == b"cut off"


async def test_the_server_tells_a_graceful_end_from_a_reset(lab: AsyncLab, server_log: ServerLog) -> None:
    leaving, breaking = await connect(lab["a"]), await connect(lab["b"])

    await leaving.connection.disconnect()
    await server_log.line_with("Client closed connection", f" addr={leaving.address} ")

    await breaking.connection.abort()
    await server_log.line_with("Reading from client", "Connection reset by peer")


async def test_an_agent_that_the_server_throws_out_is_told_of_a_graceful_end(
    server: Mapping[str, Redis],
) -> None:
    thrown_out = server["c"]

    assert await server["a"].ask("CLIENT", "KILL", "ADDR", thrown_out.address) == "1"

    assert await thrown_out.connection.receive(100) == b""
