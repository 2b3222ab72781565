"""Unix-domain sockets through gRPC: what the peer sees of them, where they are allowed, and what they are not."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.wire.caller import Caller, Place
from tests.wire.conftest import StartCaller
from tests.wire.refusals import refusal, refused
from tests.wire.story import cause_of, status_of

from telesock.v1 import options_pb2, sockets_pb2, types_pb2

StartAgent = Callable[..., Awaitable[RunningAgent]]
UNIX = types_pb2.ADDRESS_FAMILY_UNIX
NOT_AVAILABLE = ("UNIMPLEMENTED", "NOT_AVAILABLE")


@pytest.fixture
async def unix(start_agent: StartAgent, start_caller: StartCaller, tmp_path: Path) -> Caller:
    """A caller whose agent allows paths in the test's folder, and the abstract names of these tests."""
    agent = await start_agent(allow=(f"unix:{tmp_path}/*", "unix:@telesock-test-*"))
    return await start_caller(agent)


@pytest.fixture
async def far(tmp_path: Path) -> AsyncIterator["Far"]:
    peer = Far(tmp_path / "far")
    yield peer
    peer.close()


class Far:
    """A Unix-domain peer of this process, one connection."""

    def __init__(self, path: Path) -> None:
        self.place = Place(f"unix:{path}", 0)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._connections: list[socket.socket] = []

    async def accepted(self) -> socket.socket:
        self._listener.setblocking(False)
        connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
        connection.settimeout(20)
        self._connections.append(connection)
        return connection

    def close(self) -> None:
        for each in (self._listener, *self._connections):
            each.close()


async def listening(unix: Caller, host: str) -> tuple[int, Place]:
    """Make a listener on a path or a name."""
    return await unix.listening(host, family=UNIX)


async def test_a_connection_sends_receives_and_disconnects_gracefully(unix: Caller, far: Far) -> None:
    connection = await unix.connected(far.place)
    peer = await far.accepted()

    sending = await unix.send(connection, b"hello")
    disconnecting = await unix.disconnect(connection, b", bye")

    assert [await unix.status(each) for each in (sending, disconnecting)] == ["SUCCESS", "SUCCESS"]
    assert await asyncio.to_thread(peer.recv, 100, socket.MSG_WAITALL) == b"hello, bye"
    peer.sendall(b"answer")
    peer.shutdown(socket.SHUT_WR)
    reading = await unix.receive(connection, 100, wait_all=True)
    assert (await unix.wait(reading)).receive.data == b"answer"
    assert await unix.state(connection) == "DISCONNECTED"


async def test_an_acknowledged_send_waits_until_the_peers_program_has_read_it(unix: Caller, far: Far) -> None:
    connection = await unix.connected(far.place)
    peer = await far.accepted()

    sending = await unix.send_acknowledged(connection, b"hello")
    assert await unix.pending(sending)
    assert await asyncio.to_thread(peer.recv, 100) == b"hello"

    assert await unix.status(sending) == "SUCCESS"


async def test_a_listener_accepts_under_its_path_which_goes_with_it(unix: Caller, tmp_path: Path) -> None:
    path = tmp_path / "near"
    listener, place = await listening(unix, f"unix:{path}")
    accepting = await unix.accept(listener)

    connection = await unix.connected(place)

    accepted = (await unix.wait(accepting)).accept
    assert (accepted.local.host, accepted.remote.host) == (f"unix:{path}", "unix:")
    await unix.send(connection, b"hello")
    reading = await unix.receive(accepted.socket_id, 5, wait_all=True)
    assert (await unix.wait(reading)).receive.data == b"hello"
    assert path.is_socket()
    await unix.status(await unix.close(listener))
    assert not path.exists()


async def test_a_file_that_was_there_is_never_touched(unix: Caller, tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("precious")
    made = await unix.create(types_pb2.SOCKET_CATEGORY_LISTENING, family=UNIX)

    completion = await unix.wait(await unix.bind(made.socket_id, f"unix:{path}"))

    assert (status_of(completion), cause_of(completion)[2]) == ("ADDRESS_ALREADY_EXISTS", "EADDRINUSE")
    await unix.status(await unix.close(made.socket_id))
    assert path.read_text() == "precious"


async def test_a_name_in_the_abstract_namespace_makes_no_file(unix: Caller) -> None:
    _, place = await listening(unix, "unix:@telesock-test-1")

    assert place.host == "unix:@telesock-test-1"
    assert await unix.status(await unix.connect(place)) == "SUCCESS"


async def test_a_peer_whose_name_is_no_text_is_told_of_all_the_same(unix: Caller, tmp_path: Path) -> None:
    listener, _ = await listening(unix, f"unix:{tmp_path}/near")
    accepting = await unix.accept(listener)

    with socket.socket(socket.AF_UNIX) as far:
        far.bind(b"\0telesock-\xff-%d" % os.getpid())
        far.connect(f"{tmp_path}/near")
        accepted = (await unix.wait(accepting)).accept

    assert accepted.remote.host == f"unix:@telesock-\\xff-{os.getpid()}"


async def test_a_local_path_of_a_connect_is_judged_by_policy_too(
    unix: Caller, far: Far, tmp_path: Path
) -> None:
    host = f"unix:{tmp_path.with_name('elsewhere')}"

    code, reason, facts = await refusal(unix.connect(far.place, local={"host": host}))

    assert (code, reason, facts["host"]) == ("PERMISSION_DENIED", "DESTINATION_NOT_ALLOWED", host)
    assert "elsewhere" not in os.listdir(tmp_path.parent)


@pytest.mark.parametrize("host", ["unix:/nowhere", "unix:@other", "unix:{folder}/../x"])
async def test_what_the_policy_does_not_allow_is_neither_connected_to_nor_made(
    host: str, unix: Caller, tmp_path: Path
) -> None:
    host = host.format(folder=tmp_path)
    made = await unix.create(types_pb2.SOCKET_CATEGORY_LISTENING, family=UNIX)

    for call in (unix.connect(Place(host, 0)), unix.bind(made.socket_id, host)):
        code, reason, facts = await refusal(call)
        assert (code, reason, facts["host"]) == ("PERMISSION_DENIED", "DESTINATION_NOT_ALLOWED", host)


async def test_nothing_unix_is_allowed_unless_somebody_said_so(caller: Caller) -> None:
    assert (await refused(caller.connect(Place("unix:/run/x", 0))))[1] == "DESTINATION_NOT_ALLOWED"


async def test_a_path_where_nobody_listens_is_refused_and_one_that_is_not_there_has_no_match(
    unix: Caller, far: Far, tmp_path: Path
) -> None:
    far.close()

    refused_by_nobody = await unix.wait(await unix.connect(far.place))
    missing = await unix.wait(await unix.connect(Place(f"unix:{tmp_path}/missing", 0)))

    assert cause_of(refused_by_nobody)[1:] == ("CONNECT", "ECONNREFUSED")
    assert (status_of(missing), cause_of(missing)[2]) == ("NO_MATCH", "ENOENT")


@pytest.mark.parametrize(
    ("place", "field"),
    [(Place("unix:/x", 80), "port"), (Place("unix:" + "x" * 108, 0), "host")],
)
async def test_an_address_that_cannot_be_is_malformed(place: Place, field: str, unix: Caller) -> None:
    code, reason, facts = await refusal(unix.connect(place))

    assert (code, reason, facts["field"]) == ("INVALID_ARGUMENT", "MALFORMED", field)


async def test_datagrams_are_not_offered(unix: Caller) -> None:
    _, reason, facts = await refusal(unix.create(types_pb2.SOCKET_CATEGORY_DATAGRAM, family=UNIX))

    assert (reason, facts["field"]) == ("MALFORMED", "spec.family")


async def test_what_only_tcp_has_is_not_available(unix: Caller, far: Far) -> None:
    connection = await unix.connected(far.place)

    assert await refused(unix.query(connection, options_pb2.QUERY_KIND_TCP_INFO)) == NOT_AVAILABLE
    assert await refused(unix.set_option(connection, silent=True)) == NOT_AVAILABLE
    backlog = await unix.wait(await unix.query(connection, options_pb2.QUERY_KIND_RECEIVE_BACKLOG))
    assert backlog.control.queries.receive_backlog_bytes == 0


async def test_an_abort_completes_what_is_pending_and_the_peer_reads_an_end(unix: Caller, far: Far) -> None:
    connection = await unix.connected(
        far.place, callbacks={"enable": [sockets_pb2.INDICATION_KIND_DISCONNECT]}
    )
    peer = await far.accepted()
    receiving = await unix.receive(connection, 1)

    assert await unix.status(await unix.abort(connection)) == "SUCCESS"

    assert await unix.status(receiving) == "CONNECTION_ABORTED"
    assert await asyncio.to_thread(peer.recv, 1) == b""


async def test_a_full_queue_makes_a_connect_wait_until_there_is_room(unix: Caller, tmp_path: Path) -> None:
    options: list[Any] = [{"backlog": 1}]
    listener, place = await unix.listening(f"unix:{tmp_path}/narrow", family=UNIX, options=options)
    waiting = [await unix.connect(place, timeout=20.0) for _ in range(4)]

    accepts = [await unix.accept(listener) for _ in waiting]

    assert {await unix.status(each) for each in (*waiting, *accepts)} == {"SUCCESS"}
