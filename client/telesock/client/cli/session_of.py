"""The session that a command works in: one of its own that ends with it, or one that exists and then goes on."""

import contextlib
from collections.abc import AsyncIterator

from telesock.client import AsyncClient, AsyncSession
from telesock.client.cli.access import credentials
from telesock.client.cli.options import Credential

_LEASE = 10.0  # seconds; of a session of our own, which nobody takes up again after us


@contextlib.asynccontextmanager
async def session_of(agent: str, credential: Credential | None, label: str) -> AsyncIterator[AsyncSession]:
    """Open a session, or take the named one up."""
    async with AsyncClient(agent, credentials=credentials()) as client:
        if credential is None:
            session = client.session(lease=_LEASE, label=label)
        else:
            session = client.attach_session(credential.session_id, credential.token)
        async with session as attached:
            yield attached
