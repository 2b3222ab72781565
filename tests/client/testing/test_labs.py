import pytest

from telesock.client.testing.labs import read_names


def test_a_marker_says_how_many_agents_or_which() -> None:
    assert [read_names(2), read_names(agents=["a", "b"]), read_names(("a",))] == [
        ("agent-1", "agent-2"),
        ("a", "b"),
        ("a",),
    ]


@pytest.mark.parametrize("agents", [None, 0, True, 255, "ab", [], [1], {}])
def test_anything_else_is_refused(agents: object) -> None:
    with pytest.raises(
        pytest.fail.Exception, match="telesock_lab takes how many agents it has, or their names"
    ):
        read_names(agents)
