"""Options by name, with values as Python has them, there and back."""

from typing import Any

import pytest

from telesock.client.core.options import (
    NAMES,
    KeepAlive,
    Linger,
    MulticastGroup,
    option_kinds,
    read_options,
    write_option,
    write_options,
)
from telesock.v1.options_pb2 import SocketOptionKind

VALUES: dict[str, Any] = {
    "no_delay": True,
    "receive_buffer_bytes": 5,
    "device": "lo",
    "user_timeout": 1.5,
    "keep_alive": KeepAlive(True, 10.0, None, 3),
    "linger": Linger(True, 2.0),
    "join_group": MulticastGroup("239.1.2.3", "lo"),
    "fixed_remote": ("127.0.0.1", 7),
}


def test_options_are_read_back_as_they_were_written() -> None:
    assert read_options(write_options(VALUES)) == VALUES


def test_short_forms_stand_for_what_is_meant_most() -> None:
    written = write_options({"keep_alive": True, "join_group": "239.1.2.3", "fixed_remote": None})

    assert read_options(written) == {
        "keep_alive": KeepAlive(True),
        "join_group": MulticastGroup("239.1.2.3"),
        "fixed_remote": None,
    }
    assert [each.WhichOneof("option") for each in written] == ["keep_alive", "join_group", "fixed_remote"]


def test_every_option_of_the_contract_has_a_kind() -> None:
    assert option_kinds(NAMES) == [number for number in SocketOptionKind.values() if number]


def test_an_unknown_name_is_a_type_error_that_names_those_that_there_are() -> None:
    for attempt in (lambda: write_option("nodelay", True), lambda: option_kinds(["nodelay"])):
        with pytest.raises(TypeError, match="'nodelay' is no socket option; there are keep_alive, no_delay"):
            attempt()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("keep_alive", (True, 10.0), "is no KeepAlive"),
        ("linger", True, "is no Linger"),
        ("join_group", ("239.1.2.3", "lo"), "is no MulticastGroup"),
        ("no_delay", "yes", "integer"),
        ("user_timeout", "soon", "float"),
    ],
)
def test_a_value_of_another_type_is_a_type_error(name: str, value: object, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        write_option(name, value)
