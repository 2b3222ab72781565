"""Opening, keeping and ending sessions, and streams of events that end as they should."""

from tests.promises.owners import Caller, Owner

from telesock.v1.sessions_pb2 import ListSessionsRequest


async def test_sessions_are_listed_as_their_owners_see_them_but_for_the_running_lease(owner: Owner) -> None:
    (listed,) = (await Caller(owner.channel).ask(ListSessionsRequest())).sessions
    seen = await owner.view()

    for session in (listed, seen):
        session.ClearField("lease_remaining")
    assert listed == seen
