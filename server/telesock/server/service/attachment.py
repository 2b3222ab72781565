"""One attachment of an owner: commands up, events down, batched both ways.

The reader takes messages in, in slices, and hands their commands to the engine; the writer sends what the journal
has, together with what is about this attachment only: refusals, outcomes of cancels, progress marks. Neither waits
for the other, and both end together.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.requests import AnyRequest, Chain, SendTo
from telesock.server.engine.engine import CancelOutcome, Engine
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.calling import still_known
from telesock.server.service.errors import Context, status_code
from telesock.server.service.slices import SLICE, Slices
from telesock.server.service.subscription import Subscription
from telesock.server.service.wire.events import encode_handled
from telesock.server.service.wire.requests import check_session, read_accepted_bytes, read_command
from telesock.server.service.wire.views import view_session
from telesock.v1 import operations_pb2, sessions_pb2, sockets_pb2

_DATAGRAMS = 8  # that cost what one command does
_MOST_ANSWERS = 1024  # refusals, and outcomes of cancels, in one message down


class Attachment:
    """Lives as long as its stream, or until a newer attachment takes its place."""

    def __init__(self, engine: Engine, slices: Slices, session: HeldSession, context: Context) -> None:
        self._engine = engine
        self._slices = slices
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
            async for request in requests:
                if request.session_id or request.boot_id or request.start_after:
                    raise malformed("session_id", "only an attachment's first message says where to attach")
                await self._take(request)
        finally:
            self._subscription.wake()

    async def _take(self, request: sessions_pb2.AttachRequest) -> None:
        """Take one message in, slice by slice. A replaced attachment takes nothing more."""
        self._engine.sessions.renew(self._session)
        commands, most = request.commands, self._engine.limits.batch_commands
        if len(commands) > most:
            raise malformed("commands", f"{len(commands)} are more than the {most} of one message")
        if request.acknowledge:
            self._take_acknowledgement(request.acknowledge)
        if request.releases:
            await self._slices.take(request.releases, self._take_releases)
        if commands:
            await self._slices.take(commands, self._take_commands)
        if request.cancels:
            await self._slices.take(request.cancels, self._take_cancels)
        self._handled += 1
        if not commands or self._refusals or self._cancellations:
            self._mark_wanted = True
            self._subscription.wake()
            await self._until_answers_leave()

    async def _until_answers_leave(self) -> None:
        """Take nothing more from a client that does not read what was answered: it would have no bound."""
        while len(self._refusals) + len(self._cancellations) > _MOST_ANSWERS:
            self._answers_left.clear()
            await self._answers_left.wait()

    def _take_acknowledgement(self, sequence: int) -> None:
        try:
            self._session.acknowledge(sequence)
        except Refused as refused:
            self._refuse(refused, 0, sessions_pb2.REFUSED_PART_ACKNOWLEDGE)

    def _take_releases(self, releases: Sequence[sockets_pb2.ReleaseRequest], start: int) -> int:
        for position, release in enumerate(releases, start):
            try:
                check_session(release, self._session.session_id)
                socket = self._session.socket(release.socket_id)
                socket.release(release.sequence, read_accepted_bytes(release), release.refuse)
            except Refused as refused:
                self._refuse(refused, position, sessions_pb2.REFUSED_PART_RELEASE)
        return len(releases)

    def _take_commands(self, commands: Sequence[sessions_pb2.Command], start: int) -> int:
        """Take a slice, or as much of it as its chains and datagrams make as much work."""
        submit, session, traces = self._engine.submit, self._session, self._engine.sessions.traces
        watcher = session.watcher
        if watcher is not None:
            watcher.batch_begins()
        session_id, work = session.session_id, 0
        try:
            for position, command in enumerate(commands, start):
                operation_id = 0
                try:
                    operation_id, asked = read_command(command, session_id)
                    if traces is not None:
                        traces.parent = command.trace_parent
                    submit(session, operation_id, asked)
                    if asked.__class__ is Chain or asked.__class__ is SendTo:
                        work += _work(asked)
                        if work >= SLICE:
                            return position - start + 1
                except Refused as refused:
                    self._refuse(refused, position, sessions_pb2.REFUSED_PART_COMMAND, operation_id)
        finally:
            if watcher is not None:
                watcher.batch_ends()
            self._engine.flush()  # what is accepted leaves, even if a bug ends the rest
        return len(commands)

    def _take_cancels(self, cancels: Sequence[operations_pb2.CancelOperationRequest], start: int) -> int:
        for cancel in cancels:
            outcome = CancelOutcome.NOT_FOUND
            if cancel.session_id in ("", self._session.session_id):
                outcome = self._engine.cancel(self._session, cancel.operation_id)
            self._cancellations.append(
                operations_pb2.CancelOperationResponse(
                    operation_id=cancel.operation_id,
                    outcome=outcome,  # type: ignore[arg-type]  # the numbers are the contract's
                )
            )
        return len(cancels)

    def _refuse(
        self, refused: Refused, position: int, part: sessions_pb2.RefusedPart, operation_id: int = 0
    ) -> None:
        statistics = self._engine.sessions.statistics
        if statistics is not None:
            statistics.refused(refused.reason)
        self._refusals.append(
            sessions_pb2.Refusal(
                request_number=self._handled + 1,
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
        subscription = self._subscription
        async with subscription.time_limit():
            await self._context.write(self._response(session=self._view()))
            while True:
                if not still_known() and self._session.ended is None:
                    return  # in a session that is not its identity's own: the agent's
                if subscription.behind:
                    self._engine.look()  # what a peer has answered meanwhile travels along
                    await self._context.write(self._response())
                elif subscription.finished:
                    return  # whatever the client goes on to say
                elif self._mark_wanted:
                    await self._context.write(self._response())
                elif reader.done():
                    reader.result()
                    return  # the client has nothing more to say and has read everything
                else:
                    await subscription.wait()

    def _view(self) -> sessions_pb2.Session:
        return view_session(self._session, self._engine.sessions.remaining(self._session))

    def _response(self, session: sessions_pb2.Session | None = None) -> bytes:
        """What is to be said next, as the bytes of an AttachResponse: not more than one message may hold."""
        answers = b""
        if self._refusals or self._cancellations or session is not None:
            answers = self._answers(session)
        self._mark_wanted = bool(self._refusals or self._cancellations)
        if not self._mark_wanted:
            self._told = self._handled
        return self._subscription.next_batch(encode_handled(self._told) + answers)

    def _answers(self, session: sessions_pb2.Session | None) -> bytes:
        most = _MOST_ANSWERS
        refusals, self._refusals = self._refusals[:most], self._refusals[most:]
        cancellations, self._cancellations = self._cancellations[:most], self._cancellations[most:]
        self._answers_left.set()
        answers = sessions_pb2.AttachResponse(refusals=refusals, cancellations=cancellations, session=session)
        return answers.SerializeToString()


def _work(asked: AnyRequest) -> int:
    """How many commands a request that has many parts is worth."""
    if isinstance(asked, Chain):
        return len(asked.links)
    return len(asked.datagrams) // _DATAGRAMS if isinstance(asked, SendTo) else 1


async def _end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel tasks and wait until they are gone; what they raised is for their owner to look at."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
