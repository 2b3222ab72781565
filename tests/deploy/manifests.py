"""Renders deploy/kubernetes as a cluster would get it, and finds in it what tests ask about.

documents = render("overlays/daemonset")                     # by kubectl, once for each
documents = render("overlays/daemonset", "tls")              # with components that it does not have by itself
agent_containers(pod), other_containers(pod)                 # of a pod template; sidecars are init containers
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

KUBERNETES = Path(__file__).parents[2] / "deploy/kubernetes"
AGENT = "telesock-agent"
Document = dict[str, Any]

_BESIDE = Path(sys.executable).with_name("kubectl")  # where pip puts it
KUBECTL = str(_BESIDE) if _BESIDE.exists() else shutil.which("kubectl")

needs_kubectl = pytest.mark.skipif(
    KUBECTL is None and os.environ.get("TELESOCK_TEST_PROGRAMS") != "required",
    reason="kubectl is not installed",
)


@functools.cache
def render(place: str, *components: str) -> tuple[Document, ...]:
    """Return the documents of a kustomization, with components added to it."""
    if not components:
        return _kustomize(KUBERNETES / place)
    with tempfile.TemporaryDirectory() as folder:
        there = Path(os.path.relpath(KUBERNETES, Path(folder).resolve()))
        added = [str(there / "components" / component) for component in components]
        kustomization = {"resources": [str(there / place)], "components": added}
        Path(folder, "kustomization.yaml").write_text(json.dumps(kustomization))
        return _kustomize(Path(folder))


def _kustomize(folder: Path) -> tuple[Document, ...]:
    assert KUBECTL is not None, "kubectl is not installed"
    ended = subprocess.run([KUBECTL, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return tuple(yaml.safe_load_all(ended.stdout))


def named(documents: Iterable[Document], kind: str, name: str = "") -> Document:
    """Return the one document of a kind, or of that name; a generated name is known by its beginning."""
    [found] = [each for each in of_kind(documents, kind) if each["metadata"]["name"].startswith(name)]
    return found


def of_kind(documents: Iterable[Document], *kinds: str) -> list[Document]:
    """Return all documents of some kinds."""
    return [each for each in documents if each["kind"] in kinds]


def workloads(documents: Iterable[Document]) -> Iterator[tuple[str, Document]]:
    """Return whatever makes pods, as name and pod template."""
    for each in of_kind(documents, "Deployment", "DaemonSet", "Job"):
        yield each["metadata"]["name"], each["spec"]["template"]


def agents(documents: Iterable[Document]) -> list[Document]:
    """Return the pod templates that have an agent in them."""
    return [template for _, template in workloads(documents) if agent_containers(template)]


def containers(template: Document) -> list[Document]:
    """Return all containers of a pod template."""
    return [*template["spec"].get("initContainers", ()), *template["spec"]["containers"]]


def agent_containers(template: Document) -> list[Document]:
    """Return the agents of a pod template: one or none."""
    return [each for each in containers(template) if each["name"] == AGENT]


def settings_of(documents: Iterable[Document]) -> str:
    """Return the agents' TOML file."""
    return str(named(documents, "ConfigMap", AGENT)["data"]["agent.toml"])


def environment_of(container: Document) -> dict[str, str]:
    """Return what a container's environment says literally."""
    return {each["name"]: each["value"] for each in container.get("env", ()) if "value" in each}


def in_bytes(quantity: str) -> int:
    """Read an amount of memory."""
    assert quantity.endswith("Mi"), quantity
    return int(quantity.removesuffix("Mi")) << 20
