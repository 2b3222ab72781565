"""`telesock`: the command line of the client. What failed is one line on stderr and an exit status (failures.py).

agent      what an agent is, whether it serves, how it stops
session    open, list, keep alive and close sessions
connect    one connection, from stdin to stdout
listen     a listener: its connections, from stdin to stdout, or echoed
udp        datagrams, from stdin to stdout
resolve    names and addresses, as an agent finds them
policy     where sockets may go, and why
sockets    what the sockets of a session are doing
socket     all about one of them
events     what happened in a session
recording  the same of a session that has ended, from a file that an agent has written
record     what happens in a session, or in a lab, into a file, as it happens
timeline   what was recorded, as text, JSON lines, a trace or a page
lab        which agents a lab has, whether they can be had, how their clocks stand
faults     make, list, end, record and replay the faults of a session
forward    a port of this host, through an agent to one place
socks      a SOCKS5 proxy on this host, its connections an agent's
relay      a listener whose connections go on to an upstream, with faults
token      a new token, and what an agent keeps of it
run        the scenarios of a Python file, on a lab
demo       an agent, a real peer, and the whole story
"""

import importlib.metadata
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated

import typer

from telesock.client.cli import (
    agent,
    connect,
    demo,
    events,
    faults,
    forward,
    lab,
    listen,
    policy,
    record,
    recording,
    relay,
    resolve,
    scenarios,
    session,
    sockets,
    socks,
    timeline,
    token,
    udp,
)
from telesock.client.cli.access import (
    CaOption,
    CertificateOption,
    KeyOption,
    ServerNameOption,
    TlsOption,
    TokenFileOption,
    TokenVariable,
    set_credentials,
)
from telesock.client.cli.failures import CommandFailed, say
from telesock.client.cli.stdio import forget_stdout, prepare
from telesock.client.errors import AgentUnavailable, AgentUntrusted, OperationFailed, TelesockError
from telesock.client.texts.result_text import completion_text
from telesock.client.texts.words import operation_name

app = typer.Typer(
    name="telesock",
    epilog=connect.EXAMPLE,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(agent.app, name="agent")
app.add_typer(session.app, name="session")
app.command(epilog=connect.EXAMPLE)(connect.connect)
app.command(epilog=listen.EXAMPLE)(listen.listen)
app.command(epilog=udp.EXAMPLE)(udp.udp)
app.command(epilog=relay.EXAMPLE)(relay.relay)
app.command(epilog=forward.EXAMPLE)(forward.forward)
app.command(epilog=socks.EXAMPLE)(socks.socks)
app.command(epilog=resolve.EXAMPLE)(resolve.resolve)
app.add_typer(policy.app, name="policy")
app.command(epilog=sockets.EXAMPLE)(sockets.sockets)
app.add_typer(sockets.app, name="socket")
app.command(epilog=events.EXAMPLE)(events.events)
app.command(epilog=recording.EXAMPLE)(recording.recording)
app.command(epilog=record.EXAMPLE)(record.record)
app.command(epilog=timeline.EXAMPLE)(timeline.timeline)
app.add_typer(lab.app, name="lab")
app.add_typer(faults.app, name="faults")
app.command(epilog=scenarios.EXAMPLE)(scenarios.run)
app.command(epilog=token.EXAMPLE)(token.token)
app.command(epilog=demo.EXAMPLE)(demo.demo)


INTERRUPTED, TERMINATED = 130, 143
"""Exit statuses after SIGINT and SIGTERM, as shells have them."""


def _print_version(wanted: bool) -> None:
    if wanted:
        print(importlib.metadata.version("telesock"))
        raise typer.Exit


@app.callback()
def telesock(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
    token_file: TokenFileOption = None,
    tls: TlsOption = False,
    ca: CaOption = None,
    certificate: CertificateOption = None,
    key: KeyOption = None,
    server_name: ServerNameOption = "",
    token_text: TokenVariable = "",
) -> None:
    """Drive the sockets of a Telesock agent."""
    set_credentials(token_text, token_file, tls, ca, certificate, key, server_name)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    try:
        status = app(list(arguments), prog_name="telesock", standalone_mode=False)
        sys.stdout.flush()
    except CommandFailed as failed:
        say(str(failed))
        return failed.exit_status
    except AgentUntrusted as failed:
        say(str(failed))
        return 1
    except AgentUnavailable as failed:
        say(f"{failed}; start one with `telesock-agent`, or name another with --agent or TELESOCK_AGENT")
        return 1
    except OperationFailed as failed:
        status, details = completion_text(failed.completion)
        say(f"{operation_name(failed.completion.kind)}: {status} {details}")
        return 1
    except TelesockError as failed:
        say(str(failed))
        return 1
    except typer.TyperException as wrong:
        _explain(wrong)
        return wrong.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except RuntimeError as failed:
        if not isinstance(failed.__context__, KeyboardInterrupt):
            raise
        return INTERRUPTED  # it came while gRPC let go of a lock, which it then could not do again
    except BrokenPipeError:
        forget_stdout()
        return 1
    return status if isinstance(status, int) else 0


def _explain(wrong: typer.TyperException) -> None:
    """Say what is wrong with a command line, in one line; where nothing was said, the help is what is missing."""
    message = wrong.format_message()
    if message.startswith("Usage:"):
        print(message, file=sys.stderr)
        return
    context = getattr(wrong, "ctx", None)
    hint = f"; see {context.command_path} --help" if context else ""
    say(f"{message[:1].lower()}{message[1:].rstrip('.')}{hint}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A script's `kill` ends what runs as Ctrl-C does, with what it has open."""
    signal.signal(number, signal.SIG_IGN)  # once is enough
    signal.raise_signal(signal.SIGINT)


def main() -> None:
    """Run the program."""
    prepare()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a script has begun it with `&`
    signal.signal(signal.SIGTERM, _interrupt)
    status = run(sys.argv[1:])
    if status == INTERRUPTED and signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
        status = TERMINATED
    sys.exit(status)
