"""A barrier as a state: who has come, who is waited for, and why nobody will be let through any more.

Rounds follow each other: when all have come, those of the round go on and the next begins. What breaks a meeting breaks
it for good, for those who wait and those who come later. A party whose story has failed breaks it once somebody waits for
it; until then it may come after all.
"""

from collections.abc import Iterable, Sequence


class Round:
    """One time that all meet."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.complete = False


class Meeting:
    """Who meets: agents by name, or just so many parties."""

    def __init__(self, parties: int | Sequence[str]) -> None:
        self.names = () if isinstance(parties, int) else tuple(parties)
        self.size = parties if isinstance(parties, int) else len(self.names)
        if self.size < 1:
            raise ValueError("a barrier needs one party at least")
        self.broken = ""
        """Why nobody is let through any more; empty while all can still come."""
        self.round = Round()
        self._failed: dict[str, str] = {}

    def arrive(self, name: str) -> Round:
        """Somebody has come; a name may be empty, for one of so many. Raises ValueError for who is no party."""
        if self.names and name and name not in self.names:
            raise ValueError(f"{name} is no party of this barrier: {', '.join(self.names)}")
        if name and name in self.round.came:
            raise ValueError(f"{name} waits at this barrier already")
        self.begin_again([name])
        meeting = self.round
        meeting.came.append(name)
        if len(meeting.came) == self.size:
            meeting.complete = True
            self.round = Round()
        return meeting

    def breaks(self, why: str) -> bool:
        """Break it for good; return whether it was whole."""
        if self.broken:
            return False
        self.broken = why
        return True

    def concerns(self, name: str) -> bool:
        """Whether this agent's end leaves the others waiting in vain."""
        return not self.names or name in self.names

    def fail(self, name: str, why: str) -> None:
        """A party's story has failed. Those that are only counted are not known by name, and it may be none of them."""
        if name in self.names:
            self._failed[name] = why

    def begin_again(self, names: Iterable[str]) -> None:
        """Parties have another story, or have come after all."""
        for name in names:
            self._failed.pop(name, None)

    def hopeless(self) -> tuple[str, str] | None:
        """Who is waited for in vain, and why."""
        came = self.round.came
        return next(((name, why) for name, why in self._failed.items() if came and name not in came), None)

    def missing(self) -> tuple[str, ...]:
        """Those of the running round who are known by name not to have come."""
        anonymous = self.round.came.count("")
        return () if anonymous else tuple(name for name in self.names if name not in self.round.came)

    def late(self, timeout: float) -> str:
        """Say that the time was over."""
        missing = self.missing()
        who = f": {', '.join(missing)} did not come" if missing else ""
        return f"{len(self.round.came)} of {self.size} were at the barrier after {timeout:g} s{who}"
