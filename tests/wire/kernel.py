"""What the host itself knows of the TCP connections to a port, from /proc/net/tcp (proc_net_tcp(5))."""

from pathlib import Path

_STATES = {"01": "ESTABLISHED", "02": "SYN_SENT", "04": "FIN_WAIT1", "05": "FIN_WAIT2", "06": "TIME_WAIT"}


def connections_to(port: int) -> list[str]:
    """The TCP states of every IPv4 socket of this host whose remote port it is."""
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return [_STATES.get(line[3], line[3]) for line in lines if int(line[2].rpartition(":")[2], 16) == port]
