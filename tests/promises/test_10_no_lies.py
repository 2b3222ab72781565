"""What this host or version cannot do is refused with the reason; nothing is silently ignored or taken for another.

That every field of every request has an effect is in test_10_request_fields.py.
"""

from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from tests.agents import RunningAgent
from tests.promises.faults import inject
from tests.promises.owners import Caller, Listen, Open, Owner, refused

from telesock.server.core.limits import Limits
from telesock.v1.agent_pb2 import GetAgentRequest
from telesock.v1.events_pb2 import EventFilter
from telesock.v1.operations_pb2 import (
    CANCEL_OUTCOME_NOT_FOUND,
    CancelOperationRequest,
    Operation,
)
from telesock.v1.sessions_pb2 import (
    AttachRequest,
    Command,
    OpenSessionRequest,
)
from telesock.v1.sockets_pb2 import (
    BindRequest,
    ControlSocketRequest,
    CreateSocketRequest,
    ReceiveRequest,
    ReleaseRequest,
    SendRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import (
    STATUS_SUCCESS,
    Endpoint,
)

INVALID = grpc.StatusCode.INVALID_ARGUMENT
SECOND = Duration(seconds=1)
HERE = Endpoint(host="127.0.0.1", port=1)
CAPABILITIES = {"mark": "mark", "device": "bind_to_device", "silent": "silent_mode"}
UNKNOWN: Any = 99  # a value that a newer contract may have


@pytest.mark.parametrize("name", ["mark", "device", "silent"])
async def test_an_option_that_is_said_to_be_missing_is_refused_as_that_and_else_it_works(
    name: str, owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    agent = (await owner.ask(GetAgentRequest())).agent
    [told] = [each for each in agent.capabilities if each.name == CAPABILITIES[name]]
    value: Any = {"mark": {"mark": 1}, "device": {"device": "lo"}, "silent": {"silent": True}}[name]
    request = ControlSocketRequest(socket_id=socket, set=value)

    if told.available:
        assert (await owner.run(request)).status == STATUS_SUCCESS
    else:
        with refused("NOT_AVAILABLE", grpc.StatusCode.UNIMPLEMENTED):
            await owner.start(request)
    assert told.available == (not told.reason)


async def test_a_family_that_is_said_to_be_available_can_be_used(owner: Owner) -> None:
    agent = (await owner.ask(GetAgentRequest())).agent
    available = {each.name for each in agent.capabilities if each.available}

    for name, family in (("ipv4", "ADDRESS_FAMILY_IPV4"), ("ipv6", "ADDRESS_FAMILY_IPV6")):
        created = await owner.start(CreateSocketRequest(spec=SocketSpec(family=family)))
        bound = await owner.run(BindRequest(socket_id=created.socket_id))
        assert (bound.status == STATUS_SUCCESS) == (name in available)


@pytest.mark.parametrize("method", ["SocketService/Sendfile", "FaultService/PauseFault"])
async def test_a_method_that_this_version_lacks_is_unimplemented(method: str, owner: Owner) -> None:
    call: Any = owner.channel.unary_unary(f"/telesock.v1.{method}")

    with pytest.raises(grpc.aio.AioRpcError) as missing:
        await call(b"", metadata=owner.metadata)

    assert missing.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_packet_loss_that_is_said_to_be_missing_is_refused_as_that_and_else_it_fires(
    owner: Owner, peer: Listen
) -> None:
    await owner.connect(peer())
    agent = (await owner.ask(GetAgentRequest())).agent
    [told] = [each for each in agent.capabilities if each.name == "packet_loss"]

    if told.available:
        assert (await inject(owner, packet_loss={}, timing={"probability": 0.5})).firings == 1
    else:
        with refused("NOT_AVAILABLE", grpc.StatusCode.UNIMPLEMENTED):
            await inject(owner, packet_loss={})
    assert told.available == (not told.reason)


async def test_faults_that_are_said_to_be_there_can_be_made(owner: Owner) -> None:
    agent = (await owner.ask(GetAgentRequest())).agent
    [told] = [each for each in agent.capabilities if each.name == "faults"]

    made = await inject(owner, half_close={})

    assert (told.available, made.fault.name, agent.limits.faults > 0) == (True, "half-close-1", True)


async def test_an_address_of_the_wrong_family_or_a_name_is_refused_by_a_bind(owner: Owner) -> None:
    await owner.start(CreateSocketRequest())

    for host in ("::1", "localhost"):
        with refused("MALFORMED", INVALID) as info:
            await owner.start(BindRequest(socket_id=1, local=Endpoint(host=host)))
        assert info.metadata["field"] == "local.host"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (OpenSessionRequest(retention=UNKNOWN), "retention"),
        (OpenSessionRequest(lease_duration=Duration(nanos=999_999_999)), "lease_duration"),
        (OpenSessionRequest(lease_duration=Duration(seconds=86_401)), "lease_duration"),
        (OpenSessionRequest(label="x" * 129), "label"),
        (OpenSessionRequest(request_id="\n"), "request_id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_session_that_cannot_be_as_asked_is_not_opened(
    request_: Any, field: str, agent: RunningAgent, owner: Owner
) -> None:
    with refused("MALFORMED", INVALID) as info:
        await Caller(owner.channel).ask(request_)

    assert info.metadata["field"] == field
    assert len(agent.engine.sessions) == 1


async def test_an_event_kind_that_this_version_does_not_know_is_no_filter(owner: Owner) -> None:
    story = await owner.read(wanted=EventFilter(kinds=[UNKNOWN]))

    assert (story.code, story.reason, story.metadata["field"]) == (INVALID, "MALFORMED", "filter.kinds")


async def test_a_command_that_this_version_does_not_know_is_refused_and_those_around_it_are_taken(
    owner: Owner,
) -> None:
    newer = Command.FromString(b"\xa2\x06\x00")  # field 100 of the oneof's message, as a newer client has it
    attachment = await owner.attach()

    create = [Command(create_socket=CreateSocketRequest(operation_id=number)) for number in (1, 2)]
    await attachment.call.write(AttachRequest(commands=[create[0], newer, Command(), create[1]]))
    await attachment.until_handled(2)

    told = [(each.position, each.code, each.reason) for each in attachment.refusals]
    assert told == [(position, INVALID.value[0], "MALFORMED") for position in (1, 2)]
    for number in (1, 2):
        assert (await attachment.completion(Operation(operation_id=number))).status == STATUS_SUCCESS


@pytest.mark.parametrize(
    "message",
    [
        AttachRequest(session_id="another"),
        AttachRequest(start_after=1),
        AttachRequest(boot_id="another"),
        AttachRequest(commands=[Command(create_socket=CreateSocketRequest())] * 1025),
    ],
    ids=["session_id", "start_after", "boot_id", "commands"],
)
async def test_a_later_message_that_no_attachment_can_have_ends_it(message: Any, owner: Owner) -> None:
    attachment = await owner.attach()

    await attachment.call.write(message)

    await attachment.until_ended()
    assert (attachment.code, attachment.reason) == (INVALID, "MALFORMED")
    assert (await owner.view()).highest_operation_id == 0


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

    invalid = (INVALID.value[0], "MALFORMED", "session_id")
    refusals = [(each.code, each.reason, each.metadata["field"]) for each in attachment.refusals]
    assert refusals == [invalid, invalid]
    assert [each.outcome for each in attachment.cancellations] == [CANCEL_OUTCOME_NOT_FOUND]
    assert (await owner.view()).pending_operations == 1


async def test_the_limits_that_an_agent_tells_are_those_that_hold(start_agent: Any, open_owner: Open) -> None:
    agent = await start_agent(limits=Limits(send_bytes=10, sockets=1))
    owner = await open_owner(agent.address)

    limits = (await owner.ask(GetAgentRequest())).agent.limits

    assert (limits.send_bytes, limits.sockets) == (10, 1)
    await owner.start(CreateSocketRequest())
    with refused("TOO_MANY_SOCKETS", grpc.StatusCode.RESOURCE_EXHAUSTED):
        await owner.start(CreateSocketRequest())
    with refused("TOO_LARGE", INVALID):
        await owner.start(SendRequest(socket_id=1, data=bytes(11)))
