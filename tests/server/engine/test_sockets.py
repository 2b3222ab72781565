"""What every socket is: made, bound, numbered, limited, closed."""

import contextlib
import os
import resource
import socket
from collections.abc import Callable, Iterator

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import BindResult, CloseResult, Completion, SocketClosed
from telesock.server.core.limits import Limits
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
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category, State
from telesock.server.core.status import Cause, Origin, Phase, Status
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


@pytest.mark.parametrize("category", [Category.LISTENING, Category.DATAGRAM, Category.STREAM])
async def test_a_category_that_this_version_lacks_is_refused_by_name(
    driver: Driver, category: Category
) -> None:
    refused = driver.refused(CreateSocket(0, category, Family.ANY))

    assert refused.reason is Reason.NOT_AVAILABLE
    assert refused.metadata == {"category": category.name.lower()}


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


# Limits of agent and host


async def test_an_agent_that_is_full_makes_no_further_socket_until_one_is_closed(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(Limits(sockets=2))
    numbers = [driver.create() for _ in range(2)]
    other = driver.another()

    for request in (
        CreateSocket(0, Category.BASIC, Family.ANY),
        Connect(0, Endpoint("127.0.0.1", peer().port), make=True),
    ):
        assert reason(other, request) is Reason.TOO_MANY_SOCKETS
    await driver.close(numbers[0])

    assert other.create() == 1


@contextlib.contextmanager
def no_descriptors_left() -> Iterator[None]:
    """Let this process open nothing more (EMFILE, see getrlimit(2))."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 2, hard))
    taken: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(2))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_host_without_descriptors_fails_what_needs_one_and_the_agent_goes_on(
    driver: Driver, peer: Listen
) -> None:
    listener = peer()
    with no_descriptors_left():
        asked = [driver.ask(CreateSocket(0, Category.CONNECTION, Family.ANY)), driver.connect(listener)]
        endings = [failed(await driver.completed(operation)) for operation in asked]
        left = driver.engine.sockets

    emfile = (Status.INSUFFICIENT_RESOURCES, Origin.LOCAL_HOST, Phase.BIND, "EMFILE")
    assert (endings, left) == ([emfile, emfile], 0)
    await driver.meet(listener)


async def test_a_bound_socket_without_a_descriptor_connects_when_there_is_one_again(
    driver: Driver, peer: Listen
) -> None:
    number = driver.create()
    driver.ask(Bind(number, ANYWHERE))
    local = driver.session.socket(number).local
    gone = Endpoint("127.0.0.1", 1)
    connect = driver.ask(Connect(number, gone))
    with no_descriptors_left():
        await driver.completed(connect)

    again = await driver.completed(driver.ask(Connect(number, Endpoint("127.0.0.1", peer().port))))

    assert again.status is Status.SUCCESS
    assert local is not None
    assert driver.session.socket(number).local == Endpoint("127.0.0.1", local.port)


async def test_a_socket_that_goes_with_its_session_says_so_and_one_that_was_closed_does_not(
    driver: Driver,
) -> None:
    closed, left = driver.create(), driver.create(Category.BASIC)
    await driver.close(closed)
    with driver.reading():
        driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)
        told = driver.told(left), driver.told(closed, SocketClosed)

    cause = Cause(Origin.CANCEL, Phase.CLOSE, detail="the session was closed")
    assert told == ([DONE, SocketClosed(Status.CANCELLED, cause)], [])
