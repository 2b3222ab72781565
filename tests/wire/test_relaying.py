"""Relaying over gRPC: what is asked, what is told of each client, and that nothing is left of it."""

import errno
import random
from collections.abc import Callable

from tests.agents import RunningAgent
from tests.peers import Peer
from tests.ports import unused_port
from tests.wire.caller import Caller, Place
from tests.wire.conftest import Dial, StartCaller
from tests.wire.refusals import refusal, refused
from tests.wire.story import Event, cause_of, status_of
from tests.wire.test_leaks import growth, holdings

from telesock.v1 import events_pb2, operations_pb2, sockets_pb2, types_pb2

MIB = 1 << 20
WRONG_STATE = ("FAILED_PRECONDITION", "WRONG_STATE")
AGENTS_OWN = 2**63


async def connected(caller: Caller, count: int = 1) -> list[events_pb2.RelayConnected]:
    """Wait until so many clients were told of."""
    return [event.relay_connected for event in await found(caller, "relay_connected", count)]


async def ended(caller: Caller, count: int = 1) -> list[events_pb2.RelayEnded]:
    """Wait until so many relayed connections have ended."""
    return [event.relay_ended for event in await found(caller, "relay_ended", count)]


async def found(caller: Caller, body: str, count: int) -> list[Event]:
    events: list[Event] = []

    def is_last(event: Event) -> bool:
        if event.WhichOneof("body") == body:
            events.append(event)
        return len(events) == count

    await caller.until(is_last)
    return events


async def test_a_program_that_is_not_ours_talks_to_a_server_through_a_relay(
    caller: Caller, peer: Callable[..., Peer], dial: Dial
) -> None:
    listener, place = await caller.listening()
    upstream = peer()
    relaying = await caller.relay(listener, upstream)
    assert (relaying.kind, relaying.socket_id) == (operations_pb2.OPERATION_KIND_RELAY, listener)
    client = await dial(place)
    server = await upstream.accepted()
    there, back = random.Random(1).randbytes(MIB), random.Random(2).randbytes(MIB)

    client.send(there)
    await server.until_received(there)
    client.finish()
    await server.until_end()
    server.send(back)
    server.finish()
    await client.until_received(back)
    await client.until_end()

    [event] = await found(caller, "relay_ended", 1)
    [told] = await connected(caller)
    assert (server.saw_fin, client.saw_fin, event.socket_id, event.operation_id) == (True, True, listener, 0)
    assert event.relay_ended == events_pb2.RelayEnded(
        downstream_socket_id=AGENTS_OWN,
        upstream_socket_id=AGENTS_OWN + 1,
        bytes_to_upstream=MIB,
        bytes_to_client=MIB,
    )
    assert told == events_pb2.RelayConnected(
        downstream_socket_id=AGENTS_OWN,
        upstream_socket_id=AGENTS_OWN + 1,
        client={"host": client.local[0], "port": client.local[1]},
        upstream={"host": server.local[0], "port": server.local[1]},
    )
    assert await caller.list_sockets() == [listener]


async def test_the_sockets_of_a_relay_are_sockets_of_the_session(
    caller: Caller, peer: Callable[..., Peer], dial: Dial
) -> None:
    listener, place = await caller.listening()
    await caller.relay(listener, peer())
    await dial(place)
    [told] = await connected(caller)
    pair = [told.downstream_socket_id, told.upstream_socket_id]

    assert await caller.list_sockets() == [listener, *pair]
    assert [await caller.state(socket) for socket in pair] == ["RELAYING", "RELAYING"]
    assert await refused(caller.send(pair[0], b"data")) == WRONG_STATE
    assert await caller.status(await caller.get_options(pair[1])) == "SUCCESS"


async def test_cancelling_a_relay_sums_it_up(caller: Caller, peer: Callable[..., Peer], dial: Dial) -> None:
    listener, place = await caller.listening()
    upstream = peer()
    relaying = await caller.relay(listener, upstream)
    client = await dial(place)
    server = await upstream.accepted()
    client.send(b"question")
    await server.until_received(b"question")
    server.send(b"no")
    await client.until_received(b"no")

    assert await caller.cancel(relaying) == "CANCELLED"
    await client.until_end()
    await server.until_end()

    completion = await caller.wait(relaying)
    assert (status_of(completion), completion.transferred_bytes) == ("CANCELLED", 10)
    assert completion.relay == operations_pb2.RelayResult(
        connections=1, failures=0, bytes_to_upstream=8, bytes_to_client=2
    )
    assert (client.error, server.error) == (errno.ECONNRESET, errno.ECONNRESET)
    [event] = await ended(caller)
    assert event.status == types_pb2.STATUS_CANCELLED


async def test_closing_a_listener_ends_its_relay(
    caller: Caller, peer: Callable[..., Peer], dial: Dial
) -> None:
    listener, place = await caller.listening()
    relaying = await caller.relay(listener, peer())
    client = await dial(place)
    await connected(caller)

    assert await caller.status(await caller.close(listener)) == "SUCCESS"
    await client.until_end()

    completion = await caller.wait(relaying)
    assert (status_of(completion), cause_of(completion)) == ("CANCELLED", ("CANCEL", "CONNECT", ""))
    assert (client.saw_reset, await caller.list_sockets()) == (True, [])


async def test_a_client_without_an_upstream_is_reset_and_told_of_with_the_reason(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    relaying = await caller.relay(listener, Place("no such name", 80), connect_timeout=5.0)

    client = await dial(place)
    await client.until_end()

    [told] = await connected(caller)
    assert (client.saw_reset, told.upstream_socket_id, told.HasField("upstream")) == (True, 0, False)
    assert (told.status, told.cause.phase) == (types_pb2.STATUS_NO_MATCH, types_pb2.PHASE_RESOLVE)
    assert await caller.pending(relaying)


async def test_a_relay_can_be_a_link_of_a_chain(
    caller: Caller, peer: Callable[..., Peer], dial: Dial
) -> None:
    listener, place = await caller.listening()
    upstream = peer()
    command = {"relay": {"socket_id": listener, "upstream": {"host": upstream.host, "port": upstream.port}}}
    _, relaying = await caller.chain(command)
    client = await dial(place)
    client.send(b"hello")

    await (await upstream.accepted()).until_received(b"hello")

    assert await caller.cancel(relaying) == "CANCELLED"


async def test_what_cannot_be_relayed_is_refused(caller: Caller, peer: Callable[..., Peer]) -> None:
    listener, _ = await caller.listening()
    upstream = peer()

    no_port = await refusal(caller.relay(listener, Place("127.0.0.1", 0)))
    assert (no_port.code, no_port.facts["field"]) == ("INVALID_ARGUMENT", "upstream.port")
    no_time = await refusal(caller.relay(listener, upstream, connect_timeout=0.0))
    assert no_time.facts["field"] == "connect_timeout"
    denied = await refused(caller.relay(listener, Place("10.0.0.1", 80)))
    assert denied == ("PERMISSION_DENIED", "DESTINATION_NOT_ALLOWED")
    accepting = await caller.accept(listener)
    assert await refused(caller.relay(listener, upstream)) == WRONG_STATE
    await caller.cancel(accepting)
    await caller.set_event_callbacks(listener, enable=[sockets_pb2.INDICATION_KIND_CONNECTION])
    assert await refused(caller.relay(listener, upstream)) == WRONG_STATE


async def test_a_session_that_ends_leaves_nothing_of_its_relays(
    agent: RunningAgent, start_caller: StartCaller, peer: Callable[..., Peer], dial: Dial, blackhole: Place
) -> None:
    before = holdings(agent)
    caller = await Caller(agent.address).open()
    stalled = peer(reading=False, receive_buffer=4096)
    clients = []
    for upstream in (stalled, blackhole, Place("127.0.0.1", unused_port())):
        listener, place = await caller.listening()
        await caller.relay(listener, upstream)
        clients.append(await dial(place))
    server = await stalled.accepted()
    clients[0].send(bytes(16 * MIB))
    await connected(caller, 2)

    await caller.close_session()
    for client in clients:
        await client.until_gone()
        client.close()
    assert await server.until_gone() == errno.ECONNRESET
    server.close()
    stalled.close()
    await caller.channel.close()

    assert await growth(agent, before) == {}
