"""A small DNS server: answers questions over UDP from the records that it is given, as a zone file has them.

with name_server(ZONE) as port: ...                       # on 127.0.0.1
python name_server.py PROGRAM…                            # on port 53 while the program runs, for a network of its own

A name without records does not exist; the name "silent.lab" gets no answer.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone

ZONE = """
@                       SOA  ns root 1 1 1 1 1
@                       NS   ns
ns                      A    127.0.0.1
agents                  A    10.0.0.10
agents                  A    10.0.0.9
agents                  AAAA 2001:db8::1
none                    TXT  "no address"
_telesock._tcp.agents   SRV  0 0 50551 agent-1.agents
_telesock._tcp.agents   SRV  0 0 6000 agent-0.agents
agent-0.agents          A    10.0.0.9
agent-0.agents          AAAA 2001:db8::9
agent-1.agents          A    10.0.0.10
_one._tcp.host          SRV  0 0 6001 agent-0.agents
_one._tcp.host          SRV  0 0 6000 agent-0.agents
_off._tcp.agents        SRV  0 0 0 .
_lost._tcp.agents       SRV  0 0 1 gone
"""


def answer(zone: dns.zone.Zone, question: bytes) -> bytes:
    """Answer one message."""
    query = dns.message.from_wire(question)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA | dns.flags.RA
    asked = query.question[0]
    node = zone.get_node(asked.name) if asked.name.is_subdomain(zone.origin or dns.name.root) else None
    if node is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif found := zone.get_rrset(asked.name, asked.rdtype):
        response.answer.append(found)
    return response.to_wire()


def serve(server: socket.socket, zone: dns.zone.Zone) -> None:
    """Answer until an empty message comes."""
    while True:
        question, client = server.recvfrom(4096)
        if not question:
            return
        if b"\x06silent" not in question:
            server.sendto(answer(zone, question), client)


@contextlib.contextmanager
def name_server(records: str = ZONE, port: int = 0) -> Iterator[int]:
    """Serve records of "lab." on loopback; return the port."""
    zone = dns.zone.from_text(records, "lab.", relativize=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        thread = threading.Thread(target=serve, args=(server, zone))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", server.getsockname())
            thread.join()


if __name__ == "__main__":
    with name_server(port=53):
        sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
