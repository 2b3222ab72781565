import pytest

from telesock.client.lab import local
from telesock.client.testing.agents import LocalAgents, ReachableAgent, given_agent


def test_local_agents_are_reached_and_shared() -> None:
    with LocalAgents(["--agent-id", "local"]) as agents:
        [first] = agents.take(1)
        both = agents.take(2)
        with first.client() as client:
            assert client.get_agent().agent_id == "local"

    assert both[0] == first


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "import no_such_module",
            r"no local agents here \(ModuleNotFoundError: .*\): pip install 'telesock\[server\]' .*, or name others: "
            "--telesock-agent HOST:PORT",
        ),
        ("raise SystemExit('no room')", "a local agent did not start: no room"),
        ("", "a local agent did not start: it said nothing"),
    ],
)
def test_why_a_local_agent_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    monkeypatch.setattr(local, "_AGENT", program)
    with LocalAgents() as agents:
        for _ in range(2):  # each test is told the same
            with pytest.raises(pytest.fail.Exception, match=said):
                agents.take(1)


def test_an_agent_that_is_given_has_to_answer(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    target = f"127.0.0.1:{unused_tcp_port}"
    with pytest.raises(pytest.fail.Exception, match=rf"TELESOCK_AGENT {target}: .*{target}"):
        given_agent(target, "TELESOCK_AGENT")
    monkeypatch.setenv("TELESOCK_TOKEN_FILE", "/no/such/file")
    with pytest.raises(pytest.fail.Exception, match=r"No such file or directory: '/no/such/file'"):
        given_agent(target, "TELESOCK_AGENT")


def test_an_agent_that_answers_is_taken() -> None:
    with LocalAgents() as local:
        [agent] = local.take(1)

        assert given_agent(agent.target, "--telesock-agent") == ReachableAgent(agent.target)
