"""The server of an agent: where it listens, the standard services beside its own, and how it stops."""

import pytest
from tests.agents import RunningAgent, start_agent

from telesock.server.service.server import CannotListen


async def test_a_port_in_use_is_told_in_one_line(agent: RunningAgent) -> None:
    with pytest.raises(CannotListen) as caught:
        await start_agent(address=agent.address)

    assert str(caught.value) == (
        f"cannot listen on {agent.address}: it is in use, or not an address of this host"
    )
