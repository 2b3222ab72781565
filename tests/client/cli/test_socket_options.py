"""Socket options on a command line: each kind of value as one types it, and what cannot be meant."""

from typing import Any

import pytest
import typer

from telesock.client import KeepAlive, Linger, MulticastGroup
from telesock.client.cli.socket_options import parse_option


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no_delay=true", True),
        ("no_delay=off", False),
        ("receive_buffer_bytes=64KiB", 65_536),
        ("time_to_live=7", 7),
        ("device=lo", "lo"),
        ("user_timeout=500ms", 0.5),
        ("keep_alive=yes", KeepAlive(True)),
        ("keep_alive=10s/5s/3", KeepAlive(True, 10.0, 5.0, 3)),
        ("linger=2s", Linger(True, 2.0)),
        ("linger=off", Linger(False)),
        ("join_group=239.1.2.3%lo", MulticastGroup("239.1.2.3", "lo")),
        ("fixed_remote=127.0.0.1:7", ("127.0.0.1", 7)),
    ],
)
def test_a_value_is_read_as_its_option_has_it(text: str, expected: Any) -> None:
    assert parse_option(text) == (text.partition("=")[0], expected)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nodelay=true", "'nodelay' is no socket option; there are keep_alive, no_delay"),
        ("no_delay", "'no_delay' has no value; write it as no_delay=VALUE"),
        ("no_delay=maybe", "no_delay: 'maybe' is not true or false"),
        ("time_to_live=x", "time_to_live: 'x' is not a number"),
        ("time_to_live=4294967296", "time_to_live: '4294967296' is out of range"),
        ("keep_alive=10s/5s/4294967296", "keep_alive: '10s/5s/4294967296' is out of range"),
        ("user_timeout=99999999999h", "'99999999999h' is longer than 10,000 years"),
        ("receive_buffer_bytes=5 MB", "receive_buffer_bytes: '5 MB' is not a number"),
    ],
)
def test_what_cannot_be_meant_is_said_with_how_it_is_written(text: str, problem: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        parse_option(text)

    assert str(caught.value).startswith(problem)
