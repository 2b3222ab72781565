"""What an agent trusts is read at once, followed while it runs, and told loudly where it lets strangers in."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.authorities import Authority
from tests.identities import as_toml, replace, someone, token_of

from telesock.server.config import Configuration, ConfigurationError, read_configuration
from telesock.server.core.session import SessionEnd
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.identities import Identities, SocketFile
from telesock.server.trust import Trust


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "identities.toml"
    path.write_text(as_toml(someone("ann"), someone("bob")))
    return path


def configured(**flags: Any) -> Configuration:
    return read_configuration(flags)


def known_to(trust: Trust) -> Identities:
    known = trust.access(lambda reason: None).known
    assert known is not None
    return known()


def test_an_agent_that_is_told_nothing_knows_nobody_and_lets_anybody_in() -> None:
    access = Trust(configured()).access(lambda reason: None)

    assert (access.known, access.credentials, access.certificates) == (None, None, False)


def test_an_agent_knows_whom_its_file_names(path: Path) -> None:
    trust = Trust(configured(identities=path))

    ann = known_to(trust).by_token(token_of("ann"))
    assert ann is not None
    assert ann.name == "ann"


def test_an_agent_with_an_authority_of_clients_wants_their_certificates(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "lab")
    pair = authority.sign("localhost")
    flags = {"tls_certificate": pair.certificate, "tls_key": pair.key}

    both = [Trust(configured(**flags, **more)) for more in ({}, {"tls_client_ca": authority.ca})]

    found = [trust.access(lambda reason: None) for trust in both]
    assert [(access.credentials is not None, access.certificates) for access in found] == [
        (True, False),
        (True, True),
    ]


def test_what_cannot_be_read_is_refused_before_the_agent_starts(tmp_path: Path) -> None:
    none = tmp_path / "none"
    for flags in ({"identities": none}, {"tls_certificate": none, "tls_key": none}):
        with pytest.raises(ConfigurationError, match="No such file or directory"):
            Trust(configured(**flags))


def test_certificates_of_identities_need_an_authority_that_signs_them(path: Path) -> None:
    path.write_text(as_toml(someone("ann", certificates=["ann.lab"])))

    with pytest.raises(ConfigurationError, match="prove nothing without --tls-client-ca"):
        Trust(configured(identities=path))


def test_a_socket_of_an_identity_is_not_one_of_everybody_too(path: Path, tmp_path: Path) -> None:
    path.write_text(as_toml(someone("ann", socket=SocketFile(f"{tmp_path}/agent.sock"))))

    with pytest.raises(ConfigurationError) as caught:
        Trust(configured(identities=path, listen=(f"unix:{tmp_path}/agent.sock",)))
    assert str(caught.value) == (
        f"listen: unix:{tmp_path}/agent.sock is the socket of identity ann alone; choose another path for one of them"
    )


# Warnings

INSECURE = {
    "event": "insecure",
    "log_level": "warning",
    "listen": ["0.0.0.0:1"],
    "meaning": "whoever reaches these addresses can use the agent's network",
}
IN_CLEAR = {
    "event": "tokens_in_clear",
    "log_level": "warning",
    "listen": ["0.0.0.0:1"],
    "meaning": "whoever sees the traffic can take a token and use it",
}


@pytest.mark.parametrize(
    ("listen", "proofs", "told"),
    [
        (("127.0.0.1:1", "unix:x"), "none", []),
        (("127.0.0.1:1", "unix:x"), "tokens", []),
        (("127.0.0.1:1", "0.0.0.0:1"), "none", [INSECURE]),
        (("127.0.0.1:1", "0.0.0.0:1"), "TLS", [INSECURE]),
        (("127.0.0.1:1", "0.0.0.0:1"), "tokens", [IN_CLEAR]),
        (("127.0.0.1:1", "0.0.0.0:1"), "TLS and tokens", []),
    ],
)
async def test_whatever_lets_strangers_in_is_told_at_the_start(
    agent: RunningAgent,
    path: Path,
    tmp_path: Path,
    listen: tuple[str, ...],
    proofs: str,
    told: list[dict[str, Any]],
) -> None:
    flags: dict[str, Any] = {"listen": listen, "insecure": True}
    if "TLS" in proofs:
        pair = Authority(tmp_path / "lab").sign("localhost")
        flags |= {"tls_certificate": pair.certificate, "tls_key": pair.key}
    if "tokens" in proofs:
        flags["identities"] = path
    trust = Trust(configured(**flags))
    with capture_logs() as logs:
        trust.follow(agent.engine.sessions)
    trust.close()

    assert logs == told


# Following


@pytest.mark.parametrize("how", ["by itself", "on SIGHUP"])
async def test_a_file_that_changes_changes_the_sessions_too(
    agent: RunningAgent, path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "on SIGHUP":
        monkeypatch.setattr("telesock.server.trust._LOOK_EVERY", 3600.0)
    trust = Trust(configured(identities=path))
    trust.follow(agent.engine.sessions)
    try:
        identities = known_to(trust)
        ann, bob = (identities.by_name(name) for name in ("ann", "bob"))
        assert ann is not None
        assert bob is not None
        sessions = [agent.engine.open_session(Opening(), identity) for identity in (ann, bob)]
        replace(path, someone("bob"))
        if how == "on SIGHUP":
            os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.wait_for(_ended(sessions[0]), 10)
    finally:
        trust.close()

    assert [session.ended for session in sessions] == [SessionEnd.CLOSED, None]
    assert known_to(trust).by_name("ann") is None


async def test_a_failure_while_the_file_is_looked_at_does_not_end_the_looking(
    agent: RunningAgent, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telesock.server.trust._LOOK_EVERY", 0.01)
    trust = Trust(configured(identities=path))
    again = asyncio.Event()

    def look() -> None:
        if again.is_set():
            return
        asyncio.get_running_loop().call_soon(monkeypatch.setattr, trust, "look", again.set)
        raise RuntimeError("a bug")

    trust.look = look  # type: ignore[method-assign]  # stands in for a look that fails once
    try:
        with pytest.raises(RuntimeError):
            trust._look_again()
        await asyncio.wait_for(again.wait(), 10)
    finally:
        trust.close()


async def test_sighup_reads_the_file_in_any_case(agent: RunningAgent, path: Path) -> None:
    trust = Trust(configured(identities=path))
    trust.follow(agent.engine.sessions)
    with capture_logs() as logs:
        trust.look()
        trust.read_again()
    trust.close()

    assert logs == [{"event": "identities_reloaded", "log_level": "info", "identities": 2}]


async def _ended(session: HeldSession) -> None:
    """Wait for the end of a session."""
    ended = asyncio.Event()
    session.enter_reader(ended.set)
    await ended.wait()
    session.leave_reader(ended.set)


async def test_a_reload_that_comes_while_the_agent_stops_ends_nothing(agent: RunningAgent) -> None:
    before = signal.getsignal(signal.SIGHUP)
    trust = Trust(configured())
    trust.follow(agent.engine.sessions)

    trust.close()
    os.kill(os.getpid(), signal.SIGHUP)
    left = signal.getsignal(signal.SIGHUP)
    signal.signal(signal.SIGHUP, before)

    assert left is signal.SIG_IGN
