"""The options and queries of a socket as a program uses them."""

from collections.abc import Callable

import pytest
from tests.peers import Peer

from telesock.client import AsyncSession, KeepAlive, QueryKind, Rejected

MakePeer = Callable[..., Peer]


async def test_options_are_set_and_read_by_name(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port, options={"no_delay": True})

    held = await connection.options.set(keep_alive=KeepAlive(True, 10.0), user_timeout=5.0)

    assert held["keep_alive"].idle == 10.0
    assert await connection.options.get("user_timeout") == 5.0
    assert (await connection.options.read())["no_delay"] is True


async def test_what_is_no_option_is_said_at_once_and_what_is_too_late_when_awaited(
    session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)

    with pytest.raises(TypeError, match="'nodelay' is no socket option"):
        await connection.options.set(no_delay=True, nodelay=True)
    assert await connection.options.get("no_delay") is False
    with pytest.raises(Rejected) as rejected:
        await connection.options.set(reuse_address=True)
    assert rejected.value.reason == "WRONG_STATE"


async def test_a_socket_is_asked_for_its_queues(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)

    found = await connection.query(QueryKind.UNSENT, QueryKind.TCP_INFO)

    assert (found.unsent_bytes, found.tcp_info.state) == (0, "ESTABLISHED")
