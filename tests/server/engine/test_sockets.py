"""What every socket is: made, bound, numbered, limited, closed."""

import socket
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import BindResult, CloseResult, Completion
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    AnyRequest,
    Bind,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    OperationKind,
    Receive,
    Send,
    SetEventCallbacks,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.sockets import open_descriptor

Listen = Callable[..., Peer]

DONE = Completion(OperationKind.CREATE_SOCKET, Status.SUCCESS)
ANYWHERE = Endpoint("", 0)


def reason(driver: Driver, request: AnyRequest) -> Reason:
    return driver.refused(request).reason


def test_a_descriptor_blocks_nobody_and_an_ipv6_one_carries_no_ipv4() -> None:
    with open_descriptor(socket.AF_INET6) as descriptor:
        only = descriptor.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        assert (descriptor.getblocking(), only, descriptor.type) == (False, 1, socket.SOCK_STREAM)


@pytest.mark.parametrize("category", [Category.CONNECTION, Category.BASIC])
@pytest.mark.parametrize("family", [Family.ANY, Family.IPV4, Family.IPV6])
async def test_a_socket_is_made_at_once(driver: Driver, category: Category, family: Family) -> None:
    operation = driver.ask(CreateSocket(0, category, family))

    made = driver.session.socket(operation.socket_id)
    assert driver.completion(operation) == DONE
    assert (made.category, made.family, made.state) == (category, family or Family.IPV4, State.CREATED)
    assert driver.engine.sockets == 1


async def test_the_creator_may_choose_a_number_above_all_before(driver: Driver) -> None:
    numbers = [driver.create(socket_id=wanted) for wanted in (7, 0, 100)]

    assert numbers == [7, 8, 100]
    assert reason(driver, CreateSocket(100, Category.BASIC, Family.ANY)) is Reason.SOCKET_ID_USED
    assert reason(driver, CreateSocket(99, Category.BASIC, Family.ANY)) is Reason.SOCKET_ID_USED


async def test_a_basic_socket_can_only_be_closed(driver: Driver) -> None:
    number = driver.create(Category.BASIC)
    requests: list[AnyRequest] = [
        Bind(number, ANYWHERE),
        Connect(number, Endpoint("127.0.0.1", 80)),
        Send(number, b"x"),
        Receive(number, 1),
        Disconnect(number),
        Disconnect(number, abortive=True),
        SetEventCallbacks(number, Indications.DATA, Indications.NONE),
    ]

    assert {reason(driver, request) for request in requests} == {Reason.WRONG_CATEGORY}
    with pytest.raises(Refused):
        driver.session.socket(number).release(1, None)
    closed = Completion(OperationKind.CLOSE, Status.SUCCESS, result=CloseResult(False, 0))
    assert await driver.close(number) == closed
    assert reason(driver, Close(number)) is Reason.SOCKET_CLOSED


async def test_a_number_that_was_never_used_names_no_socket(driver: Driver) -> None:
    assert reason(driver, Close(5)) is Reason.SOCKET_UNKNOWN
    assert reason(driver, Close(0)) is Reason.SOCKET_UNKNOWN


# Bind


@pytest.mark.parametrize(
    ("family", "local", "host"),
    [
        (Family.IPV4, ANYWHERE, "0.0.0.0"),
        (Family.IPV6, ANYWHERE, "::"),
        (Family.IPV4, Endpoint("127.0.0.5", 0), "127.0.0.5"),
        (Family.IPV6, Endpoint("::1", 0), "::1"),
    ],
)
async def test_a_bind_fixes_the_port_and_says_which(
    driver: Driver, family: Family, local: Endpoint, host: str
) -> None:
    number = driver.create(family=family)

    completion = driver.completion(driver.ask(Bind(number, local)))

    assert completion is not None
    assert isinstance(completion.result, BindResult)
    assert (completion.result.local.host, completion.result.local.port > 0) == (host, True)
    assert driver.session.socket(number).local == completion.result.local
    assert driver.state(number) is State.BOUND


async def test_an_address_in_use_fails_the_bind_and_leaves_the_socket_as_it_was(
    driver: Driver, peer: Listen
) -> None:
    number = driver.create()

    completion = driver.completion(driver.ask(Bind(number, Endpoint("127.0.0.1", peer().port))))

    assert completion is not None
    assert failed(completion) == (
        Status.ADDRESS_ALREADY_EXISTS,
        Origin.LOCAL_HOST,
        Phase.BIND,
        "EADDRINUSE",
    )
    assert driver.state(number) is State.CREATED
    again = driver.completion(driver.ask(Bind(number, ANYWHERE)))
    assert again is not None
    assert again.status is Status.SUCCESS


@pytest.mark.parametrize("host", ["localhost", "::1", "nonsense", "1.2.3.4.5", "127.0.0.1\0", "x" * 1000])
async def test_a_bind_takes_literals_of_the_sockets_family_only(driver: Driver, host: str) -> None:
    number = driver.create()

    assert reason(driver, Bind(number, Endpoint(host, 0))) is Reason.MALFORMED
    assert driver.state(number) is State.CREATED


async def test_a_bound_socket_cannot_be_bound_again(driver: Driver) -> None:
    number = driver.create()
    driver.ask(Bind(number, ANYWHERE))

    assert reason(driver, Bind(number, ANYWHERE)) is Reason.WRONG_STATE
