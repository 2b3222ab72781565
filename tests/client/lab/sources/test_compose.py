"""Agents of compose projects: an engine's answers read everywhere, and a real project where there is a real engine."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.client.lab.sources.composed import Composed, composed, needs_engine
from tests.client.lab.sources.docker_engine import Listed, container, engine, published

from telesock.client import Client, Credentials
from telesock.client.lab.inventory import InventoryError, Member
from telesock.client.lab.sources import read_inventory
from telesock.client.lab.sources.compose import engine_host, source_towards

SHOWN = Credentials("telesock_x")
AT_6000 = [published(50551, 6000)]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Have an engine with these containers."""
    with contextlib.ExitStack() as engines:

        def run(*containers: Listed) -> None:
            monkeypatch.setenv("DOCKER_HOST", engines.enter_context(engine(tmp_path, containers)))

        yield run


def refusal(where: str) -> str:
    with pytest.raises(InventoryError) as refused:
        read_inventory(where)
    line = str(refused.value)
    assert line.isprintable()
    return line.removeprefix(f"{where}: ")


def test_running_containers_with_our_label_are_agents_by_their_service_and_number(
    running: Callable[..., None],
) -> None:
    running(
        container("worker", number=10, ip="198.51.100.10", ports=[published(50551, 6010)]),
        container("worker", number=2, ip="198.51.100.2", ports=[published(50551, 6002)]),
        container("gateway", agent="7000", labels={"telesock.role": "router"}, ports=[published(7000, 6001)]),
        container("gateway", number=2, oneoff="True", ports=AT_6000),
        container("gone", state="exited", ports=AT_6000),
        container("db", agent=None),
        container("worker", project="other", ports=AT_6000),
    )

    assert read_inventory("compose:lab", SHOWN) == (
        Member(
            "gateway", "127.0.0.1:6001", {"service": "gateway", "role": "router"}, ("198.51.100.2",), SHOWN
        ),
        Member("worker-2", "127.0.0.1:6002", {"service": "worker"}, ("198.51.100.2",), SHOWN),
        Member("worker-10", "127.0.0.1:6010", {"service": "worker"}, ("198.51.100.10",), SHOWN),
    )


def test_a_container_on_a_network_of_this_host_is_reached_at_its_own_address(
    running: Callable[..., None],
) -> None:
    running(container("a", ip="127.0.0.5"))

    assert [member.target for member in read_inventory("compose:lab")] == ["127.0.0.5:50551"]


@pytest.mark.parametrize(
    ("containers", "line"),
    [
        ([], "no container of that project runs; nor of any other"),
        (
            [container("a", project="x"), container("a", project="b")],
            "no container of that project runs; projects that run: b, x",
        ),
        (
            [container("a", agent=None), container("b", agent=None)],
            "none of its 2 running containers has the label telesock.agent=PORT, such as telesock.agent=50551",
        ),
        (
            [container("a", agent="yes")],
            "container lab_a_1: label telesock.agent: 'yes' is not a port, 1 to 65535",
        ),
        (
            [container("a")],
            "container lab_a_1 cannot be reached from here: this is on none of its networks, and port 50551 is not"
            " published",
        ),
        (
            [container("a", ports=AT_6000, labels={"telesock.role": "a b"})],
            "agent a: label role cannot be 'a b'",
        ),
        ([{"State": "running"}], "no Docker engine answers at unix:"),
    ],
)
def test_what_is_missing_is_told(running: Callable[..., None], containers: list[Listed], line: str) -> None:
    running(*containers)

    assert refusal("compose:lab").startswith(line)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("unix:///nowhere/docker.sock", "No such file or directory; DOCKER_HOST says where it is"),
        ("tcp://127.0.0.1:1", "Error while fetching server API version: "),
        ("what", "Invalid bind address format: port is required: what"),
    ],
)
def test_an_engine_that_is_not_there_is_told_by_its_address(
    monkeypatch: pytest.MonkeyPatch, host: str, why: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)

    assert refusal("compose:lab").startswith(f"the Docker engine at {host} does not answer: {why}")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("", ""),
        ("unix:///run/docker.sock", ""),
        ("npipe:////./pipe/docker", ""),
        ("tcp://10.0.0.1:2375", "10.0.0.1"),
        ("ssh://me@far", "far"),
    ],
)
def test_an_engine_s_host_is_that_of_its_url(url: str, host: str) -> None:
    assert engine_host(url) == host


def test_the_address_that_packets_leave_with_is_known_without_a_packet() -> None:
    assert [source_towards("127.0.0.5"), source_towards("::1") in ("::1", None)] == ["127.0.0.1", True]


def test_a_context_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "nowhere")

    assert refusal("compose:lab") == "Docker has no context nowhere: DOCKER_CONTEXT"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    with composed(tmp_path_factory.mktemp("project")) as up:
        yield up


@needs_engine
def test_agents_of_a_real_project_are_found_and_reached_from_outside_of_its_network(
    project: Composed,
) -> None:
    found = read_inventory(f"compose:{project.name}")

    assert [(each.name, dict(each.labels)) for each in found] == [
        ("beside", {"service": "beside"}),
        ("worker-1", {"service": "worker", "role": "server"}),
        ("worker-2", {"service": "worker", "role": "server"}),
    ]
    assert {each.addresses for each in found} == {(address,) for address in project.addresses}
    for each in found:
        with Client(each.target) as client:
            assert client.get_agent().boot_id


@needs_engine
def test_agents_of_a_real_project_are_found_and_reached_from_inside_of_its_network(project: Composed) -> None:
    assert project.run_inside() == ["beside True", "worker-1 True", "worker-2 True"]
