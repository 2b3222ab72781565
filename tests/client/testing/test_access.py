from pathlib import Path

import pytest

from telesock.client import Credentials
from telesock.client.testing.access import credentials_from


def test_the_variables_of_the_command_line_say_who_a_test_is(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    variables = {
        "TELESOCK_TOKEN_FILE": str(tmp_path / "token"),
        "TELESOCK_TLS": "true",
        "TELESOCK_SERVER_NAME": "a",
    }

    assert credentials_from(variables) == Credentials("secret", tls=True, server_name="a")
    assert credentials_from({"TELESOCK_TOKEN": "secret"}) == Credentials("secret")
    assert credentials_from({}) == Credentials()


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"ca\.pem"):
        credentials_from({"TELESOCK_CA": str(tmp_path / "ca.pem")})
    with pytest.raises(ValueError, match="one is of no use without the other"):
        credentials_from({"TELESOCK_CLIENT_KEY": "key.pem"})
