"""`telesock agent`: what an agent is, whether it serves, and how it is asked to stop."""

from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rich.table import Table

from telesock.client.cli.calls import TIMEOUT, channel_to
from telesock.client.cli.failures import CommandFailed, say
from telesock.client.cli.options import DEFAULT_AGENT, AgentOption, JsonOption, parse_duration
from telesock.client.cli.output import bytes_text, duration_of, json_text, terminal, wants_json
from telesock.client.texts.durations import duration_text
from telesock.v1 import agent_pb2, agent_pb2_grpc

_HEALTH_TIMEOUT = 1.5  # seconds; a health check that waits longer than its interval checks nothing

app = typer.Typer(no_args_is_help=True, help="Ask an agent what it is, whether it serves, or to stop.")


@app.command(epilog="Example: telesock agent info --agent lab-a:50551")
def info(agent: AgentOption = DEFAULT_AGENT, json: JsonOption = False) -> None:
    """Print what an agent is, allows and limits."""
    with channel_to(agent) as channel:
        stub = agent_pb2_grpc.AgentServiceStub(channel)
        found = stub.GetAgent(agent_pb2.GetAgentRequest(), timeout=TIMEOUT).agent
    if wants_json(json):
        print(json_text(found))
    else:
        terminal().print(_agent_table(found))


@app.command(epilog="Example: telesock agent health --agent unix:/run/telesock.sock")
def health(agent: AgentOption = DEFAULT_AGENT) -> None:
    """Exit with 0 if an agent serves, else with 1."""
    with channel_to(agent) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        check = stub.Check  # type: ignore[attr-defined]  # grpc_health has no stubs for its methods
        status = check(health_pb2.HealthCheckRequest(), timeout=_HEALTH_TIMEOUT).status
    name = health_pb2.HealthCheckResponse.ServingStatus.Name(status)
    if status != health_pb2.HealthCheckResponse.SERVING:
        raise CommandFailed(f"the agent at {agent} is {name}, it takes no new work")
    print(name)


@app.command(epilog="Example: telesock agent drain --grace 30s")
def drain(
    agent: AgentOption = DEFAULT_AGENT,
    grace: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How long pending operations have.  [default: the agent's]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Let an agent finish what is pending, and exit.

    It refuses new work from now on. What is pending after the grace time is ended.
    """
    request = agent_pb2.DrainRequest(grace_period=None if grace is None else duration_of(grace))
    with channel_to(agent) as channel:
        granted = agent_pb2_grpc.AgentServiceStub(channel).Drain(request, timeout=TIMEOUT).grace_period
    say(f"the agent at {agent} drains; pending operations have {duration_text(granted)}")


def _agent_table(agent: agent_pb2.Agent) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("agent", agent.agent_id + (" (draining)" if agent.draining else ""))
    table.add_row("version", agent.version)
    table.add_row("boot id", agent.boot_id)
    if agent.identity:
        role = agent_pb2.Role.Name(agent.role).removeprefix("ROLE_").lower()
        table.add_row("you are", f"{agent.identity}, {role}")
    table.add_row("sessions", f"{agent.sessions} of at most {agent.limits.sessions}")
    table.add_row("sockets", f"{agent.sockets} of at most {agent.limits.sockets}")
    table.add_row("sockets may go to", ", ".join(agent.allowed_destinations) or "nowhere")
    table.add_row("they may listen on", ", ".join(agent.allowed_listens) or "nothing")
    table.add_row("it may resolve", ", ".join(agent.allowed_names) or "nothing")
    table.add_row("it can do", ", ".join(each.name for each in agent.capabilities if each.available))
    missing = [f"{each.name}: {each.reason}" for each in agent.capabilities if not each.available]
    table.add_row("it cannot", "\n".join(missing))
    table.add_row("limits", _limits_table(agent.limits))
    return table


def _limits_table(limits: Message) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for field in limits.DESCRIPTOR.fields:
        table.add_row(field.name, _limit_text(field.name, getattr(limits, field.name)))
    return table


def _limit_text(name: str, value: int | Duration) -> str:
    if isinstance(value, Duration):
        return duration_text(value)
    return bytes_text(value) if name.endswith("_bytes") else str(value)
