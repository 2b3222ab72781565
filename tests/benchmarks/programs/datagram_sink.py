"""Takes datagrams and forgets them, until it is killed. Prints its port.

python -m tests.benchmarks.programs.datagram_sink
"""

import socket

if __name__ == "__main__":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        print(sink.getsockname()[1], flush=True)
        while True:
            sink.recv(70_000)
