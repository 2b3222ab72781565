"""Unix-domain sockets and their local addresses: which there are, who may have them, and how they are written."""

import os
import re

import pytest
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import listening

from telesock.server.core.events import BindResult
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import Bind, CreateSocket, Endpoint, Family
from telesock.server.core.states import Category, State
from telesock.server.engine.sockets import endpoint

CATEGORIES = [Category.CONNECTION, Category.LISTENING, Category.STREAM]
EXAMPLE = "policy does not allow {0}; the agent's --allow says where sockets may go, {0} for example"


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("/run/x", "unix:/run/x"),
        ("", "unix:"),
        (b"\0name", "unix:@name"),
        ("\0name", "unix:@name"),
        (b"\0\xff\xc3\xbc", "unix:@\\xffü"),
        (os.fsdecode(b"/run/\xfe"), "unix:/run/\\xfe"),
    ],
)
def test_every_name_that_the_kernel_gives_is_written_as_text(name: str | bytes, host: str) -> None:
    assert endpoint(name) == Endpoint(host, 0)
    assert host.encode()


@pytest.mark.parametrize("category", CATEGORIES)
async def test_an_empty_local_address_gives_a_name_that_nobody_has(unix: Driver, category: Category) -> None:
    made = [unix.create(category, Family.UNIX) for _ in range(2)]

    results = [(await unix.completed(unix.ask(Bind(each, Endpoint("", 0))))).result for each in made]

    hosts = {result.local.host for result in results if isinstance(result, BindResult)}
    assert len(hosts) == 2
    assert all(re.fullmatch("unix:@[0-9a-f]{5}", host) for host in hosts)


async def test_a_name_is_the_sockets_as_long_as_it_lives(unix: Driver) -> None:
    host = f"unix:@telesock-test-{os.getpid()}"
    first, local = listening(unix, host=host)
    second = unix.create(Category.LISTENING, Family.UNIX)

    while_held = await unix.completed(unix.ask(Bind(second, local)))
    await unix.close(first)
    afterwards = await unix.completed(unix.ask(Bind(second, local)))

    assert while_held.cause is not None
    assert (local.host, while_held.cause.errno_name, afterwards.result) == (
        host,
        "EADDRINUSE",
        BindResult(local),
    )


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("host", ["unix:/nowhere/near", "unix:@other"])
async def test_a_bind_goes_only_where_policy_allows_it(unix: Driver, category: Category, host: str) -> None:
    made = unix.create(category, Family.UNIX)

    refused = unix.refused(Bind(made, Endpoint(host, 0)))

    assert (refused.reason, refused.message) == (Reason.DESTINATION_NOT_ALLOWED, EXAMPLE.format(host))
    assert unix.state(made) is State.CREATED


async def test_nothing_unix_is_allowed_unless_somebody_said_so(driver: Driver) -> None:
    made = driver.create(Category.LISTENING, Family.UNIX)

    assert driver.refused(Bind(made, Endpoint("unix:@x", 0))).reason is Reason.DESTINATION_NOT_ALLOWED


@pytest.mark.parametrize(
    ("host", "end"),
    [
        ("unix:/it's", ", 'unix:/it'\"'\"'s' for example"),
        ("unix:/a/../b", "may go"),
        ("unix:/[b]", "may go"),
    ],
)
async def test_a_refusal_names_a_rule_only_if_it_would_do(driver: Driver, host: str, end: str) -> None:
    made = driver.create(Category.LISTENING, Family.UNIX)

    assert driver.refused(Bind(made, Endpoint(host, 0))).message.endswith(end)


@pytest.mark.parametrize(
    ("family", "host", "port", "field"),
    [
        (Family.UNIX, "unix:/x", 1, "port"),
        (Family.UNIX, "", 1, "port"),
        (Family.UNIX, "unix:x", 0, "host"),
        (Family.UNIX, "127.0.0.1", 0, "local.host"),
        (Family.IPV4, "unix:/x", 0, "local.host"),
        (Family.ANY, "unix:/x", 0, "local.host"),
    ],
)
async def test_a_local_address_that_the_socket_cannot_have_is_malformed(
    unix: Driver, family: Family, host: str, port: int, field: str
) -> None:
    made = unix.create(Category.LISTENING, family)

    refused = unix.refused(Bind(made, Endpoint(host, port)))

    assert (refused.reason, refused.metadata["field"]) == (Reason.MALFORMED, field)


async def test_datagrams_are_not_offered(unix: Driver) -> None:
    refused = unix.refused(CreateSocket(0, Category.DATAGRAM, Family.UNIX))

    assert (refused.reason, refused.message) == (
        Reason.MALFORMED,
        "spec.family: datagram sockets are IPv4 or IPv6, not Unix-domain",
    )
    assert unix.engine.sockets == 0
