"""No field of a request is silently ignored: each has a row in request_fields.py and a test that shows its effect."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor
from tests.promises.owners import Listen, Owner, connect_to, refused
from tests.promises.request_fields import EFFECTS, SAME_EVERYWHERE

from telesock.v1 import agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2
from telesock.v1.operations_pb2 import CancelOperationRequest, GetOperationRequest, Operation
from telesock.v1.sockets_pb2 import (
    BindRequest,
    CreateSocketRequest,
    EventCallbacks,
    GetSocketRequest,
    ListSocketsRequest,
    ReceiveRequest,
    SetEventCallbacksRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import (
    SOCKET_CATEGORY_DATAGRAM,
    SOCKET_CATEGORY_LISTENING,
    SOCKET_CATEGORY_STREAM,
    STATUS_SUCCESS,
)

SERVICES = [
    service
    for file in (agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
]
REQUESTS: list[Descriptor] = [method.input_type for service in SERVICES for method in service.methods]
NOT_FOUND = grpc.StatusCode.NOT_FOUND


def messages(roots: list[Descriptor]) -> dict[str, Descriptor]:
    """The request messages of the contract and every message inside them, by name."""
    found: dict[str, Descriptor] = {}
    waiting = list(roots)
    while waiting:
        each = waiting.pop()
        if each.name not in found and each.full_name.startswith("telesock."):
            found[each.name] = each
            waiting += [field.message_type for field in each.fields if field.message_type]
    return found


def names_of_tests() -> Iterator[str]:
    tests = Path(__file__).parent.parent
    folders = ("promises", "wire", "server", "server/service")
    for path in (path for folder in folders for path in tests.glob(f"{folder}/test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name


def test_every_field_of_every_request_has_a_row_and_every_row_a_field() -> None:
    special = {
        f"{name}.{field.name}"
        for name, each in messages(REQUESTS).items()
        for field in each.fields
        if each not in REQUESTS or field.name not in SAME_EVERYWHERE
    }

    assert len(REQUESTS) > 20
    assert special == set(EFFECTS)


def test_every_row_names_a_test() -> None:
    assert {*EFFECTS.values(), *SAME_EVERYWHERE.values()} - set(names_of_tests()) == set()


def having(field: str) -> list[Any]:
    """The class of each request of a unary method that has a field."""
    streams = ("StreamEventsRequest", "AttachRequest")
    wanted = [each for each in REQUESTS if field in each.fields_by_name and each.name not in streams]
    return [pytest.param(message_factory.GetMessageClass(each), id=each.name) for each in wanted]


@pytest.mark.parametrize("request_", having("session_id"))
async def test_every_request_about_a_session_is_about_the_one_that_it_names(
    request_: Any, owner: Owner
) -> None:
    with refused("SESSION_UNKNOWN", NOT_FOUND) as info:
        await owner.ask(request_(session_id="another"))

    assert info.metadata["session_id"] == "another"


@pytest.mark.parametrize("method", ["StreamEvents", "Attach"])
async def test_a_stream_is_of_the_session_that_it_names(method: str, owner: Owner) -> None:
    owner.session_id = "another"

    story = await owner.read() if method == "StreamEvents" else await owner.attach()

    await story.until_ended()
    assert (story.code, story.reason) == (NOT_FOUND, "SESSION_UNKNOWN")


ASKS_ABOUT_ONE = ("GetOperationRequest", "WaitOperationRequest", "CancelOperationRequest")


@pytest.mark.parametrize("request_", having("operation_id"))
async def test_every_request_with_an_operation_is_about_the_one_that_it_names(
    request_: Any, owner: Owner, peer: Listen
) -> None:
    """Those that look at one find it; those that make one make it under this id."""
    port = await sockets_of_every_kind(owner, peer)
    request = request_(operation_id=90)
    if request_.DESCRIPTOR.name in ASKS_ABOUT_ONE:
        await owner.start(ReceiveRequest(operation_id=90, socket_id=1))
        answer = await owner.ask(request)
        made = (
            answer.operation_id
            if isinstance(request, CancelOperationRequest)
            else answer.operation.operation_id
        )
    elif isinstance(request, sessions_pb2.SubmitChainRequest):
        made = (await owner.ask(completed(request, port))).operations[0].operation_id
    else:
        made = (await owner.start(completed(request, port))).operation_id
    assert made == 90
    assert (await owner.ask(GetOperationRequest(operation_id=90))).operation.operation_id == 90


async def sockets_of_every_kind(owner: Owner, peer: Listen) -> int:
    """Make them: 1 is connected, 2 created, 3 a bound stream socket, 4 listens, 5 holds connection 1, 6 is for datagrams.

    Return the port of a peer.
    """
    listener = peer()
    await owner.connect(listener)
    await owner.start(CreateSocketRequest(socket_id=2))
    options: list[Any] = [{"conditional_accept": True}]
    for number, spec in (
        (3, SocketSpec(category=SOCKET_CATEGORY_STREAM)),
        (4, SocketSpec(category=SOCKET_CATEGORY_LISTENING)),
        (5, SocketSpec(category=SOCKET_CATEGORY_LISTENING, options=options)),
        (6, SocketSpec(category=SOCKET_CATEGORY_DATAGRAM)),
    ):
        await owner.start(CreateSocketRequest(socket_id=number, spec=spec))
        bound = await owner.run(BindRequest(socket_id=number, local={"host": "127.0.0.1"}))
    held = (await owner.ask(GetSocketRequest(socket_id=5))).socket.local
    await owner.run(connect_to(held.host, held.port))
    story = await owner.read()
    await story.until(lambda: any(event.HasField("connection_inspect") for event in story.events))
    assert bound.status == STATUS_SUCCESS
    return listener.port


def completed(request: Any, port: int) -> Any:
    """Fill in what a request needs to be accepted by the sockets of every kind."""
    there = {"host": "127.0.0.1", "port": port}
    filled: dict[str, Any] = {
        "BindRequest": {"socket_id": 2},
        "ConnectRequest": {"spec": SocketSpec(), "remote": there},
        "CreateSocketRequest": {},
        "SetEventCallbacksRequest": {"socket_id": 1, "credit_bytes": 1},
        "ListenRequest": {"socket_id": 3},
        "AcceptRequest": {"socket_id": 4},
        "RelayRequest": {"socket_id": 4, "upstream": there},
        "InspectCompleteRequest": {"socket_id": 5, "inspect_id": 1},
        "SendToRequest": {"socket_id": 6, "datagrams": [b""], "remote": there},
        "ReceiveFromRequest": {"socket_id": 6},
        "ControlSocketRequest": {"socket_id": 1, "get": {}},
        "ResolveRequest": {"name": "127.0.0.1"},
        "SubmitChainRequest": {"links": [{"command": {"send": {"socket_id": 1}}}]},
    }
    request.MergeFrom(type(request)(**filled.get(type(request).__name__, {"socket_id": 1})))
    return request


MAKING = ("CreateSocketRequest", "ConnectRequest")


@pytest.mark.parametrize("request_", having("socket_id"))
async def test_every_request_with_a_socket_is_about_the_one_that_it_names(
    request_: Any, owner: Owner, peer: Listen
) -> None:
    """Those that make one make it under this number; those that list filter by it; all others need it."""
    request, name = request_(socket_id=7), request_.DESCRIPTOR.name
    if name in MAKING:
        await owner.start(completed(request, peer().port))
        listed = (await owner.ask(ListSocketsRequest())).sockets
        assert [each.socket_id for each in listed] == [7]
    elif name == "ListOperationsRequest":
        made = [await owner.start(CreateSocketRequest(socket_id=number)) for number in (6, 7, 8)]
        assert list((await owner.ask(request)).operations) == [made[1]]
    else:
        needed: dict[str, Any] = {
            "SetEventCallbacksRequest": {"credit_bytes": 1},
            "SendToRequest": {"datagrams": [b""]},
            "ControlSocketRequest": {"get": {}},
            "RelayRequest": {"upstream": {"host": "127.0.0.1", "port": 1}},
        }
        request.MergeFrom(request_(**needed.get(name, {})))
        with refused("SOCKET_UNKNOWN", NOT_FOUND) as info:
            await owner.ask(request)
        assert info.metadata["socket_id"] == "7"


async def test_every_kind_of_command_does_in_a_batch_what_its_method_does(owner: Owner, peer: Listen) -> None:
    listener = peer()
    attachment = await owner.attach()
    requests: list[Any] = [
        CreateSocketRequest(operation_id=1, socket_id=1),
        sockets_pb2.BindRequest(operation_id=2, socket_id=1),
        sockets_pb2.ConnectRequest(
            operation_id=3,
            socket_id=1,
            remote={"host": listener.host, "port": listener.port},
            callbacks=EventCallbacks(),
        ),
    ]
    await attachment.write(requests)
    await attachment.completion(Operation(operation_id=3))
    far = await listener.accepted()
    far.send(b"!")
    later: list[Any] = [
        sockets_pb2.SendRequest(operation_id=4, socket_id=1, data=b"sent"),
        ReceiveRequest(operation_id=5, socket_id=1, length=1),
        SetEventCallbacksRequest(operation_id=6, socket_id=1, credit_bytes=5),
        sockets_pb2.DisconnectRequest(operation_id=7, socket_id=1),
    ]
    await attachment.write(later)
    await attachment.completion(Operation(operation_id=7))
    await attachment.write([sockets_pb2.CloseRequest(operation_id=8, socket_id=1)])
    await attachment.completion(Operation(operation_id=8))

    kinds = {event.operation_id: event.completion.kind for event in attachment.bodies("completion")}
    statuses = {event.completion.status for event in attachment.bodies("completion")}
    assert (kinds, statuses) == ({1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 6, 8: 7}, {1})
    assert far.received == b"sent"


async def test_every_further_kind_of_command_does_in_a_batch_what_its_method_does(
    owner: Owner, peer: Listen
) -> None:
    port = await sockets_of_every_kind(owner, peer)
    names = ("Listen", "Accept", "InspectComplete", "SendTo", "ReceiveFrom", "ControlSocket", "Resolve")
    requests = [completed(getattr(sockets_pb2, f"{name}Request")(), port) for name in names]
    for operation_id, request in enumerate(requests, 90):
        request.operation_id = operation_id
    attachment = await owner.attach()

    await attachment.write(requests)
    await attachment.completion(Operation(operation_id=96))

    kinds = {event.operation_id: event.completion.kind for event in attachment.bodies("completion")}
    assert {number: kind for number, kind in kinds.items() if number >= 90} == {
        90: operations_pb2.OPERATION_KIND_LISTEN,
        92: operations_pb2.OPERATION_KIND_INSPECT_COMPLETE,
        93: operations_pb2.OPERATION_KIND_SEND_TO,
        95: operations_pb2.OPERATION_KIND_CONTROL_SOCKET,
        96: operations_pb2.OPERATION_KIND_RESOLVE,
    }
    pending = (await owner.ask(operations_pb2.ListOperationsRequest(pending_only=True))).operations
    assert [each.operation_id for each in pending] == [91, 94]  # nobody has connected, nothing has arrived


async def test_a_chain_in_a_batch_is_the_chain_of_the_method(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    chain = sessions_pb2.SubmitChainRequest(
        operation_id=20,
        links=[{"command": {"send": {"socket_id": socket, "data": b"x"}}}],
    )
    attachment = await owner.attach()

    await attachment.write([chain])
    await attachment.completion(Operation(operation_id=20))

    await far.until_received(b"x")
    again = (await owner.ask(chain)).operations
    assert [each.operation_id for each in again] == [20, 21]
