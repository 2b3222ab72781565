"""Sends of datagrams: each whole, in order, counted, and judged before anything leaves."""

import errno
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from tests.datagram_peers import DatagramPeer
from tests.server.engine.agents import Agent
from tests.server.engine.datagrams import bound, engines, fix, received, send
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, SendToResult
from telesock.server.core.limits import Limits
from telesock.server.core.options import OptionKind, Peer, SetOption
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import Close, Endpoint, Family, OperationKind, SendTo
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

MakesPeer = Callable[..., DatagramPeer]

BROADCAST = "127.255.255.255"


def sent(datagrams: int, size: int) -> Completion:
    return Completion(OperationKind.SEND_TO, Status.SUCCESS, size, None, SendToResult(datagrams))


def plain_error(plain: socket.socket, to: Endpoint) -> str:
    """What sending there meets without an agent."""
    try:
        plain.sendto(b"x", tuple(to))
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return ""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_the_datagrams_of_a_send_arrive_each_as_it_was_and_in_order(
    driver: Driver, host: str, datagram_peer: MakesPeer
) -> None:
    near, place = bound(driver, host)
    far = datagram_peer(host)

    operation = send(driver, near, b"one", b"", b"three", to=far.place)

    assert driver.completion(operation) == sent(3, 8)
    await far.until_heard(b"one", b"", b"three")
    assert far.sources == [place] * 3


async def test_a_datagram_may_be_as_large_as_the_protocol_lets_it_be(
    driver: Driver, far: DatagramPeer
) -> None:
    near, _ = bound(driver)
    largest = b"x" * 65_507

    send(driver, near, largest, to=far.place)

    await far.until_heard(largest)


async def test_the_first_that_the_host_refuses_ends_the_send_with_the_number_before_it(
    driver: Driver, far: DatagramPeer
) -> None:
    near, _ = bound(driver)

    completion = await driver.completed(send(driver, near, b"fits", bytes(65_508), b"y", to=far.place))

    assert failed(completion) == (Status.BUFFER_OVERFLOW, Origin.LOCAL_HOST, Phase.SEND, "EMSGSIZE")
    assert (completion.transferred_bytes, completion.result) == (4, SendToResult(1))
    send(driver, near, b"next", to=far.place)
    await far.until_heard(b"fits", b"next")


async def test_a_datagram_to_everybody_needs_the_option(driver: Driver) -> None:
    near, place = bound(driver, "0.0.0.0")
    everybody = Endpoint(BROADCAST, place.port)

    denied = await driver.completed(send(driver, near, b"hello", to=everybody))
    assert failed(denied) == (Status.ACCESS_DENIED, Origin.LOCAL_HOST, Phase.SEND, "EACCES")

    able, _ = bound(driver, "127.0.0.1", SetOption(OptionKind.BROADCAST, True))
    assert driver.completion(send(driver, able, b"hello", to=everybody)) == sent(1, 5)
    datagram = await received(driver, near)
    assert (datagram.data, datagram.broadcast, datagram.local) == (b"hello", True, everybody)


async def test_what_the_host_says_of_a_destination_out_of_reach_is_told(agent: Agent) -> None:
    driver = agent.start(allow=["198.51.100.0/24"])
    near, _ = bound(driver)
    nowhere = Endpoint("198.51.100.1", 9)  # from a loopback address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.bind(("127.0.0.1", 0))
        said = plain_error(plain, nowhere)

    completion = await driver.completed(send(driver, near, b"x", to=nowhere))

    assert (failed(completion)[3], completion.result) == (said, SendToResult(0))


# What is refused


async def test_a_destination_that_the_policy_denies_is_refused_by_name(driver: Driver) -> None:
    near, _ = bound(driver)

    refused = driver.refused(SendTo(near, (b"x",), Endpoint("10.1.2.3", 9)))

    assert (refused.reason, refused.metadata["host"], refused.metadata["port"]) == (
        Reason.DESTINATION_NOT_ALLOWED,
        "10.1.2.3",
        "9",
    )


@pytest.mark.parametrize("host", ["::1", "localhost", "unix:/tmp/x", ""])
async def test_a_destination_is_a_literal_of_the_sockets_family(driver: Driver, host: str) -> None:
    near, _ = bound(driver)

    refused = driver.refused(SendTo(near, (b"x",), Endpoint(host, 9)))

    assert refused.reason is Reason.MALFORMED


async def test_without_a_destination_a_fixed_one_is_needed(driver: Driver) -> None:
    near, _ = bound(driver)

    assert driver.refused(SendTo(near, (b"x",))).reason is Reason.WRONG_STATE


@pytest.mark.parametrize(
    "limits",
    [Limits(pending_send_bytes=1000), Limits(total_pending_send_bytes=1000)],
    ids=["socket", "agent"],
)
async def test_no_more_may_wait_than_the_limits_say_headers_included(
    agent: Agent, far: DatagramPeer, limits: Limits
) -> None:
    driver = agent.start(limits)
    near, _ = bound(driver)

    large = driver.refused(SendTo(near, (bytes(1000 - 27),), far.place))
    many = driver.refused(SendTo(near, (b"",) * 36, far.place))

    assert [each.reason for each in (large, many)] == [Reason.TOO_MANY_PENDING_BYTES] * 2
    assert driver.completion(send(driver, near, bytes(1000 - 28), to=far.place)) == sent(1, 972)
    assert driver.engine.pending_send_bytes == 0


# Turns: a socket that has sent enough lets others go first, and what is behind it waits


MANY = (b"",) * 1000  # more than a turn


async def test_a_send_of_many_datagrams_goes_on_in_later_turns(driver: Driver, far: DatagramPeer) -> None:
    near, _ = bound(driver)

    operation = send(driver, near, *MANY, to=far.place)
    at_once = operation.sequence

    assert await driver.completed(operation) == sent(1000, 0)
    assert at_once == 0


async def test_others_send_between_the_turns_of_one(driver: Driver, other: DatagramPeer) -> None:
    near, place = bound(driver)
    modest, _ = bound(driver)
    operation = send(driver, near, *MANY, to=place)

    mine = send(driver, modest, b"mine", to=other.place)

    assert (driver.completion(mine), operation.sequence) == (sent(1, 4), 0)


async def test_sends_complete_in_their_order(driver: Driver, far: DatagramPeer) -> None:
    near, _ = bound(driver)
    operations = [send(driver, near, *datas, to=far.place) for datas in (MANY, (b"x",), MANY, (b"y",))]

    for operation in operations:
        await driver.completed(operation)

    assert driver.order(*operations) == [0, 1, 2, 3]


async def test_a_cancelled_send_of_which_nothing_is_out_never_leaves(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, _ = bound(driver)
    before = send(driver, near, *MANY, to=far.place)
    operation = send(driver, near, b"never", to=other.place)
    after = send(driver, near, b"after", to=other.place)

    outcome = driver.engine.cancel(driver.session, operation.operation_id)

    completion = await driver.completed(operation)
    assert outcome is CancelOutcome.CANCELLED
    assert failed(completion) == (Status.CANCELLED, Origin.CANCEL, Phase.SEND, "")
    assert (completion.transferred_bytes, completion.result) == (0, SendToResult(0))
    assert before.sequence == 0
    await driver.completed(after)
    await other.until_heard(b"after")


async def test_it_is_too_late_to_cancel_a_send_of_which_a_datagram_is_out(
    driver: Driver, far: DatagramPeer
) -> None:
    near, _ = bound(driver)
    operation = send(driver, near, *MANY, to=far.place)

    assert driver.engine.cancel(driver.session, operation.operation_id) is CancelOutcome.TOO_LATE
    assert (await driver.completed(operation)).status is Status.SUCCESS


async def test_a_send_that_times_out_says_how_many_datagrams_are_out_and_the_next_one_leaves(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, _ = bound(driver)
    datas = tuple(b"x" * 1000 for _ in range(1000))
    operation = driver.ask(SendTo(near, datas, far.place, timeout=1e-9))
    following = send(driver, near, b"next", to=other.place)

    completion = await driver.completed(operation)

    assert failed(completion) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.SEND, "")
    assert isinstance(completion.result, SendToResult)
    assert 0 < completion.result.datagrams < 1000
    assert completion.transferred_bytes == 1000 * completion.result.datagrams
    await driver.completed(following)
    await other.until_heard(b"next")


async def test_a_close_completes_sends_with_what_is_out_and_the_rest_never_leaves(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, _ = bound(driver)
    operations = [send(driver, near, *MANY, to=far.place), send(driver, near, b"never", to=other.place)]

    closing = driver.ask(Close(near))

    endings = [await driver.completed(operation) for operation in operations]
    assert [failed(each)[:2] for each in endings] == [(Status.CANCELLED, Origin.CANCEL)] * 2
    counts = [each.result.datagrams for each in endings if isinstance(each.result, SendToResult)]
    assert (0 < counts[0] < 1000, counts[1]) == (True, 0)
    assert driver.order(*operations, closing) == [0, 1, 2]
    assert driver.engine.pending_send_bytes == 0


async def test_an_error_of_an_earlier_datagram_is_not_blamed_on_a_send_that_fails_by_itself(
    driver: Driver, far: DatagramPeer
) -> None:
    near, _ = bound(driver)
    fix(driver, near, OptionKind.FIXED_REMOTE, far.place)
    far.close()
    send(driver, near, b"to nobody")

    completion = await driver.completed(send(driver, near, bytes(65_508)))

    assert failed(completion)[3] == "EMSGSIZE"


# A kernel that takes no more. UDP on loopback takes everything, so these go to a Unix-domain socket whose queue is full.


class Full:
    """A datagram socket of the engine over a Unix-domain descriptor, and a peer that reads when it is told to."""

    def __init__(self, driver: Driver) -> None:
        self.near, _ = bound(driver)
        self.driver = driver
        self.peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.peer.setblocking(False)
        self.peer.bind("")  # the kernel chooses a name, unix(7)
        self._exchange()

    def _exchange(self) -> None:
        """Give the engine's socket another descriptor."""
        made, engine = engines(self.driver, self.near), self.driver.engine
        made.release_descriptor()
        made.descriptor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        engine.poller.register(made.descriptor.fileno(), made)
        made.family = Family.UNIX
        made.fixed_send_to = Peer(f"unix:@{self.peer.getsockname()[1:].decode()}", 0)

    def fill(self) -> int:
        """Send until a send waits; return how many did not."""
        count = 0
        while send(self.driver, self.near, b"%d" % count).sequence:
            count += 1
        return count

    def take(self) -> bytes:
        return self.peer.recv(100)


@pytest.fixture
async def full(agent: Agent) -> AsyncIterator[Full]:
    made = Full(agent.start(allow=["unix:@*"]))
    yield made
    made.peer.close()


async def test_a_send_that_the_kernel_does_not_take_waits_until_it_does(full: Full) -> None:
    count = full.fill()
    waiting = send(full.driver, full.near, b"waits")
    assert full.driver.engine.pending_send_bytes == len(b"%d" % count) + len(b"waits") + 2 * 28

    heard = [full.take() for _ in range(count)]
    await full.driver.completed(waiting)

    heard += [full.take() for _ in range(2)]
    assert heard == [b"%d" % number for number in range(count + 1)] + [b"waits"]


async def test_a_send_that_waits_can_be_withdrawn(full: Full) -> None:
    count = full.fill()
    first, second = send(full.driver, full.near, b"never"), send(full.driver, full.near, b"second")

    assert full.driver.engine.cancel(full.driver.session, first.operation_id) is CancelOutcome.CANCELLED

    heard = [full.take() for _ in range(count)]
    await full.driver.completed(second)
    heard += [full.take() for _ in range(2)]
    assert heard[count:] == [b"%d" % count, b"second"]


async def test_a_send_that_waits_times_out_without_having_sent(full: Full) -> None:
    full.fill()
    operation = full.driver.ask(SendTo(full.near, (b"never",), timeout=0.001))

    completion = await full.driver.completed(operation)

    assert failed(completion) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.SEND, "")
    assert completion.result == SendToResult(0)


async def test_a_batch_stops_where_the_kernel_takes_no_more_and_goes_on_from_there(full: Full) -> None:
    datas = [b"%d" % number for number in range(40)]
    operation = send(full.driver, full.near, *datas)
    assert 0 < operation.moved < sum(map(len, datas))

    heard: list[bytes] = []
    while len(heard) < len(datas):
        try:
            heard.append(full.take())
        except BlockingIOError:
            full.driver.engine.look()

    assert heard == datas
    assert await full.driver.completed(operation) == sent(40, sum(map(len, datas)))
