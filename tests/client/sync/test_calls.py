"""Credentials and TLS over the blocking channel: who is let in, and what the failure is told as."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess
from tests.authorities import Authority
from tests.client.facade import in_thread

from telesock.client import AgentUntrusted, Client, Credentials

StartProcess = Callable[..., Awaitable[AgentProcess]]


def who(address: str, credentials: Credentials) -> str:
    """Who a new client is to an agent; its session's stream works too."""
    with Client(address, credentials=credentials) as client, client.session() as session:
        session.create_socket().result()
        return client.get_agent().identity


async def test_a_client_that_trusts_the_agents_authority_is_let_in_by_its_certificate(
    tmp_path: Path, start_agent_process: StartProcess
) -> None:
    lab = Authority(tmp_path / "lab")
    process = await start_agent_process(
        *lab.sign("localhost", "127.0.0.1").flags, "--tls-client-ca", str(lab.ca)
    )
    own = lab.sign("ann.lab")
    shown = Credentials(ca=lab.ca, certificate=own.certificate, key=own.key)

    assert await in_thread(who, process.address, shown) == "ann.lab"


async def test_a_client_says_why_it_does_not_trust_an_agent(
    tmp_path: Path, start_agent_process: StartProcess
) -> None:
    lab, strangers = Authority(tmp_path / "lab"), Authority(tmp_path / "strangers")
    process = await start_agent_process(*lab.sign("localhost", "127.0.0.1").flags)

    with pytest.raises(AgentUntrusted, match="not signed by any that is trusted here"):
        await in_thread(who, process.address, Credentials(ca=strangers.ca))
