"""How a refusal is told: its gRPC status and ErrorInfo (google.rpc, AIP-193), and what becomes of a bug."""

from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.promises.owners import Caller, Owner

from telesock.server.core.refusal import Reason
from telesock.server.service.errors import CODES, status_code
from telesock.v1 import agent_pb2, sockets_pb2

BUG = "the agent has a bug here; its log tells more"


def test_every_reason_has_a_status_that_is_an_error() -> None:
    assert set(CODES) == set(Reason)
    assert grpc.StatusCode.OK not in CODES.values()


def test_the_number_of_a_status_is_grpcs_own() -> None:
    assert (status_code(Reason.MALFORMED), status_code(Reason.NOT_AVAILABLE)) == (3, 12)


async def caught(caller: Caller, request: Any) -> grpc.aio.AioRpcError:
    """Ask what must fail, and return how it did."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await caller.ask(request)
    return error.value


async def test_a_refusal_carries_its_message_and_one_errorinfo_with_reason_domain_and_metadata(
    owner: Owner,
) -> None:
    error = await caught(owner, sockets_pb2.SendRequest(socket_id=3))

    message = "socket 3 was never made; the highest number is 0"
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, message)
    (trailer,) = [value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin"]
    assert isinstance(trailer, bytes)
    status, info = Status.FromString(trailer), ErrorInfo()
    assert (status.code, status.message) == (5, message)
    assert [detail.Unpack(info) for detail in status.details] == [True]
    assert info == ErrorInfo(reason="SOCKET_UNKNOWN", domain="telesock", metadata={"socket_id": "3"})


async def test_a_refusal_with_text_of_the_callers_own_reaches_the_caller_in_one_line(owner: Owner) -> None:
    error = await caught(owner, sockets_pb2.GetSocketRequest(session_id="nö such\nsession\0" * 100))

    assert error.code() is grpc.StatusCode.NOT_FOUND
    assert "\n" not in (error.details() or "\n")


async def test_a_bug_in_a_method_is_told_as_one_without_its_innards_and_logged_with_them(
    agent: RunningAgent, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr(agent.engine, "submit", broken)
    with capture_logs() as logs:
        error = await caught(owner, sockets_pb2.CreateSocketRequest())

    assert (error.code(), error.details()) == (grpc.StatusCode.INTERNAL, BUG)
    assert not error.trailing_metadata()
    assert [{**entry, "exc_info": repr(entry["exc_info"])} for entry in logs] == [
        {
            "event": "method_failed",
            "log_level": "error",
            "method": "CreateSocket",
            "exc_info": "KeyError('a secret')",
        }
    ]


async def test_an_agent_goes_on_after_a_bug(
    agent: RunningAgent, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(agent.engine, "limits", None)
        with capture_logs():
            error = await caught(owner, agent_pb2.GetAgentRequest())

    assert error.code() is grpc.StatusCode.INTERNAL
    assert (await owner.ask(agent_pb2.GetAgentRequest())).agent.sessions == 1
