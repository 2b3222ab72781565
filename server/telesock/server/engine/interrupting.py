"""How a pending operation of a connection ends before its time: by a cancel, or by its deadline.

A send goes only as long as no byte of it is out; cut by its deadline after that it takes the send side with it, because
nothing may follow a hole. Of a disconnect only the waiting ends. A close cannot be taken back.
"""

from typing import TYPE_CHECKING

from telesock.server.core.operations import Operation
from telesock.server.core.requests import Disconnect, OperationKind
from telesock.server.core.states import Happening, State
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status
from telesock.server.engine.sockets import CANCELLED, TIMED_OUT

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection


def cancel(connection: "Connection", operation: Operation) -> bool:
    """Complete an operation as cancelled; False when it is too late for that."""
    if operation.kind is not OperationKind.SEND:
        return _withdraw(connection, operation, CANCELLED)
    if not connection.sends.withdraw(operation):
        return False
    connection.complete(operation, failure=CANCELLED)
    connection.progress()
    return True


def time_out(connection: "Connection", operation: Operation) -> None:
    """The deadline of an operation has come."""
    operation.timer = None
    if operation.kind is OperationKind.SEND:
        _time_out_send(connection, operation)
    elif operation.kind is OperationKind.DISCONNECT:
        request = operation.request
        assert isinstance(request, Disconnect), "a disconnect is pending"
        connection.ending.time_out(request)
    elif operation.kind is OperationKind.CLOSE:
        connection.ending.finish_close()
    else:
        _withdraw(connection, operation, TIMED_OUT)


def _withdraw(connection: "Connection", operation: Operation, failure: Failure) -> bool:
    """End a connect, a receive or the wait for a disconnect."""
    if operation.kind is OperationKind.CONNECT:
        connection.end_connecting(failure)
    elif operation.kind is OperationKind.RECEIVE:
        connection.receives.withdraw(operation, failure)
        connection.read()
    elif operation.kind is OperationKind.DISCONNECT:
        connection.ending.stop_waiting(failure)
    else:
        return False
    return True


def _time_out_send(connection: "Connection", operation: Operation) -> None:
    if connection.sends.cut(operation):
        connection.complete(operation, failure=TIMED_OUT)
        break_sends(connection, _CUT)
        return
    if not connection.sends.withdraw(operation):
        connection.sends.forget_acknowledgement(operation)
    connection.complete(operation, failure=TIMED_OUT)
    connection.progress()


def break_sends(connection: "Connection", failure: Failure) -> None:
    """A send ended part-way: nothing may follow it in the stream."""
    connection.sends.end_queued(failure)
    if connection.state is State.CLOSING:
        connection.ending.finish_close()
        return
    connection.happen(Happening.SEND_CUT)
    connection.ending.give_up(failure)


_CUT = Failure(
    Status.CANCELLED,
    Cause(Origin.DEADLINE, Phase.SEND, detail="an earlier send was cut part-way by its timeout"),
)
