"""The agents of a compose project that is up: its running containers that a label of theirs makes agents. Extra `compose`.

    services:
      gateway:
        labels: {telesock.agent: 50551, telesock.role: router}    # the port of its agent; a label `role`

`compose:PROJECT` asks the Docker engine of DOCKER_HOST, else this host's. An agent is called as its service, with the
container's number where there are several of it ("worker-2"); it has the label `service` and those that are written
`telesock.NAME`. Containers of `run` are none of the project's agents. How each is reached: engine.py.
"""

import contextlib
import os
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from telesock.client.credentials import Credentials
from telesock.client.lab.inventory import Inventory, Member, make_inventory
from telesock.client.lab.sources.engine import Container, Standpoint, read_listing
from telesock.client.lab.sources.failing import not_installed, place_named
from telesock.client.lab.sources.targets import parse_port

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
ONE_OFF = "com.docker.compose.oneoff"
OURS = "telesock."
AGENT = "telesock.agent"
HERE = "unix:///var/run/docker.sock"
"""Where the engine of this host is."""
TIMEOUT = 10
"""Seconds that the engine has for an answer."""


def read_project(project: str, credentials: Credentials) -> Inventory:
    """Ask the engine for a project's agents; raises InventoryError."""
    where = f"compose:{project}"
    with place_named(where):
        engine = _engine(where)
        containers = _ask(engine)
        standpoint = Standpoint(engine_host(engine), source_towards)
        return make_inventory(members_of(project, containers, standpoint, credentials), where)


def _engine(where: str) -> str:
    """Return the URL of the engine that the environment names, else the context of Docker's command line."""
    try:
        from docker.context import ContextAPI
        from docker.errors import DockerException
    except ModuleNotFoundError as missing:
        raise not_installed(where, missing, "compose") from None
    if host := os.environ.get("DOCKER_HOST"):
        return host
    name = os.environ.get("DOCKER_CONTEXT")
    try:
        context = ContextAPI.get_context(name)
    except (DockerException, OSError) as error:
        raise ValueError(f"the current context of Docker cannot be read: {error}") from None
    if context is None:
        raise ValueError(f"Docker has no context {name or 'such as its configuration names'}: DOCKER_CONTEXT")
    return context.Host or HERE


def _ask(engine: str) -> list[Container]:
    """Return all containers that run; raises ValueError."""
    from docker import DockerClient
    from docker.errors import DockerException

    try:
        _look_for(engine)
        with contextlib.closing(DockerClient.from_env(timeout=TIMEOUT)) as client:
            return read_listing(client.api.containers(filters={"status": "running"}))
    except (DockerException, OSError) as error:  # its HTTP library's are of the second kind
        why = (isinstance(error, OSError) and error.strerror) or error
        raise ValueError(
            f"the Docker engine at {engine} does not answer: {why}; DOCKER_HOST says where it is"
        ) from None
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"no Docker engine answers at {engine}: {error!r}") from None


def _look_for(engine: str) -> None:
    """Raise OSError where nobody listens at an engine's path: the library would tell less, and leave a socket open."""
    url = urlsplit(engine)
    if url.scheme.endswith("unix"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(url.path)


def engine_host(engine: str) -> str:
    """Return the host of an engine's URL; "" for one that is reached without a network."""
    url = urlsplit(engine)
    return (url.hostname or "") if url.scheme in ("tcp", "http", "https", "ssh") else ""


def source_towards(address: str) -> str | None:
    """Return the address that what this host sends to another one has; None where there is no way. Sends nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def members_of(
    project: str, containers: Sequence[Container], standpoint: Standpoint, credentials: Credentials
) -> Iterator[Member]:
    """Return a project's agents among containers; raises ValueError that says what is missing."""
    ours = [each for each in containers if each.labels.get(PROJECT) == project]
    agents = sorted((each for each in ours if _is_agent(each)), key=_place)
    if not ours:
        raise ValueError(f"no container of that project runs; {_projects(containers)}")
    if not agents:
        raise ValueError(
            f"none of its {len(ours)} running containers has the label {AGENT}=PORT, such as {AGENT}=50551"
        )
    neighbours = [address for each in containers for address in each.addresses]
    several = Counter(each.labels.get(SERVICE, "") for each in agents)
    return (_member(each, several, standpoint, neighbours, credentials) for each in agents)


def _is_agent(container: Container) -> bool:
    return AGENT in container.labels and container.labels.get(ONE_OFF, "").lower() != "true"


def _place(container: Container) -> tuple[str, int]:
    number = container.labels.get(NUMBER, "")
    return container.labels.get(SERVICE, ""), int(number) if number.isdecimal() else 0


def _projects(containers: Sequence[Container]) -> str:
    running = sorted({each.labels[PROJECT] for each in containers if PROJECT in each.labels})
    return f"projects that run: {', '.join(running)}" if running else "nor of any other"


def _member(
    container: Container,
    several: Counter[str],
    standpoint: Standpoint,
    neighbours: Sequence[str],
    credentials: Credentials,
) -> Member:
    service, number = _place(container)
    try:
        port = parse_port(container.labels[AGENT])
    except ValueError as error:
        raise ValueError(f"container {container.name}: label {AGENT}: {error}") from None
    target = standpoint.way_to(container, port, neighbours)
    if target is None:
        raise ValueError(
            f"container {container.name} cannot be reached from here: this is on none of its networks, and port {port}"
            " is not published"
        )
    name = f"{service}-{number}" if several[service] > 1 else service
    return Member(name, target, _labels(container, service), container.addresses, credentials)


def _labels(container: Container, service: str) -> dict[str, str]:
    told = container.labels.items()
    ours = {key.removeprefix(OURS): value for key, value in told if key.startswith(OURS) and key != AGENT}
    return {"service": service, **ours}
