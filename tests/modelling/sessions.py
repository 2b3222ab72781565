"""The reference model of a session over the wire: what is said on its attachment, and what has to come of it.

Every step is one message up, and is over when the agent has taken it in and everything that is due has ended. Whatever
else comes down on the way is held to the model: events without a hole and in order, one completion for each operation,
nothing behind a close, each refusal foreseen and for the right reason.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from tests.modelling.connections import Connection
from tests.modelling.operations import ACCEPTED, CANCELLED, Asked
from tests.modelling.others import Datagrams, Listener

from telesock.v1.events_pb2 import Event
from telesock.v1.operations_pb2 import CancelOperationRequest, CancelOutcome
from telesock.v1.sessions_pb2 import (
    AttachRequest,
    AttachResponse,
    CloseSessionRequest,
    Command,
    OpenSessionRequest,
    Refusal,
)
from telesock.v1.sessions_pb2_grpc import SessionServiceStub

PATIENCE = 15.0
"""Seconds after which what is due is taken never to come."""
Modelled = Connection | Listener | Datagrams


class ModelledSession:
    """A session, as it is and as it should be. `open` first."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: Any = SessionServiceStub(channel)
        self._call: Any = None
        self._written = 0
        self._handled = 0
        self._deferring = False  # what comes before it is known what was accepted waits
        self._early: list[Event] = []
        self._outcomes: list[str] = []
        self._refused: dict[int, Refusal] = {}
        self._closed: set[int] = set()
        self.asked: dict[int, Asked] = {}
        """Every operation that was accepted, by its number."""
        self.sockets: dict[int, Modelled] = {}
        self.last = 0
        self.acknowledged = 0
        self.steps = 0

    async def open(self) -> "ModelledSession":
        """Open the session and attach to it."""
        opened = await self._stub.OpenSession(OpenSessionRequest(lease_duration={"seconds": 300}))
        self.session_id, self._metadata = (
            opened.session_id,
            (("telesock-session-token", opened.session_token),),
        )
        await self.attach()
        return self

    async def attach(self) -> None:
        """Attach, from the last event on; an attachment that there is, is replaced."""
        self._call, older = self._stub.Attach(metadata=self._metadata), self._call
        self._written, self._handled = 1, 0
        await self._call.write(AttachRequest(session_id=self.session_id, start_after=self.last))
        await self._until(lambda: self._handled >= 1)
        if older is not None:
            assert await _ended(older) is grpc.StatusCode.ABORTED

    async def close(self) -> None:
        """End the session."""
        await self._stub.CloseSession(
            CloseSessionRequest(session_id=self.session_id), metadata=self._metadata
        )

    # Up

    def next_number(self) -> int:
        """A number for the next operation."""
        return max(self.asked, default=0) + 1

    async def ask(self, *asked: Asked) -> None:
        """Ask for operations, one behind the other in one message, and hold what is said of each to the model."""
        await self._say(commands=[_command(each) for each in asked])
        self._judge(asked)
        await self.settle()

    def _judge(self, asked: Sequence[Asked]) -> None:
        """Compare refusals; accepted operations are known from here on, their completions may be here already."""
        ended = {event.operation_id for event in self._early}
        for each in asked:
            socket = self.sockets.get(each.request.socket_id)
            due = {ACCEPTED} if socket is None else socket.verdict(each, ended)
            refusal = self._refused.pop(each.number, None)
            reason = ACCEPTED if refusal is None else refusal.reason
            assert reason in due, f"{reason or 'accepted'}, and not of {due}: {each}"
            if refusal is None:
                self.asked[each.number] = each
                if socket is not None:
                    socket.accept(each)
        early, self._early = self._early, []
        for event in early:
            self._happen(event)

    async def cancel(self, number: int) -> None:
        """Cancel an operation, pending or not, known or not."""
        asked = self.asked.get(number)
        socket = self.sockets.get(asked.request.socket_id) if asked is not None else None
        waits = asked is not None and socket is not None and socket.waits(asked)
        was_done = asked is None or asked.done
        if asked is not None:
            asked.cancelling = True
        self._outcomes.clear()
        await self._say(cancels=[CancelOperationRequest(operation_id=number)])
        self._judge(())
        [outcome] = self._outcomes
        await self.settle()
        if waits:
            assert outcome == "CANCELLED", f"{outcome}: {asked}"
        if outcome == "CANCELLED":
            assert not was_done, f"it had ended: {asked}"
            assert asked is not None, "there is no such operation"
            await self._until(lambda: asked.done)
            assert asked.status == CANCELLED, asked
        elif asked is not None:
            asked.cancelling = asked.done and asked.status == CANCELLED and was_done
            assert was_done or not asked.done or asked.status != CANCELLED, asked

    async def ask_again(self, asked: Asked) -> None:
        """Say a request that was accepted once more: it is the same operation, or was forgotten."""
        await self._say(commands=[_command(asked)])
        self._judge(())
        refusal = self._refused.pop(asked.number, None)
        assert refusal is None or (asked.done and refusal.reason == "OPERATION_RETIRED"), refusal
        await self.settle()

    async def acknowledge(self, sequence: int) -> None:
        """Say that events have arrived."""
        self.acknowledged = max(self.acknowledged, sequence)
        await self._say(acknowledge=sequence)
        self._judge(())

    async def _say(self, **fields: Any) -> None:
        """Write a message, and wait until it was taken in."""
        self.steps += 1
        await self._call.write(AttachRequest(**fields))
        await self._call.write(AttachRequest())  # which is answered, whatever became of the other
        self._written += 2
        self._deferring = True
        await self._until(lambda: self._handled >= self._written)
        self._deferring = False

    # Down

    async def settle(self) -> None:
        """Wait until everything that is due has ended."""
        while due := next((asked for socket in self.sockets.values() for asked in socket.due()), None):
            await self._until(lambda due=due: due.done, due)  # type: ignore[misc]  # mypy cannot infer the default

    async def until(self, happened: Callable[[], bool]) -> None:
        """Read on until something is so."""
        await self._until(happened)

    async def _until(self, happened: Callable[[], bool], what: object = "what was waited for") -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not happened():
                    response = await self._call.read()
                    assert response is not grpc.aio.EOF, "the agent has ended the attachment"
                    self._take(response)
        except TimeoutError:
            raise AssertionError(f"it did not come: {what}") from None

    def _take(self, response: AttachResponse) -> None:
        self._handled = max(self._handled, response.handled_requests)
        for refusal in response.refusals:
            assert refusal.message, refusal
            self._refused[refusal.operation_id] = refusal
        for each in response.cancellations:
            self._outcomes.append(CancelOutcome.Name(each.outcome).removeprefix("CANCEL_OUTCOME_"))
        assert not response.batch.HasField("gap"), "something was lost"
        for event in response.batch.events:
            assert event.sequence == self.last + 1, f"{event.sequence} behind {self.last}"
            self.last = event.sequence
            if self._deferring:
                self._early.append(event)
            else:
                self._happen(event)
        assert response.batch.last_sequence == self.last

    def _happen(self, event: Event) -> None:
        body = event.WhichOneof("body")
        is_close = body == "completion" and self.asked[event.operation_id].kind == "close"
        assert is_close or event.socket_id not in self._closed, f"behind the close: {event}"
        if body == "completion":
            self._complete(event, is_close)
        elif body == "peer_disconnected":
            socket = self.sockets[event.socket_id]
            assert isinstance(socket, Connection), event
            socket.told(event.peer_disconnected)
        else:
            raise AssertionError(f"nothing of this kind was due: {event}")

    def _complete(self, event: Event, is_close: bool) -> None:
        asked = self.asked[event.operation_id]
        asked.end(event.completion)
        socket = self.sockets.get(event.socket_id)
        if socket is not None:
            socket.end(asked)
        if is_close:
            self._closed.add(event.socket_id)


async def _ended(call: Any) -> grpc.StatusCode:
    """Read an attachment to its end, and return what that is; what it still brings is void."""
    try:
        async with asyncio.timeout(PATIENCE):
            while await call.read() is not grpc.aio.EOF:
                pass
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def _command(asked: Asked) -> Command:
    return Command(**{asked.kind: asked.request})
