"""Who takes part in a story: the test that asks, the agents, and those with whom their sockets talk.

Decides whom an address stands for. One that is a socket's own at another agent is that agent; one that was connected or
sent to is a peer by its address; all else is a client that came by itself, and those of one host are one. Of many peers
those least heard of are one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from telesock.client.timeline.entries import Entry, Timeline

MOST_PEERS = 12
TEST = "test"
OTHERS = "other peers"
_OUTWARDS = frozenset({"connect", "send", "send to", "disconnect"})
_INWARDS = frozenset(
    {
        "accept",
        "connection accepted",
        "connection inspect",
        "data received",
        "datagram received",
        "peer disconnected",
        "receive",
        "receive from",
        "relay connected",
    }
)
_ARRIVALS = frozenset(
    {
        "accept",
        "connection accepted",
        "connection inspect",
        "datagram received",
        "receive from",
        "relay connected",
    }
)
_AGENT_MADE = 1 << 63  # the numbers of sockets that were accepted (sockets.proto)


class Lifelines(NamedTuple):
    """Everybody by name, the test first, then the agents, then others."""

    names: tuple[str, ...]
    agents: int
    """How many of them are agents, from the second on."""
    peers: Mapping[tuple[str, str], int]
    """Of an agent and the address of whom it talks to, that one's place among the names."""

    def peer(self, entry: Entry) -> int | None:
        """Return the place of whom an entry is with; None where that is not known, or the agent itself."""
        return self.peers.get((entry.agent, entry.peer))


def way(entry: Entry) -> str:
    """Which way something went between a socket and its peer: "out", "in", or "" where nothing did."""
    by_network = entry.status.startswith("CONNECTION_") or not entry.failed
    if entry.what in _INWARDS:
        return "in" if by_network and not entry.pending else ""
    if entry.what == "close":
        return "out" if "reset" in entry.details.split(", ") else ""
    return "out" if entry.what in _OUTWARDS and entry.status != "CANCELLED" else ""


def lifelines(timeline: Timeline) -> Lifelines:
    """Find out who takes part."""
    agents = tuple(timeline.agents)
    names = _peer_names(timeline)
    counted = Counter(name for (agent, _), name in names.items() if isinstance(name, str))
    for entry in timeline.entries:
        name = names.get((entry.agent, entry.peer))
        if isinstance(name, str):
            counted[name] += 1
    kept = {
        name for name, _ in counted.most_common(MOST_PEERS if len(counted) <= MOST_PEERS else MOST_PEERS - 1)
    }
    others = [name for name in counted if name in kept]
    if len(kept) < len(counted):
        others.append(OTHERS)
    places = {name: 1 + len(agents) + place for place, name in enumerate(others)}
    peers = {
        pair: 1 + name if isinstance(name, int) else places.get(name, places.get(OTHERS, 0))
        for pair, name in names.items()
    }
    lanes = _lanes(timeline)
    own = {pair: place for pair, place in peers.items() if place - 1 != lanes.get(pair[0])}
    return Lifelines((TEST, *agents, *others), len(agents), own)


def _lanes(timeline: Timeline) -> dict[str, int]:
    return {agent: place for place, agent in enumerate(timeline.agents)}


def _peer_names(timeline: Timeline) -> dict[tuple[str, str], str | int]:
    """Of an agent and an address: the place of the agent that has it, or the name of a peer."""
    lanes = _lanes(timeline)
    homes = {
        entry.local: lanes[entry.agent] for entry in timeline.entries if entry.local and entry.agent in lanes
    }
    dialled = {address for entry in timeline.entries for address in _dialled(entry)}
    return {
        (entry.agent, entry.peer): homes.get(
            entry.peer, entry.peer if entry.peer in dialled else _client(entry.peer)
        )
        for entry in timeline.entries
        if entry.peer
    }


def _dialled(entry: Entry) -> Iterator[str]:
    """The addresses that an entry shows to have been asked for."""
    if entry.request.startswith("to "):
        yield entry.request.removeprefix("to ").partition(",")[0]
    if 0 < entry.socket_id < _AGENT_MADE and entry.what not in _ARRIVALS:
        yield entry.peer


def _client(address: str) -> str:
    return f"clients at {address.rpartition(':')[0] or address}"
