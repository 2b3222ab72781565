"""One attachment of an owner: what is taken in, what is answered, and how it ends."""

from tests.promises.owners import Owner

from telesock.v1.sessions_pb2 import AttachRequest


async def test_the_first_answer_shows_the_session_as_it_was_found(owner: Owner) -> None:
    attachment = await owner.attach()
    await attachment.call.write(AttachRequest())
    await attachment.until_handled(2)

    assert attachment.session is not None
    assert attachment.session.attached
