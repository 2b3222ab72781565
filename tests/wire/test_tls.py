"""TLS between a client and an agent that is a process: who is let in, what each failure is told as, and what changes while
streams are open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.agents import AgentProcess
from tests.authorities import Authority, Pair
from tests.identities import as_toml, replace, someone
from tests.programs import start_program

from telesock.client import AgentUnavailable, AsyncClient, Credentials, Rejected

StartAgent = Callable[..., Awaitable[AgentProcess]]

NO_TLS = "it does not speak TLS: leave `tls` and `ca` away, or it is no Telesock agent"
WANTS_TLS = (
    "it closes the connection at once: it wants TLS (give `tls` or `ca`), or it is no Telesock agent, or a forwarded port "
    "with none behind it"
)


@pytest.fixture
def lab(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "lab")


@pytest.fixture
def strangers(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "strangers")


@pytest.fixture
def pair(lab: Authority) -> Pair:
    """The agent's own."""
    return lab.sign("localhost", "127.0.0.1")


def shown(ca: Authority, pair: Pair | None = None, **more: Any) -> Credentials:
    """What a client shows that trusts an authority."""
    own: dict[str, Any] = {} if pair is None else {"certificate": pair.certificate, "key": pair.key}
    return Credentials(ca=ca.ca, **own, **more)


async def who(process: AgentProcess, credentials: Credentials) -> str:
    """Who a new client is to an agent."""
    async with AsyncClient(process.address, credentials=credentials) as client:
        return (await client.get_agent()).identity


async def unavailable(process: AgentProcess, credentials: Credentials) -> str:
    """Why a new client cannot talk to an agent, which is one line."""
    with pytest.raises(AgentUnavailable) as caught:
        await who(process, credentials)
    message = str(caught.value)
    assert "\n" not in message
    beginning = f"no answer from an agent at {process.address}: "
    assert message.startswith(beginning)
    return message.removeprefix(beginning)


async def command_line(process: AgentProcess, **variables: str) -> tuple[int, str, str]:
    """How `telesock agent info` ends."""
    running = await start_program("agent", "info", agent=process.address, variables=variables)
    return await running.ended()


# Who is let in


async def test_a_client_that_trusts_the_agents_authority_is_let_in(
    lab: Authority, pair: Pair, start_agent_process: StartAgent
) -> None:
    process = await start_agent_process(*pair.flags)

    assert await who(process, shown(lab)) == ""


async def test_a_clients_certificate_says_who_it_is(
    lab: Authority, pair: Pair, start_agent_process: StartAgent
) -> None:
    process = await start_agent_process(*pair.flags, "--tls-client-ca", str(lab.ca))

    names = [await who(process, shown(lab, lab.sign(name))) for name in ("ann.lab", "bob.lab")]

    assert names == ["ann.lab", "bob.lab"]
    assert await who(process, shown(lab, lab.sign(common_name="eve"))) == "eve"


@pytest.mark.parametrize("over", [False, True], ids=["of another authority", "expired"])
async def test_a_client_leaves_an_agent_whose_certificate_it_does_not_trust(
    lab: Authority, strangers: Authority, start_agent_process: StartAgent, over: bool
) -> None:
    pair = (lab if over else strangers).sign("localhost", "127.0.0.1", over=over)
    process = await start_agent_process(*pair.flags)
    line = (
        "its certificate has expired" if over else "its certificate is not signed by any that is trusted here"
    )

    assert await unavailable(process, shown(lab)) == line
    status, stdout, stderr = await command_line(process, TELESOCK_CA=str(lab.ca))
    assert (status, stdout) == (1, "")
    assert stderr == f"telesock: no answer from an agent at {process.address}: {line}\n"


async def test_a_client_leaves_an_agent_whose_certificate_is_for_another_name(
    lab: Authority, start_agent_process: StartAgent
) -> None:
    process = await start_agent_process(*lab.sign("agent.lab").flags)

    assert await unavailable(process, shown(lab)) == "its certificate is for another name"
    assert await who(process, shown(lab, server_name="agent.lab")) == ""


async def test_a_client_without_tls_and_an_agent_without_it_miss_each_other_with_one_line(
    lab: Authority, pair: Pair, start_agent_process: StartAgent
) -> None:
    plain, encrypted = await start_agent_process(), await start_agent_process(*pair.flags)

    assert await unavailable(plain, shown(lab)) == NO_TLS
    assert await unavailable(encrypted, Credentials()) == WANTS_TLS


@pytest.mark.parametrize("whose", ["none", "of an unknown authority", "expired"])
async def test_an_agent_lets_no_client_in_whose_certificate_it_does_not_trust(
    lab: Authority, strangers: Authority, pair: Pair, start_agent_process: StartAgent, whose: str
) -> None:
    process = await start_agent_process(*pair.flags, "--tls-client-ca", str(lab.ca))
    own = {
        "none": None,
        "of an unknown authority": strangers.sign("ann.lab"),
        "expired": lab.sign("ann.lab", over=True),
    }[whose]
    said = (
        {}
        if own is None
        else {"TELESOCK_CLIENT_CERTIFICATE": str(own.certificate), "TELESOCK_CLIENT_KEY": str(own.key)}
    )

    line = await unavailable(process, shown(lab, own))
    status, stdout, stderr = await command_line(process, TELESOCK_CA=str(lab.ca), **said)

    assert line
    assert (status, stdout, len(stderr.splitlines())) == (1, "", 1)
    assert stderr.startswith(f"telesock: no answer from an agent at {process.address}: ")
    assert await who(process, shown(lab, lab.sign("ann.lab"))) == "ann.lab"


async def test_a_certificate_that_the_identity_file_does_not_name_is_nobodys(
    lab: Authority, pair: Pair, start_agent_process: StartAgent, tmp_path: Path
) -> None:
    path = tmp_path / "identities.toml"
    path.write_text(as_toml(someone("ann", tokens=[], certificates=["runner.lab"])))
    flags = ("--tls-client-ca", str(lab.ca), "--identities", str(path))
    process = await start_agent_process(*pair.flags, *flags)

    assert await who(process, shown(lab, lab.sign("runner.lab"))) == "ann"
    with pytest.raises(Rejected) as caught:
        await who(process, shown(lab, lab.sign("other.lab")))
    assert caught.value.reason == "CREDENTIALS_UNKNOWN"
    entry = await process.logged("authentication_failed")
    assert (entry["reason"], entry["method"]) == ("CREDENTIALS_UNKNOWN", "/telesock.v1.AgentService/GetAgent")


@pytest.mark.parametrize("broken", ["ca", "certificate", "key"])
async def test_files_that_are_no_pem_are_told_in_one_line(
    lab: Authority, pair: Pair, start_agent_process: StartAgent, tmp_path: Path, broken: str
) -> None:
    process = await start_agent_process(*pair.flags)
    nonsense, own = tmp_path / "nonsense", lab.sign("ann.lab")
    nonsense.write_text("nonsense")
    files: dict[str, Any] = {"ca": lab.ca, "certificate": own.certificate, "key": own.key, broken: nonsense}

    assert await unavailable(process, Credentials(**files)) == (
        "of the files given here for TLS one is no PEM, or certificate and key are not a pair"
    )


# What changes while streams are open


@pytest.fixture
async def certified(lab: Authority, pair: Pair, start_agent_process: StartAgent) -> AgentProcess:
    return await start_agent_process(*pair.flags, "--tls-client-ca", str(lab.ca))


@pytest.fixture
async def client(certified: AgentProcess, lab: Authority) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(certified.address, credentials=shown(lab, lab.sign("ann.lab"))) as connected:
        yield connected


async def test_a_new_certificate_of_the_agent_is_for_new_connections_and_open_streams_go_on(
    certified: AgentProcess, client: AsyncClient, lab: Authority, pair: Pair
) -> None:
    async with client.session() as session:
        await session.datagram()
        lab.sign("new.lab").take_the_place_of(pair)

        assert (
            await unavailable(certified, shown(lab, lab.sign("bob.lab")))
            == "its certificate is for another name"
        )
        assert await who(certified, shown(lab, lab.sign("bob.lab"), server_name="new.lab")) == "bob.lab"
        await session.datagram()
        assert session.lost is None
        assert (await client.get_agent()).identity == "ann.lab"
    await certified.logged("certificates_reloaded")


async def test_a_new_authority_of_clients_is_for_new_connections_and_open_streams_go_on(
    certified: AgentProcess, client: AsyncClient, lab: Authority, strangers: Authority
) -> None:
    old, trusted = lab.sign("bob.lab"), Credentials(ca=_copy(lab.ca))
    async with client.session() as session:
        await session.datagram()
        strangers.ca.replace(lab.ca)

        own = strangers.sign("eve.lab")
        newer = Credentials(ca=trusted.ca, certificate=own.certificate, key=own.key)
        older = Credentials(ca=trusted.ca, certificate=old.certificate, key=old.key)
        assert await who(certified, newer) == "eve.lab"
        assert await unavailable(certified, older)
        await session.datagram()
        assert session.lost is None


def _copy(path: Path) -> Path:
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    return copy


async def test_a_broken_new_certificate_is_not_taken_and_the_old_one_serves_on(
    certified: AgentProcess, lab: Authority, pair: Pair
) -> None:
    whole = pair.certificate.read_bytes()
    pair.certificate.write_text("half a certificate")

    assert await who(certified, shown(lab, lab.sign("ann.lab"))) == "ann.lab"
    entry = await certified.logged("certificates_not_reloaded")
    assert entry["reason"].startswith(
        f"--tls-certificate, --tls-key: {pair.certificate} and {pair.key} are not "
    )

    pair.certificate.write_bytes(whole)
    assert await who(certified, shown(lab, lab.sign("ann.lab"))) == "ann.lab"
    await certified.logged("certificates_reloaded")


async def test_many_connections_during_a_rotation_see_one_certificate_or_the_other(
    certified: AgentProcess, lab: Authority, pair: Pair
) -> None:
    own = lab.sign("ann.lab")
    rotating = [lab.sign("localhost", "127.0.0.1") for _ in range(5)]
    for newer in rotating:
        callers = [asyncio.create_task(who(certified, shown(lab, own))) for _ in range(4)]
        newer.take_the_place_of(pair)
        assert await asyncio.gather(*callers) == ["ann.lab"] * 4


async def test_a_certificate_taken_out_of_the_identity_file_is_nobodys_on_connections_that_stand(
    lab: Authority, pair: Pair, start_agent_process: StartAgent, tmp_path: Path
) -> None:
    path = tmp_path / "identities.toml"
    named = someone("ann", certificates=["ann.lab"])
    replace(path, named)
    flags = ("--tls-client-ca", str(lab.ca), "--identities", str(path))
    process = await start_agent_process(*pair.flags, *flags)
    async with AsyncClient(process.address, credentials=shown(lab, lab.sign("ann.lab"))) as connected:
        assert (await connected.get_agent()).identity == "ann"
        replace(path, someone("ann"))
        await process.logged("identities_reloaded")
        with pytest.raises(Rejected) as caught:
            await connected.get_agent()
    assert caught.value.reason == "CREDENTIALS_UNKNOWN"
