"""One address at a time: how a connect succeeds, fails, runs out of time and is called off."""

import contextlib
import socket
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.ports import free_port, unused_port
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, endpoints, failed

from telesock.server.core.events import BindResult, ConnectAttempt, ConnectResult
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Bind, Close, Connect, Endpoint, Family
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.connecting import new_descriptor
from telesock.server.engine.connection import Connection
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

SOON = 0.02  # seconds
REFUSED = (Status.CONNECTION_REFUSED, Origin.PEER, Phase.CONNECT, "ECONNREFUSED")
TIMED_OUT = (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.CONNECT, "")


def nowhere(host: str = "127.0.0.1") -> Endpoint:
    return Endpoint(host, unused_port() if host == "127.0.0.1" else free_port(host))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_connect_says_both_ends_and_the_one_attempt(driver: Driver, peer: Listen, host: str) -> None:
    listener = peer(host)

    connect = driver.connect(listener)
    completion = await driver.completed(connect)
    far = await listener.accepted()

    ends = Endpoint(*far.remote), Endpoint(*far.local)
    assert completion.result == ConnectResult(*ends, (ConnectAttempt(ends[1], Status.SUCCESS),))
    assert (completion.status, driver.state(connect.socket_id)) == (Status.SUCCESS, State.CONNECTED)


async def test_a_refused_connect_leaves_no_socket_and_uses_its_number_up(driver: Driver) -> None:
    there = nowhere()

    connect = driver.connect(there)
    completion = await driver.completed(connect)
    with pytest.raises(Refused) as refused:
        driver.ask(Close(connect.socket_id))

    assert failed(completion) == REFUSED
    assert completion.cause is not None
    attempt = ConnectAttempt(there, Status.CONNECTION_REFUSED, completion.cause)
    assert completion.result == ConnectResult(None, None, (attempt,))
    assert (refused.value.reason, driver.engine.sockets) == (Reason.SOCKET_CLOSED, 0)


async def test_initial_data_goes_before_every_send(driver: Driver, peer: Listen) -> None:
    listener = peer()
    data = bytes(65_535)

    connect = driver.connect(listener, initial_data=data)
    await driver.completed(connect)
    far = await listener.accepted()

    await far.until_received(data)
    assert driver.connection(connect.socket_id).send_offset == 65_535


async def test_more_initial_data_than_allowed_is_refused(driver: Driver, peer: Listen) -> None:
    with pytest.raises(Refused) as refused:
        driver.connect(peer(), initial_data=bytes(65_536))

    assert (refused.value.reason, driver.engine.sockets) == (Reason.TOO_LARGE, 0)


async def test_a_connect_that_is_not_answered_runs_out_of_time(driver: Driver, silence: Endpoint) -> None:
    completion = await driver.completed(driver.connect(silence, timeout=SOON))

    assert (failed(completion), driver.engine.sockets) == (TIMED_OUT, 0)


async def test_a_connect_that_names_no_time_has_the_agents(agent: Agent, silence: Endpoint) -> None:
    driver = agent.start(Limits(default_connect_timeout=SOON))

    assert failed(await driver.completed(driver.connect(silence))) == TIMED_OUT


async def test_a_connect_under_way_can_be_cancelled(driver: Driver, silence: Endpoint) -> None:
    connect = driver.connect(silence)

    outcome = driver.engine.cancel(driver.session, connect.operation_id)

    assert outcome is CancelOutcome.CANCELLED
    completion = await driver.completed(connect)
    assert failed(completion) == (Status.CANCELLED, Origin.CANCEL, Phase.CONNECT, "")
    assert isinstance(completion.result, ConnectResult)
    assert [attempt.status for attempt in completion.result.attempts] == [Status.CANCELLED]
    assert driver.engine.sockets == 0


async def test_a_destination_that_policy_denies_is_refused_on_the_spot(agent: Agent, peer: Listen) -> None:
    listener = peer()
    driver = agent.start(
        allow=("127.0.0.2/32", f"127.0.0.1/32:{listener.port + 1 if listener.port < 65_535 else 1}")
    )

    with pytest.raises(Refused) as refused:
        driver.connect(listener)

    assert refused.value.reason is Reason.DESTINATION_NOT_ALLOWED
    assert refused.value.metadata == {
        "host": "127.0.0.1",
        "port": str(listener.port),
        "wsk_status": "STATUS_ACCESS_DENIED",
    }


async def test_another_spelling_of_a_denied_address_is_denied(agent: Agent) -> None:
    driver = agent.start(allow=("127.0.0.1/32",))

    for host in ("127.2", "0x7f000002", "2130706434", "::ffff:127.0.0.2"):
        with pytest.raises(Refused) as refused:
            driver.connect(Endpoint(host, 80))
        assert refused.value.reason is Reason.DESTINATION_NOT_ALLOWED


async def test_a_local_address_without_a_port_gets_one_that_the_host_chooses(
    driver: Driver, peer: Listen
) -> None:
    listener = peer()

    completion = await driver.completed(driver.connect(listener, local=Endpoint("127.0.0.9", 0)))

    local, _ = endpoints(completion.result)
    assert local == Endpoint(*(await listener.accepted()).remote)
    assert local is not None
    assert (local.host, local.port > 0) == ("127.0.0.9", True)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
async def test_a_connects_own_socket_has_no_port_before_it_connects(
    driver: Driver, family: int, host: str
) -> None:
    connection = Connection(driver.engine, driver.session, 1)
    with new_descriptor(connection, family, Endpoint(host, 0)) as descriptor:
        assert descriptor.getsockname()[:2] == (host, 0)


async def test_a_local_port_is_taken_as_it_was_given(driver: Driver, peer: Listen) -> None:
    local = nowhere("127.0.0.9")

    completion = await driver.completed(driver.connect(peer(), local=local))

    assert endpoints(completion.result)[0] == local


@pytest.mark.parametrize(
    ("host", "status", "errno_name"),
    [
        ("127.0.0.1", Status.ADDRESS_ALREADY_EXISTS, "EADDRINUSE"),
        ("192.0.2.1", Status.INVALID_PARAMETER, "EADDRNOTAVAIL"),
    ],
)
async def test_a_local_address_that_cannot_be_had_fails_the_connect_and_leaves_no_socket(
    driver: Driver, peer: Listen, host: str, status: Status, errno_name: str
) -> None:
    listener = peer()

    completion = await driver.completed(driver.connect(listener, local=Endpoint(host, listener.port)))

    assert failed(completion) == (status, Origin.LOCAL_HOST, Phase.BIND, errno_name)
    assert driver.engine.sockets == 0


# A socket that was bound before


async def bound(driver: Driver, family: Family = Family.IPV4) -> tuple[int, Endpoint]:
    """Make and bind a socket; return its number and where it is bound."""
    number = driver.create(family=family)
    completion = await driver.completed(driver.ask(Bind(number, Endpoint("", 0))))
    assert isinstance(completion.result, BindResult)
    return number, completion.result.local


@pytest.mark.parametrize(("family", "host"), [(Family.IPV4, "127.0.0.1"), (Family.IPV6, "::1")])
async def test_a_bound_socket_keeps_its_port_through_a_failed_connect(
    driver: Driver, peer: Listen, family: Family, host: str
) -> None:
    number, local = await bound(driver, family)
    listener = peer(host)

    first = await driver.completed(driver.ask(Connect(number, nowhere(host))))
    between = driver.state(number), driver.session.socket(number).local
    second = await driver.completed(driver.ask(Connect(number, Endpoint(host, listener.port))))

    assert (failed(first), between) == (REFUSED, (State.BOUND, local))
    assert endpoints(second.result)[0] == Endpoint(host, local.port)
    assert (await listener.accepted()).remote[1] == local.port


async def test_a_bound_socket_keeps_its_port_through_a_connect_without_an_answer(
    driver: Driver, peer: Listen, silence: Endpoint
) -> None:
    number, local = await bound(driver)

    first = await driver.completed(driver.ask(Connect(number, silence, timeout=SOON)))
    second = await driver.completed(driver.ask(Connect(number, Endpoint("127.0.0.1", peer().port))))

    assert (failed(first), endpoints(second.result)[0]) == (TIMED_OUT, Endpoint("127.0.0.1", local.port))


async def test_a_failed_connect_leaves_the_port_to_nobody_else(driver: Driver) -> None:
    number, local = await bound(driver)
    await driver.completed(driver.ask(Connect(number, nowhere())))

    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("0.0.0.0", local.port))


async def test_a_socket_that_is_not_bound_cannot_connect(driver: Driver, peer: Listen) -> None:
    number = driver.create()

    refused = driver.refused(Connect(number, Endpoint("127.0.0.1", peer().port)))

    assert refused.reason is Reason.WRONG_STATE


async def test_a_bound_socket_connects_to_addresses_of_its_family_only(driver: Driver) -> None:
    number, _ = await bound(driver)

    refused = driver.refused(Connect(number, Endpoint("::1", 80)))

    assert (refused.reason, driver.state(number)) == (Reason.MALFORMED, State.BOUND)


async def test_ports_lost_between_two_connects_fail_the_second_one(driver: Driver, silence: Endpoint) -> None:
    number, local = await bound(driver)
    connect = driver.ask(Connect(number, silence))
    connection = driver.connection(number)
    with contextlib.closing(socket.socket()) as thief:
        connection.release_descriptor()
        thief.bind(("0.0.0.0", local.port))
        driver.engine.cancel(driver.session, connect.operation_id)
        again = await driver.completed(driver.ask(Connect(number, silence)))

    assert failed(again)[:3] == (Status.ADDRESS_ALREADY_EXISTS, Origin.LOCAL_HOST, Phase.BIND)
    assert driver.state(number) is State.BOUND
