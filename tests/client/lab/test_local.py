"""Local agents: started once, shared, named and placed, and gone with whoever started them."""

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from telesock.client import Client
from telesock.client.lab import InventoryError, Member, local
from telesock.client.lab.local import (
    LocalAgentFailed,
    LocalAgents,
    local_inventory,
    local_members,
    local_names,
    read_local,
)


def test_they_are_shared_and_end_with_their_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELESOCK_LISTEN", "nowhere")  # ours, not theirs
    with LocalAgents(["--agent-id", "local"]) as agents:
        [first] = agents.take(1)
        both = agents.take(2)
        with Client(first) as client:
            assert client.get_agent().agent_id == "local"
        processes = agents.processes

    assert both[0] == first
    assert both[1] != first
    assert [Path(f"/proc/{process}").exists() for process in processes] == [False, False]
    assert [thread.name for thread in threading.enumerate() if "telesock agent" in thread.name] == []


def test_one_that_died_ends_like_any_other() -> None:
    with LocalAgents() as agents:
        agents.take(1)
        [process] = agents.processes
        os.kill(process, signal.SIGKILL)

    assert not Path(f"/proc/{process}").exists()


def test_they_are_gone_with_a_program_that_was_killed() -> None:
    program = (
        "from telesock.client.lab.local import LocalAgents\n"
        "agents = LocalAgents(); agents.take(1)\n"
        "print(agents.processes[0], flush=True); input()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with running:
        assert running.stdout is not None
        agent = os.pidfd_open(int(running.stdout.readline()))
        running.kill()
    with os.fdopen(agent) as ended:
        assert select.select([ended], [], [], 20)[0] == [ended]


@pytest.mark.parametrize(
    ("program", "said", "missing"),
    [
        ("import no_such_module", r"no local agents here \(ModuleNotFoundError: .*\): pip install", True),
        (
            "raise SystemExit(\"telesock-agent: No x; pip install 'telesock[server]' brings what it needs\")",
            r"no local agents here \(No x\): pip install",
            True,
        ),
        ("raise SystemExit('no room')", "a local agent did not start: no room", False),
        ("", "a local agent did not start: it said nothing", False),
    ],
)
def test_why_one_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, program: str, said: str, missing: bool
) -> None:
    monkeypatch.setattr(local, "_AGENT", program)
    with LocalAgents() as agents, pytest.raises(LocalAgentFailed, match=said) as failed:
        agents.take(1)

    assert failed.value.missing == missing


def test_they_are_named_or_counted() -> None:
    assert read_local("local:2") == ("agent-1", "agent-2") == local_names(2)
    assert read_local("local:client, server") == ("client", "server")


def test_each_has_an_address_of_its_own() -> None:
    assert local_members(["a", "b"], ["127.0.0.1:1", "127.0.0.1:2"]) == (
        Member("a", "127.0.0.1:1", addresses=("127.0.1.1",)),
        Member("b", "127.0.0.1:2", addresses=("127.0.1.2",)),
    )


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("local:0", "there can be 1 to 254 local agents, not 0"),
        ("local:255", "there can be 1 to 254 local agents, not 255"),
        ("local:", "has no agents"),
        ("local:a,a", "several agents named a"),
        ("local:a b", "no name of an agent"),
        (f"local:{','.join(map(str, range(1000, 1255)))}", "not 255"),
    ],
)
def test_what_cannot_be_is_refused_before_any_is_started(where: str, said: str) -> None:
    with pytest.raises(InventoryError, match=said), local_inventory(read_local(where)):
        pass
