"""What is one identity's, no other can see, guess or act on."""

from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from tests.identities import bearer
from tests.promises.neighbours import READING, REQUESTS, Neighbours, bytes_of, shown_with
from tests.promises.owners import TOKEN_KEY, Owner, refused

from telesock.v1.agent_pb2 import GetAgentRequest
from telesock.v1.sessions_pb2 import (
    CloseSessionRequest,
    GetSessionRequest,
    ListSessionsRequest,
)

NOT_FOUND = grpc.StatusCode.NOT_FOUND
DENIED = grpc.StatusCode.PERMISSION_DENIED
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telesock.server.service.attempts._LONGEST_WAIT", 0.0)


@pytest.mark.parametrize("what", ["nothing", "her token"])
@pytest.mark.parametrize("method", sorted(REQUESTS))
async def test_to_another_identity_there_is_no_such_session_with_its_token_or_without(
    neighbours: Neighbours, ann: Owner, method: str, what: str
) -> None:
    bob = await neighbours.caller("bob", *shown_with(ann, what))
    before, lease = await ann.view(), neighbours.lease_of(ann.session_id)

    with refused("SESSION_UNKNOWN", NOT_FOUND) as info:
        await bob.ask(REQUESTS[method](session_id=ann.session_id))

    assert dict(info.metadata) == {"session_id": ann.session_id}
    assert neighbours.lease_of(ann.session_id) == lease
    after = await ann.view()
    for view in (before, after):
        view.ClearField("lease_remaining")
    assert after == before


@pytest.mark.parametrize("what", ["nothing", "her token"])
async def test_to_another_identity_no_stream_of_a_session_opens(
    neighbours: Neighbours, ann: Owner, what: str
) -> None:
    bob = neighbours.owning(await neighbours.channel("bob"), ann.opened, ())
    bob.metadata = (*bearer("bob"), *shown_with(ann, what))

    for stream in (await bob.read(), await bob.attach()):
        await stream.until_ended()
        assert (stream.code, stream.reason, stream.batches) == (NOT_FOUND, "SESSION_UNKNOWN", 0)


@pytest.mark.parametrize("name", ["bob", "kim"])
async def test_not_even_an_administrator_acts_in_the_session_of_another(
    neighbours: Neighbours, ann: Owner, name: str
) -> None:
    caller = await neighbours.caller(name, (TOKEN_KEY, ann.opened.session_token))

    for method in sorted(REQUESTS.keys() - READING - {"CloseSession"}):
        with refused("SESSION_UNKNOWN", NOT_FOUND):
            await caller.ask(REQUESTS[method](session_id=ann.session_id))


async def test_lists_and_counts_are_of_what_is_ones_own(neighbours: Neighbours, ann: Owner) -> None:
    bob = await neighbours.opened("bob", label="his")
    seen = {}
    for name in ("ann", "bob", "eve", "kim"):
        caller = await neighbours.caller(name)
        agent = (await caller.ask(GetAgentRequest())).agent
        listed = (await caller.ask(ListSessionsRequest())).sessions
        seen[name] = ([each.label for each in listed], agent.identity, agent.sessions, agent.sockets)

    assert bob.session_id != ann.session_id
    assert seen == {
        "ann": (["hers"], "ann", 1, 1),
        "bob": (["his"], "bob", 1, 0),
        "eve": (["hers", "his"], "eve", 2, 1),
        "kim": (["hers", "his"], "kim", 2, 1),
    }


async def test_the_same_request_id_opens_a_session_of_ones_own(neighbours: Neighbours, ann: Owner) -> None:
    again = await neighbours.opened("ann", label="hers", request_id="the same")
    bob = await neighbours.opened("bob", label="hers", request_id="the same")

    assert again.opened == ann.opened
    assert {bob.session_id, bob.opened.session_token}.isdisjoint({ann.session_id, ann.opened.session_token})


async def test_a_session_of_another_is_told_as_one_that_never_was_and_so_is_one_that_has_ended(
    neighbours: Neighbours, ann: Owner
) -> None:
    ended = await neighbours.opened("ann")
    await ended.ask(CloseSessionRequest())
    told = set()
    for owner, session_id in ((ann, ann.session_id), (ann, "s-000000000000"), (ended, ended.session_id)):
        bob = await neighbours.caller("bob", (TOKEN_KEY, owner.opened.session_token))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await bob.ask(GetSessionRequest(session_id=session_id))
        told.add((caught.value.details() or "").replace(session_id, "…"))

    assert told == {"no session '…' is open here under this token; open one with OpenSession"}
    with refused("SESSION_LOST", NOT_FOUND):
        await ended.ask(GetSessionRequest())


async def test_an_administrator_is_told_how_a_session_of_its_own_ended(neighbours: Neighbours) -> None:
    kim = await neighbours.opened("kim")
    await kim.ask(CloseSessionRequest())

    with refused("SESSION_LOST", NOT_FOUND) as info:
        await kim.ask(GetSessionRequest())
    assert info.metadata["cause"] == "CLOSED"
    stream = await kim.read()
    await stream.until_ended()
    assert (stream.code, stream.reason, stream.metadata["cause"]) == (NOT_FOUND, "SESSION_LOST", "CLOSED")


async def test_tokens_are_in_no_log_no_error_and_no_answer_to_anybody_else(
    neighbours: Neighbours, ann: Owner
) -> None:
    answers: list[Any] = []
    errors: list[str] = []
    with capture_logs() as logs:
        hers = await neighbours.opened("ann", request_id="hers")
        for name in ("bob", "eve", "kim", "nobody"):
            caller = await neighbours.caller(name, (TOKEN_KEY, hers.opened.session_token))
            requests = [REQUESTS[method](session_id=hers.session_id) for method in sorted(REQUESTS)]
            for request in (*requests, ListSessionsRequest(), GetAgentRequest()):
                try:
                    answers.append(await caller.ask(request))
                except grpc.aio.AioRpcError as error:
                    errors.append(f"{error} {error.trailing_metadata()}")

    secrets = [
        hers.opened.session_token,
        ann.opened.session_token,
        *(bearer(name)[0][1][7:] for name in ("ann", "kim")),
    ]
    said = repr((logs, errors)).encode() + bytes_of(answers)
    assert {type(answer).__name__ for answer in answers} >= {"GetSessionResponse", "ListSessionsResponse"}
    assert {entry["event"] for entry in logs} >= {
        "session_opened",
        "authentication_failed",
        "session_closed_by_other",
    }
    assert hers.session_id.encode() in said
    assert [secret for secret in secrets if secret.encode() in said] == []
