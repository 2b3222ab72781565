"""The options of commands that take faults: each reads what the field of its name takes (fault_rules.py)."""

from collections.abc import Collection
from typing import Annotated, Any

import typer

from telesock.client.cli.fault_effects import NAMES, effect_named, form
from telesock.client.cli.fault_places import (
    ON_CONNECTIONS,
    ON_DATAGRAM_SOCKETS,
    ON_LISTENERS,
    parse_any_fault,
    parse_relay_fault,
    parse_socket_fault,
)
from telesock.client.cli.fault_rules import rule_field
from telesock.client.faults import Fault


def complete_effect(incomplete: str) -> list[str]:
    """Offer the effects that begin so, behind a place too; with what their form goes on with."""
    place, colon, beginning = incomplete.rpartition(":")
    names = (name for name in NAMES if name.startswith(beginning.replace("_", "-")))
    return [f"{place}{colon}{_head(name)}" for name in names]


def _head(name: str) -> str:
    return f"{name}=" if form(effect_named(name)).startswith(f"{name}=") else name


def _rule(name: str, help_text: str, *flags: str) -> Any:
    field = rule_field(name)
    assert field is not None, "every option is a field"
    return typer.Option(
        *(flags or (f"--{name}",)),
        parser=field.kind.read,
        metavar=field.kind.word,
        help=help_text,
        show_default=False,
    )


def _repeated(name: str, help_text: str) -> Any:
    """Make an option that may be repeated; each may hold several."""
    return _rule(name, f"{help_text}, or several; may be repeated.")


EffectArgument = Annotated[
    Fault,
    typer.Argument(
        parser=parse_any_fault,
        metavar="EFFECT[=VALUE][,FIELD=VALUE...]",
        help="What it does; `telesock faults effects` lists all.",
        autocompletion=complete_effect,
        show_default=False,
    ),
]
NameOption = Annotated[Any, _rule("name", "Its name, in events and causes.  [default: the agent's choice]")]
SocketTarget = Annotated[Any, _rule("socket", "Act on this socket; end with it.")]
ListenerTarget = Annotated[
    Any, _rule("listener", "Act on this listener and what comes from it; end with it.")
]
PeerTarget = Annotated[
    list[Any] | None,
    _rule(
        "peer",
        "Act where the peer is NETWORK[:PORTS] or unix:GLOB, of lookups a pattern of names; may be repeated.",
    ),
]
DirectionTarget = Annotated[Any, _rule("direction", "Act on one direction, seen from the socket.")]
RelaySideTarget = Annotated[Any, _rule("relay-side", "Act on one side of relayed connections.")]
OperationTarget = Annotated[list[Any] | None, _repeated("operation", "Act on operations of this kind")]
PhaseTarget = Annotated[list[Any] | None, _repeated("phase", "Act on operations in this phase")]
ProbabilityOption = Annotated[Any, _rule("probability", "Fire with this probability.")]
BurstOption = Annotated[
    Any, _rule("burst", "Fire in bursts: the probabilities of one's beginning, and of its end.")
]
CorrelationOption = Annotated[Any, _rule("correlation", "How much a draw depends on the one before.")]
DecidedPerOption = Annotated[Any, _rule("decided-per", "What one decision is for.")]
NthOption = Annotated[Any, _rule("nth", "Fire only the nth time, from 1.")]
AfterBytesOption = Annotated[Any, _rule("after-bytes", "Fire only behind so many bytes.")]
AfterDecisionsOption = Annotated[Any, _rule("after-decisions", "Fire only behind so many decisions.")]
AfterOption = Annotated[Any, _rule("after", "Fire only so long after the socket was there.")]
TimesOption = Annotated[Any, _rule("times", "Fire at most so often.")]
WindowOption = Annotated[Any, _rule("window", "Fire only in this time of the fault's age.")]
FlappingOption = Annotated[Any, _rule("flapping", "Be there for so long, then not, and so on.")]
CountedPerOption = Annotated[
    Any, _rule("counted-per", "Whose decisions nth, times and after-decisions count.")
]
SeedOption = Annotated[Any, _rule("seed", "Whence its decisions come.  [default: the agent draws one]")]
ExpiresAfterOption = Annotated[Any, _rule("expires-after", "End by itself after so long.")]

_SPEC = "EFFECT[=VALUE][@PROBABILITY][,FIELD=VALUE...]"


def _socket_faults(kinds: Collection[str], example: str) -> Any:
    def parse(text: str) -> Fault:
        return parse_socket_fault(text, kinds)

    return typer.Option(
        "--fault",
        parser=parse,
        metavar=f"[send:|receive:]{_SPEC}",
        help=f"A fault from the first step on, such as {example}; see `telesock faults effects`. May be repeated.",
        autocompletion=complete_effect,
        show_default=False,
    )


ConnectionFaults = Annotated[list[Any] | None, _socket_faults(ON_CONNECTIONS, "latency=200ms")]
ListenerFaults = Annotated[list[Any] | None, _socket_faults(ON_LISTENERS, "accept-delay=200ms")]
DatagramFaults = Annotated[list[Any] | None, _socket_faults(ON_DATAGRAM_SOCKETS, "datagram-loss@0.1")]
RelayFaults = Annotated[
    list[Any] | None,
    typer.Option(
        "--fault",
        parser=parse_relay_fault,
        metavar=f"[PLACE:]{_SPEC}",
        help="A fault of every connection, both ways, or at a PLACE: to-client, to-upstream, or downstream.send and so "
        "on, seen from the sockets. May be repeated.",
        autocompletion=complete_effect,
        show_default=False,
    ),
]


def together(found: list[list[Any]] | None) -> list[Any] | None:
    """Put what a repeated option has read into one list."""
    return None if not found else [each for part in found for each in part]


def faults_of(found: list[Fault] | None) -> tuple[Fault, ...]:
    """The faults that were given."""
    return tuple(found or ())
