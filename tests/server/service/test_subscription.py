"""Reading a journal as it grows: how much one batch holds, when it is sent, and how long the last ones may take."""

from tests.agents import RunningAgent

from telesock.server.engine.session_table import Opening
from telesock.server.service.subscription import Subscription


async def test_a_subscription_that_was_left_leaves_nobody_who_sleeps(agent: RunningAgent) -> None:
    session = agent.engine.open_session(Opening())
    with Subscription(session, 0) as subscription:
        session.sleeping.append(subscription.wake)

    assert session.sleeping == []
