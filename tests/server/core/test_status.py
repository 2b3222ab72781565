"""What an operating system error is called here, and who is said to have caused it."""

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno

PEER = [
    ("ECONNREFUSED", Status.CONNECTION_REFUSED),
    ("ECONNRESET", Status.CONNECTION_RESET),
    ("EPIPE", Status.CONNECTION_RESET),
    ("ETIMEDOUT", Status.IO_TIMEOUT),
    ("EHOSTUNREACH", Status.HOST_UNREACHABLE),
    ("EHOSTDOWN", Status.HOST_UNREACHABLE),
    ("ENETUNREACH", Status.NETWORK_UNREACHABLE),
]
LOCAL = [
    ("ENETDOWN", Status.NETWORK_UNREACHABLE),
    ("ECONNABORTED", Status.CONNECTION_ABORTED),
    ("EADDRINUSE", Status.ADDRESS_ALREADY_EXISTS),
    ("EACCES", Status.ACCESS_DENIED),
    ("EPERM", Status.ACCESS_DENIED),
    ("EMFILE", Status.INSUFFICIENT_RESOURCES),
    ("ENFILE", Status.INSUFFICIENT_RESOURCES),
    ("ENOBUFS", Status.INSUFFICIENT_RESOURCES),
    ("ENOMEM", Status.INSUFFICIENT_RESOURCES),
    ("EAGAIN", Status.INSUFFICIENT_RESOURCES),
    ("EADDRNOTAVAIL", Status.INVALID_PARAMETER),
    ("EINVAL", Status.INVALID_PARAMETER),
    ("EOPNOTSUPP", Status.NOT_SUPPORTED),
    ("EAFNOSUPPORT", Status.NOT_SUPPORTED),
    ("EPROTOTYPE", Status.NOT_SUPPORTED),
    ("ENOENT", Status.NO_MATCH),
    ("ENOTDIR", Status.NO_MATCH),
    ("EROFS", Status.ACCESS_DENIED),
    ("ENOTCONN", Status.CONNECTION_DISCONNECTED),
    ("EMSGSIZE", Status.BUFFER_OVERFLOW),
    ("EIO", Status.UNSUCCESSFUL),
]


@pytest.mark.parametrize(("name", "status"), PEER)
def test_an_error_that_the_peer_or_the_network_made_is_put_down_to_the_peer(
    name: str, status: Status
) -> None:
    failure = failure_from_errno(getattr(errno, name), Phase.SEND)

    assert failure == Failure(status, Cause(Origin.PEER, Phase.SEND, name))


@pytest.mark.parametrize(("name", "status"), LOCAL)
def test_an_error_of_the_host_is_put_down_to_the_host(name: str, status: Status) -> None:
    failure = failure_from_errno(getattr(errno, name), Phase.BIND, "what was tried")

    assert failure == Failure(status, Cause(Origin.LOCAL_HOST, Phase.BIND, name, detail="what was tried"))


def test_a_number_that_has_no_name_is_told_by_its_number() -> None:
    assert failure_from_errno(9999, Phase.RECEIVE) == Failure(
        Status.UNSUCCESSFUL, Cause(Origin.LOCAL_HOST, Phase.RECEIVE, "E9999")
    )


@settings(derandomize=True, deadline=None)
@given(st.integers(), st.sampled_from(Phase), st.text())
def test_every_number_is_some_failure_with_an_origin_and_a_name(
    number: int, phase: Phase, detail: str
) -> None:
    status, cause = failure_from_errno(number, phase, detail)

    assert status is not Status.SUCCESS
    assert cause == Cause(cause.origin, phase, cause.errno_name, "", detail)
    assert cause.origin in (Origin.PEER, Origin.LOCAL_HOST)
    assert getattr(errno, cause.errno_name, None) == number or cause.errno_name == f"E{number}"
