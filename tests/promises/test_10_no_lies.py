"""What this host or version cannot do is refused with the reason; nothing is silently ignored or taken for another."""

import grpc
from tests.promises.owners import Listen, Owner

from telesock.v1.operations_pb2 import CANCEL_OUTCOME_NOT_FOUND, CancelOperationRequest
from telesock.v1.sockets_pb2 import ReceiveRequest, ReleaseRequest


async def test_parts_of_a_message_that_are_about_another_session_are_not_taken_for_this_one(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    waiting = await owner.start(ReceiveRequest(socket_id=socket, length=1))
    attachment = await owner.attach()

    await attachment.write(
        [ReceiveRequest(session_id="another", socket_id=socket, length=1)],
        releases=[ReleaseRequest(session_id="another", socket_id=socket)],
        cancels=[CancelOperationRequest(session_id="another", operation_id=waiting.operation_id)],
    )
    await attachment.until_handled(2)

    invalid = (grpc.StatusCode.INVALID_ARGUMENT.value[0], "MALFORMED", "session_id")
    refusals = [(each.code, each.reason, each.metadata["field"]) for each in attachment.refusals]
    assert refusals == [invalid, invalid]
    assert [each.outcome for each in attachment.cancellations] == [CANCEL_OUTCOME_NOT_FOUND]
    assert (await owner.view()).pending_operations == 1
