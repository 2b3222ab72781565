"""Links of chains that are on their way: which operation an event about one of them completes, and who is left over.

A link is answered by its own event. Whatever has none when its chain is done shares the chain's outcome, unless the
chain completed: then its own is gone.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from telesock.client.core.operations import BaseOperation, unknown
from telesock.client.errors import SessionLost
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Refusal


class Links:
    """The links of one session's chains, by operation id."""

    def __init__(self) -> None:
        self.waiting: dict[int, BaseOperation[Any]] = {}
        """Those without an outcome."""

    def expect(self, links: Sequence[BaseOperation[Any]], first: int) -> None:
        """Give links their ids, from the first on, and wait for what becomes of them."""
        for number, link in enumerate(links, first):
            link.operation_id = number
            self.waiting[number] = link

    def answered(self, operation_id: int) -> BaseOperation[Any] | None:
        """Take out the link that an event completes, if it is one."""
        return self.waiting.pop(operation_id, None)

    def left(
        self, chain: BaseOperation[Any], links: Sequence[BaseOperation[Any]]
    ) -> Iterator[tuple[BaseOperation[Any], Refusal | SessionLost]]:
        """Take out the links of a chain that is done; yield those without an outcome, with what is theirs now."""
        outcome = chain.outcome
        assert outcome is not None, "the chain is done"
        for link in links:
            self.waiting.pop(link.operation_id, None)
            if link.done():
                continue
            if isinstance(outcome, Completion):
                yield link, unknown(Refusal(operation_id=link.operation_id))
            else:
                yield link, outcome
