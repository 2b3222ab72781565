"""The agents that tests use: one that somebody runs, or local ones, processes that end with whoever started them.

Whatever keeps an agent from being used fails the test in one line.
"""

import os
from collections.abc import Sequence
from typing import NamedTuple, Self

import pytest

from telesock.client import AsyncClient, Client, Credentials, TelesockError
from telesock.client.lab import local
from telesock.client.testing.access import credentials_from


class ReachableAgent(NamedTuple):
    """An agent as clients reach it."""

    target: str
    credentials: Credentials = Credentials()

    def client(self) -> Client:
        """Return a client for threads, to be entered."""
        return Client(self.target, credentials=self.credentials)

    def async_client(self) -> AsyncClient:
        """Return a client for asyncio, to be entered."""
        return AsyncClient(self.target, credentials=self.credentials)


def given_agent(target: str, source: str) -> ReachableAgent:
    """Return an agent that somebody else runs, if it answers. `source` is where its address was said."""
    try:
        agent = ReachableAgent(target, credentials_from(os.environ))
        with agent.client() as client:
            client.get_agent()
    except (TelesockError, OSError, ValueError) as error:
        pytest.fail(f"{source} {target}: {error}", pytrace=False)
    return agent


class LocalAgents:
    """Agents that run as long as the block. They are started when they are asked for, and shared by all who ask."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        self._agents = local.LocalAgents(flags)
        self._failed = ""

    def __enter__(self) -> Self:
        """Start none."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End all, at once."""
        self._agents.__exit__(*exception)

    @property
    def processes(self) -> tuple[int, ...]:
        """Their process ids."""
        return self._agents.processes

    def take(self, count: int) -> list[ReachableAgent]:
        """Return so many agents; those that are missing are started at once. Fails the test when they do not start."""
        try:
            if not self._failed:  # else they would fail once more, for each test
                return [ReachableAgent(target) for target in self._agents.take(count)]
        except local.LocalAgentFailed as failed:
            self._failed = f"{failed}: --telesock-agent HOST:PORT" if failed.missing else str(failed)
        pytest.fail(self._failed, pytrace=False)
