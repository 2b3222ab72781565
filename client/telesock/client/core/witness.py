"""Who looks on at a session: told of what is asked, of every event once, of gaps, and of what ended without an event.

A witness decides nothing and is never waited for: it must not raise, nor ask anything of the session. A session without
one pays a comparison for it. `Witnessed` is the part of a session that takes a recorder, the same for both clients.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from telesock.client.core.operations import BaseOperation
from telesock.client.errors import SessionLost
from telesock.v1.events_pb2 import Event, Gap
from telesock.v1.sessions_pb2 import Refusal


class Witness(Protocol):
    """Looks on at one session. It is called where the session thinks: with its lock held, in the order of things."""

    def asked(self, operation: BaseOperation[Any]) -> None:
        """An operation has its number and its frame, and is about to be queued."""

    def asked_links(self, chain: BaseOperation[Any], links: Sequence[BaseOperation[Any]]) -> None:
        """A chain that was just asked has these links, each with its number."""

    def told(self, event: Event) -> None:
        """The agent told of something; what it completes is not settled yet."""

    def gap(self, gap: Gap) -> None:
        """Events are gone for good."""

    def refused(self, operation: BaseOperation[Any], outcome: Refusal | SessionLost) -> None:
        """An operation ends without a completion."""

    def lost(self, why: SessionLost) -> None:
        """The session is no more, or this program has left it."""


class Recorder(Protocol):
    """Keeps what the witnesses of several sessions see, under their agents' names."""

    def asked(self, agent: str, operation: BaseOperation[Any], session: str = "") -> None:
        """See Witness."""

    def asked_links(
        self, agent: str, chain: BaseOperation[Any], links: Sequence[BaseOperation[Any]], session: str = ""
    ) -> None:
        """See Witness."""

    def told(self, agent: str, event: Event, session: str = "") -> None:
        """See Witness."""

    def gap(self, agent: str, gap: Gap, session: str = "") -> None:
        """See Witness."""

    def refused(
        self,
        agent: str,
        operation: BaseOperation[Any],
        outcome: Refusal | SessionLost,
        session: str = "",
    ) -> None:
        """See Witness."""

    def lost(self, agent: str, why: Exception | str, session: str = "") -> None:
        """See Witness."""


class SessionWitness:
    """Tells a recorder what one session sees, under an agent's name."""

    def __init__(self, recorder: Recorder, agent: str, session_id: str) -> None:
        self._recorder = recorder
        self._agent = agent
        self._session_id = session_id

    def asked(self, operation: BaseOperation[Any]) -> None:
        """See Witness."""
        self._recorder.asked(self._agent, operation, self._session_id)

    def asked_links(self, chain: BaseOperation[Any], links: Sequence[BaseOperation[Any]]) -> None:
        """See Witness."""
        self._recorder.asked_links(self._agent, chain, links, self._session_id)

    def told(self, event: Event) -> None:
        """See Witness."""
        self._recorder.told(self._agent, event, self._session_id)

    def gap(self, gap: Gap) -> None:
        """See Witness."""
        self._recorder.gap(self._agent, gap, self._session_id)

    def refused(self, operation: BaseOperation[Any], outcome: Refusal | SessionLost) -> None:
        """See Witness."""
        self._recorder.refused(self._agent, operation, outcome, self._session_id)

    def lost(self, why: SessionLost) -> None:
        """See Witness."""
        self._recorder.lost(self._agent, why, self._session_id)


class Watched(Protocol):
    """A session's core, as far as a witness concerns it."""

    witness: Witness | None

    @property
    def session_id(self) -> str:
        """The session's public name."""


class Witnessed:
    """The part of a session that lets a recorder look on."""

    _core: Any

    def record_to(self, recorder: Recorder | None, *, agent: str = "agent") -> None:
        """Let a recorder see what is asked of the session and told by it from now on, under this name of its agent.

        There is one recorder at a time: another takes its place, None ends it. `telesock.client.timeline` has the one
        that makes timelines.
        """
        core: Watched = self._core
        core.witness = None if recorder is None else SessionWitness(recorder, agent, core.session_id)
