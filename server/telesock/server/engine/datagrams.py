"""A datagram socket."""

from typing import TYPE_CHECKING

from telesock.server.core.states import Category
from telesock.server.engine.sockets import Socket

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession


class DatagramSocket(Socket):
    """A socket that sends and receives datagrams."""

    __slots__ = ()

    def __init__(self, engine: "Engine", session: "HeldSession", socket_id: int) -> None:
        super().__init__(engine, session, socket_id, Category.DATAGRAM)
