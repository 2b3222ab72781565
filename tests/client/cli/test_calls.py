"""How the command line reaches an agent."""

from collections.abc import Awaitable, Callable

from tests.agents import RunningAgent
from tests.ports import unused_port
from tests.programs import Ended


async def test_an_agent_is_asked_without_the_proxies_that_the_host_has_for_others(
    telesock: Callable[..., Awaitable[Ended]], agent: RunningAgent
) -> None:
    proxy = f"http://127.0.0.1:{unused_port()}"
    variables = dict.fromkeys(("http_proxy", "https_proxy", "grpc_proxy"), proxy)  # those that gRPC looks at

    ended = await telesock("agent", "health", agent=agent.address, variables=variables)
    assert (ended.status, ended.stderr) == (0, "")
