"""The peer asyncssh: a server that opens connections for its client (direct-tcpip), as `ssh -W` and `ssh -L` ask it to.

Run as a program; it prints its port and serves until it is killed. It knows nobody and lets everybody in, on loopback.
"""

import asyncio

import asyncssh


class Forwarder(asyncssh.SSHServer):  # type: ignore[misc]  # Any to mypy: pyproject.toml says why
    """Lets its client go anywhere."""

    def begin_auth(self, username: str) -> bool:
        """Ask nobody who he is."""
        return False

    def connection_requested(self, host: str, port: int, origin: str, origin_port: int) -> bool:
        """Connect."""
        return True


async def serve() -> None:
    """Serve on a loopback port of the host's choice, with a key made for it."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], server_factory=Forwarder)
    print(server.get_port(), flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve())
