"""The kernel's view of real connections on loopback."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from telesock.server.engine.tcp_info import (
    FIN_ACKNOWLEDGED,
    ideal_send_backlog,
    read_fields,
    read_tcp_info,
    unacknowledged_bytes,
    unread_bytes,
)

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        yield ours, theirs


def fill(descriptor: socket.socket) -> int:
    """Write until the kernel takes no more; return how much it took."""
    written = 0
    descriptor.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            written += descriptor.send(b"x" * 65_536)
    return written


def test_an_open_connection_counts_what_went_both_ways(pair: Pair) -> None:
    ours, theirs = pair
    ours.sendall(b"x" * 1000)
    theirs.recv(1000, socket.MSG_WAITALL)
    theirs.sendall(b"y" * 300)
    ours.recv(300, socket.MSG_WAITALL)

    info = read_tcp_info(ours)

    assert (info.state, info.acknowledged_bytes, info.received_bytes) == ("ESTABLISHED", 1001, 300)
    assert (info.unsent_bytes, info.unacknowledged_segments, info.retransmitted_segments) == (0, 0, 0)


def test_the_measured_values_are_those_of_the_host(pair: Pair) -> None:
    ours, theirs = pair
    ours.sendall(b"x")
    theirs.recv(1)

    info = read_tcp_info(ours)

    assert info.send_segment_bytes == ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    assert 0 < info.round_trip_time_us < 1_000_000
    assert 0 < info.round_trip_variation_us < 1_000_000
    assert info.congestion_window >= 10  # RFC 6928: the initial window


def test_bytes_for_a_peer_that_does_not_read_are_unacknowledged_and_unsent(pair: Pair) -> None:
    ours, theirs = pair
    written = fill(ours)

    info = read_tcp_info(ours)

    assert 0 < info.unsent_bytes <= unacknowledged_bytes(ours) <= written
    assert unacknowledged_bytes(ours) + unread_bytes(theirs) >= written


def test_what_has_arrived_and_was_not_read_is_counted(pair: Pair) -> None:
    ours, theirs = pair
    theirs.sendall(b"12345")
    ours.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)

    before = unread_bytes(ours)
    ours.recv(2)

    assert (before, unread_bytes(ours)) == (5, 3)


def test_a_fin_that_is_not_acknowledged_counts_as_one_byte(pair: Pair) -> None:
    ours, _ = pair
    written = fill(ours)
    before = unacknowledged_bytes(ours)
    ours.shutdown(socket.SHUT_WR)

    assert (written > 0, unacknowledged_bytes(ours)) == (True, before + 1)
    assert read_tcp_info(ours).state == "FIN_WAIT1"


def test_an_acknowledged_fin_shows_in_the_state_whether_or_not_the_peer_has_ended(pair: Pair) -> None:
    ours, theirs = pair
    ours.shutdown(socket.SHUT_WR)
    assert theirs.recv(1) == b""
    theirs.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # else it would be late by up to 40 ms
    half = read_tcp_info(ours).state, read_tcp_info(theirs).state
    theirs.shutdown(socket.SHUT_WR)
    assert ours.recv(1) == b""
    whole = {read_tcp_info(ours).state, read_tcp_info(theirs).state}

    assert half == ("FIN_WAIT2", "CLOSE_WAIT")
    assert whole <= FIN_ACKNOWLEDGED
    assert {"ESTABLISHED", "FIN_WAIT1", "CLOSE_WAIT", "LAST_ACK", "CLOSING"}.isdisjoint(FIN_ACKNOWLEDGED)


def test_a_descriptor_without_a_connection_can_be_asked_too() -> None:
    with socket.socket() as unconnected:
        assert read_tcp_info(unconnected).state == "CLOSE"
        assert (unread_bytes(unconnected), unacknowledged_bytes(unconnected)) == (0, 0)


def test_all_fields_are_told_by_the_names_of_the_host_and_agree_with_the_few(pair: Pair) -> None:
    ours, theirs = pair
    ours.sendall(b"x" * 1000)
    theirs.recv(1000, socket.MSG_WAITALL)

    fields, info = read_fields(ours), read_tcp_info(ours)

    assert all(name.startswith("tcpi_") for name in fields)
    assert (fields["tcpi_state"], fields["tcpi_bytes_acked"], fields["tcpi_bytes_sent"]) == (1, 1001, 1000)
    assert (fields["tcpi_data_segs_out"], fields["tcpi_data_segs_in"]) == (1, 0)
    assert fields["tcpi_snd_mss"] == info.send_segment_bytes
    assert fields["tcpi_snd_cwnd"] == info.congestion_window
    assert 0 < fields["tcpi_snd_wscale"] <= 14  # RFC 7323
    assert fields["tcpi_snd_wscale"] == read_fields(theirs)["tcpi_rcv_wscale"]
    assert fields["tcpi_fastopen_client_fail"] == 0


def test_a_kernel_that_tells_less_has_fewer_fields() -> None:
    class Older(socket.socket):
        def getsockopt(self, level: int, name: int, size: int = 0) -> bytes:  # type: ignore[override]  # of one use
            return super().getsockopt(level, name, size)[:104]  # up to tcpi_total_retrans

    with Older() as older:
        fields = read_fields(older)

    assert "tcpi_total_retrans" in fields
    assert "tcpi_pacing_rate" not in fields


def test_the_ideal_send_backlog_is_a_window_of_full_segments(pair: Pair) -> None:
    info = read_tcp_info(pair[0])

    assert ideal_send_backlog(pair[0]) == info.congestion_window * info.send_segment_bytes
