"""Several identities on one agent, and every request that one of them can make about a session of another.

neighbours                                     # the fixture: an agent that knows ann, bob, eve, eva and kim
ann = await neighbours.opened("ann")            # an Owner (owners.py) who shows her token
eve = await neighbours.caller("eve")            # a Caller without a session
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from tests.agents import RunningAgent
from tests.identities import Metadata, People, bearer
from tests.promises.owners import TOKEN_KEY, Caller, Owner

from telesock.v1 import agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2
from telesock.v1.sockets_pb2 import BindRequest, CreateSocketRequest, SocketSpec
from telesock.v1.types_pb2 import SOCKET_CATEGORY_DATAGRAM, STATUS_SUCCESS, Endpoint

MODULES = (agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2)


def unary_requests() -> dict[str, type[Message]]:
    """The request of every unary method that is about a session, by the method's name."""
    services = [service for module in MODULES for service in module.DESCRIPTOR.services_by_name.values()]
    return {
        method.name: GetMessageClass(method.input_type)
        for service in services
        for method in service.methods
        if not method.server_streaming and "session_id" in method.input_type.fields_by_name
    }


REQUESTS = unary_requests()
READING = frozenset(
    {
        "GetSession",
        "GetSocket",
        "ListSockets",
        "GetOperation",
        "ListOperations",
        "WaitOperation",
        "ListFaults",
    }
)
"""Those of them that change nothing."""


class Neighbours:
    """An agent in this process, and those whom it knows."""

    def __init__(self, agent: RunningAgent, people: People, exits: contextlib.AsyncExitStack) -> None:
        self.agent = agent
        self.people = people
        self._exits = exits
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def channel(self, name: str) -> grpc.aio.Channel:
        """Somebody's connection."""
        if name not in self._channels:
            options = (("grpc.use_local_subchannel_pool", 1),)
            opening = grpc.aio.insecure_channel(self.agent.address, options)
            self._channels[name] = await self._exits.enter_async_context(opening)
        return self._channels[name]

    async def caller(self, name: str, *more: tuple[str, str]) -> Caller:
        """Somebody, with what the calls show beside the token of that identity."""
        return Caller(await self.channel(name), (*bearer(name), *more))

    async def opened(self, name: str, **fields: Any) -> Owner:
        """Open a session for somebody."""
        caller = await self.caller(name)
        opened = await caller.ask(sessions_pb2.OpenSessionRequest(**fields))
        return self.owning(caller.channel, opened, bearer(name))

    def owning(
        self, channel: grpc.aio.Channel, opened: sessions_pb2.OpenSessionResponse, shown: Metadata
    ) -> Owner:
        """Somebody with a session, who stops reading at the end."""
        owner = Owner(channel, opened)
        owner.metadata = (*owner.metadata, *shown)
        self._exits.push_async_callback(owner.close)
        return owner

    def lease_of(self, session_id: str) -> float:
        """When a lease ends."""
        [session] = [each for each in self.agent.engine.sessions if each.session_id == session_id]
        return session.lease.expires_at


async def as_observer(neighbours: Neighbours, name: str, owner: Owner) -> Owner:
    """Somebody who looks at the session of another, without its token."""
    opened = sessions_pb2.OpenSessionResponse(session_id=owner.session_id)
    observer = neighbours.owning(await neighbours.channel(name), opened, ())
    observer.metadata = bearer(name)
    return observer


def bytes_of(messages: Iterable[Message]) -> bytes:
    """All that messages say, to look for something in it."""
    return b"".join(message.SerializeToString() for message in messages)


def shown_with(ann: Owner, what: str) -> list[tuple[str, str]]:
    """What somebody shows who has nothing of a session, or its token."""
    return {"nothing": [], "her token": [(TOKEN_KEY, ann.opened.session_token)]}[what]


async def datagram_socket(owner: Owner) -> int:
    """Make and bind a datagram socket."""
    making = await owner.start(CreateSocketRequest(spec=SocketSpec(category=SOCKET_CATEGORY_DATAGRAM)))
    binding = BindRequest(socket_id=making.socket_id, local=Endpoint(host="127.0.0.1"))
    assert (await owner.run(binding)).status == STATUS_SUCCESS
    return making.socket_id


async def until(true: Callable[[], bool]) -> None:
    """Let the agent in this process go on until something is true."""
    while not true():  # noqa: ASYNC110 - it may be anything of the agent's
        await asyncio.sleep(0)


Move = Callable[..., Awaitable[Neighbours]]
"""The fixture move_in."""
