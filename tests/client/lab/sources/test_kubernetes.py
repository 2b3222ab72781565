"""Pods as agents, asked of a server that answers as Kubernetes' API server does (cluster.py): no cluster can be had here."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.client.lab.sources.cluster import TOKEN, Cluster, pod
from tests.programs import PYTHONPATH

from telesock.client import Credentials
from telesock.client.lab.inventory import InventoryError, Member
from telesock.client.lab.sources import read_inventory
from telesock.client.lab.sources.kubernetes import Wanted, read_wanted

SHOWN = Credentials("telesock_x")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    with Cluster(tmp_path, []) as running:
        monkeypatch.setenv("KUBECONFIG", str(running.kubeconfig))
        yield running


def refusal(where: str) -> str:
    """The line that is raised, without the place."""
    with pytest.raises(InventoryError) as refused:
        read_inventory(where)
    line = str(refused.value)
    assert line.isprintable()
    return line.removeprefix(f"{where}: ")


def test_ready_pods_that_the_selector_matches_are_agents_with_their_labels_and_their_node(
    cluster: Cluster,
) -> None:
    cluster.pods += [
        pod("agent-a", {"role": "agent", "zone": "a"}, ips=("10.2.0.1", "2001:db8::1")),
        pod("other", {"role": "server"}),
        pod("agent-b", ips=("2001:db8::2",), ports={"http": 80, "grpc": 6000}),
        pod("agent-c", ready=False),
        pod("agent-d", deleted=True),
    ]

    assert read_inventory("kubernetes:role=agent", SHOWN) == (
        Member(
            "agent-a",
            "10.2.0.1:50551",
            {"node": "node-1", "role": "agent", "zone": "a"},
            ("10.2.0.1", "2001:db8::1"),
            SHOWN,
        ),
        Member("agent-b", "[2001:db8::2]:6000", {"node": "node-1", "role": "agent"}, ("2001:db8::2",), SHOWN),
    )


def test_a_port_named_telesock_is_taken_before_one_named_grpc_also_of_a_container_beside(
    cluster: Cluster,
) -> None:
    cluster.pods += [pod("a", ports={"grpc": 9000}, beside={"telesock": 50551})]

    assert [member.target for member in read_inventory("kubernetes:role=agent")] == ["10.2.0.1:50551"]


def test_all_pages_are_read_with_the_selector_as_it_is_written(cluster: Cluster) -> None:
    cluster.pods += [pod(f"agent-{number}", ips=(f"10.2.0.{number}",)) for number in range(1, 6)]

    found = read_inventory("kubernetes:lab/role in (agent, server),zone!=b")

    assert [member.name for member in found] == [f"agent-{number}" for number in range(1, 6)]
    assert cluster.asked == [("/api/v1/namespaces/lab/pods", "role in (agent, server),zone!=b")] * 3


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("role=agent", Wanted(None, "role=agent")),
        ("lab/role=agent", Wanted("lab", "role=agent")),
        ("app.kubernetes.io/name=x", Wanted(None, "app.kubernetes.io/name=x")),
        ("lab/app.kubernetes.io/name=x", Wanted("lab", "app.kubernetes.io/name=x")),
        ("role=agent,app.kubernetes.io/name=x", Wanted(None, "role=agent,app.kubernetes.io/name=x")),
        ("/lab/role=agent", Wanted(None, "lab/role=agent")),
    ],
)
def test_a_namespace_is_told_from_the_prefix_of_a_label(what: str, wanted: Wanted) -> None:
    assert read_wanted(what) == wanted


NO_LABELS = "it names no labels: kubernetes:[NAMESPACE/]SELECTOR, such as kubernetes:lab/role=agent"


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("lab/", NO_LABELS),
        (" ", NO_LABELS),
        ("role=none", "no pod of namespace lab matches 'role=none'"),
        ("elsewhere/role=agent", "no pod of namespace elsewhere matches 'role=agent'"),
        (
            "role=late",
            "none of the 3 pods that match is ready: late-1 (Pending), late-2 (not ready), late-3 (Terminating)",
        ),
        ("role=web", "pod web has no container port that is named telesock or grpc"),
        ("role=lost", "pod lost has no address"),
        ("=x", "the cluster refuses: unable to parse requirement: found '=x', expected: identifier"),
        (
            "kube-system/role=agent",
            'the cluster refuses: pods is forbidden: User "u" cannot list resource "pods"',
        ),
    ],
)
def test_what_is_missing_is_told(cluster: Cluster, what: str, line: str) -> None:
    cluster.pods += [
        pod("late-1", {"role": "late"}, phase="Pending", ready=False, ips=()),
        pod("late-2", {"role": "late"}, ready=False),
        pod("late-3", {"role": "late"}, deleted=True),
        pod("web", {"role": "web"}, ports={"http": 80}),
        pod("lost", {"role": "lost"}, ips=()),
    ]

    assert refusal(f"kubernetes:{what}") == line


def test_a_token_that_the_cluster_does_not_know_is_told(cluster: Cluster) -> None:
    cluster.write_kubeconfig(token="another")

    assert refusal("kubernetes:role=agent") == "the cluster refuses: Unauthorized"


def test_a_program_may_tell_the_token(cluster: Cluster) -> None:
    cluster.pods += [pod("agent")]
    cluster.write_kubeconfig(asking=("echo", json.dumps({"status": {"token": TOKEN}})))

    assert [member.name for member in read_inventory("kubernetes:role=agent")] == ["agent"]


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (("sh", "-c", "echo expired >&2; exit 3"), "Exec sh returned 3: expired"),
        (("/nowhere/login",), "No such file or directory: '/nowhere/login'"),
    ],
)
def test_a_program_that_tells_no_token_is_told(cluster: Cluster, program: tuple[str, ...], line: str) -> None:
    cluster.write_kubeconfig(asking=program)

    assert refusal("kubernetes:role=agent").endswith(line)


def test_a_cluster_that_is_not_there_is_told_by_its_address(cluster: Cluster) -> None:
    cluster.write_kubeconfig(server="https://127.0.0.1:1")

    line = refusal("kubernetes:role=agent")

    assert line.startswith("the cluster at https://127.0.0.1:1 does not answer: ")


def test_a_cluster_whose_certificate_is_not_trusted_is_told(cluster: Cluster) -> None:
    cluster.write_kubeconfig(server=f"https://localhost:{cluster.port}")

    assert "certificate verify failed" in refusal("kubernetes:role=agent").lower()


def test_what_answers_otherwise_than_a_cluster_is_told(cluster: Cluster) -> None:
    line = refusal("kubernetes:proxied/role=agent")

    assert line.startswith(f"no Kubernetes API server answers at https://127.0.0.1:{cluster.port}: ")


UNUSABLE = "no configuration of a cluster that can be used, see KUBECONFIG: "


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("[]", "'list' object has no attribute 'get'"),
        ("{}", "KeyError('clusters')"),
        ("a: [", "while parsing a flow node"),
        ("{clusters: [], contexts: []}", "No current context set and no default provided"),
    ],
)
def test_a_configuration_that_is_none_is_told(cluster: Cluster, content: str, line: str) -> None:
    cluster.kubeconfig.write_text(content)

    told = refusal("kubernetes:role=agent")

    assert told.startswith(UNUSABLE)
    assert line in told


def test_a_missing_configuration_is_told_by_its_path(cluster: Cluster) -> None:
    cluster.kubeconfig.unlink()

    assert refusal("kubernetes:role=agent") == f"{UNUSABLE}Configuration file {cluster.kubeconfig} not found"


# In a mount namespace, what a pod is given stands where a pod has it.
IN_POD = """
    mount -t tmpfs none /run && mkdir -p "$1" && cp "$2" "$1/ca.crt"
    printf %s "$3" >"$1/token" && printf lab >"$1/namespace" && shift 3 && exec "$@"
"""
ASKING = """
from telesock.client.lab.sources import read_inventory
print(*(f"{each.name} {each.target}" for each in read_inventory("kubernetes:role=agent")))
"""
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def mounts() -> bool:
    """Whether a mount namespace can be had here."""
    command = ["unshare", "--mount", "true"]
    return (
        bool(shutil.which("unshare"))
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not mounts(), reason="needs root, for the files of a pod")
def test_in_a_pod_its_own_cluster_and_namespace_are_asked(cluster: Cluster) -> None:
    cluster.pods += [pod("agent")]
    program = [sys.executable, "-W", "error", "-c", ASKING]
    told = subprocess.run(
        ["unshare", "--mount", "sh", "-c", IN_POD, "sh", ACCOUNT, str(cluster.authority.ca), TOKEN, *program],
        env={
            "PYTHONPATH": PYTHONPATH,
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(cluster.port),
        },
        check=True,
        capture_output=True,
        text=True,
    )

    assert told.stdout == "agent 10.2.0.1:50551\n"
