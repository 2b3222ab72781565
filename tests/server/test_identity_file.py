"""The identity file: what it says becomes who is known; what is wrong in it is one line that names the place and no token."""

import grp
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.identities import as_toml, someone, token_of
from tests.identities import replace as replace_file

from telesock.server import identity_file as module
from telesock.server.config import ConfigurationError
from telesock.server.core.identity import Identity, Quotas, Role
from telesock.server.core.policy import Policy
from telesock.server.identity_file import IdentityFile, read_identity_file
from telesock.server.service.identities import Identities, Known, SocketFile, hash_token

AGENT = (("127.0.0.0/8",), ("::1",), ("localhost",))
HASH = f"sha256:{hash_token('a token').hex()}"
SECRET = "telesock_in-plain-text"
A_USER, A_GROUP = pwd.getpwuid(0).pw_name, grp.getgrgid(0).gr_name  # our own may have no name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "identities.toml"


def read(path: Path, text: str | bytes, certificates: bool = True) -> tuple[Known, ...]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_identity_file(path, AGENT, certificates).known


def one(**fields: str) -> str:
    """A file with one identity, whose fields are written as TOML."""
    said = {"name": '"ann"', "tokens": f'["{HASH}"]', **fields}
    return "[[identities]]\n" + "".join(f"{key} = {value}\n" for key, value in said.items())


def refused(path: Path, text: str | bytes, certificates: bool = True) -> str:
    """The line that says what is wrong, without the words that every such line begins with."""
    with pytest.raises(ConfigurationError) as caught:
        read(path, text, certificates)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"--identities {path}: ")
    return message.removeprefix(f"--identities {path}: ")


# What it says


def test_a_name_and_a_token_make_an_owner_as_the_agent_would_have_it(path: Path) -> None:
    assert read(path, one()) == (Known(Identity("ann"), (hash_token("a token"),)),)


def test_everything_that_can_be_said_of_an_identity_is_known_of_it(path: Path) -> None:
    text = one(
        role='"administrator"',
        tokens=f'["{HASH}", "sha256:{"0" * 64}"]',
        certificates='["ann.lab", "spiffe://lab/ann"]',
        socket=f'{{ path = "/run/ann", mode = "0660", owner = "{A_USER}", group = "{A_GROUP}" }}',
        allow='["10.1.0.0/16:80"]',
        payload="true",
        quotas="{ sessions = 1, sockets = 2, pending_operations = 3, pending_send_bytes = 4, journal_bytes = 5, "
        "operations_per_second = 6 }",
    )

    (known,) = read(path, text)

    policy = known.identity.policy
    assert policy is not None
    assert [list(map(str, rules)) for rules in (policy.rules, policy.listens, policy.names)] == [
        ["10.1.0.0/16:80"],
        ["::1/128"],
        ["localhost"],
    ]
    assert known == Known(
        Identity("ann", Role.ADMINISTRATOR, Quotas(1, 2, 3, 4, 5, 6.0), policy, sees_payload=True),
        (hash_token("a token"), bytes(32)),
        ("ann.lab", "spiffe://lab/ann"),
        SocketFile("/run/ann", 0o660, A_USER, A_GROUP),
    )


@pytest.mark.parametrize("field", ["allow", "allow_listen", "allow_resolve"])
def test_an_empty_list_allows_nothing_and_the_other_rules_stay_the_agents(path: Path, field: str) -> None:
    (known,) = read(path, one(**{field: "[]"}))

    policy = known.identity.policy
    assert isinstance(policy, Policy)
    rules = {"allow": policy.rules, "allow_listen": policy.listens, "allow_resolve": policy.names}
    assert [name for name, found in rules.items() if not found] == [field]


def test_a_socket_is_for_its_owner_alone_unless_it_says_otherwise(path: Path) -> None:
    (known,) = read(path, one(tokens="[]", socket='{ path = "/run/ann" }'))

    assert known.socket == SocketFile("/run/ann", 0o600)


def test_the_example_in_the_modules_words_can_be_read(path: Path) -> None:
    lines = (module.__doc__ or "").splitlines()
    example = "\n".join(line.removeprefix("    ") for line in lines if line.startswith("    "))
    example = example.replace("6ca13d52ca70c883e0f0...", "1" * 64).replace("sha256:...", f"sha256:{'2' * 64}")

    known = read(path, example.replace('group = "team-a"', f'group = "{A_GROUP}"'))

    assert [(each.identity.name, each.identity.role) for each in known] == [
        ("team-a", Role.OWNER),
        ("watcher", Role.OBSERVER),
    ]


# What is wrong in it

WRONG = {
    "": "identities: Field required",
    "identities = []": "it names nobody, so nobody could talk to the agent",
    "identities = 3": "identities: Input should be a valid list",
    "identity = []\nidentities = []": "identity: there is no such setting",
    "[[identities]]": "identities[0].name: Field required",
    one(name='""'): "identities[0].name: String should match pattern '^[\\w.@-]{1,64}$'",
    one(name='"two words"'): "identities[0].name: String should match pattern '^[\\w.@-]{1,64}$'",
    one(name='"agent"'): "identities[0].name: it is the agent's own name; choose another",
    one(role='"king"'): "identities[0].role: a role is owner, observer or administrator",
    one(tokens="[]"): "identity ann: nothing proves it; give it tokens, certificates or a socket",
    one(certificates='[""]'): "identities[0].certificates[0]: String should have at least 1 character",
    one(socket='{ path = "" }'): "identities[0].socket.path: String should have at least 1 character",
    one(socket='{ mode = "0600" }'): "identities[0].socket.path: Field required",
    one(
        socket='{ path = "/x", mode = "rw" }'
    ): "identities[0].socket.mode: it is not an octal mode such as 0660",
    one(socket='{ path = "/x", mode = 0o660 }'): "identities[0].socket.mode: Input should be a valid string",
    one(
        socket='{ path = "/x", owner = "no-such" }'
    ): "identities[0].socket.owner: there is no such user on this host",
    one(
        socket='{ path = "/x", group = "no-such" }'
    ): "identities[0].socket.group: there is no such group on this host",
    one(
        payload="true"
    ): "identities[0]: payload: an owner sees all of its own; it is granted to observers and administrators",
    one(
        role='"observer"', allow='["10.0.0.0/8"]'
    ): "identities[0]: allow: an observer opens no session, so there is nothing that it could hold for",
    one(
        role='"observer"', quotas="{ sockets = 1 }"
    ): "identities[0]: quotas: an observer opens no session, so there is nothing that it could hold for",
    one(payload='"yes"'): "identities[0].payload: Input should be a valid boolean",
    one(allow='["10.0.0.0/8:0"]'): "identity ann: '10.0.0.0/8:0' is not NETWORK[:PORTS], such as "
    "10.0.0.0/8:80,8000-8099: port '0' is not within 1 and 65535, the lower end first",
    one(quotas="{ socket = 1 }"): "identities[0].quotas.socket: there is no such setting",
    one(
        quotas="{ sockets = -1 }"
    ): "identities[0].quotas.sockets: Input should be greater than or equal to 0",
    one(
        quotas="{ sockets = 4294967296 }"
    ): "identities[0].quotas.sockets: Input should be less than or equal to 4294967295",
    one(
        quotas="{ operations_per_second = inf }"
    ): "identities[0].quotas.operations_per_second: Input should be a finite number",
    one(
        quotas="{ operations_per_second = nan }"
    ): "identities[0].quotas.operations_per_second: Input should be a finite number",
    one()
    + one(tokens=f'["sha256:{"0" * 64}"]'): "the name 'ann' is there 2 times; each belongs to one identity",
    one() + one(name='"bob"'): f"the token {HASH[:19]}… is there 2 times; each belongs to one identity",
    one(
        tokens=f'["{HASH}", "{HASH}"]'
    ): f"the token {HASH[:19]}… is there 2 times; each belongs to one identity",
    one(tokens="[]", certificates='["a"]')
    + one(name='"bob"', tokens="[]", certificates='["a"]'): "the certificate "
    "'a' is there 2 times; each belongs to one identity",
    one(tokens="[]", socket='{ path = "/x" }')
    + one(name='"bob"', tokens="[]", socket='{ path = "/x" }'): "the "
    "socket '/x' is there 2 times; each belongs to one identity",
}


@pytest.mark.parametrize(("text", "line"), WRONG.items(), ids=[line[:50] for line in WRONG.values()])
def test_what_is_wrong_is_told_in_one_line_that_names_the_place(path: Path, text: str, line: str) -> None:
    assert refused(path, text) == line


def test_certificates_are_refused_where_no_client_can_show_one(path: Path) -> None:
    assert refused(path, one(certificates='["ann.lab"]'), certificates=False) == (
        "identity ann: its certificates prove nothing without --tls-client-ca, which says who signs them"
    )


PLACES = {
    one(tokens=f'["{SECRET}"]'): "identities[0].tokens: number 1 is not sha256: and 64 hexadecimal digits; "
    "`telesock token` makes both",
    one(
        tokens=f'["{HASH}", "{SECRET}"]'
    ): "identities[0].tokens: number 2 is not sha256: and 64 hexadecimal digits; `telesock token` makes both",
    one(
        tokens=f'["{HASH}{SECRET}"]'
    ): "identities[0].tokens: number 1 is not sha256: and 64 hexadecimal digits; `telesock token` makes both",
    one(tokens=f'"{SECRET}"'): "identities[0].tokens: Input should be a valid list",
    one(tokens=f'[["{SECRET}"]]'): "identities[0].tokens[0]: Input should be a valid string",
    one(tokens=f'{{ one = "{SECRET}" }}'): "identities[0].tokens: Input should be a valid list",
    one(token=f'"{SECRET}"'): "identities[0].token: there is no such setting",
    f'identities = ["{SECRET}"]': "identities[0]: it should be a table",
    f'identities = "{SECRET}"': "identities: Input should be a valid list",
    one(tokens=f"[{SECRET}]"): "Invalid value (at line 3, column 11)",
    one(**{SECRET: "1"}): "identities[0]: there is no such setting",
    f"{SECRET} = 1\n{one()}": "a key: there is no such setting",
    one(role=f'"{SECRET}"'): "identities[0].role: a role is owner, observer or administrator",
    one(
        name=f'"{SECRET}"'
    ): "identities[0].name: it is a token; put what `telesock token` prints under `tokens`",
    one(name=f'"{SECRET}!"'): "identities[0].name: String should match pattern '^[\\w.@-]{1,64}$'",
    one(
        certificates=f'["{SECRET}"]'
    ): "identities[0].certificates: it is a token; put what `telesock token` prints under `tokens`",
    one(
        allow=f'["{SECRET}"]'
    ): "identities[0].allow: it is a token; put what `telesock token` prints under `tokens`",
    one(
        socket=f'{{ path = "/x", mode = "{SECRET}" }}'
    ): "identities[0].socket.mode: it is not an octal mode such as 0660",
    one(
        socket=f'{{ path = "/x", owner = "{SECRET}" }}'
    ): "identities[0].socket.owner: there is no such user on this host",
    one(
        quotas=f'{{ sockets = "{SECRET}" }}'
    ): "identities[0].quotas.sockets: Input should be a valid integer",
    f"[{SECRET}]\n[{SECRET}]\n": "Cannot declare (…,) twice (at line 2, column 24)",
    one(tokens=f'["{SECRET}'): "Illegal character '\\n' (at line 3, column 34)",
}


@pytest.mark.parametrize(("text", "line"), PLACES.items(), ids=[line[:50] for line in PLACES.values()])
def test_a_token_in_plain_text_is_refused_and_never_repeated_wherever_it_stands(
    path: Path, text: str, line: str
) -> None:
    told = refused(path, text)

    assert SECRET not in told
    assert told == line


def test_a_file_that_is_not_there_or_no_file_or_no_text_is_told_as_that(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"identities.toml: No such file or directory$"):
        read_identity_file(path, AGENT)
    with pytest.raises(ConfigurationError, match=r": it is no regular file$"):
        read_identity_file(tmp_path, AGENT)
    assert "can't decode byte 0xff" in refused(path, b"\xff")


def test_a_file_that_is_nested_too_deeply_is_wrong_and_no_failure_of_the_reader(path: Path) -> None:
    assert refused(path, f"a = {'[' * 100_000}") == "it is nested too deeply"


def test_a_file_of_more_identities_than_any_agent_has_is_refused(path: Path) -> None:
    text = "".join(f'[[identities]]\nname = "n{number}"\n' for number in range(4_097))

    assert refused(path, text) == "identities: List should have at most 4096 items after validation, not 4097"


# When it changes


class Followed:
    """A file that is looked at, and what was told of it."""

    def __init__(self, path: Path) -> None:
        self.file = IdentityFile(path, AGENT)
        self.told: list[Identities] = []
        self.file.changed = self.told.append

    @property
    def names(self) -> list[str]:
        return [known.identity.name for known in self.file.identities.known]


@pytest.fixture
def followed(path: Path) -> Followed:
    path.write_text(as_toml(someone("ann")))
    return Followed(path)


def test_a_look_at_a_file_that_is_as_it_was_tells_nothing(followed: Followed) -> None:
    with capture_logs() as logs:
        followed.file.look()

    assert (followed.told, logs) == ([], [])


def test_a_file_that_has_changed_is_who_is_known_from_then_on(path: Path, followed: Followed) -> None:
    replace_file(path, someone("ann", Role.OBSERVER), someone("bob"))
    with capture_logs() as logs:
        followed.file.look()
        followed.file.look()

    assert followed.told == [followed.file.identities]
    assert followed.names == ["ann", "bob"]
    ann = followed.file.identities.by_token(token_of("ann"))
    assert ann is not None
    assert ann.role is Role.OBSERVER
    assert logs == [{"event": "identities_reloaded", "log_level": "info", "identities": 2}]


def test_an_identity_that_is_removed_is_known_by_nothing(path: Path, followed: Followed) -> None:
    replace_file(path, someone("bob"))
    followed.file.look()

    found = followed.file.identities
    assert (found.by_token(token_of("ann")), found.by_name("ann")) == (None, None)


@pytest.mark.parametrize("text", ["", "[[identities", one(tokens=f'["{SECRET}"]'), None], ids=repr)
def test_a_file_that_has_become_wrong_is_logged_once_and_what_was_known_stays(
    path: Path, followed: Followed, text: str | None
) -> None:
    path.unlink()
    if text is not None:
        path.write_text(text)
    with capture_logs() as logs:
        followed.file.look()
        followed.file.look()

    assert (followed.told, followed.names) == ([], ["ann"])
    (entry,) = logs
    assert (entry["event"], entry["log_level"]) == ("identities_not_reloaded", "error")
    assert entry["reason"].startswith(f"--identities {path}: ")
    assert SECRET not in entry["reason"]


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("become", [_fifo, _device, _directory])
def test_a_fifo_a_device_or_a_directory_in_the_place_of_the_file_does_not_stop_the_agent(
    path: Path, followed: Followed, become: Callable[[Path], None]
) -> None:
    become(path)
    with capture_logs() as logs:
        followed.file.look()

    assert followed.names == ["ann"]
    assert [entry["reason"] for entry in logs] == [f"--identities {path}: it is no regular file"]


def test_a_file_that_seems_as_it_was_is_read_in_any_case_when_somebody_asks(
    path: Path, followed: Followed
) -> None:
    followed.file.look(in_any_case=True)

    assert followed.told == [followed.file.identities]


def test_a_file_that_is_right_again_is_taken_again(path: Path, followed: Followed) -> None:
    path.write_text("nonsense")
    followed.file.look()
    replace_file(path, someone("bob"))
    followed.file.look()

    assert followed.names == ["bob"]


def test_a_socket_that_comes_or_changes_is_told_to_wait_for_the_next_start(
    path: Path, followed: Followed
) -> None:
    replace_file(path, someone("ann", socket=SocketFile("/run/ann")))
    with capture_logs() as logs:
        followed.file.look()
        replace_file(path, someone("ann", socket=SocketFile("/run/ann", 0o660)), someone("bob"))
        followed.file.look()
        replace_file(path, someone("ann"))
        followed.file.look()

    late = [
        (entry["log_level"], entry["sockets"]) for entry in logs if entry["event"] == "sockets_at_next_start"
    ]
    assert late == [("warning", ["/run/ann"])] * 2
