"""What the host itself can do to a connect: refuse it on the spot, watch no more descriptors, wake it too early."""

import errno
from collections.abc import Callable

from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.requests import Connect, Endpoint
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.poller import Poller, Watcher

Listen = Callable[..., Peer]


class FullPoller(Poller):
    """Watches as many descriptors as its host allows: none (ENOSPC, see epoll_ctl(2))."""

    def register(self, descriptor: int, watcher: Watcher) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_an_address_that_the_host_cannot_reach_by_itself_fails_at_once(agent: Agent) -> None:
    driver = agent.start(allow=("fe80::/10",))

    connect = driver.connect(Endpoint("fe80::1", 80))  # without a scope: EINVAL, see ipv6(7)

    completion = driver.completion(connect)
    assert completion is not None
    assert failed(completion) == (Status.INVALID_PARAMETER, Origin.LOCAL_HOST, Phase.CONNECT, "EINVAL")
    assert driver.engine.sockets == 0


async def test_a_host_that_watches_no_more_descriptors_fails_the_connect_and_leaves_no_socket(
    driver: Driver, peer: Listen
) -> None:
    driver.engine.poller.close()
    driver.engine.poller = FullPoller(driver.engine.loop, lambda error: None)

    completion = await driver.completed(driver.connect(peer()))

    assert failed(completion) == (
        Status.INSUFFICIENT_RESOURCES,
        Origin.LOCAL_HOST,
        Phase.CONNECT,
        "ENOSPC",
    )
    assert driver.engine.sockets == 0


async def test_a_connect_that_is_woken_before_it_is_done_goes_on(driver: Driver, silence: Endpoint) -> None:
    connect = driver.connect(silence)

    driver.connection(connect.socket_id).on_ready(0)

    assert (connect.sequence, driver.state(connect.socket_id)) == (0, State.CONNECTING)


async def test_a_connect_of_one_socket_at_a_time(driver: Driver, silence: Endpoint) -> None:
    connect = driver.connect(silence)
    request = Connect(connect.socket_id, silence)

    again = driver.refused(request)

    assert again.metadata["state"] == "CONNECTING"
