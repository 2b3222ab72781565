"""Every unary method, said anything to: well formed, nearly so, and by callers to whom nothing belongs.

Every call ends with a status, and in time: an answer, or a refusal that says why.
"""

from random import Random
from typing import Any

import grpc
from google.protobuf.message import Message
from tests.fuzzing.callers import REFUSALS, Outcome, RawCaller, caller
from tests.fuzzing.mangling import arbitrary, mangled
from tests.server.service.anything import OURS

from telesock.v1 import agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2

_MODULES = (agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2)
_NOT_CALLED = ("Drain",)  # it is no accident when an agent stops that is told to
METHODS = [
    (service.full_name, method.name, method.input_type._concrete_class)
    for module in _MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if not method.server_streaming and method.name not in _NOT_CALLED
]


async def assault(address: str, chance: Random, calls: int = 60) -> None:
    """Open a session, call anything about it and about others, and close it."""
    async with caller(address) as attacker:
        ours, foreign = await attacker.open(), await attacker.open()
        tokens = (ours.session_token,) * 6 + (foreign.session_token, "", "x" * 300, ours.session_id)
        for _ in range(calls):
            service, method, kind = chance.choice(METHODS)
            request = arbitrary(chance, kind)
            name_session(request, chance.choice([ours.session_id] * 6 + [foreign.session_id]))
            data = request.SerializeToString()
            if chance.random() < 0.4 and method not in ("WaitOperation", "OpenSession"):
                data = mangled(chance, data)  # those two can wait, and be left with a lease
            outcome = await attacker.call(service, method, data, chance.choice(tokens))
            check(outcome, (method, data))
            if method == "OpenSession" and outcome.code is grpc.StatusCode.OK:
                await _close(attacker, outcome)
        for session in (ours, foreign):
            await attacker.close(session.session_id, session.session_token)


async def _close(attacker: RawCaller, outcome: Outcome) -> None:
    opened = sessions_pb2.OpenSessionResponse.FromString(outcome.answer)
    await attacker.close(opened.session_id, opened.session_token)


def name_session(message: Message, session_id: str) -> None:
    """Put a session where one is meant, and give a wait an end."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in value if field.is_repeated else [value]:
                name_session(each, session_id)
        elif value == OURS:
            setattr(message, field.name, session_id)
    if isinstance(message, operations_pb2.WaitOperationRequest):
        message.timeout.FromNanoseconds(1)


def check(outcome: Outcome, said: Any) -> None:
    """Check that a call was answered, or refused with its reason."""
    if outcome.code is grpc.StatusCode.OK:
        return
    assert outcome.code in REFUSALS, (said, outcome)
    assert outcome.reasoned or outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED, (said, outcome)
