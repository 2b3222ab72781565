"""Agents behind names: a real DNS server on loopback, and the system's own resolver asking it in a network of its own."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dns.resolver import Resolver
from tests.client.lab.sources.name_server import name_server
from tests.programs import PYTHONPATH

from telesock.client import Credentials
from telesock.client.lab.inventory import InventoryError, Member
from telesock.client.lab.sources import read_inventory
from telesock.client.lab.sources.dns import Found, address_name, distinct_names, read_service

SHOWN = Credentials("telesock_x")


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    with name_server() as port:
        asking = Resolver(configure=False)
        asking.nameservers = ["127.0.0.1"]
        asking.port = port
        asking.lifetime = 5.0
        yield asking


def refusal(where: str) -> str:
    with pytest.raises(InventoryError) as refused:
        read_inventory(where)
    return str(refused.value)


def test_every_address_of_this_host_is_an_agent() -> None:
    found = {member.target for member in read_inventory("dns:localhost:6000", SHOWN)}

    assert "127.0.0.1:6000" in found
    assert found <= {"127.0.0.1:6000", "[::1]:6000"}


def test_an_address_is_its_own_name_and_gets_the_port_of_an_agent_that_is_told_none() -> None:
    assert read_inventory("dns:127.0.0.1", SHOWN) == (
        Member("127.0.0.1", "127.0.0.1:50551", addresses=("127.0.0.1",), credentials=SHOWN),
    )


def test_an_address_with_colons_is_written_as_a_name() -> None:
    assert [address_name(each) for each in ("10.0.0.1", "2001:db8::1", "::1")] == [
        "10.0.0.1",
        "ip6-2001-db8--1",
        "ip6---1",
    ]


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a b", "'a b' is no name; NAME, NAME:PORT or _SERVICE._tcp.NAME is"),
        ("localhost:", "'' is not a port, 1 to 65535"),
        ("localhost:http", "'http' is not a port, 1 to 65535"),
        ("localhost:70000", "'70000' is not a port, 1 to 65535"),
        ("_telesock._tcp.lab:1", "the records of a service have its ports: leave the port out"),
        ("_" + "a" * 80, "A DNS label is > 63 octets long."),
    ],
)
def test_what_is_no_name_is_refused(what: str, line: str) -> None:
    assert refusal(f"dns:{what}") == f"dns:{what}: {line}"


@pytest.mark.parametrize("name", ["a..b", "a" * 80])
def test_a_name_without_an_address_is_told(name: str) -> None:
    assert refusal(f"dns:{name}").startswith(f"dns:{name}: ")
    assert refusal(f"dns:{name}").isprintable()


def test_each_target_of_a_service_is_an_agent_with_all_its_addresses(resolver: Resolver) -> None:
    assert read_service("_telesock._tcp.agents.lab", SHOWN, resolver) == (
        Member("agent-0", "agent-0.agents.lab:6000", {}, ("10.0.0.9", "2001:db8::9"), SHOWN),
        Member("agent-1", "agent-1.agents.lab:50551", {}, ("10.0.0.10",), SHOWN),
    )


def test_agents_of_one_host_are_named_with_their_ports(resolver: Resolver) -> None:
    found = read_service("_one._tcp.host.lab", SHOWN, resolver)

    assert [member.name for member in found] == ["agent-0.agents.lab-6000", "agent-0.agents.lab-6001"]


def test_hosts_whose_first_labels_are_the_same_are_named_in_full() -> None:
    assert distinct_names([Found("a.x", 1, ()), Found("a.y", 1, ())]) == ["a.x", "a.y"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("_no._tcp.agents.lab", "The DNS query name does not exist: _no._tcp.agents.lab."),
        ("_lost._tcp.agents.lab", "The DNS query name does not exist: gone.lab."),
        ("_off._tcp.agents.lab", "it has no agents: it needs one at least"),
    ],
)
def test_a_service_that_leads_nowhere_is_told(resolver: Resolver, name: str, line: str) -> None:
    with pytest.raises(InventoryError) as refused:
        read_service(name, SHOWN, resolver)

    assert str(refused.value).replace(f"dns:{name} has", f"dns:{name}: it has") == f"dns:{name}: {line}"


def test_name_servers_that_are_silent_are_not_waited_for_for_long(resolver: Resolver) -> None:
    resolver.lifetime = 0.2

    with pytest.raises(InventoryError, match=r"^dns:_a\.silent\.lab: The resolution lifetime expired"):
        read_service("_a.silent.lab", SHOWN, resolver)


# In a network of its own: nothing but loopback, and the system's resolver asks the server there.
ALONE = """
    mount --bind "$1" /etc/resolv.conf && ip link set lo up && shift && exec "$@"
"""
ASKING = """
from telesock.client.lab.inventory import InventoryError
from telesock.client.lab.sources import read_inventory
for where in ("dns:agents.lab:6000", "dns:agents", "dns:_telesock._tcp.agents"):
    print(*(f"{each.name} {each.target}" for each in read_inventory(where)), sep=", ")
for where in ("dns:none.lab", "dns:no.lab"):
    try:
        read_inventory(where)
    except InventoryError as error:
        print(error)
"""


def alone() -> bool:
    """Whether a network of one's own can be had here."""
    tools = all(map(shutil.which, ("unshare", "mount", "ip")))
    command = ["unshare", "--net", "--mount", "true"]
    return tools and subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not alone(), reason="needs root, for a network of its own")
def test_the_system_s_resolver_is_asked_with_its_search_domains(tmp_path: Path) -> None:
    resolving = tmp_path / "resolv.conf"
    resolving.write_text("nameserver 127.0.0.1\nsearch lab\n")
    server = [sys.executable, str(Path(__file__).parent / "name_server.py")]
    told = subprocess.run(
        [
            "unshare",
            "--net",
            "--mount",
            "sh",
            "-c",
            ALONE,
            "sh",
            str(resolving),
            *server,
            sys.executable,
            "-c",
            ASKING,
        ],
        env={"PYTHONPATH": PYTHONPATH, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert told.stdout.splitlines() == [
        "10.0.0.9 10.0.0.9:6000, 10.0.0.10 10.0.0.10:6000, ip6-2001-db8--1 [2001:db8::1]:6000",
        "10.0.0.9 10.0.0.9:50551, 10.0.0.10 10.0.0.10:50551, ip6-2001-db8--1 [2001:db8::1]:50551",
        "agent-0 agent-0.agents.lab:6000, agent-1 agent-1.agents.lab:50551",
        "dns:none.lab: none.lab has no address: No address associated with hostname",
        "dns:no.lab: no.lab has no address: Name or service not known",
    ]
