# Printed from aio/faults.py by `make twin`: change that, and print again.

"""The faults of a session, as a program with threads makes, looks at, changes and ends them.

Each is a single call, apart from the session's stream: what it answers holds, and what is asked of a socket afterwards
meets the fault.
"""

import contextlib
import uuid
import warnings
from types import TracebackType
from typing import Self, Unpack

import grpc

from telesock.client.channels import CALL_TIMEOUT
from telesock.client.credentials import Metadata
from telesock.client.errors import Rejected, SessionLost, SessionReplaced, TelesockError
from telesock.client.faults import Effect, Fault, FaultState, Rule, as_fault
from telesock.client.sync.calls import Calls
from telesock.client.sync.locking import LockedSession
from telesock.v1.faults_pb2 import (
    CreateFaultRequest,
    DeleteFaultRequest,
    ListFaultsRequest,
    ResetFaultsRequest,
    UpdateFaultRequest,
)

LEAVING_TIMEOUT = 2.0
"""Seconds that the end of a fault may take when a block is left by an exception, or its making was interrupted."""


class FaultCalls:
    """The agent's fault service, for one session."""

    def __init__(self, calls: Calls, core: LockedSession, metadata: Metadata) -> None:
        self._calls = calls
        self._core = core
        self._metadata = metadata
        self._session_id = core.session_id

    @property
    def gone(self) -> bool:
        """Whether the session has ended, as far as this program knows, and its faults with it."""
        return self._core.lost is not None and not isinstance(self._core.lost, SessionReplaced)

    def create(self, fault: Fault, request_id: str, timeout: float = CALL_TIMEOUT) -> FaultState:
        """Make a fault; the same request id makes one."""
        request = CreateFaultRequest(
            session_id=self._session_id, request_id=request_id, fault=fault.to_message()
        )
        answer = self._calls.call(self._calls.faults.CreateFault, request, self._metadata, timeout)
        return FaultState.from_message(answer.state)

    def update(self, fault: Fault) -> FaultState:
        """Put a fault in the place of the one with its name."""
        request = UpdateFaultRequest(session_id=self._session_id, fault=fault.to_message())
        answer = self._calls.call(self._calls.faults.UpdateFault, request, self._metadata)
        return FaultState.from_message(answer.state)

    def delete(self, name: str, timeout: float = CALL_TIMEOUT) -> FaultState:
        """End a fault; return it as it was at its end."""
        request = DeleteFaultRequest(session_id=self._session_id, name=name)
        answer = self._calls.call(self._calls.faults.DeleteFault, request, self._metadata, timeout)
        return FaultState.from_message(answer.state)

    def list_all(self) -> list[FaultState]:
        """Return the faults of the session."""
        request = ListFaultsRequest(session_id=self._session_id)
        answer = self._calls.call(self._calls.faults.ListFaults, request, self._metadata)
        return [FaultState.from_message(state) for state in answer.faults]

    def reset_all(self) -> list[FaultState]:
        """End all faults of the session."""
        request = ResetFaultsRequest(session_id=self._session_id)
        answer = self._calls.call(self._calls.faults.ResetFaults, request, self._metadata)
        return [FaultState.from_message(state) for state in answer.faults]

    def find(self, name: str) -> FaultState:
        """Return one fault as it is now. Raises Rejected when there is none of this name."""
        for state in self.list_all():
            if state.fault.name == name:
                return state
        message = f"session {self._session_id} has no fault {name}: it has ended, or never was"
        raise Rejected(message, "FAULT_UNKNOWN", grpc.StatusCode.NOT_FOUND, {"name": name})


class ActiveFault:
    """A fault of a session. Made by the `fault` of a session, a socket or a relay; it is there once it is kept or entered.

        with connection.fault(Latency(0.2)) as fault:  # for the block
            ...
        fault = session.fault(Reset(), after=5.0).keep()  # until it is removed, or the session ends

    Leaving the block ends it; one that has ended by itself is no error, and what the block raised goes on. Keeping or
    entering raises Rejected for what the agent does not take; after AgentUnavailable, keeping it again is safe: at most
    one is made.
    """

    def __init__(self, calls: FaultCalls, wanted: Fault) -> None:
        self._calls = calls
        self._wanted = wanted
        self._request_id = uuid.uuid4().hex
        self._asked = False
        self._made: Fault | None = None
        self._end: FaultState | None = None

    @classmethod
    def of(cls, calls: FaultCalls, made: Fault) -> Self:
        """Return one that is there already."""
        fault = cls(calls, made)
        fault._asked, fault._made = True, made
        return fault

    def __del__(self) -> None:
        """Say that it was forgotten."""
        if not self._asked:
            warnings.warn(
                f"{self!r} was never kept or entered, and so never made", RuntimeWarning, stacklevel=2
            )

    def __repr__(self) -> str:
        """Name and effect."""
        rule = self._made or self._wanted
        return f"<{type(self).__name__} {rule.name or 'without a name yet'}: {rule.effect}>"

    def keep(self) -> Self:
        """Make it, unless that is done."""
        self._asked = True
        return self._make()

    def __enter__(self) -> Self:
        """Make it, for the block."""
        return self.keep()

    def _make(self) -> Self:
        if self._made is None:
            try:
                self._made = (self._calls.create(self._wanted, self._request_id)).fault
            except KeyboardInterrupt:
                self._take_back()
                raise
        return self

    def _take_back(self) -> None:
        """The making was interrupted, and may have been done: the same request tells, and it is ended."""
        with contextlib.suppress(TelesockError):
            made = self._calls.create(self._wanted, self._request_id, LEAVING_TIMEOUT)
            self._calls.delete(made.fault.name, LEAVING_TIMEOUT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it, unless it has ended."""
        if self._end is not None or self._calls.gone:
            return
        with contextlib.suppress(SessionLost if kind is None else TelesockError):
            self._end_if_there(CALL_TIMEOUT if kind is None else LEAVING_TIMEOUT)

    def _end_if_there(self, timeout: float) -> None:
        try:
            self._end = self._calls.delete(self.name, timeout)
        except Rejected as refused:
            if refused.code is not grpc.StatusCode.NOT_FOUND:
                raise

    @property
    def fault(self) -> Fault:
        """The rule as the agent has it, with its name and its seed."""
        if self._made is None:
            raise RuntimeError(f"{self!r} is not made yet: keep it, or enter it by `with`")
        return self._made

    @property
    def name(self) -> str:
        """Its name in the session, in events and in causes."""
        return self.fault.name

    @property
    def seed(self) -> int:
        """Whence its decisions come: given again with the same traffic, they are the same."""
        seed = self.fault.seed
        assert seed is not None, "the agent tells it of every fault"
        return seed

    def state(self) -> FaultState:
        """Return its counters as they are now, or, when it was ended here, as they were then.

        Raises Rejected (NOT_FOUND) when it has ended otherwise.
        """
        return self._end or self._calls.find(self.name)

    def update(self, effect: Effect | None = None, **rule: Unpack[Rule]) -> None:
        """Change its effect, and of its rule what is named; the rest stays, the seed too.

        What it holds back leaves at once; counters and numbers of decisions begin anew.
        """
        self._made = (self._calls.update(self.fault.but(effect, **rule))).fault

    def remove(self) -> FaultState:
        """End it; what it holds back leaves at once. Returns it as it was at its end; a second time the same.

        Raises Rejected (NOT_FOUND) when it has ended by itself.
        """
        if self._end is None:
            self._end = self._calls.delete(self.name)
        return self._end


class Injecting:
    """The part of a session that has faults."""

    _core: LockedSession

    def fault(self, effect: Effect | Fault, **rule: Unpack[Rule]) -> ActiveFault:
        """Return a fault that is to be: enter it by `with` for a block, or `keep` it for longer.

        `session.fault(Latency(0.2), direction="send", probability=0.1, seed=7)`; `Fault` says what can be named. Without
        a target it acts on all sockets of the session, those to come included. Raises TypeError or ValueError at once
        for what is no fault.
        """
        return ActiveFault(self._core.shell, as_fault(effect, **rule))

    def faults(self) -> list[FaultState]:
        """Return the session's faults in the order of their making, with their counters."""
        calls: FaultCalls = self._core.shell
        return calls.list_all()

    def take_up_fault(self, name: str) -> ActiveFault:
        """Return a fault that is there, such as one that a socket was born with. Raises Rejected."""
        calls: FaultCalls = self._core.shell
        return ActiveFault.of(calls, (calls.find(name)).fault)

    def reset_faults(self) -> list[FaultState]:
        """End all faults of this session. Returns them as they were at their end."""
        calls: FaultCalls = self._core.shell
        return calls.reset_all()
