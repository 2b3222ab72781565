"""How a relayed connection ends: each direction by itself, a reset at once for both, and both sockets together."""

import errno
from collections.abc import Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.driver import Driver, failed
from tests.server.engine.relays import Dial, Moved, RunningRelay, both, moved, relaying

from telesock.server.core.events import CloseResult, Completion, DisconnectResult, SocketClosed
from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.refusal import Reason
from telesock.server.core.relays import RelayConnected, RelayEnded
from telesock.server.core.requests import (
    AnyRequest,
    Close,
    Control,
    Disconnect,
    Endpoint,
    Indications,
    Receive,
    Send,
    SetEventCallbacks,
)
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status

NONE = Indications.NONE


def outcome(ended: RelayEnded | RelayConnected) -> tuple[Status | None, Origin | None, Phase | None, str]:
    """What of an end is for programs."""
    if ended.cause is None:
        return ended.status, None, None, ""
    return ended.status, ended.cause.origin, ended.cause.phase, ended.cause.errno_name


async def gone(relay: RunningRelay, *sockets: int) -> None:
    """Check that the sockets are no more, and were told of by nothing but the relay."""
    driver = relay.driver
    assert [driver.state(each) for each in sockets] == [State.CLOSED] * len(sockets)
    assert [driver.told(each, SocketClosed) for each in sockets] == [[]] * len(sockets)
    assert driver.engine.sockets == 1


async def test_the_end_of_one_direction_leaves_the_other_as_it_is(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    client.send(b"question")
    client.finish()
    await server.until_end()
    assert (bytes(server.received), server.saw_fin) == (b"question", True)
    server.send(b"answer")
    await client.until_received(b"answer")
    assert not client.ended
    server.finish()
    await client.until_end()

    [ended] = await relay.ended()
    assert (client.saw_fin, outcome(ended), moved(ended)) == (True, (None, None, None, ""), Moved(8, 6))
    await gone(relay, ended.downstream_socket_id, ended.upstream_socket_id)


async def test_the_server_may_end_its_direction_first(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    server.send(b"greeting")
    server.finish()
    await client.until_end()
    client.send(b"goodbye")
    client.finish()
    await server.until_end()

    [ended] = await relay.ended()
    assert (bytes(client.received), bytes(server.received)) == (b"greeting", b"goodbye")
    assert (outcome(ended)[0], client.error, server.error) == (None, 0, 0)


async def test_a_client_that_resets_resets_the_server(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    client.send(b"last words")
    await server.until_received(b"last words")

    client.reset()
    await server.until_end()

    [ended] = await relay.ended()
    assert (server.saw_fin, server.saw_reset) == (False, True)
    assert outcome(ended) == (Status.CONNECTION_RESET, Origin.PEER, Phase.RECEIVE, "ECONNRESET")
    assert moved(ended) == Moved(10, 0)
    await gone(relay, ended.downstream_socket_id, ended.upstream_socket_id)


async def test_a_server_that_resets_resets_the_client(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    server.reset()
    await client.until_end()

    [ended] = await relay.ended()
    assert (client.saw_fin, client.saw_reset) == (False, True)
    assert outcome(ended) == (Status.CONNECTION_RESET, Origin.PEER, Phase.RECEIVE, "ECONNRESET")


async def test_what_a_peer_said_right_before_its_reset_goes_on_first(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    client.send(b"last words")
    client.reset()
    await server.until_end()

    assert (bytes(server.received), server.saw_reset) == (b"last words", True)


async def test_a_reset_behind_an_end_is_a_reset(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    client.finish()
    await server.until_end()
    assert server.saw_fin

    client.reset()

    assert await server.until_gone() == errno.EPIPE
    [ended] = await relay.ended()
    assert outcome(ended)[:2] == (Status.CONNECTION_RESET, Origin.PEER)


async def test_a_reset_reaches_a_peer_that_does_not_read(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer(receive_buffer=4096, reading=False))
    client, server = await relay.meet(dial)
    _, upstream = await relay.sockets()
    client.send(bytes(16 << 20))
    await driver.until_seen(lambda: not upstream.writable)

    client.reset()

    assert await server.until_gone() == errno.ECONNRESET
    [ended] = await relay.ended()
    assert ended.status is Status.CONNECTION_RESET


async def test_a_relayed_connection_that_has_ended_both_ways_is_over_only_when_both_peers_have_all(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer(receive_buffer=4096, reading=False))
    client, server = await relay.meet(dial)
    downstream, upstream = await relay.sockets()
    data = bytes(1 << 20)

    client.send(data)
    client.finish()
    server.finish()
    await driver.until_seen(lambda: upstream.peer_finished and downstream.ending.fin_acknowledged)
    assert driver.told(relay.listener, RelayEnded) == []
    server.resume_reading()
    await both(server.until_end(), client.until_end())

    [ended] = await relay.ended()
    assert (ended.status, moved(ended), bytes(server.received)) == (None, Moved(len(data), 0), data)


# What the session's owner may do with the sockets


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("graceful", [False, True])
async def test_closing_one_socket_resets_both_peers_and_frees_both(
    driver: Driver, peer: Callable[..., Peer], dial: Dial, place: int, graceful: bool
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    numbers = [each.socket_id for each in await relay.sockets()]

    completion = await driver.completed(driver.ask(Close(numbers[place], graceful)))
    await both(client.until_end(), server.until_end())

    [ended] = await relay.ended()
    assert completion.result == CloseResult(aborted=True, discarded_bytes=0)
    assert (client.saw_reset, server.saw_reset) == (True, True)
    assert outcome(ended) == (Status.CANCELLED, Origin.CANCEL, Phase.CLOSE, "")
    assert [type(body) for body in driver.told(numbers[place])] == [Completion]
    await gone(relay, *numbers)


@pytest.mark.parametrize("place", [0, 1])
async def test_aborting_one_socket_resets_both_peers_and_frees_both(
    driver: Driver, peer: Callable[..., Peer], dial: Dial, place: int
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    numbers = [each.socket_id for each in await relay.sockets()]

    completion = await driver.completed(driver.ask(Disconnect(numbers[place], abortive=True)))
    await both(client.until_end(), server.until_end())

    [ended] = await relay.ended()
    assert completion.status is Status.SUCCESS
    assert isinstance(completion.result, DisconnectResult)
    assert (client.saw_reset, server.saw_reset) == (True, True)
    assert outcome(ended) == (Status.CONNECTION_ABORTED, Origin.CANCEL, Phase.DISCONNECT, "")
    await gone(relay, *numbers)


def requests_of_a_connection(socket_id: int) -> list[AnyRequest]:
    return [
        Send(socket_id, b"data"),
        Receive(socket_id, 1),
        Disconnect(socket_id),
        SetEventCallbacks(socket_id, Indications.DATA, NONE),
        Control(socket_id, SetOption(OptionKind.SILENT, True)),
    ]


async def test_what_would_come_between_the_relay_and_the_bytes_is_refused(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    await relay.meet(dial)

    for each in await relay.sockets():
        assert each.state is State.RELAYING
        refused = [driver.refused(request) for request in requests_of_a_connection(each.socket_id)]
        assert {refusal.reason for refusal in refused} == {Reason.WRONG_STATE}


async def test_a_socket_of_a_relay_tells_its_ends_its_offsets_and_its_options(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    client.send(b"12345")
    await server.until_bytes(5)

    downstream, upstream = await relay.sockets()
    option = SetOption(OptionKind.TIME_TO_LIVE, 9)
    completion = await driver.completed(driver.ask(Control(upstream.socket_id, option)))

    assert (downstream.local, downstream.remote) == (relay.address, Endpoint(*client.local))
    assert upstream.remote == Endpoint(relay.upstream.host, relay.upstream.port)
    assert (downstream.receive_offset, upstream.send_offset) == (5, 5)
    assert completion.status is Status.SUCCESS


async def test_what_the_whole_session_indicates_is_not_indicated_here(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    driver.ask(SetEventCallbacks(0, Indications.DATA | Indications.DISCONNECT, NONE))
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    numbers = [each.socket_id for each in await relay.sockets()]

    client.send(b"data")
    client.finish()
    await server.until_end()
    server.finish()
    await relay.ended()

    assert [driver.told(number) for number in numbers] == [[], []]


# While the upstream is connected to


async def hanging(driver: Driver, silence: Endpoint, dial: Dial) -> tuple[RunningRelay, PeerConnection]:
    """A client whose upstream does not answer."""
    relay = relaying(driver, silence, timeout=60.0)
    client = await dial(relay.address)
    await driver.until_seen(lambda: driver.engine.sockets == 3)
    return relay, client


async def test_a_client_that_resets_before_the_upstream_has_answered_has_failed(
    driver: Driver, silence: Endpoint, dial: Dial
) -> None:
    relay, client = await hanging(driver, silence, dial)

    client.reset()

    [told] = await relay.connected()
    assert (told.upstream_socket_id, told.client, told.upstream) == (0, Endpoint(*client.local), None)
    assert outcome(told)[:2] == (Status.CONNECTION_RESET, Origin.PEER)
    assert driver.told(relay.listener, RelayEnded) == []
    await gone(relay, told.downstream_socket_id)


@pytest.mark.parametrize("place", [0, 1])
async def test_closing_a_socket_before_the_upstream_has_answered_resets_the_client(
    driver: Driver, silence: Endpoint, dial: Dial, place: int
) -> None:
    relay, client = await hanging(driver, silence, dial)
    numbers = [number for number in driver.session.sockets if number != relay.listener]
    assert [driver.state(number) for number in numbers] == [State.RELAYING, State.CONNECTING]

    completion = await driver.close(numbers[place])
    await client.until_end()

    [told] = await relay.connected()
    assert completion.result == CloseResult(aborted=place == 0, discarded_bytes=0)
    assert (client.saw_reset, outcome(told)[:2]) == (True, (Status.CANCELLED, Origin.CANCEL))
    await gone(relay, *numbers)


async def test_a_socket_that_is_still_connecting_cannot_be_aborted(
    driver: Driver, silence: Endpoint, dial: Dial
) -> None:
    await hanging(driver, silence, dial)
    upstream = list(driver.session.sockets)[-1]

    assert driver.refused(Disconnect(upstream, abortive=True)).reason is Reason.WRONG_STATE


async def test_the_end_of_a_session_resets_the_peers_of_its_relays(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    numbers = [each.socket_id for each in await relay.sockets()]
    with driver.reading():
        driver.engine.close()
        await both(client.until_end(), server.until_end())

        [ended] = await relay.ended()
        completion = await driver.completed(relay.operation)

    assert (client.saw_reset, server.saw_reset) == (True, True)
    assert outcome(ended)[:2] == (Status.CANCELLED, Origin.LOCAL_HOST)
    assert failed(completion)[:2] == (Status.CANCELLED, Origin.LOCAL_HOST)
    assert [driver.told(number) for number in numbers] == [[], []]
