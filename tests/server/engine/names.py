"""Names that resolve to what a test says, in place of the host's."""

import socket
from collections.abc import Callable

from tests.server.engine.driver import Driver

from telesock.server.engine.resolver import Address, Answer, Lookup, Resolver, literal_address

NAME = "many.test"


class Names(Resolver):
    """Knows one name, and notes who asks; a name without an answer is resolved for ever."""

    def __init__(self, driver: Driver, *hosts: str) -> None:
        super().__init__(driver.engine.loop)
        self.asked: list[tuple[str, int, int]] = []
        self.answer: Answer | None = None
        self._hosts = hosts
        driver.engine.resolver = self

    def resolve(
        self, host: str, port: int, family: int, answer: Callable[[Answer], None], owner: str
    ) -> Lookup:
        self.asked.append((host, port, family))
        lookup = Lookup(lambda: None, answer)
        if self.answer is not None:
            self._loop.call_soon(_deliver, lookup, self.answer)
        elif self._hosts:
            self._loop.call_soon(_deliver, lookup, self._of_family(port, family))
        return lookup

    def _of_family(self, port: int, family: int) -> Answer:
        found = [address(each, port) for each in self._hosts]
        kept = [each for each in found if family in (socket.AF_UNSPEC, each.family)]
        return kept or socket.gaierror(socket.EAI_NODATA, "no address of this family")


def _deliver(lookup: Lookup, answer: Answer) -> None:
    if lookup.answer is not None:
        lookup.answer(answer)


def address(host: str, port: int) -> Address:
    found = literal_address(host, port)
    assert found is not None
    return found
