"""Attachments that have begun, and how they ended.

attachment = await attached(owner, start_after=3)     # answered, or ended already
how_it_ended(attachment)                              # (status code, reason, metadata)
"""

from typing import Any

from tests.promises.owners import Attachment, Owner


async def attached(owner: Owner, **fields: Any) -> Attachment:
    """Attach, and wait for the first answer or the end."""
    attachment = await owner.attach(**fields)
    await attachment.until(lambda: attachment.handled > 0 or attachment.code is not None)
    return attachment


def how_it_ended(attachment: Attachment) -> tuple[Any, str, dict[str, str]]:
    return attachment.code, attachment.reason, dict(attachment.metadata)
