"""What a client shows an agent: how it is written, what is refused at once, and that a token is shown to nobody else."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.authorities import Authority

from telesock.client import Credentials
from telesock.client.credentials import NO_CREDENTIALS


def test_without_credentials_nothing_is_encrypted_and_nothing_shown() -> None:
    assert (NO_CREDENTIALS.encrypted, NO_CREDENTIALS.metadata, NO_CREDENTIALS.options) == (False, (), ())
    assert NO_CREDENTIALS.for_channel() is None


def test_a_token_goes_with_every_call_as_a_bearer_token() -> None:
    assert Credentials(token="telesock_x").metadata == (("authorization", "Bearer telesock_x"),)


def test_a_token_is_not_in_what_is_printed_of_its_credentials() -> None:
    assert "telesock_x" not in repr(Credentials(token="telesock_x", tls=True))


@pytest.mark.parametrize("said", [{"tls": True}, {"ca": "ca.pem"}])
def test_tls_is_used_when_it_is_asked_for_or_an_authority_is_named(said: dict[str, Any]) -> None:
    assert Credentials(**said).encrypted


def test_a_server_name_is_what_the_channel_expects_of_the_agent() -> None:
    assert Credentials(tls=True, server_name="agent.lab").options == (
        ("grpc.ssl_target_name_override", "agent.lab"),
    )


ALONE = "certificate and key: one is of no use without the other"
WITHOUT_TLS = "a certificate or server name needs TLS: give ca, or tls=True for the host's own roots"
CHARACTERS = "the token has characters that no header carries"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"tls": True, "certificate": "a.pem"}, ALONE),
        ({"tls": True, "key": "a.key"}, ALONE),
        ({"certificate": "a.pem", "key": "a.key"}, WITHOUT_TLS),
        ({"server_name": "agent.lab"}, WITHOUT_TLS),
        ({"token": "two\nlines"}, CHARACTERS),
        ({"token": "schlüssel"}, CHARACTERS),
        ({"token": "\0"}, CHARACTERS),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(said: dict[str, Any], line: str) -> None:
    with pytest.raises(ValueError, match="^" + line.replace("=", "\\=") + "$"):
        Credentials(**said)


def test_the_files_are_read_for_a_channel(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "lab")
    pair = authority.sign("me.lab")

    made = Credentials(ca=authority.ca, certificate=str(pair.certificate), key=pair.key).for_channel()

    assert isinstance(made, grpc.ChannelCredentials)


@pytest.mark.parametrize("missing", ["ca", "certificate", "key"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, missing: str) -> None:
    authority = Authority(tmp_path / "lab")
    pair = authority.sign("me.lab")
    files: dict[str, Any] = {
        "ca": authority.ca,
        "certificate": pair.certificate,
        "key": pair.key,
        missing: tmp_path / "none",
    }

    with pytest.raises(FileNotFoundError) as caught:
        Credentials(**files).for_channel()
    assert caught.value.filename == str(tmp_path / "none")
