"""Some agents of a lab, in its order: to be gone through, or asked all at once."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeVar

from telesock.client.lab.aio.agent import LabAgent
from telesock.client.lab.aio.barrier import Barriers
from telesock.client.lab.aio.together import Outcome, on_each
from telesock.client.lab.core.selectors import select
from telesock.client.lab.errors import LabFailure, one_line

Answer = TypeVar("Answer")


class Group:
    """Some agents; as many as it has names. Made by `lab.all`, `lab.select` and `lab.group`."""

    def __init__(self, agents: Iterable[LabAgent], barriers: Barriers) -> None:
        self._agents = tuple(dict.fromkeys(agents))
        self._barriers = barriers

    def __repr__(self) -> str:
        """The names."""
        return f"<{type(self).__name__} {', '.join(self.names) or 'of nobody'}>"

    def __len__(self) -> int:
        """Return how many agents it has."""
        return len(self._agents)

    def __iter__(self) -> Iterator[LabAgent]:
        """Go through the agents, in the order of the inventory."""
        return iter(self._agents)

    def __contains__(self, agent: object) -> bool:
        """Whether an agent, or one of this name, is in it."""
        return agent in self._agents or agent in self.names

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its agents."""
        return tuple(agent.name for agent in self._agents)

    def select(self, selector: str) -> "Group":
        """Return those whose labels fit, at least one: "role=server,zone!=b". Raises SelectorError."""
        names = select(selector, {agent.name: agent.labels for agent in self._agents})
        return Group((agent for agent in self._agents if agent.name in names), self._barriers)

    def but(self, *names: str) -> "Group":
        """Return all others."""
        return Group((agent for agent in self._agents if agent.name not in names), self._barriers)

    async def each(self, function: Callable[[LabAgent], Awaitable[Answer]]) -> dict[str, Answer]:
        """Do something with every agent at once; return what it gave, by name.

        All are waited for. Raises LabFailure, with the error of each, when it failed on one or more. Who waits at a barrier
        for an agent at which it failed waits no longer: the barrier is broken.
        """
        what = getattr(function, "__name__", "the call")
        self._barriers.begin_again(self.names)

        async def story(agent: LabAgent) -> Answer:
            try:
                return await function(agent)
            except Exception as error:
                self._barriers.fail(agent.name, f"{what} failed: {one_line(error)}")
                raise

        return results(what, self._agents, await on_each(story, self._agents))


def results(what: str, agents: Iterable[LabAgent], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return what came of each agent, by name. Raises LabFailure when something failed on one or more."""
    by_name = {agent.name: outcome for agent, outcome in zip(agents, outcomes, strict=True)}
    errors = {name: outcome.error for name, outcome in by_name.items() if outcome.error is not None}
    if errors:
        raise LabFailure(what, errors, asked=len(by_name))
    return {name: outcome.value for name, outcome in by_name.items()}
