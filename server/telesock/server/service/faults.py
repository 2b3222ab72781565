"""FaultService: makes, changes, lists and ends the faults of a session. Nothing here waits for a socket."""

from telesock.server.core.events import FaultEnd
from telesock.server.core.refusal import malformed
from telesock.server.engine.engine import Engine
from telesock.server.engine.faults import SessionFaults
from telesock.server.service.errors import Context, answers
from telesock.server.service.ownership import owned_session, readable_session
from telesock.server.service.wire.faults import read_fault, write_state
from telesock.v1 import faults_pb2, faults_pb2_grpc

_LONGEST_ID = 128


class FaultServicer(faults_pb2_grpc.FaultServiceServicer):
    """See faults.proto."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _faults(self, context: Context, session_id: str) -> SessionFaults:
        return self._engine.faults_of(owned_session(self._engine, context, session_id))

    @answers
    async def CreateFault(
        self, request: faults_pb2.CreateFaultRequest, context: Context
    ) -> faults_pb2.CreateFaultResponse:
        faults = self._faults(context, request.session_id)
        if len(request.request_id) > _LONGEST_ID or not request.request_id.isprintable():
            raise malformed("request_id", f"at most {_LONGEST_ID} printable characters")
        active = faults.create(read_fault(request.fault), request.request_id)
        self._engine.flush()
        return faults_pb2.CreateFaultResponse(state=write_state(faults, active))

    @answers
    async def UpdateFault(
        self, request: faults_pb2.UpdateFaultRequest, context: Context
    ) -> faults_pb2.UpdateFaultResponse:
        faults = self._faults(context, request.session_id)
        active = faults.update(read_fault(request.fault))
        return faults_pb2.UpdateFaultResponse(state=write_state(faults, active))

    @answers
    async def DeleteFault(
        self, request: faults_pb2.DeleteFaultRequest, context: Context
    ) -> faults_pb2.DeleteFaultResponse:
        faults = self._faults(context, request.session_id)
        active = faults.find(request.name)
        state = write_state(faults, active)
        faults.end(active, FaultEnd.DELETED)
        return faults_pb2.DeleteFaultResponse(state=state)

    @answers
    async def ListFaults(
        self, request: faults_pb2.ListFaultsRequest, context: Context
    ) -> faults_pb2.ListFaultsResponse:
        faults = self._engine.faults_of(readable_session(self._engine, context, request.session_id))
        return faults_pb2.ListFaultsResponse(faults=[write_state(faults, active) for active in faults])

    @answers
    async def ResetFaults(
        self, request: faults_pb2.ResetFaultsRequest, context: Context
    ) -> faults_pb2.ResetFaultsResponse:
        faults = self._faults(context, request.session_id)
        states = [write_state(faults, active) for active in faults]
        faults.end_all(FaultEnd.DELETED)
        return faults_pb2.ResetFaultsResponse(faults=states)
