"""The peer asyncssh as its users drive it: one connection to its server, and channels to hosts behind that."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncssh
from tests.benchmarks import processes


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[Any]:
    """A connection to a server of its own. It checks no key and reads no configuration: both ends are ours."""
    with processes.program("ssh_server") as port:
        async with asyncssh.connect(
            "127.0.0.1",
            int(port),
            username="benchmark",
            known_hosts=None,
            client_keys=None,
            agent_path=None,
            config=None,
        ) as connection:
            yield connection
