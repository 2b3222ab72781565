"""A client made of the generated stubs alone, so that what a test says is what went over gRPC.

connection, far = await caller.meet(peer())              # a socket's number, and the peer's end of it
operation = await caller.send(connection, b"hello")      # the Operation, as the agent answered
completion = await caller.wait(operation)                # its Completion
story = await caller.events()                            # every Event so far (story.py reads them)

A method takes further fields of its request by name; `timeout` and `lease_duration` are seconds.
"""

import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any, NamedTuple

import grpc
from google.protobuf.duration_pb2 import Duration
from tests.peers import Peer, PeerConnection
from tests.wire.story import Completion, Event, Operation, status_of

from telesock.v1 import (
    events_pb2,
    operations_pb2,
    operations_pb2_grpc,
    sessions_pb2,
    sessions_pb2_grpc,
    sockets_pb2,
    sockets_pb2_grpc,
    types_pb2,
)


class Place(NamedTuple):
    """Where to connect to; a Peer will do as well."""

    host: str
    port: int


class Caller:
    """One session, driven by unary calls. `open` first."""

    def __init__(self, address: str) -> None:
        options = (("grpc.use_local_subchannel_pool", 1),)  # else two callers would share one connection
        self.channel = grpc.aio.insecure_channel(address, options=options)
        self.sockets = sockets_pb2_grpc.SocketServiceStub(self.channel)
        self.operations = operations_pb2_grpc.OperationServiceStub(self.channel)
        self.sessions = sessions_pb2_grpc.SessionServiceStub(self.channel)
        self.session_id = ""
        self.metadata: tuple[tuple[str, str], ...] = ()

    async def open(self, **fields: Any) -> "Caller":
        """Open the session."""
        answer = await self._call(
            self.sessions.OpenSession, sessions_pb2.OpenSessionRequest(**_with_durations(fields))
        )
        self.session_id = answer.session_id
        self.metadata = (("telesock-session-token", answer.session_token),)
        return self

    async def _call(self, method: Any, request: Any) -> Any:
        return await method(request, metadata=self.metadata)

    # Sockets: each returns the operation at once

    async def create(
        self,
        category: int = types_pb2.SOCKET_CATEGORY_CONNECTION,
        options: Any = (),
        family: int = 0,
        **fields: Any,
    ) -> Operation:
        spec = {"category": category, "family": family, "options": options}
        return await self._ask("CreateSocket", spec=spec, **fields)

    async def bind(self, socket_id: int, host: str = "127.0.0.1", port: int = 0, **fields: Any) -> Operation:
        return await self._ask("Bind", socket_id=socket_id, local={"host": host, "port": port}, **fields)

    async def connect(self, to: Peer | Place, **fields: Any) -> Operation:
        """Make, bind and connect a socket."""
        return await self.connect_bound(fields.pop("socket_id", 0), to, **{"spec": {}, **fields})

    async def connect_bound(self, socket_id: int, to: Peer | Place, **fields: Any) -> Operation:
        """Connect a socket that is bound."""
        remote = {"host": to.host, "port": to.port}
        return await self._ask("Connect", socket_id=socket_id, remote=remote, **fields)

    async def send(self, socket_id: int, data: bytes, **fields: Any) -> Operation:
        return await self._ask("Send", socket_id=socket_id, data=data, **fields)

    async def send_acknowledged(self, socket_id: int, data: bytes, **fields: Any) -> Operation:
        """Send, to be done when the peer's TCP has it."""
        return await self.send(socket_id, data, level=sockets_pb2.SEND_LEVEL_ACKNOWLEDGED, **fields)

    async def receive(self, socket_id: int, length: int = 0, **fields: Any) -> Operation:
        return await self._ask("Receive", socket_id=socket_id, length=length, **fields)

    async def disconnect(self, socket_id: int, final_data: bytes = b"", **fields: Any) -> Operation:
        return await self._ask("Disconnect", socket_id=socket_id, final_data=final_data, **fields)

    async def abort(self, socket_id: int, **fields: Any) -> Operation:
        """Disconnect abortively."""
        return await self.disconnect(socket_id, mode=sockets_pb2.DISCONNECT_MODE_ABORTIVE, **fields)

    async def close(self, socket_id: int, **fields: Any) -> Operation:
        return await self._ask("Close", socket_id=socket_id, **fields)

    async def listen(self, socket_id: int, **fields: Any) -> Operation:
        return await self._ask("Listen", socket_id=socket_id, **fields)

    async def accept(self, socket_id: int, **fields: Any) -> Operation:
        return await self._ask("Accept", socket_id=socket_id, **fields)

    async def relay(self, socket_id: int, to: Peer | Place, **fields: Any) -> Operation:
        upstream = {"host": to.host, "port": to.port}
        return await self._ask("Relay", socket_id=socket_id, upstream=upstream, **fields)

    async def inspect_complete(
        self, socket_id: int, inspect_id: int, accept: bool, **fields: Any
    ) -> Operation:
        return await self._ask(
            "InspectComplete", socket_id=socket_id, inspect_id=inspect_id, accept=accept, **fields
        )

    async def send_to(
        self, socket_id: int, *datagrams: bytes, to: Place | None = None, **fields: Any
    ) -> Operation:
        remote = None if to is None else {"host": to.host, "port": to.port}
        return await self._ask("SendTo", socket_id=socket_id, datagrams=datagrams, remote=remote, **fields)

    async def receive_from(self, socket_id: int, length: int = 0, **fields: Any) -> Operation:
        return await self._ask("ReceiveFrom", socket_id=socket_id, length=length, **fields)

    async def set_option(self, socket_id: int, **option: Any) -> Operation:
        """Set the one option that is named."""
        return await self._ask("ControlSocket", socket_id=socket_id, set=option)

    async def get_options(self, socket_id: int, *kinds: int) -> Operation:
        return await self._ask("ControlSocket", socket_id=socket_id, get={"kinds": kinds})

    async def query(self, socket_id: int, *kinds: int) -> Operation:
        return await self._ask("ControlSocket", socket_id=socket_id, query={"kinds": kinds})

    async def resolve(self, name: str = "", **fields: Any) -> Operation:
        return await self._ask("Resolve", **({"name": name} if name else {}), **fields)

    async def chain(self, *commands: dict[str, Any], hard: bool = False, **fields: Any) -> list[Operation]:
        """Submit a chain of commands; return the chain's operation and those of its links."""
        request = sessions_pb2.SubmitChainRequest(
            session_id=self.session_id,
            links=[{"command": command, "hard": hard} for command in commands],
            **_with_durations(fields),
        )
        answer = await self._call(self.sessions.SubmitChain, request)
        operations: list[Operation] = list(answer.operations)
        return operations

    async def set_event_callbacks(self, socket_id: int, **fields: Any) -> Operation:
        return await self._ask("SetEventCallbacks", socket_id=socket_id, **fields)

    async def _ask(self, method: str, **fields: Any) -> Operation:
        message = getattr(sockets_pb2, f"{method}Request")
        request = message(session_id=self.session_id, **_with_durations(fields))
        answer = await self._call(getattr(self.sockets, method), request)
        operation: Operation = answer.operation
        return operation

    async def release(self, event: Event, **fields: Any) -> int:
        """Give credit back for an event; return the bytes that may be indicated now."""
        request = sockets_pb2.ReleaseRequest(
            session_id=self.session_id, socket_id=event.socket_id, sequence=event.sequence, **fields
        )
        available: int = (await self._call(self.sockets.Release, request)).available_credit_bytes
        return available

    async def socket(self, socket_id: int) -> sockets_pb2.Socket:
        """Return a socket as it is now."""
        request = sockets_pb2.GetSocketRequest(session_id=self.session_id, socket_id=socket_id)
        socket: sockets_pb2.Socket = (await self._call(self.sockets.GetSocket, request)).socket
        return socket

    async def state(self, socket_id: int) -> str:
        """Return a socket's state by its short name."""
        state = (await self.socket(socket_id)).state
        return types_pb2.SocketState.Name(state).removeprefix("SOCKET_STATE_")

    async def list_sockets(self) -> list[int]:
        """Return the numbers of the session's sockets."""
        request = sockets_pb2.ListSocketsRequest(session_id=self.session_id)
        answer = await self._call(self.sockets.ListSockets, request)
        return [socket.socket_id for socket in answer.sockets]

    # Shorter ways

    async def made(self, category: int = types_pb2.SOCKET_CATEGORY_CONNECTION) -> int:
        """Make a socket and return its number."""
        return await self._succeeded(await self.create(category))

    async def listening(self, host: str = "127.0.0.1", faults: Any = (), **spec: Any) -> tuple[int, Place]:
        """Make a listener; return its number and where it listens."""
        asked = {"category": types_pb2.SOCKET_CATEGORY_LISTENING, **spec}
        listener = await self._succeeded(await self._ask("CreateSocket", spec=asked, faults=faults))
        return listener, await self._place(await self.bind(listener, host))

    async def datagram(self, host: str = "127.0.0.1", faults: Any = (), **spec: Any) -> tuple[int, Place]:
        """Make and bind a datagram socket; return its number and its address."""
        asked = {"category": types_pb2.SOCKET_CATEGORY_DATAGRAM, **spec}
        socket = await self._succeeded(await self._ask("CreateSocket", spec=asked, faults=faults))
        return socket, await self._place(await self.bind(socket, host))

    async def _place(self, binding: Operation) -> Place:
        completion = await self.wait(binding)
        assert status_of(completion) == "SUCCESS", completion
        return Place(completion.bind.local.host, completion.bind.local.port)

    async def bound(self, host: str = "127.0.0.1") -> int:
        """Make a connection socket, bind it, and return its number."""
        return await self._succeeded(await self.bind(await self.made(), host))

    async def connected(self, to: Peer | Place, **fields: Any) -> int:
        """Make a connection and return its number."""
        return await self._succeeded(await self.connect(to, **fields))

    async def meet(self, peer: Peer, **fields: Any) -> tuple[int, PeerConnection]:
        """Make a connection and return its number and the peer's end of it."""
        return await self.connected(peer, **fields), await peer.accepted()

    async def _succeeded(self, operation: Operation) -> int:
        assert await self.status(operation) == "SUCCESS"
        return operation.socket_id

    # Operations

    def _named(self, message: Any, operation: Operation) -> Any:
        return message(session_id=self.session_id, operation_id=operation.operation_id)

    async def get(self, operation: Operation) -> Operation:
        """Return an operation as it is now."""
        request = self._named(operations_pb2.GetOperationRequest, operation)
        now: Operation = (await self._call(self.operations.GetOperation, request)).operation
        return now

    async def pending(self, *operations: Operation) -> bool:
        """Whether all of these are pending."""
        states = {(await self.get(operation)).state for operation in operations}
        return states == {operations_pb2.OPERATION_STATE_PENDING}

    async def look(self, operation: Operation, timeout: float = 30.0) -> Operation:
        """Wait until an operation has completed or the time is over, and return it as it then is."""
        request = self._named(operations_pb2.WaitOperationRequest, operation)
        request.timeout.CopyFrom(_duration(timeout))
        now: Operation = (await self._call(self.operations.WaitOperation, request)).operation
        return now

    async def wait(self, operation: Operation) -> Completion:
        """Wait for an operation to complete, 30 s at most."""
        now = await self.look(operation)
        assert now.state == operations_pb2.OPERATION_STATE_COMPLETED
        return now.completion

    async def status(self, operation: Operation) -> str:
        """Wait for an operation and return how it ended, by its short name."""
        return status_of(await self.wait(operation))

    async def cancel(self, operation: Operation) -> str:
        """Ask for an operation's end and return what became of that, by its short name."""
        request = self._named(operations_pb2.CancelOperationRequest, operation)
        answer = await self._call(self.operations.CancelOperation, request)
        return operations_pb2.CancelOutcome.Name(answer.outcome).removeprefix("CANCEL_OUTCOME_")

    # Events, and the session itself

    async def session(self) -> sessions_pb2.Session:
        """Return the session as it is now."""
        request = sessions_pb2.GetSessionRequest(session_id=self.session_id)
        session: sessions_pb2.Session = (await self._call(self.sessions.GetSession, request)).session
        return session

    async def stream(self, start_after: int = 0) -> AsyncGenerator[events_pb2.EventBatch, None]:
        """Read the batches of one StreamEvents call."""
        request = sessions_pb2.StreamEventsRequest(session_id=self.session_id, start_after=start_after)
        call = self.sessions.StreamEvents(request, metadata=self.metadata)
        try:
            async for answer in call:
                yield answer.batch
        finally:
            call.cancel()

    async def events(self) -> list[Event]:
        """Return everything that has happened by now."""
        last = (await self.session()).last_sequence
        story: list[Event] = []
        async with contextlib.aclosing(self.stream()) as batches:
            while len(story) < last:
                story += (await anext(batches)).events
        return story

    async def until(self, happened: Callable[[Event], bool]) -> Event:
        """Wait for the first event of the session's story of which `happened` is true."""
        async with contextlib.aclosing(self.stream()) as batches:
            async for batch in batches:
                for event in filter(happened, batch.events):
                    return event
        raise AssertionError("the stream ended")

    async def acknowledge(self, sequence: int) -> None:
        """Say that the events up to `sequence` have arrived."""
        request = sessions_pb2.AcknowledgeEventsRequest(session_id=self.session_id, sequence=sequence)
        await self._call(self.sessions.AcknowledgeEvents, request)

    async def close_session(self) -> None:
        """End the session."""
        request = sessions_pb2.CloseSessionRequest(session_id=self.session_id)
        await self._call(self.sessions.CloseSession, request)


def _with_durations(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: _duration(value) if isinstance(value, float) else value for key, value in fields.items()}


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration
