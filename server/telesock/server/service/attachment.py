"""One attachment of an owner: commands up, events down, batched both ways.

The reader takes messages in, in slices, and hands their commands to the engine; the writer sends what the journal
has, together with what is about this attachment only: refusals, outcomes of cancels, progress marks. Neither waits
for the other, and both end together.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.engine.engine import CancelOutcome, Engine
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.errors import Context, status_code
from telesock.server.service.subscription import Subscription
from telesock.server.service.wire.events import encode_attach_response
from telesock.server.service.wire.requests import check_session, read_accepted_bytes, read_command
from telesock.server.service.wire.views import view_session
from telesock.v1 import operations_pb2, sessions_pb2, sockets_pb2

_SLICE = 256  # commands, releases or cancels taken before other sessions get their turn
_MOST_ANSWERS = 1024  # refusals, and outcomes of cancels, in one message down

Item = TypeVar("Item")


class Attachment:
    """Lives as long as its stream, or until a newer attachment takes its place."""

    def __init__(self, engine: Engine, session: HeldSession, context: Context) -> None:
        self._engine = engine
        self._session = session
        self._context = context
        self._handled = 0
        self._told = 0  # messages of which everything was told
        self._refusals: list[sessions_pb2.Refusal] = []
        self._cancellations: list[operations_pb2.CancelOperationResponse] = []
        self._mark_wanted = False
        self._answers_left = asyncio.Event()
        self._replaced = asyncio.get_running_loop().create_future()

    async def run(
        self, first: sessions_pb2.AttachRequest, requests: AsyncIterator[sessions_pb2.AttachRequest]
    ) -> None:
        """Serve the stream until it ends. Raises Refused when the agent has to end it."""
        with Subscription(self._session, first.start_after) as self._subscription:
            self._take_place()
            self._reader = reader = asyncio.create_task(self._read(first, requests))
            writer = asyncio.create_task(self._write(reader))
            try:
                await asyncio.wait({writer, self._replaced}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._give_place_up()
                await _end(reader, writer)
            if self._replaced.done():
                raise Refused(Reason.ATTACHMENT_REPLACED, "a newer attachment has taken this one's place")
            writer.result()

    # Only one attachment a session

    def _take_place(self) -> None:
        if self._session.attachment is not None:
            self._session.attachment()
        self._session.attachment = self._replace

    def _replace(self) -> None:
        if not self._replaced.done():
            self._replaced.set_result(None)
            self._reader.cancel()  # before its next slice: what it has not taken is the newer one's to say

    def _give_place_up(self) -> None:
        if self._session.attachment == self._replace:
            self._session.attachment = None

    # Up

    async def _read(
        self, request: sessions_pb2.AttachRequest, requests: AsyncIterator[sessions_pb2.AttachRequest]
    ) -> None:
        try:
            await self._take(request)
            while True:
                await self._until_answers_leave()
                request = await anext(requests)
                self._check_later(request)
                await self._take(request)
        except StopAsyncIteration:
            return  # the client has said everything
        finally:
            self._subscription.wake()

    async def _until_answers_leave(self) -> None:
        """Take nothing more from a client that does not read what was answered: it would have no bound."""
        while len(self._refusals) + len(self._cancellations) > _MOST_ANSWERS:
            self._answers_left.clear()
            await self._answers_left.wait()

    def _check_later(self, request: sessions_pb2.AttachRequest) -> None:
        if request.session_id or request.boot_id or request.start_after:
            raise malformed("session_id", "only an attachment's first message says where to attach")

    async def _take(self, request: sessions_pb2.AttachRequest) -> None:
        """Take one message in. A replaced attachment takes nothing more."""
        self._engine.sessions.renew(self._session)
        most = self._engine.limits.batch_commands
        if len(request.commands) > most:
            raise malformed("commands", f"{len(request.commands)} are more than the {most} of one message")
        number = self._handled + 1
        self._take_acknowledgement(request, number)
        async for position, release in _in_slices(request.releases):
            self._take_release(release, number, position)
        for start in range(0, len(request.commands), _SLICE):
            if start:
                await asyncio.sleep(0)
            self._take_commands(request, number, start)
        async for _, cancel in _in_slices(request.cancels):
            self._take_cancel(cancel)
        self._handled = number
        if not request.commands or self._refusals or self._cancellations:
            self._mark_wanted = True
            self._subscription.wake()

    def _take_acknowledgement(self, request: sessions_pb2.AttachRequest, number: int) -> None:
        if request.acknowledge:
            try:
                self._session.acknowledge(request.acknowledge)
            except Refused as refused:
                self._refuse(refused, number, 0, sessions_pb2.REFUSED_PART_ACKNOWLEDGE)

    def _take_release(self, release: sockets_pb2.ReleaseRequest, number: int, position: int) -> None:
        try:
            check_session(release, self._session.session_id)
            socket = self._session.socket(release.socket_id)
            socket.release(release.sequence, read_accepted_bytes(release))
        except Refused as refused:
            self._refuse(refused, number, position, sessions_pb2.REFUSED_PART_RELEASE)

    def _take_commands(self, request: sessions_pb2.AttachRequest, number: int, start: int) -> None:
        engine, session, commands = self._engine, self._session, request.commands
        for position in range(start, min(start + _SLICE, len(commands))):
            operation_id = 0
            try:
                operation_id, asked = read_command(commands[position], session.session_id)
                engine.submit(session, operation_id, asked)
            except Refused as refused:
                part = sessions_pb2.REFUSED_PART_COMMAND
                self._refuse(refused, number, position, part, operation_id)
        engine.flush()

    def _take_cancel(self, cancel: operations_pb2.CancelOperationRequest) -> None:
        outcome = CancelOutcome.NOT_FOUND
        if cancel.session_id in ("", self._session.session_id):
            outcome = self._engine.cancel(self._session, cancel.operation_id)
        self._cancellations.append(
            operations_pb2.CancelOperationResponse(
                operation_id=cancel.operation_id,
                outcome=outcome,  # type: ignore[arg-type]  # the numbers are the contract's
            )
        )

    def _refuse(
        self,
        refused: Refused,
        number: int,
        position: int,
        part: sessions_pb2.RefusedPart,
        operation_id: int = 0,
    ) -> None:
        self._refusals.append(
            sessions_pb2.Refusal(
                request_number=number,
                position=position,
                part=part,
                operation_id=operation_id,
                code=status_code(refused.reason),
                message=refused.message,
                reason=refused.reason.name,
                metadata=refused.metadata,
            )
        )

    # Down

    async def _write(self, reader: "asyncio.Task[None]") -> None:
        async with self._subscription.time_limit():
            await self._context.write(self._response(session=self._view()))
            while not self._subscription.finished:
                if self._subscription.behind or self._mark_wanted:
                    await self._context.write(self._response())
                elif reader.done():
                    reader.result()
                    return  # the client has nothing more to say and has read everything
                else:
                    await self._subscription.wait()

    def _view(self) -> sessions_pb2.Session:
        return view_session(self._session, self._engine.sessions.remaining(self._session))

    def _response(self, session: sessions_pb2.Session | None = None) -> bytes:
        """What is to be said next, as the bytes of an AttachResponse: not more than one message may hold."""
        most = _MOST_ANSWERS
        refusals, self._refusals = self._refusals[:most], self._refusals[most:]
        cancellations, self._cancellations = self._cancellations[:most], self._cancellations[most:]
        self._mark_wanted = bool(self._refusals or self._cancellations)
        if not self._mark_wanted:
            self._told = self._handled
        self._answers_left.set()
        rest = sessions_pb2.AttachResponse(
            handled_requests=self._told,
            refusals=refusals,
            cancellations=cancellations,
            session=session,
        )
        return encode_attach_response(self._subscription.next_batch(), rest)


async def _in_slices(items: Sequence[Item]) -> AsyncIterator[tuple[int, Item]]:
    """Number the items from 0, and let other sessions have their turn after every slice."""
    for number, item in enumerate(items):
        if number and number % _SLICE == 0:
            await asyncio.sleep(0)
        yield number, item


async def _end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel tasks and wait until they are gone; what they raised is for their owner to look at."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
