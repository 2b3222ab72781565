"""A relay takes clients when it has room for them, connects each beside the others, and sums up what came of all."""

import asyncio
import socket
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.ports import unused_port
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import CONDITIONAL, accepted, indicate, inspected, listening
from tests.server.engine.names import NAME, Names, address
from tests.server.engine.relays import Dial, Moved, both, moved, relaying

from telesock.server.core.events import CloseResult
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason
from telesock.server.core.relays import RelayConnected, RelayEnded, RelayResult
from telesock.server.core.requests import (
    Accept,
    Close,
    Endpoint,
    Indications,
    InspectComplete,
    Listen,
    Relay,
    SetEventCallbacks,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

AGENTS_OWN = 2**63
SOMEWHERE = Endpoint("127.0.0.1", 9)


async def test_a_client_is_told_of_with_both_sockets_and_both_addresses(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    [told] = await relay.connected()
    downstream, upstream = await relay.sockets()

    numbers = (AGENTS_OWN, AGENTS_OWN + 1)
    ends = (Endpoint(*client.local), Endpoint(*server.local))
    assert told == RelayConnected(*numbers, *ends)
    assert {each.socket_id: each.state for each in (downstream, upstream)} == dict.fromkeys(
        numbers, State.RELAYING
    )


async def test_a_hundred_clients_at_once_each_have_their_own_connection(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    clients = await asyncio.gather(*(dial(relay.address) for _ in range(100)))
    for number, client in enumerate(clients):
        client.send(b"%3d" % number * 1000)
        client.finish()

    servers = [await relay.upstream.accepted() for _ in clients] if isinstance(relay.upstream, Peer) else []
    for server in servers:
        await server.until_end()
        server.send(bytes(server.received))
        server.finish()
    for number, client in enumerate(clients):
        await client.until_end()
        assert bytes(client.received) == b"%3d" % number * 1000

    ended = await relay.ended(100)
    assert {(each.status, *moved(each)) for each in ended} == {(None, 3000, 3000)}
    assert driver.engine.cancel(driver.session, relay.operation.operation_id) is CancelOutcome.CANCELLED
    assert await relay.completed() == (Status.CANCELLED, RelayResult(100, 0, 300_000, 300_000))
    assert driver.session.journal.reserved == 0


# Upstreams that fail


async def test_an_upstream_that_refuses_resets_the_client(driver: Driver, dial: Dial) -> None:
    relay = relaying(driver, Endpoint("127.0.0.1", unused_port()))

    client = await dial(relay.address)
    await client.until_end()

    [told] = await relay.connected()
    assert (client.saw_reset, told.client) == (True, Endpoint(*client.local))
    assert (told.upstream_socket_id, told.upstream, told.status) == (0, None, Status.CONNECTION_REFUSED)
    assert told.cause is not None
    assert (told.cause.origin, told.cause.phase, told.cause.errno_name) == (
        Origin.PEER,
        Phase.CONNECT,
        "ECONNREFUSED",
    )
    assert (driver.engine.sockets, driver.told(relay.listener, RelayEnded)) == (1, [])


async def test_an_upstream_that_does_not_answer_fails_its_client_when_the_time_is_over(
    driver: Driver, silence: Endpoint, dial: Dial
) -> None:
    relay = relaying(driver, silence, timeout=0.02)

    client = await dial(relay.address)
    await client.until_end()

    [told] = await relay.connected()
    assert (client.saw_reset, told.status) == (True, Status.IO_TIMEOUT)


async def test_a_client_whose_upstream_does_not_answer_keeps_no_other_waiting(
    driver: Driver, peer: Callable[..., Peer], dial: Dial, silence: Endpoint
) -> None:
    server = peer()
    names = Names(driver)
    relay = relaying(driver, Endpoint(NAME, server.port))
    names.answer = [address(silence.host, silence.port)]
    for _ in range(3):
        await dial(relay.address)
    await driver.until_seen(lambda: len(names.asked) == 3 and driver.engine.sockets == 7)

    names.answer = [address(server.host, server.port)]
    client = await dial(relay.address)
    client.send(b"question")

    await (await server.accepted()).until_received(b"question")
    assert [told.status for told in await relay.connected()] == [None]
    assert driver.engine.cancel(driver.session, relay.operation.operation_id) is CancelOutcome.CANCELLED
    assert await relay.completed() == (Status.CANCELLED, RelayResult(1, 3, 8, 0))


async def test_a_name_is_resolved_for_each_client_and_judged_by_its_address(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    server = peer()
    names = Names(driver, "10.0.0.1")
    relay = relaying(driver, Endpoint(NAME, server.port))

    client = await dial(relay.address)
    await client.until_end()
    names.answer = socket.gaierror(socket.EAI_NONAME, "unknown")
    client = await dial(relay.address)
    await client.until_end()
    names.answer = [address("127.0.0.1", server.port)]
    await dial(relay.address)
    await server.accepted()

    told = await relay.connected(3)
    assert [each.status for each in told] == [Status.ACCESS_DENIED, Status.NO_MATCH, None]
    assert [each.cause and each.cause.origin for each in told] == [Origin.POLICY, Origin.PEER, None]


async def test_an_address_that_policy_denies_is_refused_at_once(driver: Driver) -> None:
    listener, _ = listening(driver)

    refused = driver.refused(Relay(listener, Endpoint("10.0.0.1", 80)))

    assert refused.reason is Reason.DESTINATION_NOT_ALLOWED
    assert (await accepting(driver, listener)) is True


async def accepting(driver: Driver, listener: int) -> bool:
    """Whether a listener lets its connections be accepted."""
    operation = driver.ask(Accept(listener))
    return driver.engine.cancel(driver.session, operation.operation_id) is CancelOutcome.CANCELLED


# The end of the relay


async def test_a_cancelled_relay_resets_its_connections_and_leaves_the_listener(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    client.send(b"four")
    await server.until_received(b"four")

    driver.engine.cancel(driver.session, relay.operation.operation_id)
    await both(client.until_end(), server.until_end())

    [ended] = await relay.ended()
    assert (client.saw_reset, server.saw_reset) == (True, True)
    assert (ended.status, moved(ended)) == (Status.CANCELLED, Moved(4, 0))
    assert await relay.completed() == (Status.CANCELLED, RelayResult(1, 0, 4, 0))
    operation = driver.ask(Accept(relay.listener))
    far = await dial(relay.address)
    assert (await accepted(driver, operation)).remote == Endpoint(*far.local)


async def test_closing_the_listener_ends_all_connections_then_the_relay_then_itself(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    pairs = [await relay.meet(dial) for _ in range(3)]

    closing = driver.ask(Close(relay.listener))
    for end in (each for pair in pairs for each in pair):
        await end.until_end()
        assert end.saw_reset

    ends = [event.sequence for event in driver.events if isinstance(event.body, RelayEnded)]
    completion = await driver.completed(relay.operation)
    assert failed(completion) == (Status.CANCELLED, Origin.CANCEL, Phase.CONNECT, "")
    assert completion.result == RelayResult(3, 0, 0, 0)
    assert (await driver.completed(closing)).result == CloseResult(False, 0)
    assert [*ends, relay.operation.sequence, closing.sequence] == list(
        range(closing.sequence - 4, closing.sequence + 1)
    )
    assert driver.engine.sockets == 0


async def test_a_relay_can_be_timed_out_as_a_chain_does_it(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, _ = await relay.meet(dial)

    driver.engine.time_out_operation(driver.session, relay.operation)
    await client.until_end()

    assert (await relay.completed())[0] is Status.IO_TIMEOUT
    assert client.saw_reset


async def test_a_repeated_request_finds_the_relay_that_it_made(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    server = peer()
    listener, _ = listening(driver)
    request = Relay(listener, Endpoint(server.host, server.port), 5.0)

    first = driver.ask(request, 100)

    assert driver.ask(request, 100) is first


# Who else wants connections


async def test_a_listener_whose_connections_go_elsewhere_is_not_relayed(driver: Driver) -> None:
    waited_for, _ = listening(driver)
    driver.ask(Accept(waited_for))
    indicating, _ = listening(driver)
    indicate(driver, indicating)

    refused = [driver.refused(Relay(listener, SOMEWHERE)) for listener in (waited_for, indicating)]

    assert [refusal.reason for refusal in refused] == [Reason.WRONG_STATE] * 2
    assert [refusal.message for refusal in refused] == [
        "the listener's connections go to an accept; end that first, or use another listener",
        "the listener's connections go to indications of connections; end that first, or use another listener",
    ]


async def test_connections_that_are_relayed_go_nowhere_else(driver: Driver) -> None:
    relay = relaying(driver, SOMEWHERE)

    requests = (
        Accept(relay.listener),
        Relay(relay.listener, SOMEWHERE),
        SetEventCallbacks(relay.listener, Indications.CONNECTION, Indications.NONE),
    )
    assert [driver.refused(request).reason for request in requests] == [Reason.WRONG_STATE] * 3
    driver.ask(SetEventCallbacks(relay.listener, Indications.DATA, Indications.NONE))
    assert driver.engine.cancel(driver.session, relay.operation.operation_id) is CancelOutcome.CANCELLED
    assert await accepting(driver, relay.listener)


async def test_only_a_socket_that_listens_can_relay(driver: Driver) -> None:
    connection, unbound = driver.create(), driver.create(Category.LISTENING)

    refused = [driver.refused(Relay(socket_id, SOMEWHERE)) for socket_id in (connection, unbound)]

    assert [refusal.reason for refusal in refused] == [Reason.WRONG_CATEGORY, Reason.WRONG_STATE]


async def test_a_stream_socket_that_listens_relays_too(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    server = peer()
    stream, place = listening(driver, category=Category.STREAM)
    driver.ask(Listen(stream))
    driver.ask(Relay(stream, Endpoint(server.host, server.port)))

    client = await dial(place)
    client.send(b"hello")

    await (await server.accepted()).until_received(b"hello")


async def test_connections_that_are_held_for_a_decision_are_relayed_when_they_are_let_in(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer(), CONDITIONAL)
    rejected, admitted = await dial(relay.address), await dial(relay.address)
    first, second = await inspected(driver, relay.listener, 2)

    driver.ask(InspectComplete(relay.listener, second, accept=True))
    driver.ask(InspectComplete(relay.listener, first, accept=False))
    await rejected.until_end()

    [told] = await relay.connected()
    assert (rejected.saw_reset, told.client) == (True, Endpoint(*admitted.local))


# Room


@pytest.mark.parametrize("sockets", [3, 4])
async def test_a_client_for_whom_the_agent_has_not_two_sockets_waits_in_the_queue(
    agent: Agent, peer: Callable[..., Peer], dial: Dial, sockets: int
) -> None:
    driver = agent.start(Limits(sockets=sockets))
    relay = relaying(driver, peer())
    first, server = await relay.meet(dial)
    second = await dial(relay.address)
    second.send(b"waited")
    await driver.until_seen(lambda: engine_has_looked(driver, relay.listener))
    assert driver.engine.sockets == 3

    first.finish()
    await server.until_end()
    server.finish()

    assert isinstance(relay.upstream, Peer)
    await (await relay.upstream.accepted()).until_received(b"waited")
    assert not second.ended


def engine_has_looked(driver: Driver, listener: int) -> bool:
    """Whether the listener has found no room for a connection, and comes back."""
    return bool(driver.session.sockets[listener]._again)  # type: ignore[attr-defined]  # a listener's


async def test_a_client_whose_events_have_no_room_waits_and_the_bytes_of_others_go_on(
    agent: Agent, peer: Callable[..., Peer], dial: Dial
) -> None:
    driver = agent.start(Limits(journal_events=8))
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    while driver.session.journal.room_for_notice():
        driver.ask(SetEventCallbacks(relay.listener, Indications.DATA, Indications.NONE))

    await dial(relay.address)
    assert isinstance(relay.upstream, Peer)
    await relay.upstream.accepted()  # room for its events was set aside before
    waiting = await dial(relay.address)
    client.send(b"goes on")
    await server.until_received(b"goes on")
    client.finish()
    await server.until_end()
    server.finish()
    [ended] = await relay.ended()
    assert (ended.status, len(await relay.connected(2))) == (None, 2)
    driver.session.acknowledge(driver.session.journal.last_sequence)

    told = await relay.connected(3)
    assert told[-1].client == Endpoint(*waiting.local)
