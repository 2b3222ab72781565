"""The agents among the pods of a Kubernetes cluster: those that a label selector matches and that are ready. Extra `kubernetes`.

    kubernetes:role=agent                                # in the namespace of the pod that asks, or of the context
    kubernetes:lab/app.kubernetes.io/name=telesock,role in (server, client)

What stands before the first "/" is a namespace where it could be one, without a dot; "kubernetes:/lab/role=agent" has none.
The cluster is that of KUBECONFIG, else that in which this runs, else that of ~/.kube/config. An agent is called as its
pod, has its labels and `node`, and is reached at the pod's address and the container port that is named `telesock` or,
without one, `grpc`. Refuses pods that have neither: the selector matches more than agents, or the port has no name.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from telesock.client.credentials import Credentials
from telesock.client.lab.inventory import Inventory, Member, make_inventory
from telesock.client.lab.sources.failing import not_found, not_installed, place_named
from telesock.client.lab.sources.targets import make_target

if TYPE_CHECKING:
    from lightkube import Client
    from lightkube.models.core_v1 import Container
    from lightkube.resources.core_v1 import Pod

PORT_NAMES = ("telesock", "grpc")
"""Names of a container's port, the one that decides first."""
PAGE = 500
"""Pods that are asked for at once, as kubectl does."""

_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Wanted(NamedTuple):
    """Which pods; without a namespace those of the one that the cluster's configuration names."""

    namespace: str | None
    selector: str


def read_wanted(what: str) -> Wanted:
    """Read "[NAMESPACE/]SELECTOR"; raises ValueError where it names no labels."""
    namespace, slash, rest = what.partition("/")
    named = slash and (not namespace or _NAMESPACE.fullmatch(namespace))
    wanted = Wanted(namespace or None, rest.strip()) if named else Wanted(None, what.strip())
    if not wanted.selector:
        raise ValueError(
            "it names no labels: kubernetes:[NAMESPACE/]SELECTOR, such as kubernetes:lab/role=agent"
        )
    return wanted


def read_pods(what: str, credentials: Credentials) -> Inventory:
    """Ask the cluster for its agents; raises InventoryError."""
    where = f"kubernetes:{what}"
    with place_named(where):
        wanted = read_wanted(what)
        pods, namespace = _ask(where, wanted)
        return make_inventory(members_of(pods, wanted.selector, namespace, credentials), where)


def _ask(where: str, wanted: Wanted) -> tuple[list["Pod"], str]:
    """Return the pods that match, and the namespace where they were looked for."""
    try:
        import httpx2
        from lightkube.core.exceptions import ConfigError
        from lightkube.operators import Operator
        from lightkube.resources.core_v1 import Pod
    except ModuleNotFoundError as missing:
        raise not_installed(where, missing, "kubernetes") from None
    as_written = Operator(
        "as written", op="", value=""
    )  # the selector is the cluster's to read, set-based ones too
    with _client(where) as client:
        namespace: str = wanted.namespace or client.namespace
        labels: dict[str, Any] = {wanted.selector: as_written}
        try:
            return list(client.list(Pod, namespace=namespace, chunk_size=PAGE, labels=labels)), namespace
        except ConfigError as error:  # of a program that is to say who asks
            raise not_found(where, error) from None
        except httpx2.HTTPStatusError as error:
            raise not_found(where, f"the cluster refuses: {error}") from None
        except (httpx2.HTTPError, OSError) as error:
            raise not_found(where, f"the cluster at {_server(client)} does not answer: {error}") from None
        except (KeyError, ValueError) as error:
            raise not_found(
                where, f"no Kubernetes API server answers at {_server(client)}: {error}"
            ) from None


def _client(where: str) -> "Client":
    from lightkube import Client, KubeConfig

    file = os.environ.get("KUBECONFIG")
    try:
        return Client(config=KubeConfig.from_file(file) if file else KubeConfig.from_env())
    except Exception as error:  # of a wrong file the library lets out whatever it happens to meet
        why = str(error) if str(error).count(" ") else repr(error)
        raise not_found(
            where, f"no configuration of a cluster that can be used, see KUBECONFIG: {why}"
        ) from None


def _server(client: "Client") -> str:
    return str(client.config.cluster.server)


def members_of(
    pods: Iterable["Pod"], selector: str, namespace: str, credentials: Credentials
) -> Iterator[Member]:
    """Return the agents among pods; raises ValueError that says what they lack."""
    found = list(pods)
    ready = [pod for pod in found if is_ready(pod)]
    if not found:
        raise ValueError(f"no pod of namespace {namespace} matches {selector!r}")
    if not ready:
        states = ", ".join(f"{_name(pod)} ({_state(pod)})" for pod in found[:5])
        raise ValueError(f"none of the {len(found)} pods that match is ready: {states}")
    return (_member(pod, credentials) for pod in ready)


def is_ready(pod: "Pod") -> bool:
    """Return whether a pod would get a service's traffic: it is ready, and nobody has deleted it."""
    conditions = (pod.status and pod.status.conditions) or ()
    return not _deleted(pod) and any(each.type == "Ready" and each.status == "True" for each in conditions)


def _deleted(pod: "Pod") -> bool:
    return bool(pod.metadata and pod.metadata.deletionTimestamp)


def _state(pod: "Pod") -> str:
    phase = (pod.status and pod.status.phase) or "Unknown"
    return "Terminating" if _deleted(pod) else "not ready" if phase == "Running" else phase


def _name(pod: "Pod") -> str:
    return (pod.metadata and pod.metadata.name) or ""


def _member(pod: "Pod", credentials: Credentials) -> Member:
    addresses = pod_addresses(pod)
    if not addresses:
        raise ValueError(f"pod {_name(pod)} has no address")
    target = make_target(addresses[0], agent_port(pod))
    return Member(_name(pod), target, _labels(pod), addresses, credentials)


def _labels(pod: "Pod") -> dict[str, str]:
    node = (pod.spec and pod.spec.nodeName) or ""
    return {"node": node, **((pod.metadata and pod.metadata.labels) or {})}


def pod_addresses(pod: "Pod") -> tuple[str, ...]:
    """Return a pod's addresses, the one first by which the cluster reaches it."""
    status = pod.status
    several = [each.ip for each in (status and status.podIPs) or ()]
    first = [status.podIP] if status and status.podIP else []
    return tuple(dict.fromkeys(filter(None, [*first, *several])))


def agent_port(pod: "Pod") -> int:
    """Return the port of a pod's agent, by its name; raises ValueError where none has it."""
    ports = {port.name: port.containerPort for each in _containers(pod) for port in each.ports or ()}
    for name in PORT_NAMES:
        if name in ports:
            return ports[name]
    raise ValueError(f"pod {_name(pod)} has no container port that is named {' or '.join(PORT_NAMES)}")


def _containers(pod: "Pod") -> list["Container"]:
    """Return what runs as long as the pod does: an agent beside a program may be an init container that is restarted."""
    if pod.spec is None:
        return []
    beside = [each for each in pod.spec.initContainers or () if each.restartPolicy == "Always"]
    return [*pod.spec.containers, *beside]
