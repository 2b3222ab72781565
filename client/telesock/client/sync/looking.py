# Printed from aio/looking.py by `make twin`: change that, and print again.

"""What an owner can look at in its session, by single calls: the session, its sockets, its operations."""

from telesock.client.credentials import Metadata
from telesock.client.sync.calls import Calls
from telesock.v1.operations_pb2 import GetOperationRequest, ListOperationsRequest, Operation
from telesock.v1.sessions_pb2 import GetSessionRequest, Session
from telesock.v1.sockets_pb2 import GetSocketRequest, ListSocketsRequest, Socket


class Looking:
    """The part of a session that only looks."""

    _calls: Calls

    @property
    def session_id(self) -> str:
        """The session's public name."""
        raise NotImplementedError

    @property
    def _metadata(self) -> Metadata:
        raise NotImplementedError

    def get_session(self) -> Session:
        """Return the session as the agent sees it."""
        request = GetSessionRequest(session_id=self.session_id)
        return (self._calls.call(self._calls.sessions.GetSession, request, self._metadata)).session

    def get_socket(self, socket_id: int) -> Socket:
        """Return a socket as the agent sees it. Raises Rejected."""
        request = GetSocketRequest(session_id=self.session_id, socket_id=socket_id)
        return (self._calls.call(self._calls.sockets.GetSocket, request, self._metadata)).socket

    def list_sockets(self) -> list[Socket]:
        """Return all sockets that are not closed, by number."""
        found: list[Socket] = []
        while True:
            request = ListSocketsRequest(
                session_id=self.session_id, after_socket_id=found[-1].socket_id if found else 0
            )
            page = self._calls.call(self._calls.sockets.ListSockets, request, self._metadata)
            if not page.sockets:
                return found
            found += page.sockets

    def get_operation(self, operation_id: int) -> Operation:
        """Return an operation as the agent sees it. Raises Rejected when it is unknown or forgotten."""
        request = GetOperationRequest(session_id=self.session_id, operation_id=operation_id)
        return (self._calls.call(self._calls.operations.GetOperation, request, self._metadata)).operation

    def list_operations(self, *, socket_id: int = 0, pending_only: bool = False) -> list[Operation]:
        """Return the operations that are pending or not acknowledged, by id; of one socket unless it is 0."""
        found: list[Operation] = []
        while True:
            request = ListOperationsRequest(
                session_id=self.session_id,
                socket_id=socket_id,
                pending_only=pending_only,
                after_operation_id=found[-1].operation_id if found else 0,
            )
            page = self._calls.call(self._calls.operations.ListOperations, request, self._metadata)
            if not page.operations:
                return found
            found += page.operations
