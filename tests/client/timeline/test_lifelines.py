"""Whom an address stands for: another agent, a peer that was asked for, or a client that came by itself."""

from telesock.client.timeline import Entry, Timeline
from telesock.client.timeline.lifelines import MOST_PEERS, OTHERS, lifelines, way

LISTENER, CALLER, OUTSIDE = "10.0.0.1:80", "10.0.0.2:5000", "10.0.0.9:443"


def entry(agent: str, what: str, local: str = "", peer: str = "", **further: str) -> Entry:
    """One about a socket that its session has numbered."""
    status = further.pop("status", "SUCCESS")
    return Entry(0, "operation", what, agent, socket_id=1, local=local, peer=peer, status=status, **further)  # type: ignore[arg-type]  # texts


def test_an_address_that_is_another_agents_own_is_that_agent() -> None:
    accepted = entry("server", "accept", LISTENER, CALLER)
    connected = entry("client", "connect", CALLER, LISTENER)
    found = lifelines(Timeline((accepted, connected), ("server", "client")))

    assert (found.names, found.agents) == (("test", "server", "client"), 2)
    assert (found.peer(accepted), found.peer(connected)) == (2, 1)


def test_a_peer_that_was_connected_to_has_its_address_and_clients_of_one_host_are_one() -> None:
    outside = entry("a", "connect", "10.0.0.1:4000", OUTSIDE)
    clients = [entry("a", "accept", LISTENER, f"10.0.0.7:{port}") for port in (1, 2)]
    found = lifelines(Timeline((outside, *clients), ("a",)))

    assert found.names == ("test", "a", OUTSIDE, "clients at 10.0.0.7")
    assert [found.peer(each) for each in (outside, *clients)] == [2, 3, 3]


def test_an_agent_that_talks_to_itself_has_no_peer() -> None:
    itself = entry("a", "connect", CALLER, LISTENER)
    found = lifelines(Timeline((itself, entry("a", "accept", LISTENER, CALLER)), ("a",)))

    assert (found.names, found.peer(itself)) == (("test", "a"), None)


def test_of_many_peers_the_least_heard_of_are_one() -> None:
    many = [entry("a", "connect", peer=f"10.0.0.{each}:1") for each in range(MOST_PEERS + 5)]
    often = entry("a", "send", peer="10.0.0.16:1")
    found = lifelines(Timeline((*many, often, often), ("a",)))

    assert len(found.names) == 2 + MOST_PEERS
    assert found.names[-1] == OTHERS
    assert "10.0.0.16:1" in found.names
    assert found.peer(many[15]) == len(found.names) - 1


def test_something_goes_between_peers_only_where_it_does() -> None:
    told = {
        "out": [entry("a", "connect"), entry("a", "send"), entry("a", "close", details="reset")],
        "in": [entry("a", "receive"), entry("a", "accept"), entry("a", "receive", status="CONNECTION_RESET")],
        "": [
            entry("a", "close"),
            entry("a", "bind"),
            entry("a", "receive", status="CANCELLED"),
            entry("a", "receive", status=""),
            entry("a", "send", status="CANCELLED"),
        ],
    }

    assert {each: [way(one) for one in entries] for each, entries in told.items()} == {
        each: [each] * len(entries) for each, entries in told.items()
    }


def test_an_entry_of_an_agent_that_the_timeline_does_not_name_is_no_home_of_anybody() -> None:
    stray = entry("nobody", "listen", LISTENER)
    connected = entry("client", "connect", CALLER, LISTENER)
    found = lifelines(Timeline((stray, connected), ("client",)))

    assert (found.names, found.peer(connected)) == (("test", "client", LISTENER), 2)
