"""Who calls is decided before any method runs: by which proof, and what each role may call, all of it over real gRPC."""

import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.identities import Metadata, People, bearer, someone, token_of
from tests.promises.owners import refused
from tests.promises.stories import error_info

from telesock.server.core.identity import Role
from telesock.server.core.refusal import Reason
from telesock.server.service.authentication import Needs, may, needs
from telesock.server.service.server import Access
from telesock.v1 import agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2
from telesock.v1.agent_pb2 import GetAgentRequest, GetAgentResponse
from telesock.v1.sockets_pb2 import SendRequest

Start = Callable[..., Awaitable[RunningAgent]]

PEOPLE = (someone("owner"), someone("observer", Role.OBSERVER), someone("administrator", Role.ADMINISTRATOR))
OURS = (agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2)
STANDARD = (channelz_pb2, health_pb2, reflection_pb2)

# Every method of every service; one that is new has to be decided here and in the table of the module.
READING = {
    "telesock.v1.AgentService": {"GetAgent", "SampleClock", "CheckPolicy"},
    "telesock.v1.SessionService": {"GetSession", "ListSessions", "StreamEvents"},
    "telesock.v1.SocketService": {"GetSocket", "ListSockets"},
    "telesock.v1.OperationService": {"GetOperation", "ListOperations", "WaitOperation"},
    "telesock.v1.FaultService": {"ListFaults"},
    "grpc.reflection.v1alpha.ServerReflection": {"ServerReflectionInfo"},
}
ACTING = {
    "telesock.v1.SessionService": {
        *("OpenSession", "KeepAlive", "CloseSession", "AcknowledgeEvents", "Attach", "SubmitChain"),
    },
    "telesock.v1.SocketService": {
        *(
            "CreateSocket",
            "Bind",
            "Listen",
            "Accept",
            "InspectComplete",
            "Connect",
            "Relay",
            "Send",
            "Receive",
        ),
        *(
            "SendTo",
            "ReceiveFrom",
            "ControlSocket",
            "Resolve",
            "Disconnect",
            "Close",
            "SetEventCallbacks",
            "Release",
        ),
    },
    "telesock.v1.OperationService": {"CancelOperation"},
    "telesock.v1.FaultService": {"CreateFault", "UpdateFault", "DeleteFault", "ResetFaults"},
}
ADMINISTERING = {
    "telesock.v1.AgentService": {"Drain"},
    "grpc.channelz.v1.Channelz": {
        *(
            "GetTopChannels",
            "GetServers",
            "GetServer",
            "GetServerSockets",
            "GetChannel",
            "GetSubchannel",
            "GetSocket",
        ),
    },
}
OPEN = {"grpc.health.v1.Health": {"Check", "Watch", "List"}}


def paths(table: dict[str, set[str]]) -> set[str]:
    return {f"/{service}/{name}" for service, names in table.items() for name in names}


def described(*modules: Any) -> set[str]:
    """Every method that the descriptors of modules have."""
    services = [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]
    return {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telesock.server.service.attempts._LONGEST_WAIT", 0.0)


@pytest.fixture
def people() -> People:
    return People(*PEOPLE)


@pytest.fixture
async def guarded(start_agent: Start, people: People) -> RunningAgent:
    return await start_agent(access=people.access)


@pytest.fixture
async def channel(guarded: RunningAgent) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(guarded.address) as opened:
        yield opened


async def outcome(channel: grpc.aio.Channel, method: str, metadata: Metadata = ()) -> tuple[str, str]:
    """Call a method, whatever its shape, with a message that says nothing; return its status and the agent's reason."""
    calling: Any = channel.stream_stream(method)
    call = calling(iter([b""]), metadata=metadata)
    try:
        async for _ in call:
            call.cancel()
            break
    except grpc.aio.AioRpcError as error:
        reason = ""
        with contextlib.suppress(KeyError, IndexError, StopIteration, AssertionError):
            reason = error_info(error).reason
        return error.code().name, reason
    return "OK", ""


async def who(channel: grpc.aio.Channel, *metadata: tuple[str, str]) -> str:
    """Who a caller is to the agent, or why it is nobody."""
    method: Any = channel.unary_unary(
        "/telesock.v1.AgentService/GetAgent", GetAgentRequest.SerializeToString, GetAgentResponse.FromString
    )
    try:
        answer = await method(GetAgentRequest(), metadata=metadata)
    except grpc.aio.AioRpcError as error:
        return str(error_info(error).reason)
    return f"{answer.agent.identity} {agent_pb2.Role.Name(answer.agent.role)}"


# What each method needs


def test_every_method_there_is_has_been_placed_in_the_table() -> None:
    placed = [paths(table) for table in (READING, ACTING, ADMINISTERING, OPEN)]

    assert sum(map(len, placed)) == len(set.union(*placed))
    assert set.union(*placed) >= described(*OURS, *STANDARD)
    assert described(*OURS) == {path for path in set.union(*placed) if path.startswith("/telesock.")}


def test_every_method_needs_what_the_table_says() -> None:
    found = {path: needs(path) for path in paths(READING) | paths(ACTING) | paths(ADMINISTERING)}

    assert found == {
        **dict.fromkeys(paths(READING), Needs.READING),
        **dict.fromkeys(paths(ACTING), Needs.ACTING),
        **dict.fromkeys(paths(ADMINISTERING), Needs.ADMINISTERING),
    }


@pytest.mark.parametrize("method", ["/telesock.v2.SessionService/GetSession", "/x.Y/Z", "/Y/Z"])
def test_what_nobody_has_placed_is_for_administrators(method: str) -> None:
    assert needs(method) is Needs.ADMINISTERING


def test_a_role_has_what_it_needs_or_has_it_not() -> None:
    assert {(role.name, need.name): may(role, need) for role in Role for need in Needs} == {
        ("OWNER", "READING"): True,
        ("OWNER", "ACTING"): True,
        ("OWNER", "ADMINISTERING"): False,
        ("OBSERVER", "READING"): True,
        ("OBSERVER", "ACTING"): False,
        ("OBSERVER", "ADMINISTERING"): False,
        ("ADMINISTRATOR", "READING"): True,
        ("ADMINISTRATOR", "ACTING"): True,
        ("ADMINISTRATOR", "ADMINISTERING"): True,
    }


@pytest.mark.parametrize("role", ["owner", "observer", "administrator"])
async def test_a_role_is_kept_from_every_method_that_it_may_not_call_and_from_no_other(
    channel: grpc.aio.Channel, role: str
) -> None:
    forbidden = {
        "owner": paths(ADMINISTERING),
        "observer": paths(ADMINISTERING) | paths(ACTING),
        "administrator": set(),
    }
    methods = described(*OURS, *STANDARD)
    found = {method: await outcome(channel, method, bearer(role)) for method in sorted(methods)}

    denied = {method for method, (code, _) in found.items() if code == "PERMISSION_DENIED"}
    assert denied == forbidden[role] & methods
    assert {found[method] for method in denied} <= {("PERMISSION_DENIED", "ROLE_NOT_ALLOWED")}
    assert "UNAUTHENTICATED" not in {code for code, _ in found.values()}


async def test_whoever_proves_nothing_may_ask_for_health_and_nothing_else(channel: grpc.aio.Channel) -> None:
    found = {method: await outcome(channel, method) for method in sorted(described(*OURS, *STANDARD))}

    turned_away = {
        method for method, end in found.items() if end == ("UNAUTHENTICATED", "CREDENTIALS_MISSING")
    }
    assert found.keys() - turned_away == paths(OPEN) & described(health_pb2)
    assert found["/grpc.health.v1.Health/Check"] == ("OK", "")


async def test_a_method_that_does_not_exist_is_unimplemented_for_everybody(channel: grpc.aio.Channel) -> None:
    method = "/telesock.v1.AgentService/Destroy"

    ends = [await outcome(channel, method, metadata) for metadata in ((), bearer("administrator"))]
    assert ends == [("UNIMPLEMENTED", "")] * 2


async def test_a_refusal_says_which_role_and_what_would_be_right(channel: grpc.aio.Channel) -> None:
    method: Any = channel.unary_unary("/telesock.v1.SocketService/Send")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await method(b"", metadata=bearer("observer"))

    assert caught.value.details() == "'observer' is an observer, and Send needs an owner"
    assert dict(error_info(caught.value).metadata) == {
        "role": "observer",
        "method": "/telesock.v1.SocketService/Send",
    }


# Which proof


AUTHORIZATIONS = {
    f"Bearer {token_of('owner')}": "owner ROLE_OWNER",
    f"bearer {token_of('observer')}": "observer ROLE_OBSERVER",
    f"BEARER   {token_of('administrator')}  ": "administrator ROLE_ADMINISTRATOR",
    f"Bearer {token_of('owner')}x": "CREDENTIALS_UNKNOWN",
    "Bearer ": "CREDENTIALS_UNKNOWN",
    "Bearer": "CREDENTIALS_MISSING",
    "": "CREDENTIALS_MISSING",
    token_of("owner"): "CREDENTIALS_MISSING",
    f"Basic {token_of('owner')}": "CREDENTIALS_MISSING",
}


@pytest.mark.parametrize(("given", "found"), AUTHORIZATIONS.items(), ids=AUTHORIZATIONS)
async def test_a_token_is_shown_as_a_bearer_token(channel: grpc.aio.Channel, given: str, found: str) -> None:
    assert await who(channel, ("authorization", given)) == found


async def test_a_refused_caller_is_told_what_would_be_right_and_its_token_is_repeated_nowhere(
    channel: grpc.aio.Channel, people: People
) -> None:
    with capture_logs() as logs, refused("CREDENTIALS_UNKNOWN", grpc.StatusCode.UNAUTHENTICATED) as info:
        method: Any = channel.unary_unary("/telesock.v1.AgentService/GetAgent")
        await method(b"", metadata=(("authorization", "Bearer telesock_guess"),))

    (entry,) = logs
    assert {key: entry[key] for key in ("event", "reason", "method", "failures")} == {
        "event": "authentication_failed",
        "reason": "CREDENTIALS_UNKNOWN",
        "method": "/telesock.v1.AgentService/GetAgent",
        "failures": 1,
    }
    assert entry["peer"].startswith("ipv4:127.0.0.1")
    assert ":" not in entry["peer"].removeprefix("ipv4:")
    assert people.failures == [Reason.CREDENTIALS_UNKNOWN]
    assert "guess" not in repr((logs, info))


async def test_an_agent_that_asks_nobody_tells_its_callers_that_they_may_do_everything(
    agent: RunningAgent,
) -> None:
    async with grpc.aio.insecure_channel(agent.address) as opened:
        assert await who(opened) == " ROLE_ADMINISTRATOR"
        assert await who(opened, ("authorization", "Bearer x")) == " ROLE_ADMINISTRATOR"


async def test_certificates_that_were_wanted_and_not_shown_make_nobody(start_agent: Start) -> None:
    running = await start_agent(access=Access(certificates=True))

    async with grpc.aio.insecure_channel(running.address) as opened:
        assert await who(opened) == "CREDENTIALS_MISSING"


# What it must not cost


@pytest.fixture
def no_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("metadata", [(), bearer("observer")], ids=["nobody", "a role"])
async def test_a_call_that_is_turned_away_leaves_nothing_of_its_message(
    channel: grpc.aio.Channel, metadata: Metadata, no_collections: None
) -> None:
    def messages() -> int:
        return sum(type(each) is SendRequest for each in gc.get_objects())

    method: Any = channel.unary_unary("/telesock.v1.SocketService/Send")
    request, before = SendRequest(data=b"x" * 100_000).SerializeToString(), messages()
    for _ in range(20):
        with pytest.raises(grpc.aio.AioRpcError):
            await method(request, metadata=metadata)

    assert messages() <= before + 1  # the last may be on its way
