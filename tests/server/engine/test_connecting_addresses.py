"""A name's addresses are tried in turn, each with its share of the time; those that policy denies are passed over."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent, silent_address
from tests.server.engine.driver import Driver, endpoints, failed
from tests.server.engine.names import NAME, Names

from telesock.server.core.events import Completion, ConnectResult
from telesock.server.core.requests import Endpoint
from telesock.server.core.status import Origin, Phase, Status

Listen = Callable[..., Peer]

SOON = 0.02  # seconds


def attempts(completion: Completion) -> list[tuple[str, str]]:
    assert isinstance(completion.result, ConnectResult)
    return [(attempt.remote.host, attempt.status.name) for attempt in completion.result.attempts]


async def connected(driver: Driver, port: int, timeout: float | None = None) -> Completion:
    """Connect to the name and return the completion."""
    return await driver.completed(driver.connect(Endpoint(NAME, port), timeout=timeout))


async def test_the_next_address_is_tried_when_one_refuses(driver: Driver, peer: Listen) -> None:
    Names(driver, "127.0.0.3", "::1", "127.0.0.2", "127.0.0.4")
    listener = peer("127.0.0.2")

    completion = await connected(driver, listener.port)

    refused = Status.CONNECTION_REFUSED.name
    assert attempts(completion) == [("127.0.0.3", refused), ("::1", refused), ("127.0.0.2", "SUCCESS")]
    assert endpoints(completion.result)[1] == Endpoint("127.0.0.2", listener.port)
    assert (await listener.accepted()).local[0] == "127.0.0.2"


async def test_when_all_refuse_the_connect_fails_as_the_last_one_did(driver: Driver, peer: Listen) -> None:
    Names(driver, "127.0.0.2", "127.0.0.3")
    listener = peer()

    completion = await connected(driver, listener.port)

    assert failed(completion) == (Status.CONNECTION_REFUSED, Origin.PEER, Phase.CONNECT, "ECONNREFUSED")
    assert [host for host, _ in attempts(completion)] == ["127.0.0.2", "127.0.0.3"]
    assert driver.engine.sockets == 0


@pytest.fixture
def port(peer: Listen) -> Iterator[int]:
    """A port that answers nobody on 127.0.0.1 and everybody on 127.0.0.2."""
    with silent_address("127.0.0.1") as silence, contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.2", silence.port))
        listener.listen()
        yield silence.port


async def test_an_address_that_does_not_answer_has_only_its_share_of_the_time(
    driver: Driver, port: int
) -> None:
    Names(driver, "127.0.0.1", "127.0.0.2")
    began = driver.engine.loop.time()

    completion = await connected(driver, port, timeout=20 * SOON)

    assert attempts(completion) == [("127.0.0.1", "IO_TIMEOUT"), ("127.0.0.2", "SUCCESS")]
    assert driver.engine.loop.time() - began >= 10 * SOON


async def test_addresses_that_policy_denies_take_no_share_of_the_time(agent: Agent, port: int) -> None:
    driver = agent.start(allow=("127.0.0.1/32",))
    Names(driver, "127.0.0.1", *(f"10.0.0.{number}" for number in range(1, 20)))
    began = driver.engine.loop.time()

    await connected(driver, port, timeout=4 * SOON)

    assert driver.engine.loop.time() - began >= 4 * SOON


async def test_addresses_that_policy_denies_are_passed_over_and_listed(agent: Agent, port: int) -> None:
    driver = agent.start(allow=("127.0.0.2/32",))
    Names(driver, "127.0.0.1", "10.0.0.1", "127.0.0.2", "10.0.0.2")

    completion = await connected(driver, port)

    assert attempts(completion) == [
        ("127.0.0.1", "ACCESS_DENIED"),
        ("10.0.0.1", "ACCESS_DENIED"),
        ("127.0.0.2", "SUCCESS"),
    ]


async def test_a_name_whose_every_address_is_denied_fails_by_policy_and_sends_no_packet(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(allow=("127.0.0.2/32",))
    Names(driver, "127.0.0.1", "::1")
    listener = peer()

    completion = await connected(driver, listener.port)

    assert failed(completion) == (Status.ACCESS_DENIED, Origin.POLICY, Phase.CONNECT, "")
    assert completion.cause is not None
    assert completion.cause.detail == f"policy does not allow ::1 port {listener.port}"
    assert attempts(completion) == [("127.0.0.1", "ACCESS_DENIED"), ("::1", "ACCESS_DENIED")]
    assert listener.connections == []


async def test_no_more_than_sixty_four_addresses_are_tried(agent: Agent) -> None:
    driver = agent.start(allow=())
    Names(driver, *(f"127.0.1.{number}" for number in range(1, 100)))

    assert len(attempts(await connected(driver, 80))) == 64


async def test_a_connect_that_is_cancelled_between_two_addresses_lists_what_it_tried(
    driver: Driver, port: int
) -> None:
    Names(driver, "127.0.0.3", "127.0.0.1", "127.0.0.2")
    connect = driver.connect(Endpoint(NAME, port))
    await driver.until_seen(lambda: driver.connection(connect.socket_id).descriptor is not None)
    first = driver.connection(connect.socket_id).descriptor
    await driver.until_seen(lambda: driver.connection(connect.socket_id).descriptor not in (first, None))

    driver.engine.cancel(driver.session, connect.operation_id)

    assert [status for _, status in attempts(await driver.completed(connect))] == [
        "CONNECTION_REFUSED",
        "CANCELLED",
    ]
