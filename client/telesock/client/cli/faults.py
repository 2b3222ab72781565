"""`telesock faults`: make, see and end the faults of a session, and learn which there are.

All by single calls, so that whoever owns the session's sockets is not disturbed.
"""

from typing import Annotated, Any

import typer

from telesock.client.cli.failures import say
from telesock.client.cli.fault_calls import fault_calls
from telesock.client.cli.fault_options import (
    AfterBytesOption,
    AfterDecisionsOption,
    AfterOption,
    BurstOption,
    CorrelationOption,
    CountedPerOption,
    DecidedPerOption,
    DirectionTarget,
    EffectArgument,
    ExpiresAfterOption,
    FlappingOption,
    ListenerTarget,
    NameOption,
    NthOption,
    OperationTarget,
    PeerTarget,
    PhaseTarget,
    ProbabilityOption,
    RelaySideTarget,
    SeedOption,
    SocketTarget,
    TimesOption,
    WindowOption,
    together,
)
from telesock.client.cli.fault_recording import record, replay
from telesock.client.cli.fault_rules import make_fault, said_of
from telesock.client.cli.fault_tables import effects_json, effects_table, faults_table
from telesock.client.cli.options import DEFAULT_AGENT, AgentOption, JsonOption, SessionOption, require_session
from telesock.client.cli.output import json_text, terminal, wants_json
from telesock.client.cli.watching import IntervalOption, WatchOption, look
from telesock.client.faults import Fault
from telesock.v1.faults_pb2 import FaultState

app = typer.Typer(no_args_is_help=True, help="Make the sockets of a session misbehave on purpose.")


@app.command(epilog="Example: telesock faults add latency=200ms,jitter=50ms --direction send --seed 7")
def add(
    effect: EffectArgument,
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    name: NameOption = None,
    socket: SocketTarget = None,
    listener: ListenerTarget = None,
    peer: PeerTarget = None,
    direction: DirectionTarget = None,
    relay_side: RelaySideTarget = None,
    operation: OperationTarget = None,
    phase: PhaseTarget = None,
    probability: ProbabilityOption = None,
    burst: BurstOption = None,
    correlation: CorrelationOption = None,
    decided_per: DecidedPerOption = None,
    nth: NthOption = None,
    after_bytes: AfterBytesOption = None,
    after_decisions: AfterDecisionsOption = None,
    after: AfterOption = None,
    times: TimesOption = None,
    window: WindowOption = None,
    flapping: FlappingOption = None,
    counted_per: CountedPerOption = None,
    seed: SeedOption = None,
    expires_after: ExpiresAfterOption = None,
    json: JsonOption = False,
) -> None:
    """Make a fault and print its name.

    It acts on everything in the session that its options do not leave out, and always where they do not say when.
    """
    rule = {
        "name": name,
        "socket": socket,
        "listener": listener,
        "peers": peer,
        "direction": direction,
        "relay_side": relay_side,
        "operations": together(operation),
        "phases": together(phase),
        "probability": probability,
        "burst": burst,
        "correlation": correlation,
        "decided_per": decided_per,
        "nth": nth,
        "after_bytes": after_bytes,
        "after_decisions": after_decisions,
        "after": after,
        "times": times,
        "window": window,
        "flapping": flapping,
        "counted_per": counted_per,
        "seed": seed,
        "expires_after": expires_after,
    }
    wanted = _with(effect, {name: value for name, value in rule.items() if value is not None})
    with fault_calls(agent, require_session(session)) as calls:
        made = calls.create(wanted.to_message())
    print(json_text(made) if json else made.fault.name)


def _with(fault: Fault, rule: dict[str, Any]) -> Fault:
    """Add options to what stood behind the effect already."""
    said = said_of(fault)
    for name in rule:
        if name in said:
            raise typer.BadParameter(f"{name.replace('_', '-')} is said twice")
    return make_fault(fault.effect, {**said, **rule})


@app.command("list", epilog="Example: telesock faults list --watch")
def list_faults(
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    watch: WatchOption = False,
    interval: IntervalOption = None,
    json: JsonOption = False,
) -> None:
    """List the faults of a session; with --watch as they change, until interrupted."""
    with fault_calls(agent, require_session(session)) as calls:
        look(
            calls.list_all,
            lambda found: faults_table(found.faults),
            json=json,
            watch=watch,
            interval=interval,
        )


@app.command(epilog="Example: telesock faults remove latency-1")
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Which faults.", show_default=False)],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
) -> None:
    """End faults; what they hold back leaves at once."""
    with fault_calls(agent, require_session(session)) as calls:
        for name in names:
            _tell_end(calls.delete(name))


@app.command(epilog="Example: telesock faults reset")
def reset(agent: AgentOption = DEFAULT_AGENT, session: SessionOption = None) -> None:
    """End all faults of the session, and of no other."""
    with fault_calls(agent, require_session(session)) as calls:
        ended = calls.reset().faults
    for state in ended:
        _tell_end(state)
    if not ended:
        say("the session has no faults")


def _tell_end(state: FaultState) -> None:
    fault = state.fault
    say(f"{fault.name} has ended; {state.firings} of {state.decisions} decisions fired, seed {fault.seed}")


@app.command(epilog="Example: telesock faults effects")
def effects(json: JsonOption = False) -> None:
    """List all effects: how each is written, its fields, what it does."""
    if wants_json(json):
        print(effects_json())
    else:
        terminal().print(effects_table())


app.command(epilog="Example: telesock faults record > run.jsonl")(record)
app.command(epilog="Example: telesock faults replay run.jsonl")(replay)
