"""Whoever looks on at a session is told of everything once, in its order; a session that nobody looks at tells nobody."""

from collections.abc import Sequence
from typing import Any

import pytest

from telesock.client.core import requests
from telesock.client.core.lease import Lease
from telesock.client.core.operations import BaseOperation
from telesock.client.core.session import LARGEST_FRAME, SessionCore
from telesock.client.core.witness import Witnessed
from telesock.client.enumerations import OperationKind, SendLevel
from telesock.client.errors import SessionClosed, SessionLost
from telesock.v1.events_pb2 import Event, EventBatch, Gap
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import REFUSED_PART_COMMAND, AttachRequest, AttachResponse, Refusal

Line = tuple[Any, ...]


class Notebook:
    """A recorder that writes down whom it heard of what."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def asked(self, agent: str, operation: BaseOperation[Any], session: str = "") -> None:
        self.lines.append(("asked", agent, session, operation.operation_id, bool(operation.frame)))

    def asked_links(
        self, agent: str, chain: BaseOperation[Any], links: Sequence[BaseOperation[Any]], session: str = ""
    ) -> None:
        self.lines.append(
            ("links", agent, session, chain.operation_id, [link.operation_id for link in links])
        )

    def told(self, agent: str, event: Event, session: str = "") -> None:
        self.lines.append(("told", agent, session, event.sequence))

    def gap(self, agent: str, gap: Gap, session: str = "") -> None:
        self.lines.append(("gap", agent, session, gap.first_sequence, gap.last_sequence))

    def refused(
        self, agent: str, operation: BaseOperation[Any], outcome: Refusal | SessionLost, session: str = ""
    ) -> None:
        reason = outcome.reason if isinstance(outcome, Refusal) else outcome.cause
        self.lines.append(("refused", agent, session, operation.operation_id, reason, operation.done()))

    def lost(self, agent: str, why: Exception | str, session: str = "") -> None:
        self.lines.append(("lost", agent, session, str(why)))


class Shell(Witnessed):
    """As much of a session as is looked at."""

    def __init__(self) -> None:
        self._core: SessionCore = SessionCore("s-1", "boot", Lease(30.0, 0.0))
        self.record = self._core.sockets.new()

    def send(self, data: bytes = b"x") -> BaseOperation[int]:
        operation = self.link()
        return self._core.submit_send(operation, self.record, data, SendLevel.WRITTEN, None)

    def chain(self, *links: BaseOperation[int]) -> BaseOperation[None]:
        chain: BaseOperation[None] = BaseOperation(self._core, OperationKind.CHAIN, 0, lambda done: None)
        self._core.submit_chain(
            chain, links, requests.receive, self.record.socket_id, 1, False, False, False, None
        )
        return chain

    def link(self) -> BaseOperation[int]:
        return BaseOperation(self._core, OperationKind.SEND, self.record.socket_id, lambda done: 0)

    def take(self, response: AttachResponse) -> None:
        self._core.take(response, response.ByteSize())

    def lose(self, why: SessionLost) -> None:
        self._core.lose(why)

    def leave(self) -> AttachRequest:
        return AttachRequest.FromString(self._core.next_message(0.0) or b"")


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def notebook(shell: Shell) -> Notebook:
    notebook = Notebook()
    shell.record_to(notebook, agent="a")
    return notebook


def told(*events: Event) -> AttachResponse:
    return AttachResponse(batch=EventBatch(events=events, last_sequence=events[-1].sequence))


def test_it_hears_of_what_is_asked_with_its_frame_and_of_every_event_once(
    shell: Shell, notebook: Notebook
) -> None:
    shell.send()
    done = told(Event(sequence=1, operation_id=1, completion=Completion(status=1)))  # type: ignore[arg-type]  # success
    shell.take(done)
    shell.take(done)

    assert notebook.lines == [("asked", "a", "s-1", 1, True), ("told", "a", "s-1", 1)]


def test_it_hears_of_an_event_before_whoever_waits_for_it(shell: Shell, notebook: Notebook) -> None:
    sending = shell.send()
    heard: list[list[Line]] = []
    sending.when_done(lambda: heard.append(list(notebook.lines)))

    shell.take(told(Event(sequence=1, operation_id=1, completion=Completion(status=1))))  # type: ignore[arg-type]  # success

    assert heard == [[("asked", "a", "s-1", 1, True), ("told", "a", "s-1", 1)]]


def test_it_hears_of_a_gap(shell: Shell, notebook: Notebook) -> None:
    shell.take(AttachResponse(batch=EventBatch(gap=Gap(first_sequence=1, last_sequence=4), last_sequence=4)))

    assert notebook.lines == [("gap", "a", "s-1", 1, 4)]


def test_it_hears_of_a_refusal_before_whoever_waits_for_it(shell: Shell, notebook: Notebook) -> None:
    shell.send()
    shell.leave()
    refusal = Refusal(part=REFUSED_PART_COMMAND, operation_id=1, request_number=1, reason="WRONG_STATE")
    shell.take(AttachResponse(refusals=[refusal]))

    assert notebook.lines == [
        ("asked", "a", "s-1", 1, True),
        ("refused", "a", "s-1", 1, "WRONG_STATE", False),
    ]


def test_it_hears_of_what_never_leaves(shell: Shell, notebook: Notebook) -> None:
    shell.send(bytes(LARGEST_FRAME))

    assert notebook.lines == [("asked", "a", "s-1", 1, True), ("refused", "a", "s-1", 1, "TOO_LARGE", False)]


def test_it_hears_of_the_links_of_a_chain_and_of_those_that_share_its_refusal(
    shell: Shell, notebook: Notebook
) -> None:
    links = [shell.link(), shell.link()]
    chain = shell.chain(*links)
    shell.leave()
    shell.take(
        AttachResponse(refusals=[Refusal(part=REFUSED_PART_COMMAND, operation_id=1, reason="TOO_MANY")])
    )
    shell._core.settle_links(chain, links)

    assert notebook.lines == [
        ("asked", "a", "s-1", 1, True),
        ("links", "a", "s-1", 1, [2, 3]),
        ("refused", "a", "s-1", 1, "TOO_MANY", False),
        ("refused", "a", "s-1", 2, "TOO_MANY", False),
        ("refused", "a", "s-1", 3, "TOO_MANY", False),
    ]


def test_it_hears_of_the_end_and_of_what_that_ends(shell: Shell, notebook: Notebook) -> None:
    shell.send()
    shell.lose(SessionClosed("left", "CLOSED"))
    shell.send()

    assert notebook.lines == [
        ("asked", "a", "s-1", 1, True),
        ("refused", "a", "s-1", 1, "CLOSED", False),
        ("lost", "a", "s-1", "left"),
        ("asked", "a", "s-1", 2, True),
        ("refused", "a", "s-1", 2, "CLOSED", False),
    ]


def test_another_takes_its_place_and_none_ends_it(shell: Shell, notebook: Notebook) -> None:
    other = Notebook()
    shell.record_to(other, agent="b")
    shell.send()
    shell.record_to(None)
    shell.send()

    assert (notebook.lines, other.lines) == ([], [("asked", "b", "s-1", 1, True)])
