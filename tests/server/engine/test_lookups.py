"""Names to addresses and back as operations: what they find, how they fail, and that nobody waits longer than asked."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, ResolveResult
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import Endpoint, Family, OperationKind, Resolve
from telesock.server.core.session import SessionEnd
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome
from telesock.server.engine.resolver import Resolver

STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM


def answer(monkeypatch: pytest.MonkeyPatch, found: list[tuple[Any, ...]] | OSError) -> list[tuple[Any, ...]]:
    """Let every name resolve to this; return what the system is asked."""
    asked: list[tuple[Any, ...]] = []

    def ask(*arguments: Any) -> list[tuple[Any, ...]]:
        asked.append(arguments)
        if isinstance(found, OSError):
            raise found
        return found

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return asked


class Slow:
    """A system that answers when it is let go. Numeric addresses, which are read with named flags, it knows at once."""

    def __init__(self) -> None:
        self.system = socket.getaddrinfo
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()
        self.answered = threading.Semaphore(0)

    def __call__(self, *arguments: Any, **flags: Any) -> list[tuple[Any, ...]]:
        if flags:
            return self.system(*arguments, **flags)
        self.asked.release()
        self.go.wait()
        self.answered.release()
        return [(socket.AF_INET, STREAM, 6, "", ("192.0.2.1", 0))]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield slow
    slow.go.set()


async def resolved(driver: Driver, request: Resolve) -> Completion:
    operation = driver.ask(request)
    assert (operation.kind, operation.socket_id) == (OperationKind.RESOLVE, 0)
    return await driver.completed(operation)


async def test_a_name_has_each_address_once_in_the_systems_order_and_its_canonical_name(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(
        monkeypatch,
        [
            (socket.AF_INET6, STREAM, 6, "real.test", ("2001:db8::1", 80, 0, 0)),
            (socket.AF_INET6, DATAGRAM, 17, "", ("2001:db8::1", 80, 0, 0)),
            (socket.AF_INET, STREAM, 6, "", ("192.0.2.1", 80)),
            (socket.AF_INET, DATAGRAM, 17, "", ("192.0.2.1", 80)),
        ],
    )

    completion = await resolved(driver, Resolve("alias.test", service="http"))

    addresses = (Endpoint("2001:db8::1", 80), Endpoint("192.0.2.1", 80))
    assert completion == Completion(
        OperationKind.RESOLVE, Status.SUCCESS, 0, None, ResolveResult(addresses, "real.test")
    )
    assert asked == [("alias.test", "http", socket.AF_UNSPEC, 0, 0, socket.AI_CANONNAME)]


async def test_a_family_is_asked_for(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, [(socket.AF_INET6, STREAM, 6, "", ("::1", 0, 0, 0))])

    completion = await resolved(driver, Resolve("some.test", family=Family.IPV6))

    assert completion.result == ResolveResult((Endpoint("::1", 0),), "")
    assert asked[0][1:3] == (None, socket.AF_INET6)


async def test_no_more_addresses_are_told_than_a_connect_would_try(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, [(socket.AF_INET, STREAM, 6, "", (f"192.0.2.{last}", 0)) for last in range(256)])

    completion = await resolved(driver, Resolve("many.test"))

    assert isinstance(completion.result, ResolveResult)
    assert completion.result.addresses == tuple(Endpoint(f"192.0.2.{last}", 0) for last in range(64))


@pytest.mark.parametrize(
    ("service", "port"), [("", 0), ("80", 80), ("65535", 65_535), ("http", 80), ("tftp", 69)]
)
async def test_a_service_is_a_number_or_the_name_of_one_of_any_protocol(
    service: str, port: int, driver: Driver
) -> None:
    completion = await resolved(driver, Resolve("127.0.0.1", service=service))

    assert completion.result == ResolveResult((Endpoint("127.0.0.1", port),), "127.0.0.1")


@pytest.mark.parametrize("service", ["65536", "70000", "-1", "+80", " 80", "²", "9" * 250])
async def test_a_service_that_the_system_would_take_for_another_number_is_refused(
    service: str, driver: Driver
) -> None:
    refused = driver.refused(Resolve("127.0.0.1", service=service))

    assert (refused.reason, refused.metadata["field"]) == (Reason.MALFORMED, "service")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), Status.NO_MATCH),
        (socket.gaierror(socket.EAI_NODATA, "no address"), Status.NO_MATCH),
        (socket.gaierror(socket.EAI_AGAIN, "no server answers"), Status.UNSUCCESSFUL),
        (socket.gaierror(socket.EAI_FAIL, "broken"), Status.UNSUCCESSFUL),
    ],
)
async def test_a_name_that_nobody_has_is_no_match_and_a_broken_name_service_is_not(
    error: OSError, status: Status, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, error)

    completion = await resolved(driver, Resolve("some.test"))

    assert failed(completion) == (status, Origin.PEER, Phase.RESOLVE, "")
    assert completion.cause is not None
    assert completion.cause.detail == error.strerror


@pytest.mark.parametrize(
    "request_",
    [
        Resolve("a..b"),
        Resolve("x" * 64 + ".test"),
        Resolve("::1", family=Family.IPV4),
        Resolve("127.0.0.1", service="no-such-service"),
        Resolve(address=Endpoint("192.0.2.1", 80), name_required=True),
    ],
)
async def test_what_cannot_be_found_is_no_match(request_: Resolve, driver: Driver) -> None:
    assert failed(await resolved(driver, request_))[0] is Status.NO_MATCH


async def test_a_name_without_a_usable_address_is_no_match(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, [])

    assert failed(await resolved(driver, Resolve("some.test"))) == (
        Status.NO_MATCH,
        Origin.PEER,
        Phase.RESOLVE,
        "",
    )


@pytest.mark.parametrize(
    ("address", "host", "service"),
    [
        (Endpoint("127.0.0.1", 80), "localhost", "http"),
        (Endpoint("192.0.2.1", 64_999), "192.0.2.1", "64999"),
        (Endpoint("2001:db8::1", 80), "2001:db8::1", "http"),
    ],
)
async def test_an_address_has_its_name_or_its_literal(
    address: Endpoint, host: str, service: str, driver: Driver
) -> None:
    completion = await resolved(driver, Resolve(address=address))

    assert completion.result == ResolveResult((), "", host, service)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Resolve("some.test", family=Family.UNIX), "family"),
        (Resolve(address=Endpoint("localhost", 80)), "address.host"),
        (Resolve(address=Endpoint("unix:/run/some", 0)), "address.host"),
    ],
)
async def test_what_names_and_addresses_cannot_be_is_refused(
    request_: Resolve, field: str, driver: Driver
) -> None:
    refused = driver.refused(request_)

    assert (refused.reason, refused.metadata["field"]) == (Reason.MALFORMED, field)
    assert (driver.session.ledger.highest_id, driver.session.jobs) == (0, {})


# Whoever waits


async def test_a_lookup_that_takes_too_long_times_out_and_its_late_answer_goes_nowhere(
    driver: Driver, slow: Slow
) -> None:
    completions = []
    while not slow.asked.acquire(blocking=False):  # one that is over before its turn came is never asked
        completions.append(await resolved(driver, Resolve("slow.test", timeout=0.001)))

    failures = {failed(completion) for completion in completions}
    assert failures == {(Status.IO_TIMEOUT, Origin.DEADLINE, Phase.RESOLVE, "")}
    slow.go.set()
    await asyncio.to_thread(slow.answered.acquire)
    await asyncio.sleep(0)
    assert (len(driver.events), driver.session.jobs) == (len(completions), {})


async def test_a_cancelled_lookup_ends_at_once_and_another_one_does_not_wait_for_it(
    driver: Driver, slow: Slow
) -> None:
    operation = driver.ask(Resolve("slow.test", timeout=60))

    assert driver.engine.cancel(driver.session, operation.operation_id) is CancelOutcome.CANCELLED

    assert failed(await driver.completed(operation)) == (Status.CANCELLED, Origin.CANCEL, Phase.RESOLVE, "")
    assert driver.engine.cancel(driver.session, operation.operation_id) is CancelOutcome.TOO_LATE
    assert driver.session.jobs == {}
    address = await resolved(driver, Resolve(address=Endpoint("127.0.0.1", 80)))
    assert address.status is Status.SUCCESS


async def test_a_lookup_ends_with_its_session(driver: Driver, slow: Slow) -> None:
    with driver.reading():
        operation = driver.ask(Resolve("slow.test"))

        driver.engine.sessions.end(driver.session, SessionEnd.LEASE_EXPIRED)

        completion = await driver.completed(operation)
        assert failed(completion) == (Status.CANCELLED, Origin.DEADLINE, Phase.RESOLVE, "")


async def test_a_lookup_that_is_one_too_many_fails_for_lack_of_room(driver: Driver, slow: Slow) -> None:
    driver.engine.resolver = Resolver(driver.engine.loop, threads=1, queued=1)
    operations = [driver.ask(Resolve("slow.test"))]
    assert await asyncio.to_thread(slow.asked.acquire, timeout=30)
    operations += [driver.ask(Resolve("slow.test")) for _ in range(2)]

    failures = [await driver.completed(each) for each in operations[2:]]

    assert [failed(each)[1:] for each in failures] == [(Origin.LOCAL_HOST, Phase.RESOLVE, "EAGAIN")]
    slow.go.set()
    assert [(await driver.completed(each)).status for each in operations[:2]] == [Status.SUCCESS] * 2
