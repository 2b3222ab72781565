"""How the agent lets gRPC listen: chosen before gRPC is loaded, and only where there is a choice."""

import os
import subprocess
import sys

import pytest

from telesock.server.listener import OLDER_LISTENER, VARIABLE, choose_listener, has_choice

# Names the listener as the agent does, makes a server, and prints what gRPC has to say about it.
PROGRAM = """
import os, sys
from telesock.server.listener import choose_listener
assert "grpc" not in sys.modules
choose_listener()
import grpc
grpc.server(None).stop(None)
print(os.environ["GRPC_EXPERIMENTS"])
"""


@pytest.mark.parametrize(
    ("version", "chosen"),
    [("1.79.1", False), ("1.80.0", True), ("1.85.1", True), ("1.86rc1", False), ("built here", False)],
)
def test_only_a_release_that_has_both_listeners_is_told(version: str, chosen: bool) -> None:
    assert has_choice(version) is chosen


def test_whoever_has_set_the_variable_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "something_else")

    choose_listener()

    assert os.environ[VARIABLE] == "something_else"


def test_the_installed_grpc_knows_the_choice_and_says_nothing_about_it() -> None:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}

    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, env=environment
    )

    assert (ended.stdout, ended.stderr) == (f"{OLDER_LISTENER}\n", "")
