"""A listening socket: accepts, indications of connections, conditional accept."""

from typing import TYPE_CHECKING

from telesock.server.core.states import Category
from telesock.server.engine.sockets import Socket

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession


class Listener(Socket):
    """A socket that takes connections."""

    __slots__ = ()

    def __init__(
        self,
        engine: "Engine",
        session: "HeldSession",
        socket_id: int,
        category: Category = Category.LISTENING,
    ) -> None:
        super().__init__(engine, session, socket_id, category)
