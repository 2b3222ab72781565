"""Connects to Unix-domain paths and names: how they succeed, wait for room in a queue, and fail."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver, endpoints, failed

from telesock.server.core.events import BindResult, ConnectAttempt, ConnectResult
from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import Bind, Connect, Endpoint, Family
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

SOON = 0.05  # seconds
UNNAMED = Endpoint("unix:", 0)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Where sockets may go."""
    return f"unix:{tmp_path}"


@pytest.fixture
def full(tmp_path: Path) -> Iterator[socket.socket]:
    """A listener whose queue of one is full."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(tmp_path / "full"))
        listener.listen(0)
        first.connect(str(tmp_path / "full"))
        yield listener


async def test_the_family_follows_the_remote_address(unix: Driver, peer: Listen, folder: str) -> None:
    listener = peer(f"{folder}/far")

    connect = unix.connect(listener)
    completion = await unix.completed(connect)

    remote = Endpoint(listener.host, 0)
    assert completion.result == ConnectResult(UNNAMED, remote, (ConnectAttempt(remote, Status.SUCCESS),))
    connection = unix.connection(connect.socket_id)
    assert (connection.family, connection.state) == (Family.UNIX, State.CONNECTED)
    assert (await listener.accepted()).remote == UNNAMED


async def test_initial_data_goes_first(unix: Driver, peer: Listen, folder: str) -> None:
    listener = peer(f"{folder}/far")

    unix.connect(listener, initial_data=b"hello")

    await (await listener.accepted()).until_received(b"hello")


async def test_a_bound_socket_connects_under_its_name(unix: Driver, peer: Listen, folder: str) -> None:
    listener = peer(f"{folder}/far")
    bound = unix.create(family=Family.UNIX)
    await unix.completed(unix.ask(Bind(bound, Endpoint(f"{folder}/near", 0))))

    await unix.completed(unix.ask(Connect(bound, Endpoint(listener.host, 0))))

    assert (await listener.accepted()).remote == (f"{folder}/near", 0)


async def test_a_local_path_of_a_connect_is_made_and_goes_with_the_socket(
    unix: Driver, peer: Listen, folder: str, tmp_path: Path
) -> None:
    listener, near = peer(f"{folder}/far"), tmp_path / "near"

    connect = unix.connect(listener, local=Endpoint(f"{folder}/near", 0))
    completion = await unix.completed(connect)

    assert endpoints(completion.result) == (Endpoint(f"{folder}/near", 0), Endpoint(listener.host, 0))
    assert near.is_socket()
    await unix.close(connect.socket_id)
    assert not near.exists()


async def test_a_local_path_of_a_connect_is_gone_when_it_fails(
    unix: Driver, folder: str, tmp_path: Path
) -> None:
    local = Endpoint(f"{folder}/near", 0)

    completion = await unix.completed(unix.connect(Endpoint(f"{folder}/none", 0), local=local))

    assert (completion.status, os.listdir(tmp_path)) == (Status.NO_MATCH, [])


async def test_a_local_path_of_a_connect_is_judged_by_policy(
    unix: Driver, peer: Listen, folder: str, tmp_path: Path
) -> None:
    listener, elsewhere = peer(f"{folder}/far"), tmp_path.with_name("elsewhere")
    request = Connect(0, Endpoint(listener.host, 0), make=True, local=Endpoint(f"unix:{elsewhere}", 0))

    refused = unix.refused(request)

    assert (refused.reason, refused.metadata["host"]) == (
        Reason.DESTINATION_NOT_ALLOWED,
        f"unix:{elsewhere}",
    )
    assert (elsewhere.exists(), unix.engine.sockets) == (False, 0)


@pytest.mark.parametrize(
    ("remote", "local", "field"),
    [
        (Endpoint("localhost", 80), Endpoint("unix:/x", 0), "local.host"),
        (Endpoint("127.0.0.1", 80), Endpoint("unix:/x", 0), "local.host"),
        (Endpoint("unix:/x", 0), Endpoint("127.0.0.1", 0), "local.host"),
        (Endpoint("unix:/x", 0), Endpoint("unix:/y", 1), "port"),
        (Endpoint("unix:/x", 0), Endpoint("", 1), "port"),
        (Endpoint("unix:/x", 80), None, "port"),
        (Endpoint("unix:x", 0), None, "host"),
    ],
)
async def test_addresses_that_do_not_go_together_are_malformed(
    unix: Driver, remote: Endpoint, local: Endpoint | None, field: str
) -> None:
    refused = unix.refused(Connect(0, remote, make=True, local=local))

    assert (refused.reason, refused.metadata["field"]) == (Reason.MALFORMED, field)
    assert unix.engine.sockets == 0


@pytest.mark.parametrize(
    ("family", "host"), [(Family.IPV4, "unix:/x"), (Family.UNIX, "127.0.0.1"), (Family.UNIX, "localhost")]
)
async def test_a_remote_of_another_family_is_malformed(unix: Driver, family: Family, host: str) -> None:
    port = 0 if host.startswith("unix:") else 80

    refused = unix.refused(Connect(0, Endpoint(host, port), make=True, family=family))

    assert (refused.reason, refused.metadata["field"]) == (Reason.MALFORMED, "remote.host")


async def test_options_of_tcp_are_refused_before_anything_is_made(
    unix: Driver, peer: Listen, folder: str
) -> None:
    options = (SetOption(OptionKind.NO_DELAY, True),)

    refused = unix.refused(Connect(0, Endpoint(peer(f"{folder}/far").host, 0), make=True, options=options))

    assert (refused.reason, unix.engine.sockets) == (Reason.NOT_AVAILABLE, 0)


async def test_a_path_without_a_file_a_listener_or_streams_fails_as_what_it_is(
    unix: Driver, peer: Listen, folder: str, tmp_path: Path
) -> None:
    peer(f"{folder}/left").stop_listening()
    (tmp_path / "plain").write_text("")

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(str(tmp_path / "datagrams"))
        places = [f"{folder}/{name}" for name in ("none", "left", "plain", "plain/x", "datagrams")]
        outcomes = [failed(await unix.completed(unix.connect(Endpoint(host, 0)))) for host in places]

    assert outcomes == [
        (Status.NO_MATCH, Origin.LOCAL_HOST, Phase.CONNECT, "ENOENT"),
        (Status.CONNECTION_REFUSED, Origin.PEER, Phase.CONNECT, "ECONNREFUSED"),
        (Status.CONNECTION_REFUSED, Origin.PEER, Phase.CONNECT, "ECONNREFUSED"),
        (Status.NO_MATCH, Origin.LOCAL_HOST, Phase.CONNECT, "ENOTDIR"),
        (Status.NOT_SUPPORTED, Origin.LOCAL_HOST, Phase.CONNECT, "EPROTOTYPE"),
    ]


async def test_a_bound_socket_may_fail_as_often_as_it_likes_and_keeps_its_path(
    unix: Driver, peer: Listen, folder: str, tmp_path: Path
) -> None:
    near, far = Endpoint(f"{folder}/near", 0), Endpoint(f"{folder}/far", 0)
    bound = unix.create(family=Family.UNIX)
    binding = await unix.completed(unix.ask(Bind(bound, near)))

    failures = [(await unix.completed(unix.ask(Connect(bound, far)))).status for _ in range(3)]
    peer(far.host)
    completion = await unix.completed(unix.ask(Connect(bound, far)))

    assert (binding.result, failures) == (BindResult(near), [Status.NO_MATCH] * 3)
    assert endpoints(completion.result) == (near, far)
    await unix.close(bound)
    assert not (tmp_path / "near").exists()


async def test_a_connect_to_a_full_queue_waits_until_there_is_room(
    unix: Driver, full: socket.socket, folder: str
) -> None:
    connect = unix.connect(Endpoint(f"{folder}/full", 0))
    assert unix.completion(connect) is None

    full.accept()[0].close()

    assert (await unix.completed(connect)).status is Status.SUCCESS


async def test_a_connect_to_a_queue_that_stays_full_runs_out_of_time(
    unix: Driver, full: socket.socket, folder: str
) -> None:
    connect = unix.connect(Endpoint(f"{folder}/full", 0), timeout=SOON)

    assert failed(await unix.completed(connect)) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.CONNECT, "")
    assert unix.engine.sockets == 0


async def test_a_connect_that_waits_for_room_can_be_cancelled(
    unix: Driver, full: socket.socket, folder: str
) -> None:
    connect = unix.connect(Endpoint(f"{folder}/full", 0))

    outcome = unix.engine.cancel(unix.session, connect.operation_id)

    assert outcome is CancelOutcome.CANCELLED
    assert failed(await unix.completed(connect)) == (Status.CANCELLED, Origin.CANCEL, Phase.CONNECT, "")
    assert unix.engine.sockets == 0
