"""What the host itself knows of the TCP connections to a port, from /proc/net/tcp (proc_net_tcp(5))."""

from pathlib import Path

_STATES = {"01": "ESTABLISHED", "02": "SYN_SENT", "04": "FIN_WAIT1", "05": "FIN_WAIT2"}
_TIME_WAIT = "06"  # of a connection to whoever had the port a minute ago


def connections_to(port: int) -> list[str]:
    """The TCP states of every IPv4 socket of this host whose remote port it is."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    states = [state for _, _, remote, state, *_ in lines if int(remote.rpartition(":")[2], 16) == port]
    return [_STATES.get(state, state) for state in states if state != _TIME_WAIT]
