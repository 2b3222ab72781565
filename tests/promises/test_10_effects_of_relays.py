"""What the fields of a relay do, and of an accept that brings faults; request_fields.py lists all fields."""

import contextlib

from tests.dialers import dial
from tests.promises.fault_observers import listening
from tests.promises.faults import fault_message, fired, listed
from tests.promises.owners import Listen, Owner

from telesock.v1.operations_pb2 import OPERATION_KIND_RELAY, ListOperationsRequest, Operation
from telesock.v1.sockets_pb2 import AcceptRequest, CreateSocketRequest, RelayRequest
from telesock.v1.types_pb2 import ORIGIN_DEADLINE, PHASE_CONNECT, STATUS_IO_TIMEOUT


async def test_a_relay_gives_an_upstream_up_after_the_time_that_it_was_given(
    owner: Owner, unanswered: int
) -> None:
    local, story = await listening(owner), await owner.read()
    request = RelayRequest(socket_id=1, upstream={"host": "127.0.0.1", "port": unanswered})
    request.connect_timeout.FromMilliseconds(1)
    await owner.start(request)

    with contextlib.closing(await dial(local.host, local.port)) as client:
        await client.until_end()

        told = (await story.event("relay_connected")).relay_connected
        assert (told.status, told.upstream_socket_id) == (STATUS_IO_TIMEOUT, 0)
        assert (told.cause.origin, told.cause.phase) == (ORIGIN_DEADLINE, PHASE_CONNECT)
        assert client.saw_reset


async def test_a_relay_in_a_batch_is_the_relay_of_the_method(owner: Owner, peer: Listen) -> None:
    local, upstream, attachment = await listening(owner), peer(), await owner.attach()
    request = RelayRequest(
        operation_id=90, socket_id=1, upstream={"host": upstream.host, "port": upstream.port}
    )

    await attachment.write([request, CreateSocketRequest(operation_id=91)])
    await attachment.completion(Operation(operation_id=91))

    [relay] = (await owner.ask(ListOperationsRequest(pending_only=True))).operations
    assert (relay.operation_id, relay.kind, relay.socket_id) == (90, OPERATION_KIND_RELAY, 1)
    assert await owner.start(request) == relay
    with contextlib.closing(await dial(local.host, local.port)) as client:
        client.send(b"through")
        await (await upstream.accepted()).until_received(b"through")


async def test_an_accept_brings_the_faults_of_the_socket_that_it_makes(owner: Owner) -> None:
    local, story = await listening(owner), await owner.read()
    born = fault_message(name="born", half_close={})
    accepts = [await owner.start(AcceptRequest(socket_id=1, faults=faults)) for faults in ([born], [])]

    with contextlib.ExitStack() as dialled:
        first, second = [
            dialled.enter_context(contextlib.closing(await dial(local.host, local.port))) for _ in range(2)
        ]
        await first.until_end()

        assert (first.saw_fin, second.ended) == (True, False)
    accepted = (await owner.finish(accepts[0])).accept.socket_id
    await fired(story, "born")
    assert {event.socket_id for event in story.bodies("fault_fired")} == {accepted}
    assert [state.fault.name for state in await listed(owner)] == ["born"]
