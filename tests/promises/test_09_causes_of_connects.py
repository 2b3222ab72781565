"""A connect, a bind or a creation that fails says who caused it: the peer, the host, policy, a deadline, a cancel."""

import contextlib
import resource
import socket as sockets
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.ports import unused_port
from tests.promises.causes import because, cause_of
from tests.promises.owners import Listen, Open, Owner, connect_to, refused

from telesock.server.engine.resolver import Resolver
from telesock.v1 import types_pb2 as t
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sockets_pb2 import (
    BindRequest,
    CloseRequest,
    CreateSocketRequest,
)


async def connect(owner: Owner, host: str, port: int, end: str = "", **fields: Any) -> Completion:
    """Connect, end it in some way, and return the completion."""
    request = connect_to(host, port, **fields)
    if end == "timeout":
        request.timeout.FromMilliseconds(1)
    operation = await owner.start(request)
    if end == "cancel":
        await owner.cancel(operation)
    elif end == "close":
        await owner.start(CloseRequest(socket_id=operation.socket_id))
    return await owner.finish(operation)


async def test_a_connect_to_where_nobody_listens_was_refused_by_the_peer(owner: Owner) -> None:
    completion = await connect(owner, "127.0.0.1", unused_port())

    refusal = because(t.STATUS_CONNECTION_REFUSED, t.ORIGIN_PEER, t.PHASE_CONNECT, "ECONNREFUSED")
    assert cause_of(completion) == refusal
    assert [cause_of(attempt) for attempt in completion.connect.attempts] == [refusal]


ENDED = {
    "timeout": (t.STATUS_IO_TIMEOUT, t.ORIGIN_DEADLINE),
    "cancel": (t.STATUS_CANCELLED, t.ORIGIN_CANCEL),
    "close": (t.STATUS_CANCELLED, t.ORIGIN_CANCEL),
}


@pytest.mark.parametrize("end", ENDED)
async def test_a_connect_that_nobody_answers_is_told_who_ended_it(
    end: str, owner: Owner, unanswered: int
) -> None:
    completion = await connect(owner, "127.0.0.1", unanswered, end)

    assert cause_of(completion) == because(*ENDED[end], t.PHASE_CONNECT)


@pytest.mark.parametrize("end", ENDED)
async def test_a_name_that_is_not_resolved_in_time_is_told_who_ended_it(
    end: str, agent: RunningAgent, owner: Owner
) -> None:
    agent.engine.resolver = Resolver(agent.engine.loop, threads=0)

    completion = await connect(owner, "localhost", 1, end)

    assert cause_of(completion) == because(*ENDED[end], t.PHASE_RESOLVE)


async def test_a_name_that_cannot_be_resolved_is_told_as_such(owner: Owner) -> None:
    completion = await connect(owner, "x" * 64 + ".test", 1)  # a label has at most 63, RFC 1035

    assert cause_of(completion) == because(t.STATUS_NO_MATCH, t.ORIGIN_PEER, t.PHASE_RESOLVE)


async def test_where_policy_lets_nobody_go_is_refused_or_told_as_the_policys_doing(
    start_agent: Any, open_owner: Open
) -> None:
    agent = await start_agent(allow=["127.0.0.1:1", "::1:1"])
    owner = await open_owner(agent.address)

    with refused("DESTINATION_NOT_ALLOWED", grpc.StatusCode.PERMISSION_DENIED):
        await connect(owner, "127.0.0.1", 2)
    completion = await connect(owner, "localhost", 2)

    denied = because(t.STATUS_ACCESS_DENIED, t.ORIGIN_POLICY, t.PHASE_CONNECT)
    assert cause_of(completion) == denied
    assert {cause_of(attempt) for attempt in completion.connect.attempts} == {denied}


async def test_where_no_route_leads_is_told_with_the_name_of_the_error(
    start_agent: Any, open_owner: Open
) -> None:
    agent = await start_agent(allow=["224.0.0.1"])  # TCP goes to no multicast address, see tcp(7)

    completion = await connect(await open_owner(agent.address), "224.0.0.1", 1)

    expected = because(t.STATUS_NETWORK_UNREACHABLE, t.ORIGIN_PEER, t.PHASE_CONNECT, "ENETUNREACH")
    assert cause_of(completion) == expected


@pytest.mark.parametrize("by", ["bind", "connect"])
@pytest.mark.parametrize("which", ["in use", "not of this host"])
async def test_a_local_address_that_cannot_be_had_is_told_as_the_local_hosts_doing(
    by: str, which: str, owner: Owner, peer: Listen
) -> None:
    listener = peer()
    taken = ("127.0.0.1", listener.port) if which == "in use" else ("192.0.2.1", 0)
    local = t.Endpoint(host=taken[0], port=taken[1])
    created = await owner.start(CreateSocketRequest())

    if by == "bind":
        completion = await owner.run(BindRequest(socket_id=created.socket_id, local=local))
    else:
        completion = await connect(owner, listener.host, listener.port, local=local)

    expected = {
        "in use": (t.STATUS_ADDRESS_ALREADY_EXISTS, "EADDRINUSE"),
        "not of this host": (t.STATUS_INVALID_PARAMETER, "EADDRNOTAVAIL"),
    }[which]
    assert cause_of(completion) == because(expected[0], t.ORIGIN_LOCAL_HOST, t.PHASE_BIND, expected[1])


@contextlib.contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with sockets.socket() as highest:
        lowest_free = highest.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_host_without_descriptors_is_told_as_such(owner: Owner, peer: Listen) -> None:
    listener = peer()
    await owner.view()  # the channel has its descriptors

    with no_descriptor_left():
        created = await owner.run(CreateSocketRequest())
        connected = await connect(owner, listener.host, listener.port)

    expected = because(t.STATUS_INSUFFICIENT_RESOURCES, t.ORIGIN_LOCAL_HOST, t.PHASE_BIND, "EMFILE")
    assert [cause_of(created), cause_of(connected)] == [expected, expected]
