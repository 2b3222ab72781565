"""How agents, sessions, peers and durations are written, and what is said when they are not."""

import pytest
import typer

from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.options import (
    Address,
    Credential,
    parse_agent,
    parse_credential,
    parse_duration,
    parse_local,
    parse_remote,
    require_session,
)


@pytest.mark.parametrize("text", ["127.0.0.1:50551", "lab-a:1", "[::1]:50551", "unix:/run/agent.sock"])
def test_an_agent_is_a_host_with_a_port_or_a_unix_socket(text: str) -> None:
    assert parse_agent(text) == text


@pytest.mark.parametrize(
    "text", ["", "lab-a", "::1:50551", "lab-a:0", "lab-a:65536", "unix:", "http://lab-a:1"]
)
def test_an_agent_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not HOST:PORT, "):
        parse_agent(text)


def test_a_credential_is_read_as_it_is_written() -> None:
    credential = Credential("s-0a1b", "secret_-0")

    assert parse_credential(str(credential)) == credential


@pytest.mark.parametrize("text", ["", "s-0a1b.", ".secret", "s.se.cret", "s-1.secret "])
def test_a_malformed_credential_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        parse_credential(text)

    assert refused.value.message == "it is not SESSION_ID.TOKEN, as `telesock session open` prints it"


def test_a_session_without_a_token_is_one_that_its_reader_does_not_own() -> None:
    credential = parse_credential("s-0a1b")

    assert (credential, str(credential)) == (Credential("s-0a1b", ""), "s-0a1b")


def test_a_credential_hides_its_token_from_logs_and_tracebacks() -> None:
    assert repr(Credential("s-0a1b", "secret")) == "Credential(session_id='s-0a1b')"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("50us", 5e-5),
        ("57ms", 0.057),
        ("500ms", 0.5),
        ("30s", 30.0),
        ("10m", 600.0),
        ("1.5h", 5400.0),
        ("2", 2.0),
    ],
)
def test_a_duration_is_a_number_with_a_unit_or_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "1 s", "1d", "1e3", "nan"])
def test_a_duration_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a duration such as 500ms, 30s, 10m or 1h"):
        parse_duration(text)


def test_a_duration_that_the_contract_cannot_hold_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="is longer than 10,000 years"):
        parse_duration("9" * 400)


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ("lab-b:80", Address("lab-b", 80)),
        ("[::1]:80", Address("::1", 80)),
        ("10.0.0.1:1", Address("10.0.0.1", 1)),
        ("unix:/run/x", Address("unix:/run/x", 0)),
    ],
)
def test_a_peer_is_a_host_with_a_port(text: str, peer: Address) -> None:
    assert parse_remote(text) == peer


@pytest.mark.parametrize("text", ["", "lab-b", "::1", "lab-b:0", "lab-b:99999", "unix:", ":80"])
def test_a_peer_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not HOST:PORT or"):
        parse_remote(text)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("127.0.0.1", Address("127.0.0.1", 0)),
        ("127.0.0.1:0", Address("127.0.0.1", 0)),
        ("127.0.0.1:999", Address("127.0.0.1", 999)),
        ("::1", Address("::1", 0)),
        ("[::1]:999", Address("::1", 999)),
    ],
)
def test_a_local_address_needs_no_port(text: str, local: Address) -> None:
    assert parse_local(text) == local


@pytest.mark.parametrize("text", ["", ":80", "a:b", "127.0.0.1:65536", "unix:/x", "a b"])
def test_a_local_address_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not HOST, HOST:PORT or"):
        parse_local(text)


def test_a_command_that_needs_a_session_says_how_to_name_one() -> None:
    with pytest.raises(CommandFailed, match="TELESOCK_SESSION") as failed:
        require_session(None)

    assert failed.value.exit_status == 2
