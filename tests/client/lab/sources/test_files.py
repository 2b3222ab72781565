"""An inventory as a file: what it can say, what is refused with which line, and that no text at all gives anything else."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import Authority

from telesock.client import Credentials
from telesock.client.lab.inventory import InventoryError, Member
from telesock.client.lab.sources import read_inventory


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.toml"


def refusal(file: Path, text: str) -> str:
    """The line that a file is refused with, without its name."""
    file.write_text(text)
    with pytest.raises(InventoryError) as refused:
        read_inventory(file)
    line = str(refused.value)
    assert line.isprintable()
    assert str(file) in line
    return line.removeprefix(f"{file}: ").replace(f"{file.parent}/", "")


def test_agents_are_told_by_name_target_labels_and_addresses(file: Path) -> None:
    file.write_text("""
        [agents.gateway]
        target = "10.0.0.1:50551"
        labels = { role = "router", zone = "a" }
        addresses = ["10.1.0.1", "10.2.0.0/24", "2001:db8::1"]

        [agents.server]
        target = "[2001:db8::2]:6000"
    """)

    assert read_inventory(file) == (
        Member(
            "gateway",
            "10.0.0.1:50551",
            {"role": "router", "zone": "a"},
            ("10.1.0.1", "10.2.0.0/24", "2001:db8::1"),
        ),
        Member("server", "[2001:db8::2]:6000"),
    )


def test_defaults_are_what_agents_do_not_say_themselves_and_labels_are_added_to(file: Path) -> None:
    file.write_text("""
        [defaults]
        tls = true
        server_name = "agent.lab"
        labels = { site = "bench", role = "server" }

        [agents.a]
        target = "a:1"

        [agents.b]
        target = "b:1"
        server_name = "b.lab"
        labels = { role = "client" }
    """)

    assert read_inventory(file) == (
        Member(
            "a",
            "a:1",
            {"site": "bench", "role": "server"},
            (),
            Credentials(tls=True, server_name="agent.lab"),
        ),
        Member(
            "b", "b:1", {"site": "bench", "role": "client"}, (), Credentials(tls=True, server_name="b.lab")
        ),
    )


def test_paths_are_relative_to_the_file(file: Path) -> None:
    folder = file.parent
    authority = Authority(folder / "lab")
    pair = authority.sign("runner")
    (folder / "token").write_text("telesock_x\n")
    file.write_text(f"""
        [agents.a]
        target = "unix:run/agent.sock"
        token_file = "token"
        ca = "lab/ca.pem"
        certificate = "lab/{pair.certificate.name}"
        key = "{pair.key}"
    """)

    assert read_inventory(file) == (
        Member(
            "a",
            f"unix:{folder}/run/agent.sock",
            credentials=Credentials(
                "telesock_x", ca=folder / "lab/ca.pem", certificate=pair.certificate, key=pair.key
            ),
        ),
    )


def test_credentials_that_the_file_leaves_open_are_those_of_the_caller(file: Path) -> None:
    given = Credentials("telesock_x", server_name="all.lab", tls=True)
    file.write_text("""
        [agents.a]
        target = "a:1"

        [agents.b]
        target = "b:1"
        server_name = "b.lab"
    """)

    assert read_inventory(file, given) == (
        Member("a", "a:1", credentials=given),
        Member("b", "b:1", credentials=Credentials("telesock_x", server_name="b.lab", tls=True)),
    )


def test_a_count_makes_as_many_agents_and_puts_the_number_wherever_it_is_asked_for(file: Path) -> None:
    file.write_text("""
        [agents."worker-{n}"]
        count = 2
        target = "10.0.0.{n}:50551"
        labels = { rack = "r{n}", role = "worker" }
        addresses = ["10.1.{n}.0/24"]

        [agents."local-{n}"]
        count = 2
        first = 6000
        target = "127.0.0.1:{n}"
    """)

    assert read_inventory(file) == (
        Member("worker-1", "10.0.0.1:50551", {"rack": "r1", "role": "worker"}, ("10.1.1.0/24",)),
        Member("worker-2", "10.0.0.2:50551", {"rack": "r2", "role": "worker"}, ("10.1.2.0/24",)),
        Member("local-6000", "127.0.0.1:6000"),
        Member("local-6001", "127.0.0.1:6001"),
    )


def test_the_example_in_the_documentation_is_read(file: Path) -> None:
    page = (Path(__file__).parents[4] / "docs/labs.md").read_text()
    examples = re.findall(r"```toml\n(\[defaults\].*?)```", page, re.DOTALL)
    (file.parent / "lab.token").write_text("telesock_x")
    authority = Authority(file.parent / "lab")
    authority.ca.rename(file.parent / "lab-ca.pem")
    file.write_text(examples[0])

    found = read_inventory(file)

    shown = Credentials("telesock_x", ca=file.parent / "lab-ca.pem")
    assert len(found) == 41
    assert found[0] == Member(
        "gateway",
        "10.0.0.1:50551",
        {"site": "bench", "role": "router"},
        ("10.1.0.1", "10.2.0.0/24"),
        shown,
    )
    assert found[40] == Member(
        "worker-40", "worker-40.lab:50551", {"site": "bench", "role": "worker"}, (), shown
    )


A = '[agents.a]\ntarget = "a:1"\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "lab.toml has no agents: it needs one at least"),
        ("agents = 1", "the file: agents: it has to be a table: [defaults], [agents.NAME]"),
        ("agents.a = 1", "[agents.a]: it has to be a table, not 1"),
        ("[agent.a]", "the file: unknown key 'agent': did you mean 'agents'?"),
        ("[x]", "the file: unknown key 'x': there are defaults, agents"),
        ("[agents.a]\ntargt = 'a:1'", "[agents.a]: unknown key 'targt': did you mean 'target'?"),
        (
            A + "colour = 1",
            "[agents.a]: unknown key 'colour': there are target, addresses, labels, token_file, ca, certificate, key,"
            " tls, server_name, count, first",
        ),
        (
            "[defaults]\ntarget = 'a:1'",
            "[defaults]: unknown key 'target': there are labels, token_file, ca, certificate, key, tls, server_name",
        ),
        ("[agents.a]", '[agents.a]: target is missing: where its agent is reached, such as "10.0.0.1:50551"'),
        ("[agents.a]\ntarget = 1", "[agents.a]: target: it has to be a line of text, not 1"),
        ("[agents.a]\ntarget = 'a'", "[agents.a]: 'a' is not HOST:PORT, [IPV6]:PORT or unix:PATH"),
        ("[agents.a]\ntarget = 'a:http'", "[agents.a]: 'a:http' is not HOST:PORT, [IPV6]:PORT or unix:PATH"),
        ("[agents.a]\ntarget = 'a:70000'", "[agents.a]: '70000' is not a port, 1 to 65535"),
        (A + "tls = 1", "[agents.a]: tls: it has to be true or false, not 1"),
        (A + "labels = 1", '[agents.a]: labels: it has to be a table such as { role = "server" }, not 1'),
        (A + "labels = { n = 1 }", "[agents.a]: labels: n: it has to be a line of text, not 1"),
        (
            A + "addresses = '::1'",
            '[agents.a]: addresses: it has to be a list such as ["10.0.0.1", "10.1.0.0/16"], not \'::1\'',
        ),
        (A + "addresses = [1]", "[agents.a]: addresses: it has to be a line of text, not 1"),
        (A + "count = 0", "[agents.a]: count: it has to be a whole number from 1 to 10000, not 0"),
        (A + "count = true", "[agents.a]: count: it has to be a whole number from 1 to 10000, not True"),
        (A + "count = 2", "[agents.a]: count: 2 agents cannot all be named 'a': put {n} into it"),
        (A + "first = 2", "[agents.a]: first is of use only with count: say how many"),
        (
            "[agents.a]\ntarget = 'a:{n}'",
            "[agents.a]: {n} is of use only with count: say how many",
        ),
        (A + "key = 'a.key'", "[agents.a]: certificate and key: one is of no use without the other"),
        (
            A + "server_name = 'b'",
            "[agents.a]: a certificate or server name needs TLS: give ca, or tls=True for the host's own roots",
        ),
        (A + "ca = 'no.pem'", "[agents.a]: no.pem: No such file or directory"),
        (A + "token_file = 'no'", "[agents.a]: token_file: no: No such file or directory"),
        (
            A + "token_file = 'lab.toml'",
            "[agents.a]: the token has characters that no header carries",
        ),
        ("agents", "Expected '=' after a key in a key/value pair (at end of document)"),
        ("x = " + "[" * 5000, "it is no inventory: its tables or lists are too deep in each other"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place_and_what_would_be_right(
    file: Path, text: str, line: str
) -> None:
    assert refusal(file, text) == line


def test_what_no_member_of_a_lab_can_be_is_refused_with_the_file_that_says_it(file: Path) -> None:
    line = refusal(file, A.replace("a]", '"a b"]'))

    assert "'a b' is no name of an agent" in line


def test_names_that_come_out_the_same_are_refused(file: Path) -> None:
    line = refusal(file, '[agents."a{n}"]\ncount = 1\ntarget = "a:1"\n' + A.replace("a]", "a1]"))

    assert line == "lab.toml has several agents named a1: names have to differ"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xff", "it is no TOML file, which is text in UTF-8"),
        (None, "there is no such file; agents are found by a TOML file, compose:PROJECT,"),
    ],
)
def test_what_is_no_such_file_is_told_by_its_path(file: Path, content: bytes | None, line: str) -> None:
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(InventoryError) as refused:
        read_inventory(str(file))

    assert str(refused.value).startswith(f"{file}: {line}")


def test_an_empty_token_file_is_told_by_its_path(file: Path) -> None:
    (file.parent / "token").write_bytes(b" \n")

    line = refusal(file, A + "token_file = 'token'")

    assert line == "[agents.a]: token_file: token holds no token, which is a line of text"


KEYS = st.sampled_from(
    ["target", "addresses", "labels", "count", "first", "tls", "ca", "token_file", "key", "server_name", "x"]
)
SCALARS = st.one_of(
    st.integers(),
    st.booleans(),
    st.text(max_size=8).map(ascii),
    st.sampled_from(['"a:1"', "'{n}'", "nan", "1979-05-27"]),
)
VALUES = st.one_of(
    SCALARS.map(str), st.lists(SCALARS.map(str), max_size=2).map(lambda each: f"[{', '.join(each)}]")
)
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    st.sampled_from(
        ["[defaults]", "[agents.a]", '[agents."b{n}"]', '[agents.""]', "[agents.a.labels]", "[agents]"]
    ),
)


@given(st.one_of(st.text(), st.lists(LINES, max_size=8).map("\n".join)))
def test_whatever_stands_in_the_file_gives_agents_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "lab.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))

    assert agents_or_line(file)


def agents_or_line(file: Path) -> bool:
    try:
        return len(read_inventory(file)) > 0
    except InventoryError as error:
        return str(error).isprintable() and str(file) in str(error)
