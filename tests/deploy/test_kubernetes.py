"""The manifests: kustomize renders them, Kubernetes' schemas know every field, and what they say of the agent is true of it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from lightkube.resources.core_v1 import Pod
from tests.agents import AgentProcess
from tests.authorities import Authority
from tests.deploy import manifests
from tests.deploy.manifests import Document, needs_kubectl, render
from tests.identities import as_toml, someone, token_of

from telesock.client import AsyncClient, Credentials
from telesock.client.lab.sources.kubernetes import agent_port
from telesock.server import log_writer, recorder
from telesock.server.config import Configuration, read_configuration
from telesock.server.service.server import _LAST_WRITES
from telesock.server.service.services import SERVICES

pytestmark = needs_kubectl
StartProcess = Callable[..., Awaitable[AgentProcess]]

VERSION = "1.32"
OVERLAYS = ("deployment-per-role", "daemonset", "sidecar", "secured")
COMPONENTS = ("tls", "cert-manager", "service-monitor")
RENDERED = [
    *((f"overlays/{overlay}",) for overlay in OVERLAYS),
    *((f"overlays/{overlay}", *COMPONENTS) for overlay in OVERLAYS[:3]),
]
ROOM_OF_AN_IDLE_AGENT = 96 << 20  # bytes; it was 75 MB, and keeps up to 16 MiB of freed memory
OF_OTHERS = {("cert-manager.io/v1", "Certificate"), ("monitoring.coreos.com/v1", "ServiceMonitor")}

each_rendering = pytest.mark.parametrize("place", RENDERED, ids="+".join)


def configuration_of(
    documents: tuple[Document, ...],
    container: Document,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Configuration:
    """What an agent reads that is started as the container says, but for where its files are."""
    assert container["args"] == ["--config", "/etc/telesock/config/agent.toml"]
    file = folder / "agent.toml"
    file.write_text(manifests.settings_of(documents).replace("/etc/telesock", str(folder)))
    for name, value in manifests.environment_of(container).items():
        monkeypatch.setenv(
            name, value.replace("/etc/telesock", str(folder)).replace("/run/telesock", str(folder))
        )
    return read_configuration({}, file)


@each_rendering
def test_kubernetes_knows_every_field_of_every_resource_of_its_own(place: tuple[str, ...]) -> None:
    documents = render(*place)
    others = [each for each in documents if (each["apiVersion"], each["kind"]) in OF_OTHERS]

    for document in documents:
        if document not in others:
            kubernetes_validate.validate(document, VERSION, strict=True)

    assert len(documents) - len(others) >= 5


def test_the_schemas_refuse_a_field_that_is_not_there() -> None:
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"clusterIp": "None"}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


@each_rendering
def test_every_pod_is_as_restricted_as_the_restricted_standard_asks_and_writes_nowhere(
    place: tuple[str, ...],
) -> None:
    for name, template in manifests.workloads(render(*place)):
        pod = template["spec"]
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name
        assert {kind for volume in pod.get("volumes", ()) for kind in volume} <= {
            *("name", "configMap", "secret", "emptyDir")
        }, name
        for container in manifests.containers(template):
            own = container["securityContext"]
            merged = {**pod.get("securityContext", {}), **own}
            assert (merged["runAsNonRoot"], merged["seccompProfile"]["type"]) == (True, "RuntimeDefault")
            assert merged["runAsUser"] > 0
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert (own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"]) == (False, True)
            assert container["resources"]["limits"]["memory"]


@each_rendering
def test_the_settings_are_the_agents_own_and_its_files_are_mounted(
    place: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = render(*place)
    for template in manifests.agents(documents):
        [container] = manifests.agent_containers(template)
        read = configuration_of(documents, container, tmp_path, monkeypatch)
        mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
        volumes = {each["name"] for each in template["spec"]["volumes"]}
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}

        assert f"0.0.0.0:{ports['telesock']}" in read.listen
        assert read.metrics == (f"0.0.0.0:{ports['metrics']}" if "metrics" in ports else None)
        assert (read.authenticates, read.insecure) == (True, False)
        assert (read.tls_certificate is None) == ("tls" not in place and place[0] != "overlays/secured")
        for file in filter(None, (read.identities, read.tls_certificate, read.tls_key)):
            folder = str(file.parent).replace(str(tmp_path), "/etc/telesock")
            assert mounts[folder] in volumes


@each_rendering
def test_an_agent_has_the_time_to_drain_and_the_memory_that_its_settings_let_it_take(
    place: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = render(*place)
    for template in manifests.agents(documents):
        [container] = manifests.agent_containers(template)
        read = configuration_of(documents, container, tmp_path, monkeypatch)
        last = _LAST_WRITES + recorder._LAST_WRITES + log_writer._LAST_WRITES
        held = (
            read.limits.total_journal_bytes
            + read.limits.total_pending_send_bytes
            + read.limits.total_fault_held_bytes
        )

        assert template["spec"]["terminationGracePeriodSeconds"] > read.grace + last
        assert manifests.in_bytes(container["resources"]["limits"]["memory"]) > held + ROOM_OF_AN_IDLE_AGENT


@each_rendering
def test_only_runners_reach_the_control_port_and_others_the_ports_that_agents_may_listen_on(
    place: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = render(*place)
    [container] = manifests.agent_containers(manifests.agents(documents)[0])
    read = configuration_of(documents, container, tmp_path, monkeypatch)
    policies = {
        each["metadata"]["name"]: each["spec"] for each in manifests.of_kind(documents, "NetworkPolicy")
    }

    control, tests = policies.pop("telesock-agents")["ingress"]

    assert control == {
        "from": [{"podSelector": {"matchLabels": {"telesock": "runner"}}}],
        "ports": [{"protocol": "TCP", "port": "telesock"}],
    }
    [opened] = {f"{each['port']}-{each['endPort']}" for each in tests["ports"]}
    assert {rule.rpartition(":")[2] for rule in read.allow_listen} == {opened}
    others = [
        port["port"] for policy in policies.values() for rule in policy["ingress"] for port in rule["ports"]
    ]
    assert set(others) <= {"redis", "metrics"}


@each_rendering
def test_a_lab_finds_every_agent_by_its_label_and_its_ports_name(place: tuple[str, ...]) -> None:
    documents = render(*place)
    service = manifests.named(documents, "Service", "telesock-agents")["spec"]
    found = manifests.agents(documents)

    assert found
    assert (service["clusterIP"], service["publishNotReadyAddresses"]) == ("None", False)
    for template in found:
        pod = Pod.from_dict({"metadata": template["metadata"], "spec": template["spec"]})
        assert service["selector"].items() <= template["metadata"]["labels"].items()
        assert isinstance(pod, Pod)
        assert agent_port(pod) == service["ports"][0]["port"]


@pytest.mark.parametrize("place", [("overlays/daemonset",), ("overlays/sidecar", *COMPONENTS)], ids="+".join)
async def test_the_probes_are_answered_by_an_agent_with_the_pods_settings(
    place: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start_agent_process: StartProcess,
) -> None:
    documents = render(*place)
    [container] = manifests.agent_containers(manifests.agents(documents)[0])
    probes = [container[name] for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    read = configuration_of(documents, container, tmp_path, monkeypatch)
    lay_out_secrets(read, tmp_path)
    flags = ["--config", str(tmp_path / "agent.toml"), "--metrics", "127.0.0.1:0"]
    sockets = [address for address in read.listen if address.startswith("unix:")]
    agent = await start_agent_process(*flags, *(f"--listen={address}" for address in sockets))

    if read.tls_certificate:
        [command] = {tuple(probe["exec"]["command"]) for probe in probes}
        assert command[:1] == ("telesock",)
        program = Path(sys.executable).with_name("telesock")
        there = [each.replace("/run/telesock", str(tmp_path)) for each in command[1:]]
        asked = subprocess.run([program, *there], capture_output=True, text=True, check=False)  # noqa: ASYNC221 - the agent is a process
        assert (asked.returncode, asked.stdout) == (0, "SERVING\n"), asked.stderr
        credentials = Credentials(token_of("ann"), ca=tmp_path / "tls/ca.pem", server_name="telesock-agents")
    else:
        assert {probe["grpc"]["port"] for probe in probes} == {container["ports"][0]["containerPort"]}
        assert {probe["grpc"]["service"] for probe in probes} <= set(SERVICES)
        credentials = Credentials(token_of("ann"))
    async with AsyncClient(agent.address, credentials=credentials) as client:
        assert (await client.get_agent()).identity == "ann"


def lay_out_secrets(read: Configuration, folder: Path) -> None:
    """Put the files of the Secrets where the settings say."""
    assert read.identities is not None
    read.identities.parent.mkdir()
    read.identities.write_text(as_toml(someone("ann")))
    if read.tls_certificate is None or read.tls_key is None:
        return
    authority = Authority(folder / "tls")
    pair = authority.sign("telesock-agents")
    pair.certificate.rename(read.tls_certificate)
    pair.key.rename(read.tls_key)
    authority.ca.rename(folder / "tls/ca.pem")


def test_a_deployment_for_each_role_says_the_role_in_labels_and_selectors() -> None:
    documents = render("overlays/deployment-per-role")
    deployments = manifests.of_kind(documents, "Deployment")
    budgets = manifests.of_kind(documents, "PodDisruptionBudget")

    for found in (deployments, budgets):
        assert [each["spec"]["selector"]["matchLabels"]["role"] for each in found] == ["client", "server"]
    assert [each["spec"]["template"]["metadata"]["labels"]["role"] for each in deployments] == [
        *("client", "server")
    ]
    for deployment in deployments:
        assert deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]


def test_the_daemon_set_is_the_deployment_on_every_node() -> None:
    documents = render("overlays/daemonset")
    [daemons] = manifests.of_kind(documents, "DaemonSet")
    [agent] = manifests.agent_containers(daemons["spec"]["template"])

    assert manifests.of_kind(documents, "Deployment", "PodDisruptionBudget") == []
    assert daemons["spec"]["template"]["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert agent.pop("env") == [
        {"name": "TELESOCK_AGENT_ID", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    ]
    assert agent == deployed_agent()


def test_the_sidecar_is_the_deployments_agent_and_leaves_the_program_as_it_is() -> None:
    documents = render("overlays/sidecar")
    workload = manifests.named(documents, "Deployment", "redis")["spec"]["template"]
    written = next(yaml.safe_load_all((manifests.KUBERNETES / "overlays/sidecar/workload.yaml").read_text()))
    [agent] = manifests.agent_containers(workload)
    alone = deployed_agent()
    pod = manifests.agents(render("overlays/deployment-per-role"))[0]["spec"]["securityContext"]
    del pod["fsGroup"]

    assert agent.pop("restartPolicy") == "Always"
    assert agent == {**alone, "securityContext": {**pod, **alone["securityContext"]}}
    assert workload["spec"]["containers"] == written["spec"]["template"]["spec"]["containers"]


def deployed_agent() -> Document:
    documents = render("overlays/deployment-per-role")
    return dict(manifests.agent_containers(manifests.agents(documents)[0])[0])


def test_the_secrets_that_pods_name_are_those_that_the_manual_makes() -> None:
    manual = (manifests.KUBERNETES.parents[1] / "docs/deploying.md").read_text()
    pods = [each for place in (*RENDERED, ("runner",)) for _, each in manifests.workloads(render(*place))]
    secrets = {
        volume["secret"]["secretName"]
        for each in pods
        for volume in each["spec"].get("volumes", ())
        if "secret" in volume
    }

    assert secrets == {"telesock-identities", "telesock-tls", "telesock-token"}
    assert [name for name in secrets if f" {name} " not in manual] == []


def test_the_runner_may_list_pods_and_nothing_else_and_is_let_in() -> None:
    documents = render("runner")
    for document in documents:
        kubernetes_validate.validate(document, VERSION, strict=True)
    [(_, template)] = manifests.workloads(documents)
    account = template["spec"]["serviceAccountName"]
    binding = manifests.named(documents, "RoleBinding")

    assert manifests.named(documents, "Role")["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
    ]
    assert (binding["subjects"], binding["roleRef"]["name"]) == (
        [{"kind": "ServiceAccount", "name": account}],
        manifests.named(documents, "Role")["metadata"]["name"],
    )
    assert template["metadata"]["labels"] == {"telesock": "runner"}


async def test_the_runners_first_test_passes_where_agents_are(
    tmp_path: Path, start_agent_process: StartProcess
) -> None:
    (tmp_path / "identities.toml").write_text(as_toml(someone("runner")))
    (tmp_path / "token").write_text(token_of("runner"))
    flags = ("--identities", str(tmp_path / "identities.toml"), "--allow", "127.0.0.0/8")
    lines = [
        f'[agents.{name}]\ntarget = "{agent.address}"\naddresses = ["{address}"]\n'
        for name, address in (("a", "127.0.77.1"), ("b", "127.0.77.2"))
        for agent in [await start_agent_process(*flags, "--allow-listen", "127.0.0.0/8")]
    ]
    (tmp_path / "lab.toml").write_text("".join(lines))
    told = {"TELESOCK_LAB": str(tmp_path / "lab.toml"), "TELESOCK_TOKEN_FILE": str(tmp_path / "token")}

    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", manifests.KUBERNETES / "runner"),
        env={**os.environ, **told, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=asyncio.subprocess.PIPE,
        cwd=tmp_path,
    )
    output, _ = await run.communicate()

    assert (run.returncode, b"1 passed" in output) == (0, True), output.decode()
