"""Socket options: each is read as the core has it, and written back as it was."""

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from telesock.server.core.options import KeepAlive, Linger, MulticastGroup, OptionKind, Peer, SetOption
from telesock.server.core.refusal import Reason, Refused
from telesock.server.service.wire.options import read_option, write_option
from telesock.v1 import options_pb2
from telesock.v1.types_pb2 import Endpoint

BOOLEANS = (
    "no_delay reuse_address exclusive_address v6_only broadcast multicast_loopback quick_acknowledge "
    "conditional_accept silent"
)
NUMBERS = (
    "receive_buffer_bytes send_buffer_bytes multicast_hops type_of_service time_to_live mark fast_open "
    "maximum_segment_bytes backlog"
)
TEXTS = "multicast_interface device congestion_control"
TIMES = "user_timeout defer_accept"
HALF = Duration(seconds=1, nanos=500_000_000)
VALUES: dict[str, tuple[Any, Any]] = {
    **dict.fromkeys(BOOLEANS.split(), (True, True)),
    **dict.fromkeys(NUMBERS.split(), (2**32 - 1, 2**32 - 1)),
    **dict.fromkeys(TEXTS.split(), ("lo", "lo")),
    **dict.fromkeys(TIMES.split(), (HALF, 1.5)),
    "keep_alive": (
        options_pb2.KeepAlive(enabled=True, idle=HALF, probes=3),
        KeepAlive(True, 1.5, None, 3),
    ),
    "linger": (options_pb2.Linger(enabled=True, timeout=HALF), Linger(True, 1.5)),
    "join_group": (
        options_pb2.MulticastGroup(address="239.1.2.3", interface="lo"),
        MulticastGroup("239.1.2.3", "lo"),
    ),
    "leave_group": (options_pb2.MulticastGroup(address="ff02::1"), MulticastGroup("ff02::1")),
    "fixed_remote": (Endpoint(host="127.0.0.1", port=7), Peer("127.0.0.1", 7)),
    "fixed_send_to": (Endpoint(), Peer("", 0)),
}


def test_every_option_has_an_example() -> None:
    fields = options_pb2.SocketOption.DESCRIPTOR.fields
    assert {field.name for field in fields} == set(VALUES)
    assert {field.name.upper(): field.number for field in fields} == {kind.name: kind for kind in OptionKind}


@pytest.mark.parametrize("name", VALUES)
def test_an_option_is_read_as_the_core_has_it_and_written_back_as_it_was(name: str) -> None:
    written, value = VALUES[name]
    message = options_pb2.SocketOption(**{name: written})

    option = read_option("set", message)

    assert option == SetOption(OptionKind[name.upper()], value)
    assert write_option(option) == message


def test_an_option_of_a_value_that_says_nothing_is_still_that_option() -> None:
    off = options_pb2.SocketOption(no_delay=False)

    assert read_option("set", off) == SetOption(OptionKind.NO_DELAY, False)
    assert write_option(SetOption(OptionKind.NO_DELAY, False)) == off


def test_an_option_without_a_name_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        read_option("set", options_pb2.SocketOption())

    assert caught.value.reason is Reason.MALFORMED
    assert caught.value.metadata["field"] == "set"
