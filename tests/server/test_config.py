"""Settings come from flags, else from the environment, else from the file, else they are the defaults; a wrong one
is told in one line that names it."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from telesock.server.config import Configuration, ConfigurationError, is_local, read_configuration
from telesock.server.core.limits import MIB, Limits
from telesock.server.core.policy import LOOPBACK

DEFAULTS = {
    "listen": ("127.0.0.1:50551",),
    "allow": LOOPBACK,
    "insecure": False,
    "grace": 10.0,
    "log_level": "info",
    "log_format": "auto",
    "faults": None,
    "session_file": None,
    "limits": Limits(),
}

TRUST = ("TLS_CERTIFICATE", "TLS_KEY", "TLS_CLIENT_CA", "IDENTITIES")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("LISTEN", "ALLOW", "INSECURE", "AGENT_ID", "GRACE", "LOG_LEVEL", "LOG_FORMAT", "LIMITS")
    for name in (*names, "FAULTS", "SESSION_FILE", *TRUST):
        monkeypatch.delenv(f"TELESOCK_{name}", raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "agent.toml"


def settings(configuration: Configuration) -> dict[str, Any]:
    """All settings but the name of the host."""
    return {name: getattr(configuration, name) for name in DEFAULTS}


def refused(flags: dict[str, Any] | None = None, file: Path | None = None) -> str:
    """Read what cannot be right; return the one line that says so."""
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(flags or {}, file)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_any_setting_the_defaults_hold() -> None:
    configuration = read_configuration({})

    assert settings(configuration) == DEFAULTS
    assert configuration.agent_id


def test_a_flag_goes_before_the_environment_which_goes_before_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("grace = 3\n[limits]\nsessions = 3\nsockets = 3\nsend_bytes = 3\n")
    graces = [read_configuration({}, file).grace]
    monkeypatch.setenv("TELESOCK_GRACE", "2")
    monkeypatch.setenv("TELESOCK_LIMITS__SESSIONS", "2")
    monkeypatch.setenv("TELESOCK_LIMITS__SOCKETS", "2")
    graces.append(read_configuration({}, file).grace)
    all_of_them = read_configuration({"grace": 1.0, "limits": {"sessions": "1"}}, file)

    assert [*graces, all_of_them.grace] == [3.0, 2.0, 1.0]
    assert all_of_them.limits == replace(Limits(), sessions=1, sockets=2, send_bytes=3)


def test_the_file_can_say_everything(file: Path) -> None:
    file.write_text(
        """
        listen = ["127.0.0.1:1", "unix:agent.sock"]
        allow = ["10.0.0.0/8:80,8000-8099", "::1"]
        insecure = true
        agent_id = "lab-a"
        grace = 2.5
        log_level = "debug"
        log_format = "json"
        faults = "faults.toml"
        session_file = "session"
        [limits]
        sessions = 9
        maximum_lease = 60.0
        """
    )
    configuration = read_configuration({}, file)

    assert settings(configuration) == {
        "listen": ("127.0.0.1:1", "unix:agent.sock"),
        "allow": ("10.0.0.0/8:80,8000-8099", "::1"),
        "insecure": True,
        "grace": 2.5,
        "log_level": "debug",
        "log_format": "json",
        "faults": Path("faults.toml"),
        "session_file": Path("session"),
        "limits": replace(Limits(), sessions=9, maximum_lease=60.0),
    }
    assert configuration.agent_id == "lab-a"


def test_the_environment_writes_lists_with_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELESOCK_LISTEN", "127.0.0.1:1 [::1]:2")
    monkeypatch.setenv("TELESOCK_ALLOW", " 10.0.0.0/8:80,81  ::1 ")
    configuration = read_configuration({})

    assert (configuration.listen, configuration.allow) == (
        ("127.0.0.1:1", "[::1]:2"),
        ("10.0.0.0/8:80,81", "::1"),
    )


def test_an_empty_list_of_rules_allows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELESOCK_ALLOW", "")

    assert read_configuration({}).allow == ()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"listen": ("nonsense",)}, "listen: nonsense is not HOST:PORT, [IPV6]:PORT or unix:PATH"),
        (
            {"listen": ("127.0.0.1:65536",)},
            "listen: 127.0.0.1:65536 is not HOST:PORT, [IPV6]:PORT or unix:PATH",
        ),
        ({"listen": ("::1:80",)}, "listen: ::1:80 is not HOST:PORT, [IPV6]:PORT or unix:PATH"),
        ({"listen": ("unix:",)}, "listen: unix: is not HOST:PORT, [IPV6]:PORT or unix:PATH"),
        ({"listen": ()}, "listen: at least one address is needed"),
        ({"metrics": "9100"}, "metrics: write it as HOST:PORT or [IPV6]:PORT (it is '9100')"),
        (
            {"metrics": "127.0.0.1:65536"},
            "metrics: write it as HOST:PORT or [IPV6]:PORT (it is '127.0.0.1:65536')",
        ),
        ({"metrics": "unix:metrics"}, "metrics: write it as HOST:PORT or [IPV6]:PORT (it is 'unix:metrics')"),
        (
            {"listen": ("0.0.0.0:1",)},
            "listen: 0.0.0.0:1 can be reached from other hosts and nobody is authenticated; say who may "
            "talk to it with --identities or --tls-client-ca, listen on a loopback address or unix:PATH, or say --insecure",
        ),
        (
            {"allow": ("10.0.0.0/8:0",)},
            "allow: '10.0.0.0/8:0' is not NETWORK[:PORTS], such as 10.0.0.0/8:80,8000-8099: "
            "port '0' is not within 1 and 65535, the lower end first",
        ),
        (
            {"allow_listen": ("10.0.0.0/8", "unix:/run/x")},
            "allow_listen: 'unix:/run/x' is not NETWORK[:PORTS]: Unix-domain paths to listen on stand in `allow`",
        ),
        (
            {"allow_resolve": ("*.lab", "server.lab:80")},
            "allow_resolve: 'server.lab:80' is neither a name, such as server.lab or *.lab, nor a NETWORK, such as "
            "10.0.0.0/8: 'server.lab:80' does not appear to be an IPv4 or IPv6 network",
        ),
        ({"agent_id": ""}, "agent_id: String should have at least 1 character (it is '')"),
        ({"grace": -1.0}, "grace: Input should be greater than or equal to 0 (it is -1.0)"),
        ({"grace": 3601.0}, "grace: Input should be less than or equal to 3600 (it is 3601.0)"),
        (
            {"log_level": "loud"},
            "log_level: Input should be 'debug', 'info', 'warning' or 'error' (it is 'loud')",
        ),
        ({"log_format": "xml"}, "log_format: Input should be 'auto', 'json' or 'console' (it is 'xml')"),
        ({"limits": {"sesions": "1"}}, "limits.sesions: Unexpected keyword argument (it is '1')"),
        (
            {"limits": {"sessions": "many"}},
            "limits.sessions: Input should be a valid integer, unable to parse string as an integer "
            "(it is 'many')",
        ),
        ({"limits": {"sessions": "0"}}, "limits: sessions has to be above 0 and at most 1073741824"),
        (
            {"limits": {"maximum_lease": "9", "default_lease": "10"}},
            "limits: default_lease has to be at least 1 and at most maximum_lease",
        ),
        (
            {"limits": {"default_lease": "0.5"}},
            "limits: default_lease has to be at least 1 and at most maximum_lease",
        ),
        (
            {"limits": {"maximum_credit_bytes": "1000"}},
            "limits: default_credit_bytes has to be at most maximum_credit_bytes",
        ),
        (
            {"limits": {"message_bytes": str(MIB - 1)}},
            "limits: message_bytes has to be at least 1 MiB, and at least send_bytes",
        ),
        (
            {"limits": {"batch_commands": "511"}},
            "limits: batch_commands has to be at least 512, which clients send",
        ),
        ({"limits": {"default_grace": "5"}}, "limits: default_grace is set by `grace`"),
    ],
)
def test_a_wrong_flag_is_told_by_its_name_and_what_would_be_right(
    flags: dict[str, Any], message: str
) -> None:
    assert refused(flags) == message


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
@pytest.mark.parametrize("value", ["-1", "nan", "inf", str(1 << 63)])
def test_no_limit_can_be_what_no_client_could_be_told(name: str, value: str) -> None:
    assert f"{name}" in refused({"limits": {name: value}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("listn = 1", "listn: there is no such setting"),
        ("listen = [5]", "listen[0]: Input should be a valid string (it is 5)"),
        ("[limits]\nsesions = 1", "limits.sesions: Unexpected keyword argument (it is 1)"),
        ("limits = 1", "limits: Input should be a dictionary or an instance of Limits (it is 1)"),
    ],
)
def test_a_wrong_setting_of_the_file_is_told_by_its_name(file: Path, text: str, message: str) -> None:
    file.write_text(text)

    assert refused(file=file) == message


def test_a_file_that_is_no_toml_is_told_by_its_name_and_line(file: Path) -> None:
    file.write_text("grace = 1\n[limits\n")

    assert refused(file=file).startswith(f"--config {file}: Expected ']'")
    assert "line 2" in refused(file=file)


def test_a_file_that_cannot_be_read_is_told_by_its_name(file: Path) -> None:
    assert refused(file=file) == f"--config {file}: [Errno 2] No such file or directory: '{file}'"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "GRACE",
            "soon",
            "grace: Input should be a valid number, unable to parse string as a number (it is 'soon')",
        ),
        (
            "INSECURE",
            "maybe",
            "insecure: Input should be a valid boolean, unable to interpret input (it is 'maybe')",
        ),
        ("LIMITS__SESIONS", "1", "limits.sesions: Unexpected keyword argument (it is '1')"),
        (
            "LIMITS",
            "many",
            "TELESOCK_LIMITS: not a JSON object; one limit is written as TELESOCK_LIMITS__SESSIONS=16",
        ),
        ("LISTEN", "", "listen: at least one address is needed"),
    ],
)
def test_a_wrong_variable_is_told_by_the_name_of_its_setting(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TELESOCK_{name}", value)

    assert refused() == message


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "lab-a:1"])
def test_an_agent_listens_beyond_its_host_only_when_it_is_told_that_this_is_insecure(listen: str) -> None:
    assert read_configuration({"listen": (listen,), "insecure": True}).listen == (listen,)
    assert "--insecure" in refused({"listen": (listen,)})


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("unix:/run/agent.sock", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        ("192.0.2.1:1", False),
        ("localhost.example:1", False),
    ],
)
def test_only_loopback_addresses_and_unix_sockets_are_local(address: str, local: bool) -> None:
    assert is_local(address) is local


# Who may talk to it


BEYOND = ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "lab-a:1", "[fe80::1%eth0]:1", "127.1:1"]
PROVEN: list[dict[str, Any]] = [
    {"identities": Path("identities.toml")},
    {"tls_certificate": Path("a.pem"), "tls_key": Path("a.key"), "tls_client_ca": Path("ca.pem")},
    {"insecure": True},
]


@pytest.mark.parametrize("address", BEYOND)
@pytest.mark.parametrize(
    "more", [{}, {"tls_certificate": Path("a.pem"), "tls_key": Path("a.key")}], ids=["", "TLS"]
)
def test_an_address_beyond_this_host_is_refused_where_nobody_is_authenticated_tls_or_not(
    address: str, more: dict[str, Any]
) -> None:
    assert refused({"listen": ("127.0.0.1:1", address), **more}) == (
        f"listen: {address} can be reached from other hosts and nobody is authenticated; say who may talk to it with "
        "--identities or --tls-client-ca, listen on a loopback address or unix:PATH, or say --insecure"
    )


@pytest.mark.parametrize("address", BEYOND)
@pytest.mark.parametrize("more", PROVEN, ids=["identities", "client CA", "insecure"])
def test_an_address_beyond_this_host_is_taken_where_callers_prove_who_they_are_or_insecure_was_said(
    address: str, more: dict[str, Any]
) -> None:
    configuration = read_configuration({"listen": ("127.0.0.1:1", address), **more})

    assert configuration.exposed == (address,)
    assert configuration.authenticates == ("insecure" not in more)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/run/x"])
def test_an_address_of_this_host_needs_no_proof(address: str) -> None:
    assert read_configuration({"listen": (address,)}).exposed == ()


@pytest.mark.parametrize("alone", ["tls_certificate", "tls_key"])
def test_a_certificate_and_its_key_come_together(alone: str) -> None:
    assert refused({alone: Path("x")}) == "tls_certificate, tls_key: one is of no use without the other"


def test_a_certificate_is_refused_where_no_address_could_use_it() -> None:
    pair = {"tls_certificate": Path("a.pem"), "tls_key": Path("a.key")}

    assert refused({"listen": ("unix:/run/a", "unix:/run/b"), **pair}) == (
        "tls_certificate: Unix sockets have no TLS, and the agent listens on nothing else"
    )
    assert read_configuration({"listen": ("unix:/run/a", "127.0.0.1:1"), **pair}).tls_key == Path("a.key")


def test_certificates_of_clients_need_tls() -> None:
    assert refused({"tls_client_ca": Path("x")}) == (
        "tls_client_ca: certificates of clients need TLS: tls_certificate and tls_key too"
    )


def test_who_may_talk_to_it_can_be_said_in_the_environment_and_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(
        'tls_certificate = "a.pem"\ntls_key = "a.key"\ntls_client_ca = "ca.pem"\nidentities = "other"'
    )
    monkeypatch.setenv("TELESOCK_IDENTITIES", "identities.toml")
    found = read_configuration({}, file)

    assert [found.identities, found.tls_certificate, found.tls_key, found.tls_client_ca] == [
        *map(Path, ("identities.toml", "a.pem", "a.key", "ca.pem"))
    ]


def test_what_looks_like_a_token_is_repeated_by_no_setting() -> None:
    assert (
        refused({"log_level": "telesock_secret"})
        == "log_level: Input should be 'debug', 'info', 'warning' or 'error'"
    )
