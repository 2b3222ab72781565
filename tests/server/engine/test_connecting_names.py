"""What a connect to a name asks for, and how it ends when there is no answer to go on with."""

import socket
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver, failed
from tests.server.engine.names import NAME, Names

from telesock.server.core.events import Completion, ConnectResult
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Bind, Connect, Endpoint, Family
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome
from telesock.server.engine.resolver import Answer

Listen = Callable[..., Peer]

SOON = 0.02  # seconds


def attempts(completion: Completion) -> list[tuple[str, str]]:
    assert isinstance(completion.result, ConnectResult)
    return [(attempt.remote.host, attempt.status.name) for attempt in completion.result.attempts]


async def connected(driver: Driver, port: int, timeout: float | None = None) -> Completion:
    """Connect to the name and return the completion."""
    return await driver.completed(driver.connect(Endpoint(NAME, port), timeout=timeout))


@pytest.mark.parametrize(
    ("answer", "status", "errno_name", "detail"),
    [
        ([], Status.NO_MATCH, "", "the name has no address of a usable family"),
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            Status.NO_MATCH,
            "",
            "'many.test' does not resolve: Name or service not known",
        ),
        (
            OSError(11, "too many names are being resolved"),
            Status.INSUFFICIENT_RESOURCES,
            "EAGAIN",
            "[Errno 11] too many names are being resolved",
        ),
    ],
)
async def test_a_name_without_an_address_fails_in_resolving(
    driver: Driver, answer: Answer, status: Status, errno_name: str, detail: str
) -> None:
    Names(driver).answer = answer

    completion = await connected(driver, 80)

    assert completion.cause is not None
    assert (completion.status, completion.cause.phase) == (status, Phase.RESOLVE)
    assert (completion.cause.errno_name, completion.cause.detail) == (errno_name, detail)
    assert (attempts(completion), driver.engine.sockets) == ([], 0)


async def test_a_name_that_takes_too_long_to_resolve_runs_out_of_time(driver: Driver) -> None:
    Names(driver)

    assert failed(await connected(driver, 80, timeout=SOON)) == (
        Status.IO_TIMEOUT,
        Origin.DEADLINE,
        Phase.RESOLVE,
        "",
    )


async def test_an_answer_that_comes_after_the_cancel_is_not_heard(driver: Driver, peer: Listen) -> None:
    listener = peer()
    connect = driver.connect(Endpoint("localhost", listener.port))  # a real lookup

    outcome = driver.engine.cancel(driver.session, connect.operation_id)
    completion = await driver.completed(connect)

    assert outcome is CancelOutcome.CANCELLED
    assert failed(completion) == (Status.CANCELLED, Origin.CANCEL, Phase.RESOLVE, "")


async def test_a_name_of_this_host_is_resolved_and_connected_to(driver: Driver, peer: Listen) -> None:
    listener = peer()

    completion = await driver.completed(
        driver.connect(Endpoint("localhost", listener.port), family=Family.IPV4)
    )

    assert attempts(completion) == [("127.0.0.1", "SUCCESS")]


# Which family is asked for


@pytest.mark.parametrize(
    ("fields", "family"),
    [
        ({}, socket.AF_UNSPEC),
        ({"family": Family.IPV4}, socket.AF_INET),
        ({"family": Family.IPV6}, socket.AF_INET6),
        ({"local": Endpoint("::1", 0)}, socket.AF_INET6),
        ({"local": Endpoint("127.0.0.9", 0)}, socket.AF_INET),
        ({"local": Endpoint("", 0)}, socket.AF_UNSPEC),
    ],
)
async def test_only_addresses_are_asked_for_that_the_socket_can_connect_to(
    driver: Driver, fields: dict[str, object], family: int
) -> None:
    names = Names(driver)

    driver.connect(Endpoint(NAME, 80), **fields)

    assert names.asked == [(NAME, 80, family)]


async def test_a_bound_socket_asks_for_addresses_of_its_family(driver: Driver) -> None:
    names = Names(driver)
    number = driver.create(family=Family.IPV6)
    driver.ask(Bind(number, Endpoint("", 0)))

    driver.ask(Connect(number, Endpoint(NAME, 80)))

    assert names.asked == [(NAME, 80, socket.AF_INET6)]


@pytest.mark.parametrize("remote", [NAME, "127.0.0.1"])
@pytest.mark.parametrize(
    ("local", "family"), [("localhost", Family.ANY), ("::1", Family.IPV4), ("127.0.0.1", Family.IPV6)]
)
async def test_a_local_address_that_is_no_literal_of_the_sockets_family_is_refused(
    driver: Driver, remote: str, local: str, family: Family
) -> None:
    Names(driver, "127.0.0.1")

    with pytest.raises(Refused) as refused:
        driver.connect(Endpoint(remote, 80), local=Endpoint(local, 0), family=family)

    assert refused.value.reason is Reason.MALFORMED
    assert driver.engine.sockets == 0


async def test_a_bound_socket_whose_name_does_not_resolve_keeps_its_descriptor_and_leaks_none(
    driver: Driver,
) -> None:
    names = Names(driver)
    names.answer = socket.gaierror(socket.EAI_NONAME, "unknown")
    bound = driver.create()
    await driver.completed(driver.ask(Bind(bound, Endpoint("127.0.0.1", 0))))
    before = driver.connection(bound).descriptor

    completion = await driver.completed(driver.ask(Connect(bound, Endpoint(NAME, 80))))

    assert completion.status is Status.NO_MATCH
    assert driver.connection(bound).descriptor is before
    assert driver.state(bound) is State.BOUND
