"""A fault file says what an agent injects from its start, in the contract's words; a mistake is one line that names it."""

from pathlib import Path

import pytest

from telesock.server.config import ConfigurationError
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.peers import Peers
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Fault, Target, Timing
from telesock.server.core.policy_rules import parse_rule
from telesock.server.core.requests import Endpoint
from telesock.server.fault_file import read_fault_file
from telesock.server.service.own_session import FaultSet, RelayAsked

WHOLE = """
[[faults]]
name = "slow"
seed = 7
target = { peer = "10.0.0.0/8:80", direction = "send" }
timing = { probability = 0.5, nth = 2 }
latency = { delay = 0.2, jitter = 0.05 }
expires_after = 60

[[relays]]
listen = "127.0.0.1:6000"
upstream = "server.lab:6379"
connect_timeout = 2.5
faults = [{ bandwidth = { bytes_per_second = 1000 } }, { stall = {} }]

[[relays]]
listen = "[::1]:0"
upstream = "unix:/run/db.sock"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "faults.toml"


def test_a_fault_file_has_faults_and_relays(file: Path) -> None:
    file.write_text(WHOLE)

    slow = Fault(
        "slow",
        Latency(0.2, 0.05),
        7,
        Target(peers=Peers(parse_rule("10.0.0.0/8:80")), direction=Lane.SEND),
        Timing(probability=0.5, nth=2),
        60.0,
    )
    narrow = (Fault("", Bandwidth(1000)), Fault("", Stall()))
    first = RelayAsked(Endpoint("127.0.0.1", 6000), Endpoint("server.lab", 6379), 2.5, narrow)
    second = RelayAsked(Endpoint("::1", 0), Endpoint("unix:/run/db.sock", 0), None, ())
    assert read_fault_file(file) == FaultSet((slow,), (first, second))


def test_an_empty_file_asks_for_nothing(file: Path) -> None:
    file.write_text("")

    assert read_fault_file(file) == FaultSet()


WRONG = {
    "x =": "Invalid value (at end of document)",
    "[[fault]]": "fault: there is no such setting",
    "[[faults]]\nname = 'a'": "faults[0].effect: a fault has to name one",
    "[[faults]]\nstall = {}\n[[faults]]\nstal = {}": "faults[1].stal: there is no such field; there is name,",
    "[[faults]]\nstall = {}\nreset = {}": "faults[0].reset: stall is there already",
    "[[faults]]\nlatency = { delay = -1 }": "faults[0].latency.delay: -1 s is not between 0 and a year",
    "[[faults]]\nstall = {}\ntarget = { socket_id = 1 }": "faults[0].target: sockets have no numbers before",
    "[[faults]]\nstall = {}\nname = 'a'\n[[faults]]\nreset = {}\nname = 'a'": "the name 'a' is there twice",
    "[[faults]]\nlatency = { delay = inf }": "faults[0].latency.delay: inf is not between 0 and a year",
    "[[faults]]\nlatency = { delay = nan }": "faults[0].latency.delay: nan is not between 0 and a year",
    "[[relays]]\nlisten = ':1'": "relays[0].upstream: Field required",
    "[[relays]]\nlisten = 'x'\nupstream = 'y:1'": "relays[0].listen: 'x' is not HOST:PORT",
    "[[relays]]\nlisten = ':1'\nupstream = 'y:65536'": "relays[0].upstream: 'y:65536' is not HOST:PORT",
    "[[relays]]\nlisten = ':1'\nupstream = 'y:1'\nfaults = [{ drip = { gap = '1s' } }]": (
        "relays[0].faults[0].drip.gap: '1s' is not a number of seconds"
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_one_line_with_its_place(file: Path, text: str) -> None:
    file.write_text(text)

    with pytest.raises(ConfigurationError) as caught:
        read_fault_file(file)

    message = str(caught.value)
    assert message.startswith(f"--faults {file}: {WRONG[text]}")
    assert "\n" not in message


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_fault_file(file)

    assert str(caught.value) == f"--faults {file}: No such file or directory"
