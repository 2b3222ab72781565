import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from telesock.client.errors import (
    AgentUnavailable,
    AgentUntrusted,
    Rejected,
    SessionClosed,
    SessionLost,
    SessionReplaced,
)
from telesock.client.statuses import CallEnd, error_of_call, expired, loss_of_stream, read_call_end

Code = grpc.StatusCode


def trailers(reason: str, domain: str = "telesock", **metadata: str) -> list[tuple[str, str | bytes]]:
    detail = Any()
    detail.Pack(ErrorInfo(reason=reason, domain=domain, metadata=metadata))
    return [("grpc-status-details-bin", Status(details=[detail]).SerializeToString())]


def test_the_agent_s_reason_is_read_from_the_trailers() -> None:
    end = read_call_end(Code.NOT_FOUND, "gone", trailers("SESSION_LOST", cause="LEASE_EXPIRED"))

    assert end == CallEnd(Code.NOT_FOUND, "gone", "SESSION_LOST", {"cause": "LEASE_EXPIRED"})


@pytest.mark.parametrize("told", [None, [], [("other", "x")], trailers("QUOTA", domain="example.com")])
def test_without_the_agent_s_word_there_is_no_reason(told: list[tuple[str, str | bytes]] | None) -> None:
    assert read_call_end(Code.UNAVAILABLE, None, told) == CallEnd(Code.UNAVAILABLE, "")


@pytest.mark.parametrize(
    ("end", "kind", "why"),
    [
        (
            CallEnd(Code.UNAVAILABLE, "failed: all: Connection refused"),
            AgentUnavailable,
            "Connection refused",
        ),
        (
            CallEnd(Code.DEADLINE_EXCEEDED, "Deadline Exceeded"),
            AgentUnavailable,
            "the time for an answer is over: it hangs, cannot be reached, or is no Telesock agent",
        ),
        (
            CallEnd(Code.UNAVAILABLE, "failed: certificate has expired: OK"),
            AgentUntrusted,
            "its certificate has expired",
        ),
    ],
)
def test_an_agent_that_does_not_answer_is_unavailable(
    end: CallEnd, kind: type[AgentUnavailable], why: str
) -> None:
    error = error_of_call(end, "lab:1")

    assert (type(error), str(error)) == (kind, f"no answer from an agent at lab:1: {why}")


def test_what_an_agent_refuses_is_rejected_even_where_the_code_is_that_of_an_absent_one() -> None:
    error = error_of_call(CallEnd(Code.UNAVAILABLE, "use another", "AGENT_DRAINING", {}), "lab:1")

    assert isinstance(error, Rejected)
    assert (str(error), error.reason, error.code) == ("use another", "AGENT_DRAINING", Code.UNAVAILABLE)


@pytest.mark.parametrize(
    ("end", "line"),
    [
        (
            CallEnd(Code.UNIMPLEMENTED, "what?"),
            "lab:1 answers, but not as a Telesock agent: it is another gRPC server, or an agent too old for what was asked "
            "(UNIMPLEMENTED: what?)",
        ),
        (
            CallEnd(Code.UNIMPLEMENTED, "Received http2 header with status: 404"),
            "lab:1 answers, but not as a Telesock agent: it speaks HTTP/2 and has status 404, as a web server or a proxy has",
        ),
        (CallEnd(Code.INTERNAL, "ouch"), "lab:1 answered INTERNAL: ouch"),
    ],
)
def test_what_is_refused_without_an_agent_s_reason_is_rejected_with_what_is_known(
    end: CallEnd, line: str
) -> None:
    error = error_of_call(end, "lab:1")

    assert isinstance(error, Rejected)
    assert (str(error), error.reason, error.code) == (line, end.code.name, end.code)


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (CallEnd(Code.UNAVAILABLE, "failed to connect: all: Connection refused"), "Connection refused"),
        (CallEnd(Code.UNAVAILABLE, "failed to connect: Socket closed"), "it closed the connection"),
        (CallEnd(Code.UNKNOWN, ""), "UNKNOWN"),
    ],
)
def test_a_lease_that_ends_in_silence_tells_how_the_last_stream_has_ended(end: CallEnd, why: str) -> None:
    lost = expired(end, "lab:1", 1.5)

    assert (str(lost), lost.cause) == (
        f"nothing was heard from the agent at lab:1 for a whole lease of 1.5 s: {why}",
        "LEASE_EXPIRED",
    )


@pytest.mark.parametrize(
    ("reason", "cause", "kind", "told"),
    [
        ("SESSION_LOST", "AGENT_RESTARTED", SessionLost, "AGENT_RESTARTED"),
        ("SESSION_LOST", "CLOSED", SessionClosed, "CLOSED"),
        ("SESSION_UNKNOWN", "", SessionLost, "SESSION_UNKNOWN"),
        ("ATTACHMENT_REPLACED", "", SessionReplaced, "ATTACHMENT_REPLACED"),
    ],
)
def test_a_session_s_end_is_a_loss_with_its_cause(
    reason: str, cause: str, kind: type[SessionLost], told: str
) -> None:
    end = CallEnd(Code.NOT_FOUND, "gone", reason, {"cause": cause} if cause else {})
    for error in (error_of_call(end, "lab:1"), loss_of_stream(end)):
        assert isinstance(error, SessionLost)
        assert (type(error), str(error), error.cause) == (kind, "gone", told)


@pytest.mark.parametrize(
    "code",
    [
        Code.OK,
        Code.UNAVAILABLE,
        Code.INTERNAL,
        Code.UNKNOWN,
        Code.CANCELLED,
        Code.ABORTED,
        Code.DEADLINE_EXCEEDED,
    ],
)
def test_a_stream_that_merely_broke_is_tried_again(code: Code) -> None:
    assert loss_of_stream(CallEnd(code, "broken")) is None


@pytest.mark.parametrize(
    "end",
    [
        CallEnd(Code.RESOURCE_EXHAUSTED, "too large"),
        CallEnd(Code.UNIMPLEMENTED, "what?"),
        CallEnd(Code.PERMISSION_DENIED, "who?"),
        CallEnd(Code.INVALID_ARGUMENT, "no", "SEQUENCE_AHEAD"),
    ],
)
def test_a_stream_that_would_be_refused_again_is_not_tried_again(end: CallEnd) -> None:
    lost = loss_of_stream(end)

    assert lost is not None
    assert lost.cause == (end.reason or end.code.name)
    assert str(lost) == f"the agent refused the session's stream: {end.details}"
