"""Ledger and resume against an agent made of lists, with streams that break wherever it hurts."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.client.core.model_agent import CANCELLED, SUCCESS, ModelAgent, sequences

from telesock.client.core import requests
from telesock.client.core.lease import Lease
from telesock.client.core.operations import BaseOperation
from telesock.client.core.session import SessionCore
from telesock.client.core.sockets import SocketRecord
from telesock.client.enumerations import CancelOutcome, OperationKind, SendLevel, SocketCategory
from telesock.client.errors import SessionLost
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import AttachResponse, Refusal, Session

LEASE = 30.0


class Conversation(RuleBasedStateMachine):
    """Everything on the way can be lost at any point; what was asked is answered once, what happened is seen once."""

    @initialize()
    def open(self) -> None:
        self.now = 0.0
        self.agent = ModelAgent()
        self.core = SessionCore("s-1", "boot", Lease(LEASE, 0.0))
        self.sockets = [self.core.sockets.new() for _ in range(2)]
        self.operations: list[BaseOperation[int]] = []
        self.data: dict[int, bytes] = {}
        self.outcomes: list[tuple[BaseOperation[int], list[CancelOutcome | SessionLost]]] = []
        self.indicated: dict[int, list[int]] = {1: [], 2: []}

    def _new(self, kind: OperationKind, record: SocketRecord) -> BaseOperation[int]:
        operation = BaseOperation(
            self.core, kind, record.socket_id, lambda completion: completion.transferred_bytes
        )
        self.operations.append(operation)
        return operation

    # The client's program

    @rule(socket=st.integers(0, 1), size=st.integers(0, 3))
    def send(self, socket: int, size: int) -> None:
        record = self.sockets[socket]
        data = f"{len(self.operations):03}".encode() * size
        operation = self._new(OperationKind.SEND, record)
        self.core.submit_send(operation, record, data, SendLevel.WRITTEN, None)
        self.data[operation.operation_id] = data

    @rule(socket=st.integers(0, 1))
    def receive(self, socket: int) -> None:
        record = self.sockets[socket]
        operation = self._new(OperationKind.RECEIVE, record)
        self.core.submit(operation, requests.receive, record.socket_id, 10, False, False, False, None)

    @precondition(lambda self: self.operations)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(self.operations))
        answers: list[CancelOutcome | SessionLost] = []
        self.outcomes.append((operation, answers))
        self.core.cancel(operation, answers.append)

    @rule(socket=st.integers(0, 1))
    def consume(self, socket: int) -> None:
        record = self.sockets[socket]
        if record.indications:
            event = record.indications.popleft()
            self.indicated[record.socket_id] += sequences([event])
            self.core.release(record, event.sequence)  # type: ignore[union-attr]  # there are no gaps here

    # The way

    @rule(seconds=st.floats(0, LEASE / 3))
    def write(self, seconds: float) -> None:
        self.now += seconds
        message = self.core.next_message(self.now)
        if message is not None:
            self.agent.requests.append(message)

    @precondition(lambda self: self.agent.requests)
    @rule()
    def handle(self) -> None:
        self.agent.handle()

    @rule(most=st.integers(1, 5))
    def respond(self, most: int) -> None:
        self.agent.respond(most)

    @precondition(lambda self: self.agent.responses)
    @rule()
    def read(self) -> None:
        response = self.agent.responses.pop(0)
        self.core.take(response, response.ByteSize())

    @rule()
    def break_stream(self) -> None:
        self.agent.break_stream()
        self.core.begin()

    # The agent and the network

    @precondition(lambda self: self.agent.pending)
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        self.agent.complete(data.draw(st.sampled_from(self.agent.pending)))

    @rule(socket=st.integers(1, 2))
    def indicate(self, socket: int) -> None:
        self.agent.indicate(socket)

    @rule(count=st.integers(1, 3))
    def refuse(self, count: int) -> None:
        self.agent.refusing = count

    # What holds

    @invariant()
    def every_event_was_seen_once_and_in_order(self) -> None:
        for record in self.sockets:
            seen = self.indicated[record.socket_id] + sequences(record.indications)
            happened = [
                event.sequence
                for event in self.agent.journal[: self.core.cursor.seen]
                if event.socket_id == record.socket_id and not event.operation_id
            ]
            assert seen == happened

    @invariant()
    def no_bytes_were_accepted_twice(self) -> None:
        sent = {
            record.socket_id: b"".join(
                self.data[number]
                for number, command in sorted(self.agent.accepted.items())
                if command.HasField("send") and command.send.socket_id == record.socket_id
            )
            for record in self.sockets
        }
        assert {socket: self.agent.streams.get(socket, b"") for socket in sent} == sent

    def teardown(self) -> None:
        """When the way holds again, everything is answered as the agent has it."""
        if not hasattr(self, "agent"):
            return
        self.break_stream()
        for _ in range(2):  # the second time for what was asked by the first
            self._let_everything_arrive()
        assert self.core.unsettled == 0
        assert self.core.cursor.seen == len(self.agent.journal)
        for operation in self.operations:
            accepted = operation.operation_id in self.agent.accepted
            assert isinstance(operation.outcome, Completion if accepted else Refusal), operation
        self._check_cancels()
        self._check_offsets()

    def _let_everything_arrive(self) -> None:
        while True:
            self.now += 0.001
            message = self.core.next_message(self.now)
            if message is not None:
                self.agent.requests.append(message)
            while self.agent.requests:
                self.agent.handle()
            for operation_id in list(self.agent.pending):
                self.agent.complete(operation_id)
            answered = self.agent.respond()
            while self.agent.responses:
                self.read()
            if message is None and not answered:
                return

    def _check_cancels(self) -> None:
        """Each was answered once, and says of its operation what the operation says of itself."""
        for operation, (answer,) in self.outcomes:
            completion = operation.completion
            assert (answer is CancelOutcome.NOT_FOUND) == (completion is None), operation
            if answer is CancelOutcome.CANCELLED:
                assert completion is not None
                assert completion.status == CANCELLED

    def _check_offsets(self) -> None:
        """A send asked for now is accepted, whatever was refused before."""
        self.agent.refusing = 0
        for record in self.sockets:
            self.send(record.socket_id - 1, 1)
        self._let_everything_arrive()
        assert [
            operation.completion.status for operation in self.operations[-2:] if operation.completion
        ] == [
            SUCCESS,
            SUCCESS,
        ]


Conversation.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestConversation = pytest.mark.timeout(120)(Conversation.TestCase)


def test_ids_go_on_behind_what_the_owner_before_us_had_still_on_its_way() -> None:
    core = SessionCore("s-1", "boot", Lease(LEASE, 0.0), highest_operation_id=5, highest_socket_id=2)
    found = AttachResponse(session=Session(highest_operation_id=7, highest_socket_id=3))
    core.take(found, found.ByteSize())

    record = core.sockets.new()
    asked = BaseOperation(core, OperationKind.CREATE_SOCKET, record.socket_id, lambda completion: None)
    core.submit(
        asked, requests.create_socket, record.socket_id, requests.spec(SocketCategory.BASIC, None), []
    )

    assert (record.socket_id, asked.operation_id) == (4, 8)
