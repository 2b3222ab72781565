"""A peer that sends back what it gets, at once. Run as a program; it prints its port and serves until killed."""

import contextlib
import selectors
import socket

AT_ONCE = 1 << 16


def main() -> None:
    """Serve on a loopback port of the host's choice."""
    with socket.create_server(("127.0.0.1", 0)) as listener, selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        print(listener.getsockname()[1], flush=True)
        serve(listener, selector)


def serve(listener: socket.socket, selector: selectors.BaseSelector) -> None:
    """Accept, and echo, for ever."""
    view = memoryview(bytearray(AT_ONCE))
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ, connection)
            elif not echo(key.data, view):
                selector.unregister(key.data)
                key.data.close()


def echo(connection: socket.socket, view: memoryview) -> bool:
    """Send back what is there; return whether more may come."""
    with contextlib.suppress(ConnectionError):
        size = connection.recv_into(view)
        connection.sendall(view[:size])
        return size > 0
    return False


if __name__ == "__main__":
    main()
