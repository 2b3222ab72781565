"""Any fault that the contract can hold, of every effect, where bytes move: made as it was asked for, or refused.

What was told of it can be asked for again, and it can always be ended.
"""

from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from tests.agents import RunningAgent
from tests.promises.faults import listed
from tests.promises.owners import Owner
from tests.server.service.anything import messages
from tests.server.service.test_server_anything import another_session, answer

from telesock.v1.faults_pb2 import (
    CreateFaultRequest,
    DeleteFaultRequest,
    Fault,
    FaultReplay,
    FaultTarget,
    FaultTiming,
    ResetFaultsRequest,
    UpdateFaultRequest,
)
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sockets_pb2 import ReceiveRequest, SendRequest

NAMES = st.sampled_from(["", "", "x", "y", "two words", "x" * 65])
EFFECTS = list(Fault.DESCRIPTOR.oneofs_by_name["effect"].fields)


def effect(field: Any) -> st.SearchStrategy[dict[str, Any]]:
    return messages(field.message_type._concrete_class).map(lambda value: {field.name: value})


def mostly_unset(kind: Any) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(kind()), st.just(kind()), messages(kind))


FAULTS = st.builds(
    lambda chosen, target, timing, **rest: Fault(**chosen, target=target, timing=timing, **rest),
    st.sampled_from(EFFECTS).flatmap(effect),
    mostly_unset(FaultTarget),
    mostly_unset(FaultTiming),
    name=NAMES,
    seed=st.sampled_from([None, 0, 1, 2**64 - 1]),
    replay=st.one_of(st.none(), st.none(), messages(FaultReplay)),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(FAULTS, min_size=1, max_size=6))
async def test_any_fault_is_made_as_it_was_asked_for_or_refused_and_can_always_be_ended(
    agent: RunningAgent, owner: Owner, peer: Any, faults: list[Fault]
) -> None:
    session, listener = await another_session(owner), peer()
    socket, far = await session.connect(listener)
    for asked in faults:
        made = await answer(session, CreateFaultRequest(fault=asked))
        if made is None:
            continue
        fault = made.state.fault
        assert fault.name == (asked.name or fault.name)
        assert fault.seed == (asked.seed if asked.HasField("seed") else fault.seed)
        assert fault.WhichOneof("effect") == asked.WhichOneof("effect")
        far.send(b"moves")
        await answer(session, ReceiveRequest(socket_id=socket, length=5))
        await answer(session, SendRequest(socket_id=socket, data=b"moves"))
        again = await answer(session, UpdateFaultRequest(fault=fault))
        if again is not None:  # a reset may have taken the socket away that it was for
            assert again.state.fault == fault
            await answer(session, SendRequest(socket_id=socket, data=b"moves on"))
    for state in (await listed(session))[::2]:
        await answer(session, DeleteFaultRequest(name=state.fault.name))
    await session.ask(ResetFaultsRequest())

    assert await listed(session) == []
    await session.ask(CloseSessionRequest())
    listener.close()
    assert (agent.bugs, agent.engine.fault_held_bytes) == ([], 0)
