"""A server that answers the question for a namespace's pods as Kubernetes' API server does: over HTTPS, to a token, in pages.

with Cluster(folder, pods) as cluster:
    cluster.kubeconfig                  # a file; cluster.asked has (path, labelSelector) of every page
    cluster.pods.append(pod("a"))

It knows the selectors "key", "key=value", "key!=value" and "key in (value, value)", and refuses others with the API's words.
"""

import json
import re
import ssl
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.authorities import Authority

TOKEN = "lab-token"
PAGE = 2
"""Pods in an answer, however many are asked for."""

Pod = dict[str, Any]


def pod(
    name: str,
    labels: Mapping[str, str] | None = None,
    *,
    ips: Sequence[str] = ("10.2.0.1",),
    ports: Mapping[str, int] | None = None,
    ready: bool = True,
    phase: str = "Running",
    deleted: bool = False,
    beside: Mapping[str, int] | None = None,
) -> Pod:
    """A pod of namespace "lab" on node "node-1"; `beside` are ports of a container that runs beside the first."""
    named = {"grpc": 50551} if ports is None else ports
    metadata: dict[str, Any] = {"name": name, "namespace": "lab", "labels": dict(labels or {"role": "agent"})}
    if deleted:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    spec: dict[str, Any] = {"nodeName": "node-1", "containers": [_container("first", named)]}
    if beside is not None:
        spec["initContainers"] = [{**_container("beside", beside), "restartPolicy": "Always"}]
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    status: dict[str, Any] = {"phase": phase, "conditions": [condition], "podIPs": [{"ip": ip} for ip in ips]}
    if ips:
        status["podIP"] = ips[0]
    return {"metadata": metadata, "spec": spec, "status": status}


def _container(name: str, ports: Mapping[str, int]) -> Mapping[str, Any]:
    told = [{"name": each, "containerPort": port, "protocol": "TCP"} for each, port in ports.items()]
    return {"name": name, "image": "image", "ports": told}


def _program(command: Sequence[str]) -> Mapping[str, Any]:
    """A program that says who asks, as a configuration names it."""
    version = "client.authentication.k8s.io/v1beta1"
    return {"apiVersion": version, "command": command[0], "args": list(command[1:])}


class Refused(Exception):
    """What the API answers with a Status."""


def matches(labels: Mapping[str, str], selector: str) -> bool:
    """Whether labels are selected; raises Refused for a selector that is none."""
    requirements = re.findall(r"[^,(]+(?:\([^)]*\))?", selector)
    return all(_matches(labels, each.strip()) for each in requirements)


def _matches(labels: Mapping[str, str], requirement: str) -> bool:
    read = re.fullmatch(r"([\w./-]+)(?:(!?=)([\w.-]*)| in \(([^)]*)\))?", requirement)
    if read is None:
        raise Refused(f"unable to parse requirement: found {requirement!r}, expected: identifier")
    key, sign, value, several = read.groups()
    if several is not None:
        return labels.get(key) in [each.strip() for each in several.split(",")]
    if sign is None:
        return key in labels
    return (labels.get(key) == value) == (sign == "=")


class Cluster:
    """The server, in a thread of its own."""

    def __init__(self, folder: Path, pods: Sequence[Pod], namespace: str = "lab") -> None:
        self.pods = list(pods)
        self.asked: list[tuple[str, str]] = []
        self.authority = Authority(folder / "cluster")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.sign("127.0.0.1"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.port = self._server.server_address[1]
        self.kubeconfig = folder / "kubeconfig"
        self.write_kubeconfig(namespace=namespace)

    def write_kubeconfig(
        self, token: str = TOKEN, namespace: str = "lab", server: str = "", asking: Sequence[str] = ()
    ) -> None:
        """Write the file anew; YAML has JSON in it. `asking` is a command that tells the token."""
        url = server or f"https://127.0.0.1:{self.port}"
        cluster = {"server": url, "certificate-authority": str(self.authority.ca)}
        context = {"cluster": "c", "user": "u", "namespace": namespace}
        told = {
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"exec": _program(asking)} if asking else {"token": token}}],
            "contexts": [{"name": "x", "context": context}],
            "current-context": "x",
        }
        self.kubeconfig.write_text(json.dumps(told))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, namespace: str, selector: str, start: int) -> Mapping[str, Any]:
        """Answer with the pods from the `start`-th that matches."""
        found = [
            each
            for each in self.pods
            if each["metadata"]["namespace"] == namespace and matches(each["metadata"]["labels"], selector)
        ]
        more = start + PAGE < len(found)
        metadata = {"resourceVersion": "1", **({"continue": str(start + PAGE)} if more else {})}
        return {
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": metadata,
            "items": found[start : start + PAGE],
        }


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            selector = query.get("labelSelector", "")
            cluster.asked.append((url.path, selector))
            namespace = re.fullmatch(r"/api/v1/namespaces/([\w-]+)/pods", url.path)
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                return self._refuse(401, "Unauthorized")
            if namespace is None or namespace[1] == "kube-system":
                return self._refuse(403, 'pods is forbidden: User "u" cannot list resource "pods"')
            if namespace[1] == "proxied":
                return self._answer(200, b"<html>Log in</html>", "text/html")
            try:
                page = cluster.page(namespace[1], selector, int(query.get("continue", "0")))
            except Refused as refused:
                return self._refuse(400, str(refused))
            return self._answer(200, json.dumps(page).encode())

        def _refuse(self, code: int, message: str) -> None:
            told = {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "message": message,
                "code": code,
            }
            self._answer(code, json.dumps(told).encode())

        def _answer(self, code: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing on stderr."""

    return Handler
