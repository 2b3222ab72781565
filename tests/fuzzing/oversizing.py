"""Everything too large: messages, metadata, batches, chains, names, lists. Each is refused, by a code that says so."""

import asyncio
from typing import Any, NamedTuple

import grpc
from google.protobuf.message import Message
from tests.fuzzing.callers import SESSIONS, Outcome, RawCaller, caller, metadata, outcome_of
from tests.fuzzing.victim import PATIENCE

from telesock.v1.events_pb2 import EventFilter
from telesock.v1.faults_pb2 import CreateFaultRequest, Fault
from telesock.v1.operations_pb2 import CancelOperationRequest
from telesock.v1.sessions_pb2 import (
    AttachRequest,
    ChainLink,
    Command,
    OpenSessionRequest,
    OpenSessionResponse,
    StreamEventsRequest,
    SubmitChainRequest,
)
from telesock.v1.sockets_pb2 import (
    ConnectRequest,
    CreateSocketRequest,
    ResolveRequest,
    SendRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import Endpoint

MIB = 1 << 20
_SOCKETS, _FAULTS = "telesock.v1.SocketService", "telesock.v1.FaultService"
TOO_LARGE, EXHAUSTED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED
UNKNOWN = grpc.StatusCode.NOT_FOUND


class Case(NamedTuple):
    """Something too large, and how it ends."""

    service: str
    method: str
    request: Message
    code: grpc.StatusCode


def cases(session_id: str) -> dict[str, Case]:
    """Unary calls, by what is too large."""
    link = ChainLink(command=Command(create_socket=CreateSocketRequest()))
    to_long = Endpoint(host="x" * MIB, port=1)
    connect = ConnectRequest(session_id=session_id, spec=SocketSpec(), remote=to_long)
    local = Endpoint(host="127.0.0.1", port=1)
    initial = ConnectRequest(
        session_id=session_id, spec=SocketSpec(), remote=local, initial_data=bytes(65_536)
    )
    return {
        "a message": _case("Send", SendRequest(session_id=session_id, socket_id=1, data=bytes(5 * MIB)), EXHAUSTED),
        "a send": _case("Send", SendRequest(session_id=session_id, socket_id=1, data=bytes(MIB + 1)), TOO_LARGE),
        "a session's name": _case("Send", SendRequest(session_id="s" * MIB), UNKNOWN),
        "a host": _case("Connect", connect, TOO_LARGE),
        "initial data": _case("Connect", initial, TOO_LARGE),
        "a name": _case("Resolve", ResolveRequest(session_id=session_id, name="x" * MIB), TOO_LARGE),
        "a port": _case("Connect", ConnectRequest(session_id=session_id, spec=SocketSpec(), remote=Endpoint(host="127.0.0.1", port=2**32 - 1)), TOO_LARGE),
        "a label": Case(SESSIONS, "OpenSession", OpenSessionRequest(label="x" * 10_000), TOO_LARGE),
        "a fault's name": Case(_FAULTS, "CreateFault", CreateFaultRequest(session_id=session_id, fault=Fault(name="x" * MIB)), TOO_LARGE),
        "a chain": Case(SESSIONS, "SubmitChain", SubmitChainRequest(session_id=session_id, links=[link] * 257), TOO_LARGE),
        "a chain of chains": Case(SESSIONS, "SubmitChain", _nested(session_id, 20), TOO_LARGE),
    }  # fmt: skip


def _case(method: str, request: Message, code: grpc.StatusCode) -> Case:
    return Case(_SOCKETS, method, request, code)


def _nested(session_id: str, depth: int) -> SubmitChainRequest:
    chain = SubmitChainRequest(links=[ChainLink(command=Command(create_socket=CreateSocketRequest()))])
    for _ in range(depth):
        chain = SubmitChainRequest(links=[ChainLink(command=Command(chain=chain))])
    chain.session_id = session_id
    return chain


async def assault(address: str) -> dict[str, tuple[grpc.StatusCode, grpc.StatusCode]]:
    """Say everything that is too large; return how each ended and how it should have, where the two differ."""
    async with caller(address) as attacker:
        opened = await attacker.open()
        ends: dict[str, tuple[grpc.StatusCode, grpc.StatusCode]] = {}
        for what, case in cases(opened.session_id).items():
            data = case.request.SerializeToString()
            outcome = await attacker.call(case.service, case.method, data, opened.session_token)
            ends[what] = (outcome.code, case.code)
        ends["metadata"] = ((await _with_metadata(attacker)).code, EXHAUSTED)
        for what, (frames, code) in batches().items():
            ends[what] = ((await attach(attacker, opened, frames)).code, code)
        ends["a filter"] = (await _filtered(attacker, opened), grpc.StatusCode.INVALID_ARGUMENT)
        await attacker.close(opened.session_id, opened.session_token)
    return {what: (found, due) for what, (found, due) in ends.items() if found is not due}


async def _with_metadata(attacker: RawCaller) -> Outcome:
    return await attacker.call(SESSIONS, "ListSessions", b"", "x" * (MIB // 2))


def batches() -> dict[str, tuple[list[AttachRequest], grpc.StatusCode]]:
    """Messages of an attachment, by what is too large; some of it is only a lot."""
    commands = [Command(create_socket=CreateSocketRequest(operation_id=number)) for number in range(1, 1026)]
    cancels = [CancelOperationRequest(operation_id=2**64 - 1)] * 100_000
    return {
        "a batch of commands": ([AttachRequest(commands=commands)], TOO_LARGE),
        "a batch of cancels": ([AttachRequest(cancels=cancels)], grpc.StatusCode.OK),
        "a batch of bytes": ([AttachRequest(boot_id="x" * 5 * MIB)], EXHAUSTED),
    }


async def attach(attacker: RawCaller, opened: OpenSessionResponse, frames: list[AttachRequest]) -> Outcome:
    """Attach, say this, and read to the end."""
    multicallable: Any = attacker.channel.stream_stream(f"/{SESSIONS}/Attach")
    call = multicallable(metadata=metadata(opened.session_token), timeout=PATIENCE)

    async def write() -> None:
        await call.write(AttachRequest(session_id=opened.session_id).SerializeToString())
        for each in frames:
            await call.write(each.SerializeToString())
        await call.done_writing()

    writing = asyncio.create_task(write())
    try:
        async for _ in call:
            pass
    except grpc.aio.AioRpcError as error:
        return outcome_of(error)
    finally:
        await asyncio.gather(writing, return_exceptions=True)
    return Outcome(await call.code(), "")


async def _filtered(attacker: RawCaller, opened: OpenSessionResponse) -> grpc.StatusCode:
    """Read with a filter that names as many sockets as a message holds: more than such a request may."""
    wanted = EventFilter(socket_ids=range(2**32, 2**32 + 400_000))
    request = StreamEventsRequest(session_id=opened.session_id, filter=wanted)
    multicallable: Any = attacker.channel.unary_stream(f"/{SESSIONS}/StreamEvents")
    call = multicallable(request.SerializeToString(), metadata=metadata(opened.session_token))
    try:
        await call.read()
    except grpc.aio.AioRpcError as error:
        return error.code()
    finally:
        call.cancel()
    return grpc.StatusCode.OK
