"""One entry of a timeline, and the whole of it: values that are never changed, in the order of time.

Decides what belongs to a selection of entries. It knows no clock: whoever makes entries has put them on one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from telesock.client.core.clocks import ClockEstimate

Kind = Literal["operation", "indication", "fault", "note", "agent", "gap"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SUCCESS = "SUCCESS"


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened once. Times are nanoseconds of the timeline's one clock."""

    at_ns: int
    """When it happened: of an operation its end, or when it was asked for while it has none."""
    kind: Kind
    """An "operation"; an "indication", told unasked; what a "fault" did; a "note" of whoever recorded; what became of
    an "agent" or of a session on it; a "gap", for events that are gone for good."""
    what: str
    """In a few words: "connect", "data received"; of a note its text."""
    agent: str = ""
    """The agent's name; empty for what is about none."""
    uncertainty_ns: int | None = 0
    """By how much `at_ns` can be wrong, either way; None where that is not known."""
    began_ns: int | None = None
    """When an operation was asked for; None where nobody saw that."""
    sequence: int = 0
    """The event's number in its session; 0 for what no event tells."""
    session: str = ""
    """The public name of the session it is of."""
    socket_id: int = 0
    """The socket it is about; 0 for none."""
    operation_id: int = 0
    """The operation it is, or happened in; 0 for none."""
    local: str = ""
    """The socket's own address, where known: "10.0.0.1:8080"."""
    peer: str = ""
    """The address of whom the socket talks to, where known."""
    request: str = ""
    """What was asked for, in words."""
    status: str = ""
    """How it ended, as the contract names it; the reason of what was refused. Empty for what does not end."""
    details: str = ""
    """What came of it, in words. Their wording may change."""

    @property
    def pending(self) -> bool:
        """Whether it is an operation that has not ended."""
        return self.kind == "operation" and not self.status

    @property
    def failed(self) -> bool:
        """Whether something ended otherwise than it should."""
        return self.status not in ("", SUCCESS)

    @property
    def duration_ns(self) -> int | None:
        """How long an operation took from being asked for; None where that is not known."""
        if self.began_ns is None or self.pending:
            return None
        return self.at_ns - self.began_ns

    @property
    def text(self) -> str:
        """All that is said of it in words, on one line."""
        words = (self.what, self.request, self.status, self.details)
        return " ".join(" ".join(word.split()) for word in words if word)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries in the order of time, and what their times are worth. `str()` of it is its text."""

    entries: tuple[Entry, ...] = ()
    agents: tuple[str, ...] = ()
    """Their names, in the order in which they came into the story."""
    wall_offset_ns: int | None = None
    """What added to a time makes it nanoseconds since 1970-01-01 00:00 UTC; None where that is not known."""
    clocks: Mapping[str, ClockEstimate] = field(default_factory=dict)
    """How the agents' clocks stood to this one, as last estimated; none of an agent whose clock this is."""
    forgotten: int = 0
    """Older entries that there was no room for."""
    title: str = ""

    def select(
        self,
        *,
        agents: Collection[str] = (),
        kinds: Collection[str] = (),
        sockets: Collection[int] = (),
        failed: bool = False,
        text: str = "",
    ) -> "Timeline":
        """Return the part that matches all that is given. Notes about no agent belong to every agent and socket.

        `failed` keeps what ended otherwise than it should, `text` what says or is addressed so, in any case of letters.
        """
        words = text.casefold()
        kept = (
            entry
            for entry in self.entries
            if (not agents or entry.agent in agents or not entry.agent)
            and (not kinds or entry.kind in kinds)
            and (not sockets or entry.socket_id in sockets or not (entry.agent or entry.socket_id))
            and (not failed or entry.failed)
            and (not words or words in searched(entry).casefold())
        )
        return replace(self, entries=tuple(kept))

    def __str__(self) -> str:
        """See `text`."""
        return self.text()

    def text(self) -> str:
        """Return it as a table, a line a moment, with times in milliseconds since the earliest."""
        from telesock.client.timeline.text import timeline_text

        return timeline_text(self)

    def jsonl(self) -> str:
        """Return it as lines of JSON, which `read` reads."""
        from telesock.client.timeline.json_lines import write_lines

        return "".join(write_lines(self))

    def trace(self) -> str:
        """Return it as a trace in Chrome's JSON, for ui.perfetto.dev."""
        from telesock.client.timeline.trace import trace_text

        return trace_text(self)

    def page(self) -> str:
        """Return it as a page of HTML that needs nothing else: a sequence diagram."""
        from telesock.client.timeline.page import page_text

        return page_text(self)

    def write_jsonl(self, path: str | Path) -> None:
        """Write `jsonl` to a file."""
        _write(path, self.jsonl())

    def write_trace(self, path: str | Path) -> None:
        """Write `trace` to a file."""
        _write(path, self.trace())

    def write_page(self, path: str | Path) -> None:
        """Write `page` to a file."""
        _write(path, self.page())

    @classmethod
    def read(cls, path: str | Path) -> "Timeline":
        """Read what `write_jsonl` wrote. Raises BadTimeline, which names the file and the line, and OSError."""
        from telesock.client.timeline.json_lines import read_file

        return read_file(Path(path))


def searched(entry: Entry) -> str:
    """Return all the words by which an entry is found."""
    return " ".join((entry.agent, entry.kind, entry.text, entry.local, entry.peer))


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Put entries in the order of time; those of one moment stay as they are."""
    return tuple(sorted(entries, key=lambda entry: entry.at_ns))


def _write(path: str | Path, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8", newline="\n")
