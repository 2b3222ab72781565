"""The server of an agent: where it listens, and the standard services beside its own."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.agents import RunningAgent
from tests.promises.owners import Listen, Open, Owner

from telesock.server.service.server import CannotListen
from telesock.server.service.services import SERVICES
from telesock.v1 import agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2
from telesock.v1.agent_pb2 import GetAgentRequest

Start = Callable[..., Awaitable[RunningAgent]]
MODULES = (agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2)
STANDARD = ["grpc.channelz.v1.Channelz", "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"]


# Where it listens


async def test_a_port_of_the_hosts_choice_is_told(start_agent: Start, open_owner: Open) -> None:
    host, _, port = (await start_agent(address="127.0.0.1:0")).address.rpartition(":")

    assert host == "127.0.0.1"
    assert (await open_owner(f"{host}:{port}")).session_id


async def test_an_ipv6_address_is_told_as_it_was_given(start_agent: Start, open_owner: Open) -> None:
    address = (await start_agent(address="[::1]:0")).address

    assert address.startswith("[::1]:")
    assert (await open_owner(address)).session_id


async def test_a_unix_socket_serves_as_a_port_does(
    start_agent: Start, open_owner: Open, peer: Listen, tmp_path: Path
) -> None:
    address = f"unix:{tmp_path}/agent"

    assert (await start_agent(address=address)).address == address
    owner = await open_owner(address)
    await owner.connect(peer())


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("192.0.2.1:0", "it is in use, or not an address of this host"),
        ("127.0.0.1:port", "it is in use, or not an address of this host"),
        ("unix:/no/such/folder/a", "it is in use, or its folder is not there, or closed to this user"),
        ("unix:/no/" + "a" * 103, "it is in use, or its folder is not there, or closed to this user"),
        ("unix:/no/" + "a" * 104, "its path has more than 107 bytes"),
    ],
)
async def test_an_address_that_cannot_be_had_is_told_in_one_line(
    start_agent: Start, address: str, why: str
) -> None:
    with pytest.raises(CannotListen) as caught:
        await start_agent(address=address)

    assert str(caught.value) == f"cannot listen on {address}: {why}"


async def test_two_agents_never_share_a_port(agent: RunningAgent, start_agent: Start) -> None:
    with pytest.raises(CannotListen, match="it is in use"):
        await start_agent(address=agent.address)


# The standard services


async def test_an_agent_that_serves_is_healthy_as_a_whole_and_in_each_service(owner: Owner) -> None:
    health: Any = health_pb2_grpc.HealthStub(owner.channel)

    for service in ("", *SERVICES):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health.Check(health_pb2.HealthCheckRequest(service="telesock.v1.Nothing"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_an_agent_that_drains_is_healthy_no_longer_and_says_so_to_whoever_watches(
    agent: RunningAgent, owner: Owner
) -> None:
    health: Any = health_pb2_grpc.HealthStub(owner.channel)
    watch = health.Watch(health_pb2.HealthCheckRequest(service=SERVICES[0]))
    told = [(await watch.read()).status]

    agent.server.ask_to_drain(0.0)
    draining = asyncio.create_task(agent.server.serve_until_drained())
    told.append((await watch.read()).status)
    watch.cancel()
    await draining

    assert told == [health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING]


async def reflect(owner: Owner, **question: Any) -> Any:
    """Ask the reflection service one thing."""
    channel: Any = owner.channel  # the stubs of the types know no asyncio
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    call = stub.ServerReflectionInfo()
    await call.write(reflection_pb2.ServerReflectionRequest(**question))
    await call.done_writing()
    return await call.read()


async def test_reflection_lists_every_service_of_the_contract_and_the_standard_ones(owner: Owner) -> None:
    listed = (await reflect(owner, list_services="")).list_services_response.service

    own = [service.full_name for each in MODULES for service in each.DESCRIPTOR.services_by_name.values()]
    assert sorted(service.name for service in listed) == sorted([*own, *STANDARD])


@pytest.mark.parametrize("service", [*SERVICES, *STANDARD])
async def test_reflection_knows_the_file_of_every_service(service: str, owner: Owner) -> None:
    answer = await reflect(owner, file_containing_symbol=service)

    assert answer.WhichOneof("message_response") == "file_descriptor_response"


async def test_channelz_tells_of_the_server(owner: Owner) -> None:
    channel: Any = owner.channel  # the stubs of the types know no asyncio
    stub = channelz_pb2_grpc.ChannelzStub(channel)

    servers = (await stub.GetServers(channelz_pb2.GetServersRequest())).server

    assert sum(server.data.calls_started for server in servers) > 0


@pytest.mark.parametrize("service", SERVICES)
async def test_every_method_of_the_contract_is_served(service: str, owner: Owner) -> None:
    known = {each.full_name: each for m in MODULES for each in m.DESCRIPTOR.services_by_name.values()}

    for method in known[service].methods:
        call: Any = owner.channel.stream_stream(f"/{service}/{method.name}")(metadata=owner.metadata)
        await call.write(b"\xff")  # no message: whoever serves the method cannot read it
        await call.done_writing()
        assert await call.code() is not grpc.StatusCode.UNIMPLEMENTED


async def test_stopping_twice_is_as_good_as_once(agent: RunningAgent, owner: Owner) -> None:
    await owner.ask(GetAgentRequest())

    await agent.stop()
    await agent.stop()

    assert len(agent.engine.sessions) == 0
