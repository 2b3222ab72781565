"""The agent's certificates: wrong files are told in one line, newer ones are taken, and broken newer ones are not."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.authorities import Authority, Pair

from telesock.server.certificates import Certificates, read_certificates
from telesock.server.config import ConfigurationError, read_configuration

ENCRYPTED = """-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIBBjBhBgkqhkiG9w0BBQ0wVDAzBgkqhkiG9w0BBQwwJgQQ
-----END ENCRYPTED PRIVATE KEY-----
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "lab")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.sign("localhost")


def refused(certificate: Path, key: Path, client_ca: Path | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Certificates(certificate, key, client_ca)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_an_agent_without_tls_has_no_certificates() -> None:
    assert read_certificates(read_configuration({})) is None


def test_an_agent_with_tls_has_what_its_settings_name(authority: Authority, pair: Pair) -> None:
    flags = {"tls_certificate": pair.certificate, "tls_key": pair.key, "tls_client_ca": authority.ca}

    assert isinstance(read_certificates(read_configuration(flags)), Certificates)


def test_a_file_that_is_not_there_is_named_with_its_setting(pair: Pair, tmp_path: Path) -> None:
    none = tmp_path / "none"

    assert [refused(none, pair.key), refused(pair.certificate, none), refused(*pair, none)] == [
        f"--tls-certificate {none}: No such file or directory",
        f"--tls-key {none}: No such file or directory",
        f"--tls-client-ca {none}: No such file or directory",
    ]


@pytest.mark.parametrize("setting", ["--tls-certificate", "--tls-key", "--tls-client-ca"])
def test_a_fifo_in_the_place_of_a_file_is_refused_and_not_waited_for(
    authority: Authority, pair: Pair, setting: str
) -> None:
    paths = dict(
        zip(("--tls-certificate", "--tls-key", "--tls-client-ca"), (*pair, authority.ca), strict=True)
    )
    paths[setting].unlink()
    os.mkfifo(paths[setting])

    assert refused(*paths.values()) == f"{setting} {paths[setting]}: it is no regular file"


def test_a_key_of_another_certificate_is_refused(authority: Authority, pair: Pair) -> None:
    other = authority.sign("localhost")

    assert refused(pair.certificate, other.key) == (
        f"--tls-certificate, --tls-key: {pair.certificate} and {other.key} are not a PEM certificate chain and its key "
        "without a password (KEY_VALUES_MISMATCH)"
    )


@pytest.mark.parametrize("text", ["", "nonsense"])
def test_what_is_no_pem_is_refused(pair: Pair, tmp_path: Path, text: str) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_text(text)

    told = [refused(nonsense, pair.key), refused(pair.certificate, nonsense)]
    assert [line.partition(" (")[0] for line in told] == [
        f"--tls-certificate, --tls-key: {certificate} and {key} are not a PEM certificate chain and its key without a "
        "password"
        for certificate, key in ((nonsense, pair.key), (pair.certificate, nonsense))
    ]
    assert refused(*pair, nonsense) == (
        f"--tls-client-ca {nonsense}: it holds no PEM certificate (NO_CERTIFICATE_OR_CRL_FOUND)"
    )


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(pair: Pair) -> None:
    pair.key.write_text(ENCRYPTED)

    assert "are not a PEM certificate chain and its key without a password" in refused(*pair)


# Newer ones; `_newer` is what gRPC calls before each handshake


@pytest.fixture
def certificates(authority: Authority, pair: Pair) -> Certificates:
    return Certificates(*pair, authority.ca)


def test_files_that_are_as_they_were_are_not_read_again(certificates: Certificates) -> None:
    with capture_logs() as logs:
        assert certificates._newer() is None

    assert logs == []


def test_a_newer_certificate_is_taken_once(
    certificates: Certificates, authority: Authority, pair: Pair
) -> None:
    authority.sign("localhost").take_the_place_of(pair)
    with capture_logs() as logs:
        newer = [certificates._newer(), certificates._newer()]

    assert [each is not None for each in newer] == [True, False]
    assert logs == [{"event": "certificates_reloaded", "log_level": "info"}]


def test_a_newer_authority_of_clients_is_taken(
    certificates: Certificates, authority: Authority, tmp_path: Path
) -> None:
    Authority(tmp_path / "other").ca.replace(authority.ca)

    assert certificates._newer() is not None


def test_a_broken_newer_certificate_is_logged_once_and_the_old_one_stays_until_it_is_mended(
    certificates: Certificates, authority: Authority, pair: Pair
) -> None:
    whole = pair.certificate.read_bytes()
    pair.certificate.write_text("half")
    with capture_logs() as logs:
        assert [certificates._newer(), certificates._newer()] == [None, None]
    (entry,) = logs
    assert (entry["event"], entry["log_level"]) == ("certificates_not_reloaded", "error")
    assert entry["reason"].startswith(f"--tls-certificate, --tls-key: {pair.certificate} and ")

    pair.certificate.write_bytes(whole)

    assert certificates._newer() is not None


def test_a_fifo_that_takes_a_certificates_place_holds_up_no_handshake(
    certificates: Certificates, pair: Pair
) -> None:
    pair.certificate.unlink()
    os.mkfifo(pair.certificate)
    with capture_logs() as logs:
        assert certificates._newer() is None

    assert [entry["reason"] for entry in logs] == [
        f"--tls-certificate {pair.certificate}: it is no regular file"
    ]


def test_a_certificate_that_comes_before_its_key_is_taken_when_the_key_is_there_too(
    certificates: Certificates, authority: Authority, pair: Pair
) -> None:
    newer = authority.sign("localhost")
    newer.certificate.replace(pair.certificate)
    found = [certificates._newer()]
    newer.key.replace(pair.key)
    found.append(certificates._newer())

    assert [each is not None for each in found] == [False, True]
