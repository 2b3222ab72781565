"""Attachments of one session that begin in the same moment: one wins, and every other is told so."""

import asyncio
import contextlib
from typing import Any

import grpc
from tests.promises.owners import Owner

from telesock.v1.sessions_pb2 import AttachRequest


async def test_attachments_begun_at_once_all_end_but_the_one_that_wins(owner: Owner) -> None:
    for _ in range(30):
        calls = [owner.method("Attach")(metadata=owner.metadata) for _ in range(4)]
        for call in calls:
            await call.write(AttachRequest(session_id=owner.session_id))
        ends = [asyncio.create_task(call.code()) for call in calls]
        readers = [asyncio.create_task(_read_to_the_end(call)) for call in calls]

        while sum(end.done() for end in ends) < len(calls) - 1:
            await asyncio.wait([end for end in ends if not end.done()], return_when=asyncio.FIRST_COMPLETED)

        assert {await end for end in ends if end.done()} == {grpc.StatusCode.ABORTED}
        for call in calls:
            call.cancel()
        await asyncio.gather(*ends, *readers, return_exceptions=True)


async def _read_to_the_end(call: Any) -> None:
    with contextlib.suppress(grpc.aio.AioRpcError):
        while await call.read() is not grpc.aio.EOF:
            pass
