"""Who the command line is: said before the command or in the environment, never as an argument, refused in one line."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.authorities import Authority
from tests.identities import People, someone, token_of
from tests.programs import Ended

from telesock.server.core.identity import Role

Telesock = Callable[..., Awaitable[Ended]]
StartAgent = Callable[..., Awaitable[RunningAgent]]
StartAgentProcess = Callable[..., Awaitable[AgentProcess]]


@pytest.fixture
async def guarded(start_agent: StartAgent) -> RunningAgent:
    return await start_agent(access=People(someone("ann"), someone("eve", Role.OBSERVER)).access)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{token_of('ann')}\n")
    return path


def identity(ended: Ended) -> str:
    assert (ended.status, ended.stderr) == (0, "")
    return str(json.loads(ended.stdout)["identity"])


async def test_a_token_comes_from_a_file_or_the_environment(
    telesock: Telesock, guarded: RunningAgent, token_file: Path
) -> None:
    by_option = await telesock("--token-file", str(token_file), "agent", "info", agent=guarded.address)
    ways = [{"TELESOCK_TOKEN_FILE": str(token_file)}, {"TELESOCK_TOKEN": token_of("ann")}]
    by_variable = [await telesock("agent", "info", agent=guarded.address, variables=way) for way in ways]

    assert [identity(ended) for ended in (by_option, *by_variable)] == ["ann"] * 3


async def test_a_token_file_goes_before_a_token_in_the_environment(
    telesock: Telesock, guarded: RunningAgent, token_file: Path
) -> None:
    variables = {"TELESOCK_TOKEN": token_of("eve"), "TELESOCK_TOKEN_FILE": str(token_file)}

    assert identity(await telesock("agent", "info", agent=guarded.address, variables=variables)) == "ann"


@pytest.mark.parametrize(
    "command",
    [
        ("session", "open"),
        ("session", "list"),
        ("connect", "127.0.0.1:1"),
        ("resolve", "localhost"),
        ("events",),
    ],
)
async def test_a_command_without_a_token_is_one_line_where_one_is_wanted(
    telesock: Telesock, guarded: RunningAgent, command: tuple[str, ...]
) -> None:
    ended = await telesock(*command, agent=guarded.address, session="s-1")

    assert ended == Ended(
        1,
        "",
        "telesock: this agent wants to know who calls; send a token as metadata 'authorization: Bearer TOKEN', or a client "
        "certificate that it knows\n",
    )


async def test_an_observer_is_told_that_it_may_not_act(telesock: Telesock, guarded: RunningAgent) -> None:
    ended = await telesock(
        "session", "open", agent=guarded.address, variables={"TELESOCK_TOKEN": token_of("eve")}
    )

    assert ended == Ended(1, "", "telesock: 'eve' is an observer, and OpenSession needs an owner\n")


async def test_an_observer_reads_a_session_by_its_name_alone(
    telesock: Telesock, guarded: RunningAgent
) -> None:
    opened = await telesock(
        "session", "open", agent=guarded.address, variables={"TELESOCK_TOKEN": token_of("ann")}
    )
    name = opened.stdout.strip().partition(".")[0]
    variables = {"TELESOCK_TOKEN": token_of("eve")}

    shown = await telesock("sockets", agent=guarded.address, session=name, variables=variables)

    assert (shown.status, shown.stderr) == (0, "")


async def test_tls_is_said_by_options_and_by_variables(
    telesock: Telesock, start_agent_process: StartAgentProcess, tmp_path: Path
) -> None:
    lab = Authority(tmp_path / "lab")
    own = lab.sign("ann.lab")
    process = await start_agent_process(*lab.sign("agent.lab").flags, "--tls-client-ca", str(lab.ca))
    said = {
        "--ca": ("TELESOCK_CA", lab.ca),
        "--certificate": ("TELESOCK_CLIENT_CERTIFICATE", own.certificate),
        "--key": ("TELESOCK_CLIENT_KEY", own.key),
        "--server-name": ("TELESOCK_SERVER_NAME", "agent.lab"),
    }
    options = [word for option, (_, value) in said.items() for word in (option, str(value))]
    variables = {variable: str(value) for variable, value in said.values()}

    ends = [
        await telesock(*options, "agent", "info", agent=process.address),
        await telesock("agent", "info", agent=process.address, variables=variables),
    ]

    assert [identity(ended) for ended in ends] == ["ann.lab"] * 2


WRONG = [
    ({"TELESOCK_TOKEN_FILE": "{none}"}, "{none}: No such file or directory"),
    ({"TELESOCK_TOKEN_FILE": "{empty}"}, "{empty}: it holds no token, which is a line of text"),
    ({"TELESOCK_TOKEN_FILE": "{binary}"}, "{binary}: it holds no token, which is a line of text"),
    ({"TELESOCK_TOKEN": "telesock_sécret"}, "the token has characters that no header carries"),
    ({"TELESOCK_CA": "{none}"}, "{none}: No such file or directory"),
    (
        {"TELESOCK_CLIENT_CERTIFICATE": "{empty}", "TELESOCK_CLIENT_KEY": "{empty}"},
        "a certificate or server name needs TLS: give ca, or tls=True for the host's own roots",
    ),
    (
        {"TELESOCK_TLS": "1", "TELESOCK_CLIENT_KEY": "{empty}"},
        "certificate and key: one is of no use without the other",
    ),
]


@pytest.mark.parametrize(("variables", "line"), WRONG)
async def test_what_cannot_be_shown_is_refused_before_anything_is_sent(
    telesock: Telesock, tmp_path: Path, variables: dict[str, str], line: str
) -> None:
    files = {name: tmp_path / name for name in ("none", "empty", "binary")}
    files["empty"].write_text("\n")
    files["binary"].write_bytes(b"\xff\xfe")
    said = {name: value.format(**files) for name, value in variables.items()}

    ended = await telesock("agent", "info", agent="127.0.0.1:1", variables=said)

    assert ended == Ended(2, "", f"telesock: {line.format(**files)}\n")
