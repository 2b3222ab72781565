"""Who shares a local address with whom, on real sockets: all 36 cells of the table, and what lies beside it."""

import errno
import itertools
import os
import socket
from collections.abc import Awaitable, Callable, Iterable

import pytest
from tests.peers import Peer, PeerConnection
from tests.ports import unused_port
from tests.server.engine.controls import option
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import accepted

from telesock.server.core.address_sharing import SHARING, Claim, Mode, Outcome
from telesock.server.core.identity import Identity
from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.requests import (
    Accept,
    Bind,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Listen,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Status

ListenAt = Callable[..., Peer]
Dial = Callable[[Endpoint], Awaitable[PeerConnection]]
K = OptionKind
CLAIMS = [Claim(mode, wildcard) for mode in Mode for wildcard in (True, False)]
CELLS = list(itertools.product(CLAIMS, CLAIMS))
OPTIONS = {
    Mode.DEFAULT: (),
    Mode.REUSE: (SetOption(K.REUSE_ADDRESS, True),),
    Mode.EXCLUSIVE: (SetOption(K.EXCLUSIVE_ADDRESS, True),),
}
STATUSES = {
    Outcome.GRANTED: Status.SUCCESS,
    Outcome.IN_USE: Status.ADDRESS_ALREADY_EXISTS,
    Outcome.DENIED: Status.ACCESS_DENIED,
}
_NOBODY = 65_534
EVERYWHERE, HERE = "0.0.0.0", "127.0.0.1"
WILDCARD, SPECIFIC = Claim(Mode.DEFAULT, True), Claim(Mode.DEFAULT, False)
BOUND_KINDS = (Category.LISTENING, Category.DATAGRAM, Category.CONNECTION, Category.STREAM)


def host(claim: Claim, family: Family = Family.IPV4) -> str:
    if family is Family.IPV6:
        return "::" if claim.wildcard else "::1"
    return EVERYWHERE if claim.wildcard else HERE


def bind(
    driver: Driver, category: Category, claim: Claim, port: int = 0, family: Family = Family.IPV4
) -> tuple[int, Status]:
    """Make a socket that claims a port; return its number and how the bind ended."""
    socket_id = driver.ask(CreateSocket(0, category, family, OPTIONS[claim.mode])).socket_id
    completion = driver.completion(driver.ask(Bind(socket_id, Endpoint(host(claim, family), port))))
    assert completion is not None, "a bind completes at once"
    return socket_id, completion.status


def claimed(driver: Driver, category: Category, claim: Claim) -> tuple[int, int]:
    """Make a socket that claims a port of the host's choice; return its number and the port."""
    socket_id, status = bind(driver, category, claim)
    assert status is Status.SUCCESS
    local = driver.session.sockets[socket_id].local
    assert local is not None, "it is bound"
    return socket_id, local.port


def named(cell: object) -> str:
    if not isinstance(cell, tuple):
        return str(cell)
    second, first = cell
    return " on ".join(
        f"{each.mode.name.lower()} {'W' if each.wildcard else 'S'}" for each in (second, first)
    )


@pytest.mark.parametrize("cell", CELLS, ids=named)
@pytest.mark.parametrize("category", BOUND_KINDS)
async def test_row_9_a_second_bind_gets_what_the_table_says_whosever_session_it_is(
    driver: Driver, category: Category, cell: tuple[Claim, Claim]
) -> None:
    second, first = cell
    _, port = claimed(driver, category, first)

    for session in (driver, driver.another()):
        socket_id, status = bind(session, category, second, port)
        assert status is STATUSES[SHARING[second][first]]
        await session.close(socket_id)


@pytest.mark.parametrize("cell", CELLS, ids=named)
async def test_row_9_the_table_holds_for_ipv6_too(driver: Driver, cell: tuple[Claim, Claim]) -> None:
    second, first = cell
    socket_id, status = bind(driver, Category.LISTENING, first, family=Family.IPV6)
    local = driver.session.sockets[socket_id].local
    assert (status, local is not None) == (Status.SUCCESS, True)
    port = local.port if local is not None else 0

    _, status = bind(driver, Category.LISTENING, second, port, Family.IPV6)

    assert status is STATUSES[SHARING[second][first]]


@pytest.mark.parametrize("cell", CELLS, ids=named)
async def test_row_9_a_stream_socket_that_got_its_share_can_listen_beside_the_other(
    driver: Driver, cell: tuple[Claim, Claim]
) -> None:
    second, first = cell
    one, port = claimed(driver, Category.STREAM, first)
    other, status = bind(driver, Category.STREAM, second, port)

    holders = [one, other] if status is Status.SUCCESS else [one]
    for each in holders:
        assert (await driver.completed(driver.ask(Listen(each)))).status is Status.SUCCESS

    assert [driver.state(each) for each in holders] == [State.LISTENING] * len(holders)


async def test_two_specific_addresses_never_meet(driver: Driver) -> None:
    exclusive = Claim(Mode.EXCLUSIVE, wildcard=False)
    _, port = claimed(driver, Category.LISTENING, exclusive)
    other = driver.ask(CreateSocket(0, Category.LISTENING, Family.IPV4, OPTIONS[Mode.EXCLUSIVE])).socket_id

    completion = driver.completion(driver.ask(Bind(other, Endpoint("127.0.0.2", port))))

    assert completion is not None
    assert completion.status is Status.SUCCESS


async def test_a_tcp_and_a_udp_port_never_meet(driver: Driver) -> None:
    _, port = claimed(driver, Category.LISTENING, Claim(Mode.EXCLUSIVE, wildcard=True))

    assert bind(driver, Category.DATAGRAM, WILDCARD, port)[1] is Status.SUCCESS


async def test_the_listener_with_the_specific_address_gets_the_connections_to_it(
    driver: Driver, dial: Dial
) -> None:
    specific, port = claimed(driver, Category.LISTENING, SPECIFIC)
    wildcard, status = bind(driver, Category.LISTENING, WILDCARD, port)
    assert status is Status.SUCCESS
    to_specific, to_wildcard = (driver.ask(Accept(each)) for each in (specific, wildcard))

    for where in (HERE, "127.0.0.2"):
        await dial(Endpoint(where, port))

    assert (await accepted(driver, to_specific)).local == Endpoint(HERE, port)
    assert (await accepted(driver, to_wildcard)).local == Endpoint("127.0.0.2", port)


async def test_a_socket_that_closes_gives_its_claim_up_and_the_others_keep_theirs(driver: Driver) -> None:
    first, port = claimed(driver, Category.LISTENING, SPECIFIC)
    bind(driver, Category.LISTENING, WILDCARD, port)

    await driver.close(first)

    assert bind(driver, Category.LISTENING, SPECIFIC, port)[1] is Status.ACCESS_DENIED  # of the wildcard
    assert bind(driver, Category.LISTENING, WILDCARD, port)[1] is Status.ADDRESS_ALREADY_EXISTS


async def test_a_bind_that_failed_claims_nothing(driver: Driver) -> None:
    first, port = claimed(driver, Category.LISTENING, SPECIFIC)
    second, status = bind(driver, Category.LISTENING, SPECIFIC, port)
    assert status is Status.ADDRESS_ALREADY_EXISTS
    await driver.close(first)

    completion = driver.completion(driver.ask(Bind(second, Endpoint(HERE, port))))

    assert completion is not None
    assert completion.status is Status.SUCCESS


FOREIGN = [
    (socket.SOCK_STREAM, (socket.SO_REUSEADDR,)),
    (socket.SOCK_DGRAM, (socket.SO_REUSEADDR, socket.SO_REUSEPORT)),
]


def foreign_bind(kind: int, names: Iterable[int], port: int) -> int:
    """Bind a socket that is not the agent's, and let it listen if it can; return the errno, 0 for success."""
    with socket.socket(socket.AF_INET, kind) as foreign:
        for name in names:
            foreign.setsockopt(socket.SOL_SOCKET, name, 1)
        try:
            foreign.bind((HERE, port))
            if kind == socket.SOCK_STREAM:
                foreign.listen()
        except OSError as error:
            return error.errno or 0
    return 0


@pytest.mark.parametrize(("kind", "names"), FOREIGN, ids=["tcp", "udp"])
async def test_another_program_gets_no_share_of_an_address_that_the_agent_shares(
    driver: Driver, kind: int, names: tuple[int, ...]
) -> None:
    category = Category.LISTENING if kind == socket.SOCK_STREAM else Category.DATAGRAM
    _, port = claimed(driver, category, SPECIFIC)
    assert bind(driver, category, WILDCARD, port)[1] is Status.SUCCESS

    assert foreign_bind(kind, names, port) == errno.EADDRINUSE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
async def test_another_users_program_gets_no_share_by_so_reuseport_either(driver: Driver) -> None:
    _, port = claimed(driver, Category.LISTENING, SPECIFIC)
    assert bind(driver, Category.LISTENING, WILDCARD, port)[1] is Status.SUCCESS

    os.seteuid(_NOBODY)
    try:
        number = foreign_bind(socket.SOCK_STREAM, (socket.SO_REUSEPORT,), port)
    finally:
        os.seteuid(0)

    assert number == errno.EADDRINUSE


async def test_an_address_that_the_agent_does_not_share_is_open_to_no_other_program(driver: Driver) -> None:
    _, port = claimed(driver, Category.LISTENING, SPECIFIC)

    names = (socket.SO_REUSEADDR, socket.SO_REUSEPORT)
    assert foreign_bind(socket.SOCK_STREAM, names, port) == errno.EADDRINUSE


async def test_what_another_program_has_is_in_use_whatever_the_table_would_say(driver: Driver) -> None:
    with socket.create_server((HERE, 0)) as foreign:
        port = foreign.getsockname()[1]

        for claim in CLAIMS:
            assert bind(driver, Category.LISTENING, claim, port)[1] is Status.ADDRESS_ALREADY_EXISTS


@pytest.mark.parametrize("category", [Category.LISTENING, Category.STREAM])
async def test_a_port_of_a_connection_that_has_just_ended_can_be_listened_at_again(
    driver: Driver, dial: Dial, category: Category
) -> None:
    listener, port = claimed(driver, category, SPECIFIC)
    if category is Category.STREAM:
        driver.ask(Listen(listener))
    operation = driver.ask(Accept(listener))
    far = await dial(Endpoint(HERE, port))
    made = await accepted(driver, operation)
    await driver.completed(driver.ask(Disconnect(made.socket_id)))
    far.finish()  # the agent has ended first: its port waits now, see TIME_WAIT in tcp(7)
    await driver.until_state(made.socket_id, State.DISCONNECTED)
    for each in (made.socket_id, listener):
        await driver.completed(driver.ask(Close(each)))

    again, status = bind(driver, category, SPECIFIC, port)

    assert status is Status.SUCCESS
    if category is Category.STREAM:
        listening = driver.completion(driver.ask(Listen(again)))
        assert listening is not None
        assert listening.status is Status.SUCCESS
    assert option(driver, again, K.REUSE_ADDRESS) is False


async def test_a_bound_socket_that_failed_to_connect_keeps_its_claim(driver: Driver) -> None:
    claim = Claim(Mode.EXCLUSIVE, wildcard=True)
    socket_id, port = claimed(driver, Category.CONNECTION, claim)
    operation = driver.ask(Connect(socket_id, Endpoint(HERE, unused_port())))
    assert (await driver.completed(operation)).status is Status.CONNECTION_REFUSED

    assert bind(driver, Category.CONNECTION, SPECIFIC, port)[1] is Status.ACCESS_DENIED


async def test_a_bound_socket_that_shares_and_failed_to_connect_connects_from_its_address_after_all(
    driver: Driver, peer: ListenAt
) -> None:
    listener = peer()
    _, port = claimed(driver, Category.CONNECTION, Claim(Mode.REUSE, wildcard=False))
    sharing, status = bind(driver, Category.CONNECTION, Claim(Mode.REUSE, wildcard=False), port)
    assert status is Status.SUCCESS
    failing = driver.ask(Connect(sharing, Endpoint(HERE, unused_port())))
    assert (await driver.completed(failing)).status is Status.CONNECTION_REFUSED

    operation = driver.ask(Connect(sharing, Endpoint(listener.host, listener.port)))

    assert (await driver.completed(operation)).status is Status.SUCCESS
    assert (await listener.accepted()).remote == (HERE, port)


@pytest.mark.parametrize("cell", CELLS, ids=named)
async def test_a_connect_from_a_port_of_its_own_choice_follows_the_table_too(
    driver: Driver, peer: ListenAt, cell: tuple[Claim, Claim]
) -> None:
    second, first = cell
    listener = peer()
    _, port = claimed(driver, Category.CONNECTION, first)

    operation = driver.ask(
        Connect(
            0,
            Endpoint(listener.host, listener.port),
            make=True,
            local=Endpoint(host(second), port),
            options=OPTIONS[second.mode],
        )
    )

    assert (await driver.completed(operation)).status is STATUSES[SHARING[second][first]]


@pytest.mark.parametrize("second", [Claim(Mode.REUSE, True), Claim(Mode.REUSE, False)], ids=str)
async def test_no_identity_takes_part_of_what_comes_to_another_by_reusing_its_address(
    driver: Driver, second: Claim
) -> None:
    reusing = Claim(Mode.REUSE, second.wildcard)
    _, port = claimed(driver, Category.DATAGRAM, reusing)
    thief, partner = driver.another(), driver.another()
    thief.session.identity = Identity("thief")

    assert bind(thief, Category.DATAGRAM, second, port)[1] is Status.ACCESS_DENIED
    assert bind(partner, Category.DATAGRAM, second, port)[1] is Status.SUCCESS
