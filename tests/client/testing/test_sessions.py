from telesock.client.testing.agents import LocalAgents
from telesock.client.testing.sessions import open_session
from telesock.client.timeline import TimelineRecorder


def test_a_test_whose_name_has_control_characters_has_a_session() -> None:
    with LocalAgents() as agents:
        [agent] = agents.take(1)
        name = "test_a.py::test_b[\x00\x1b[31m\udcff]"
        with open_session(agent, TimelineRecorder(), name), agent.client() as client:
            assert [each.label for each in client.list_sessions()] == [
                r"test_a.py::test_b[\x00\x1b[31m\udcff]"
            ]
