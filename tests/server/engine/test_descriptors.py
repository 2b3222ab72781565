"""What is open beside sockets leaves descriptors to gRPC: it counts, and what does not fit is not opened."""

import errno

import pytest

from telesock.server.engine.descriptors import Descriptors


def test_what_is_held_counts_as_a_socket() -> None:
    descriptors = Descriptors(sockets=lambda: 5)

    descriptors.held_connections = 2

    assert descriptors.taken == 7
    assert [descriptors.fit(more, limit=10) for more in (3, 4)] == [True, False]


def test_a_pipe_takes_two_descriptors_of_the_process_and_nothing_of_what_sockets_may_be() -> None:
    descriptors = Descriptors(sockets=lambda: 5, most=10)

    descriptors.open_pipe()

    assert [descriptors.fit(more, limit=8) for more in (3, 4)] == [True, False]


def test_the_last_descriptors_are_for_sockets_and_not_for_pipes() -> None:
    descriptors = Descriptors(sockets=lambda: 5, most=8)
    descriptors.open_pipe()

    with pytest.raises(OSError, match="last descriptors") as caught:
        descriptors.open_pipe()

    assert caught.value.errno == errno.EMFILE
    assert descriptors.fit(1, limit=100)
    descriptors.close_pipe()
    assert descriptors.fit(3, limit=100)
