"""The single calls about the faults of a session: they act on faults only, and take nobody's place in the session."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import grpc

from telesock.client.cli.calls import TIMEOUT, channel_to, ownership
from telesock.client.cli.options import Credential
from telesock.v1 import faults_pb2, faults_pb2_grpc


class FaultCalls:
    """The fault service of an agent, for one session."""

    def __init__(self, channel: grpc.Channel, owned: Credential) -> None:
        self._stub = faults_pb2_grpc.FaultServiceStub(channel)
        self._session_id = owned.session_id
        self._metadata = ownership(owned)

    def _call(self, method: Any, request: Any) -> Any:
        request.session_id = self._session_id
        return method(request, timeout=TIMEOUT, metadata=self._metadata)

    def create(self, fault: faults_pb2.Fault) -> faults_pb2.FaultState:
        """Make a fault."""
        request = faults_pb2.CreateFaultRequest(request_id=secrets.token_hex(16), fault=fault)
        made: faults_pb2.FaultState = self._call(self._stub.CreateFault, request).state
        return made

    def create_all(self, wanted: Sequence[faults_pb2.Fault]) -> None:
        """Make all of some faults, or none."""
        made: list[str] = []
        try:
            for fault in wanted:
                made.append(self.create(fault).fault.name)
        except BaseException:
            for name in made:
                with suppress(grpc.RpcError):
                    self.delete(name)
            raise

    def list_all(self) -> faults_pb2.ListFaultsResponse:
        """List the session's faults."""
        found: faults_pb2.ListFaultsResponse = self._call(
            self._stub.ListFaults, faults_pb2.ListFaultsRequest()
        )
        return found

    def delete(self, name: str) -> faults_pb2.FaultState:
        """End a fault; return it as it was then."""
        ended: faults_pb2.FaultState = self._call(
            self._stub.DeleteFault, faults_pb2.DeleteFaultRequest(name=name)
        ).state
        return ended

    def reset(self) -> faults_pb2.ResetFaultsResponse:
        """End all faults of the session; return them as they were then."""
        ended: faults_pb2.ResetFaultsResponse = self._call(
            self._stub.ResetFaults, faults_pb2.ResetFaultsRequest()
        )
        return ended


@contextmanager
def fault_calls(agent: str, owned: Credential) -> Iterator[FaultCalls]:
    """Open a channel for calls about a session's faults."""
    with channel_to(agent) as channel:
        yield FaultCalls(channel, owned)
