"""Where the sends of a chain belong, and what of it they give back."""

import pytest

from telesock.client.core.chained_sends import ChainedSend, ChainedSends
from telesock.client.core.lease import Lease
from telesock.client.core.operations import OUTCOME_UNKNOWN, BaseOperation, Outcome
from telesock.client.core.session import SessionCore
from telesock.client.core.sockets import SocketRecord
from telesock.client.enumerations import OperationKind, Status
from telesock.v1.operations_pb2 import ChainResult, Completion
from telesock.v1.sessions_pb2 import Command, Refusal

CORE = SessionCore("s-1", "boot", Lease(30.0, 0.0))


def operation() -> BaseOperation[None]:
    return BaseOperation(CORE, OperationKind.SEND, 1, lambda _: None)


def completion(status: Status, **fields: object) -> Completion:
    return Completion(status=status, **fields)  # type: ignore[arg-type]  # the contract's numbers


class Sending:
    """Sends of these sizes on one socket, which leave as a chain."""

    def __init__(self, *sizes: int, rounds: int | None = None) -> None:
        self.record = SocketRecord(1)
        self.record.sending.next = 100
        self.links = [operation() for _ in sizes]
        self.commands = [Command() for _ in sizes]
        self.sends = ChainedSends(rounds)
        chained = [
            ChainedSend(link, place, self.record, size)
            for place, (link, size) in enumerate(zip(self.links, sizes, strict=True))
        ]
        for send in chained:
            self.sends.add(send)
        for send, command in zip(chained, self.commands, strict=True):
            self.sends.put(send, command, self.links[send.place - 1] if send.place else None)

    def end(self, *links: Outcome, chain: Outcome | None = None) -> int:
        """End links and chain; return where the stream then goes on."""
        for link, outcome in zip(self.links, links, strict=False):
            link.settle(outcome)
        whole = operation()
        whole.settle(chain or completion(Status.SUCCESS))
        self.sends.give_back(whole, lambda record, offset: record.sending.start(offset, 0))
        return self.record.sending.next


def test_each_send_names_the_place_behind_the_one_before_it() -> None:
    sending = Sending(3, 4)

    assert [command.send.stream_offset for command in sending.commands] == [100, 103]
    assert sending.record.sending.next == 107


def test_repeated_sends_name_no_place_and_take_that_of_all_rounds() -> None:
    sending = Sending(3, rounds=10)

    assert not sending.commands[0].send.HasField("stream_offset")
    assert sending.record.sending.next == 130


@pytest.mark.parametrize(
    ("second", "goes_on_at"),
    [
        (completion(Status.SUCCESS, transferred_bytes=4), 107),
        (completion(Status.CANCELLED, cancelled_by_operation=2), 103),
        (completion(Status.INVALID_DEVICE_STATE), 103),
        (completion(Status.INSUFFICIENT_RESOURCES), 103),
        (completion(Status.IO_TIMEOUT), 107),
        (completion(Status.CANCELLED), 107),
        (completion(Status.CANCELLED, transferred_bytes=1), 107),
        (Refusal(reason="MALFORMED"), 103),
        (Refusal(reason=OUTCOME_UNKNOWN), 107),
    ],
    ids=[
        "sent",
        "not started",
        "wrong state",
        "no room",
        "timed out",
        "cancelled in its turn",
        "cut",
        "refused",
        "unknown",
    ],
)
def test_a_send_keeps_its_place_unless_it_was_never_accepted(second: Outcome, goes_on_at: int) -> None:
    assert Sending(3, 4).end(completion(Status.SUCCESS, transferred_bytes=3), second) == goes_on_at


def test_a_send_that_ends_before_its_turn_gives_its_place_back() -> None:
    sending = Sending(3, 4)
    sending.links[1].settle(completion(Status.CANCELLED))
    sending.links[0].settle(completion(Status.SUCCESS, transferred_bytes=3))

    assert sending.end() == 103


def test_what_was_sent_behind_the_chain_is_left_to_the_agents_word() -> None:
    sending = Sending(3)
    sending.record.sending.next += 1

    assert sending.end(completion(Status.CANCELLED, cancelled_by_operation=2)) == 104


@pytest.mark.parametrize(
    ("outcome", "goes_on_at"),
    [
        (completion(Status.SUCCESS, chain=ChainResult(rounds=10)), 170),
        (completion(Status.CANCELLED, chain=ChainResult(rounds=2)), 114),
        (completion(Status.INVALID_DEVICE_STATE, chain=ChainResult(rounds=2, failed_link=1)), 117),
        (completion(Status.IO_TIMEOUT, chain=ChainResult(rounds=2, failed_link=1)), 121),
        (completion(Status.CONNECTION_RESET, chain=ChainResult(rounds=0, failed_link=0)), 100),
        (Refusal(reason="MALFORMED"), 100),
        (Refusal(reason=OUTCOME_UNKNOWN), 170),
    ],
    ids=["done", "between rounds", "refused in a round", "in its turn", "at once", "refused", "unknown"],
)
def test_repeated_sends_keep_the_place_of_those_that_were_accepted(outcome: Outcome, goes_on_at: int) -> None:
    assert Sending(3, 4, rounds=10).end(chain=outcome) == goes_on_at
