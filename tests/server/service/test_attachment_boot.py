"""Which life of the agent an attachment means: a restart is told as one, and nothing else is."""

from typing import NamedTuple

import pytest
from tests.promises.owners import TOKEN_KEY, Owner
from tests.wire.refusals import Refusal, refusal

from telesock.v1.sessions_pb2 import AttachRequest, CloseSessionRequest

OTHER = "0123456789abcdef"


class Meant(NamedTuple):
    """What a client believes: which session, by which token, of which life."""

    session_id: str
    token: str
    boot_id: str


def means(owner: Owner) -> Meant:
    return Meant(owner.session_id, owner.opened.session_token, owner.opened.boot_id)


async def attach(owner: Owner, meant: Meant) -> Refusal:
    """Attach in vain; return why."""
    call = owner.method("Attach")(metadata=((TOKEN_KEY, meant.token),))
    await call.write(AttachRequest(session_id=meant.session_id, boot_id=meant.boot_id))
    return await refusal(call.read())


def lost(session_id: str, cause: str) -> Refusal:
    return Refusal("NOT_FOUND", "SESSION_LOST", {"session_id": session_id, "cause": cause})


def unknown(session_id: str) -> Refusal:
    return Refusal("NOT_FOUND", "SESSION_UNKNOWN", {"session_id": session_id})


async def test_a_session_of_another_life_is_lost_with_the_restart(owner: Owner) -> None:
    meant = means(owner)._replace(boot_id=OTHER)

    assert await attach(owner, meant) == lost(meant.session_id, "AGENT_RESTARTED")


@pytest.mark.parametrize("wrong", [{"token": "wrong"}, {"session_id": "s-0"}])
async def test_a_mistake_in_this_life_is_no_restart(owner: Owner, wrong: dict[str, str]) -> None:
    meant = means(owner)._replace(**wrong)

    assert await attach(owner, meant) == unknown(meant.session_id)


async def test_a_session_that_ended_in_this_life_is_lost_with_its_own_cause(owner: Owner) -> None:
    await owner.ask(CloseSessionRequest())

    assert await attach(owner, means(owner)) == lost(owner.session_id, "CLOSED")
