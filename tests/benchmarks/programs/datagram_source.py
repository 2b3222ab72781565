"""Sends small datagrams to a port as fast as it can, until it is killed. Prints a line when it begins.

python -m tests.benchmarks.programs.datagram_source PORT
"""

import contextlib
import socket
import sys

if __name__ == "__main__":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        source.connect(("127.0.0.1", int(sys.argv[1])))
        print("sending", flush=True)
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                source.send(bytes(64))
