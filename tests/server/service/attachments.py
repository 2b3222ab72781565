"""Attachments that have begun, and how they ended.

attachment = await attached(owner, start_after=3)     # answered, or ended already
how_it_ended(attachment)                              # (status code, reason, metadata)
client = Client(request)                              # for an Attachment without a server
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tests.promises.owners import Attachment, Owner

from telesock.v1.sessions_pb2 import AttachRequest, AttachResponse


async def attached(owner: Owner, **fields: Any) -> Attachment:
    """Attach, and wait for the first answer or the end."""
    attachment = await owner.attach(**fields)
    await attachment.until(lambda: attachment.handled > 0 or attachment.code is not None)
    return attachment


def how_it_ended(attachment: Attachment) -> tuple[Any, str, dict[str, str]]:
    return attachment.code, attachment.reason, dict(attachment.metadata)


class Client:
    """Says the same for ever, and reads nothing until it is `reading`. Stands in for a call and its context."""

    def __init__(self, request: AttachRequest) -> None:
        self.said = 0
        self.answers: list[AttachResponse] = []
        self.reading = asyncio.Event()
        self._request = request

    async def write(self, message: bytes) -> None:
        await self.reading.wait()
        self.answers.append(AttachResponse.FromString(message))
        await asyncio.sleep(0)

    async def says(self) -> AsyncIterator[AttachRequest]:
        while True:
            self.said += 1
            yield self._request

    def answered(self) -> int:
        """Refusals and outcomes of cancels that were read."""
        return sum(len(answer.refusals) + len(answer.cancellations) for answer in self.answers)
