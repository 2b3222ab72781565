"""What a policy denies is refused or passed over, told in the session's story and told to the agent: and has no way around."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.datagram_peers import DatagramPeer
from tests.peers import Peer as TcpPeer
from tests.peers import PeerConnection
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import listening
from tests.server.engine.names import NAME, Names

from telesock.server.core.events import BindResult, PolicyDenied
from telesock.server.core.journal import Retention
from telesock.server.core.limits import Limits
from telesock.server.core.options import OptionKind, Peer, SetOption
from telesock.server.core.policy import LOOPBACK, Policy, PolicyAction
from telesock.server.core.refusal import Reason
from telesock.server.core.relays import RelayConnected
from telesock.server.core.requests import (
    Bind,
    Connect,
    Control,
    CreateSocket,
    Endpoint,
    Family,
    Listen,
    Relay,
    Resolve,
    SendTo,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Status

CONNECT, SEND_TO, LISTEN, RESOLVE = PolicyAction
METADATA = "169.254.169.254"
EVERYWHERE = ("0.0.0.0/0", "::/0")


def denial(policy: Policy, action: PolicyAction, host: str, port: int) -> PolicyDenied:
    return PolicyDenied(action, host, port, policy.judge(action, host, port).explanation)


def told(driver: Driver) -> list[tuple[int, PolicyDenied]]:
    return [(event.socket_id, event.body) for event in driver.events if isinstance(event.body, PolicyDenied)]


@pytest.fixture
async def port(peer: Callable[..., TcpPeer]) -> int:
    """Of a peer on 127.0.0.1."""
    return peer().port


# Connecting


async def test_a_refused_connect_is_told_in_the_story_and_to_the_agent(agent: Agent) -> None:
    driver = agent.start()
    expected = denial(Policy(), CONNECT, "10.1.2.3", 80)

    refused = driver.refused(connect("10.1.2.3", 80))

    assert (refused.reason, refused.message) == (Reason.DESTINATION_NOT_ALLOWED, expected.explanation)
    assert (told(driver), agent.denials) == ([(0, expected)], [expected])


async def test_the_session_s_own_policy_judges_and_not_the_agent_s(agent: Agent) -> None:
    driver = agent.start(allow=EVERYWHERE)
    driver.session.policy = Policy(("127.0.0.1/32",))

    assert driver.refused(connect("127.0.0.2", 80)).reason is Reason.DESTINATION_NOT_ALLOWED


@pytest.mark.parametrize("host", [METADATA, f"::ffff:{METADATA}", f"64:ff9b::{METADATA}", "2002:a9fe:a9fe::"])
async def test_a_metadata_address_is_denied_although_everything_is_allowed(agent: Agent, host: str) -> None:
    refused = agent.start(allow=EVERYWHERE).refused(connect(host, 80))

    assert refused.reason is Reason.DESTINATION_NOT_ALLOWED
    assert "a metadata address that has to be named" in refused.message


async def test_each_address_that_is_passed_over_is_told_on_the_socket_that_connects(
    agent: Agent, port: int
) -> None:
    driver = agent.start(allow=(*LOOPBACK,))
    Names(driver, "10.0.0.1", METADATA, "127.0.0.1")

    operation = driver.ask(connect(NAME, port))
    completion = await driver.completed(operation)

    assert completion.status is Status.SUCCESS
    expected = [denial(Policy(), CONNECT, host, port) for host in ("10.0.0.1", METADATA)]
    assert told(driver) == [(operation.socket_id, each) for each in expected]
    assert agent.denials == expected


async def test_a_name_that_is_not_allowed_is_not_asked_for(agent: Agent) -> None:
    driver = agent.start(allow=EVERYWHERE, allow_resolve=("*.lab",))
    names = Names(driver, "127.0.0.1")

    refused = driver.refused(connect("secret.of.mine.example", 80))

    assert (refused.reason, names.asked) == (Reason.NAME_NOT_ALLOWED, [])
    assert refused.metadata["host"] == "secret.of.mine.example"
    assert agent.denials == [
        denial(Policy(resolve=("*.lab",)), RESOLVE, "secret.of.mine.example", 0),
    ]


async def test_a_name_is_judged_by_what_it_resolves_to_this_time(agent: Agent, port: int) -> None:
    driver = agent.start(allow=("127.0.0.1/32",))
    Names(driver, "127.0.0.1")
    first = await driver.completed(driver.ask(connect(NAME, port)))
    Names(driver, METADATA)

    second = await driver.completed(driver.ask(connect(NAME, port)))

    assert (first.status, second.status) == (Status.SUCCESS, Status.ACCESS_DENIED)
    assert agent.denials == [denial(Policy(("127.0.0.1/32",)), CONNECT, METADATA, port)]


async def test_one_connect_asks_once_and_uses_what_it_judged(agent: Agent, port: int) -> None:
    driver = agent.start()
    names = Names(driver, "127.0.0.1", "127.0.0.2")

    completion = await driver.completed(driver.ask(connect(NAME, port)))

    assert (completion.status, len(names.asked)) == (Status.SUCCESS, 1)


# Relays


async def test_a_relay_to_what_is_not_allowed_does_not_begin(agent: Agent) -> None:
    driver = agent.start(allow_resolve=())
    listener, _ = listening(driver)

    address = driver.refused(Relay(listener, Endpoint(METADATA, 80)))
    name = driver.refused(Relay(listener, Endpoint(NAME, 80)))

    assert (address.reason, name.reason) == (Reason.DESTINATION_NOT_ALLOWED, Reason.NAME_NOT_ALLOWED)
    assert [socket_id for socket_id, _ in told(driver)] == [listener, 0]


async def test_each_client_of_a_relay_goes_only_where_the_name_leads_by_then(agent: Agent, port: int) -> None:
    driver = agent.start()
    Names(driver, "10.0.0.1")
    listener, local = listening(driver)
    driver.ask(Relay(listener, Endpoint(NAME, port)))

    with socket.create_connection(local):
        await driver.until(lambda: bool(told(driver)))

    assert agent.denials == [denial(Policy(), CONNECT, "10.0.0.1", port)]


# Datagrams


async def test_every_send_is_judged_and_a_fixed_address_when_it_is_set(
    agent: Agent, far: DatagramPeer
) -> None:
    driver = agent.start(allow=(f"127.0.0.1:{far.place.port}",))
    made = bound(driver, 0)

    allowed = await driver.completed(driver.ask(SendTo(made, (b"one", b"two"), far.place)))
    elsewhere = driver.refused(SendTo(made, (b"x",), Endpoint("127.0.0.2", far.place.port)))
    fixed = [
        driver.refused(Control(made, SetOption(kind, Peer(METADATA, 80))))
        for kind in (OptionKind.FIXED_REMOTE, OptionKind.FIXED_SEND_TO)
    ]

    assert allowed.status is Status.SUCCESS
    assert {each.reason for each in (elsewhere, *fixed)} == {Reason.DESTINATION_NOT_ALLOWED}
    assert [(socket_id, body.action, body.host) for socket_id, body in told(driver)] == [
        (made, SEND_TO, "127.0.0.2"),
        (made, SEND_TO, METADATA),
        (made, SEND_TO, METADATA),
    ]


async def test_a_port_that_was_chosen_for_datagrams_is_a_listen_and_any_port_is_none(agent: Agent) -> None:
    driver = agent.start(allow_listen=())
    chosen = driver.create(Category.DATAGRAM)

    refused = driver.refused(Bind(chosen, Endpoint("127.0.0.1", 1)))
    bound(driver, 0)

    assert refused.reason is Reason.LISTEN_NOT_ALLOWED
    assert (driver.state(chosen), told(driver)) == (
        State.CREATED,
        [(chosen, denial(Policy(listen=()), LISTEN, "127.0.0.1", 1))],
    )


# Listening


@pytest.mark.parametrize(
    ("rules", "family", "host", "allowed"),
    [
        (LOOPBACK, Family.IPV4, "127.0.0.1", True),
        (LOOPBACK, Family.IPV4, "", False),
        (LOOPBACK, Family.IPV6, "", False),
        (("0.0.0.0",), Family.IPV4, "", True),
        (("0.0.0.0",), Family.IPV4, "0.0.0.0", True),
        (("0.0.0.0",), Family.IPV6, "", False),
        (("::",), Family.IPV6, "", True),
        (("::",), Family.IPV4, "", False),
        (("127.0.0.1:80",), Family.IPV4, "127.0.0.1", False),
    ],
)
async def test_a_listener_is_judged_by_the_address_that_it_opens(
    agent: Agent, rules: tuple[str, ...], family: Family, host: str, allowed: bool
) -> None:
    driver = agent.start(allow_listen=rules)
    made = driver.create(Category.LISTENING, family)

    if allowed:
        assert isinstance(
            (await driver.completed(driver.ask(Bind(made, Endpoint(host, 0))))).result, BindResult
        )
    else:
        assert driver.refused(Bind(made, Endpoint(host, 0))).reason is Reason.LISTEN_NOT_ALLOWED
    assert driver.state(made) is (State.LISTENING if allowed else State.CREATED)


@pytest.mark.parametrize(("rules", "allowed"), [(("::",), False), (("::", "0.0.0.0"), True)])
async def test_a_listener_for_both_families_needs_both(
    agent: Agent, rules: tuple[str, ...], allowed: bool
) -> None:
    driver = agent.start(allow_listen=rules)
    both = SetOption(OptionKind.V6_ONLY, False)
    made = driver.ask(CreateSocket(0, Category.LISTENING, Family.IPV6, (both,))).socket_id

    if allowed:
        driver.ask(Bind(made, Endpoint("", 0)))
    else:
        refused = driver.refused(Bind(made, Endpoint("", 0)))
        assert (refused.reason, refused.metadata["host"]) == (Reason.LISTEN_NOT_ALLOWED, "0.0.0.0")
    assert driver.state(made) is (State.LISTENING if allowed else State.CREATED)


async def test_a_stream_socket_is_judged_when_it_listens_by_the_port_that_it_has(agent: Agent) -> None:
    driver = agent.start(allow_listen=())
    made, local = listening(driver, category=Category.STREAM)

    refused = driver.refused(Listen(made))
    driver.session.policy = Policy(listen=(f"127.0.0.1:{local.port}",))
    listens = await driver.completed(driver.ask(Listen(made)))

    assert (refused.reason, listens.status) == (Reason.LISTEN_NOT_ALLOWED, Status.SUCCESS)
    assert told(driver) == [(made, denial(Policy(listen=()), LISTEN, *local))]


# The agent's own sockets


@pytest.fixture
def own(tmp_path: Path) -> Iterator[str]:
    """A socket on which the agent itself would be reached."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/own.sock")
        listener.listen()
        yield f"{tmp_path}/own.sock"


@pytest.mark.parametrize("how", ["path", "slashes", "symbolic link", "hard link"])
async def test_an_owner_does_not_reach_the_agents_own_socket_through_the_agent(
    unix: Driver, own: str, tmp_path: Path, how: str
) -> None:
    unix.engine.unix_paths.guard(f"unix:{own}")
    link = tmp_path / "link"
    if how == "symbolic link":
        link.symlink_to(own)
    elif how == "hard link":
        link.hardlink_to(own)
    path = {"path": own, "slashes": own.replace("/own", "//own")}.get(how, str(link))
    listener, _ = listening(unix)
    to = Endpoint(f"unix:{path}", 0)

    refused = [unix.refused(Connect(0, to, make=True)), unix.refused(Relay(listener, to))]
    refused.append(unix.refused(Bind(unix.create(Category.STREAM, Family.UNIX), to)))

    assert [each.reason for each in refused] == [Reason.DESTINATION_NOT_ALLOWED] * 3
    assert {str(each) for each in refused} == {
        f"policy does not allow unix:{path}: the agent itself listens there"
    }


async def test_a_path_that_leads_to_the_agents_own_socket_after_it_was_judged_is_denied_when_it_connects(
    unix: Driver, own: str, tmp_path: Path, dial: Callable[[Endpoint], Awaitable[PeerConnection]]
) -> None:
    unix.engine.unix_paths.guard(f"unix:{own}")
    listener, address = listening(unix)
    relay = Endpoint(f"unix:{tmp_path}/later", 0)
    unix.ask(Relay(listener, relay))
    (tmp_path / "later").symlink_to(own)

    with contextlib.suppress(ConnectionResetError):  # which is what a client of such a relay gets
        await dial(address)
    await unix.until(lambda: unix.told(listener, RelayConnected) != [])

    (told,) = unix.told(listener, RelayConnected)
    assert isinstance(told, RelayConnected)
    assert told.status is Status.ACCESS_DENIED


# Resolving


async def test_a_lookup_is_judged_before_it_is_made(agent: Agent) -> None:
    driver = agent.start(allow_resolve=("*.lab", "127.0.0.0/8"))

    name = driver.refused(Resolve(name="localhost"))
    address = driver.refused(Resolve(address=Endpoint("10.0.0.1", 0)))

    assert (name.reason, address.reason) == (Reason.NAME_NOT_ALLOWED, Reason.NAME_NOT_ALLOWED)
    policy = Policy(resolve=("*.lab", "127.0.0.0/8"))
    assert agent.denials == [denial(policy, RESOLVE, host, 0) for host in ("localhost", "10.0.0.1")]


async def test_nobody_is_asked_about_a_literal_so_it_is_not_judged(agent: Agent) -> None:
    driver = agent.start(allow_resolve=())

    completion = await driver.completed(driver.ask(Resolve(name="10.0.0.1")))

    assert (completion.status, agent.denials) == (Status.SUCCESS, [])


async def test_what_looks_like_a_path_is_a_name_to_a_lookup(agent: Agent) -> None:
    driver = agent.start(allow=("unix:/*",), allow_resolve=())

    assert driver.refused(Resolve(name="unix:/x")).reason is Reason.NAME_NOT_ALLOWED


# The journal


async def test_a_denial_without_room_in_the_journal_is_told_to_the_agent_alone(agent: Agent) -> None:
    driver = agent.start(Limits(journal_events=2), retention=Retention.UNTIL_ACKNOWLEDGED)

    for _ in range(5):
        driver.refused(connect("10.0.0.1", 80))

    assert (len(told(driver)), len(agent.denials)) == (2, 5)


def connect(host: str, port: int) -> Connect:
    return Connect(0, Endpoint(host, port), make=True)


def bound(driver: Driver, port: int) -> int:
    made = driver.create(Category.DATAGRAM)
    driver.ask(Bind(made, Endpoint("127.0.0.1", port)))
    assert driver.state(made) is State.BOUND
    return made
