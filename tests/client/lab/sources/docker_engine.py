"""What answers on a Unix socket as a Docker engine does when it is asked which containers run.

with engine(folder, [container("web")]) as url: ...        # "unix:///…", for DOCKER_HOST

The listing has the form of API 1.41 (Docker 20.10) as far as it is read, and is filtered by status as the engine does.
"""

import contextlib
import json
import re
import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Listed = dict[str, Any]


def container(
    service: str,
    *,
    number: int = 1,
    project: str = "lab",
    agent: str | None = "50551",
    labels: Mapping[str, str] | None = None,
    ip: str = "198.51.100.2",
    ipv6: str = "",
    ports: Sequence[Mapping[str, Any]] = (),
    mode: str = "lab_default",
    state: str = "running",
    oneoff: str = "False",
) -> Listed:
    """A container of a project as the engine lists it."""
    told = {
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": str(number),
        "com.docker.compose.oneoff": oneoff,
        "org.opencontainers.image.title": "an image's own label",
        **({} if agent is None else {"telesock.agent": agent}),
        **(labels or {}),
    }
    network = {"IPAddress": ip, "IPPrefixLen": 24 if ip else 0}
    six = {"GlobalIPv6Address": ipv6, "GlobalIPv6PrefixLen": 64 if ipv6 else 0}
    return {
        "Id": f"{project}-{service}-{number}",
        "Names": [f"/{project}_{service}_{number}"],
        "Labels": told,
        "State": state,
        "Ports": list(ports),
        "HostConfig": {"NetworkMode": mode},
        "NetworkSettings": {"Networks": {} if mode.startswith("container:") else {mode: network | six}},
    }


def published(port: int, host_port: int, address: str = "0.0.0.0") -> Mapping[str, Any]:
    """A port that is open on the engine's host."""
    return {"IP": address, "PrivatePort": port, "PublicPort": host_port, "Type": "tcp"}


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def engine(folder: Path, containers: Sequence[Listed]) -> Iterator[str]:
    """Answer with these containers; return the URL."""
    path = folder / "docker.sock"
    with _Server(str(path), _handler(containers)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()


def _handler(containers: Sequence[Listed]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/version":
                self._answer({"ApiVersion": "1.41", "MinAPIVersion": "1.12"})
            elif re.fullmatch(r"/v[\d.]+/containers/json", url.path):
                filters = json.loads(parse_qs(url.query)["filters"][0])
                self._answer([each for each in containers if each.get("State") in filters["status"]])
            else:
                self.send_error(404)

        def _answer(self, told: object) -> None:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing on stderr."""

    return Handler
