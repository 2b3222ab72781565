"""`telesock resolve`: the addresses of a name, or the name of an address, as an agent finds them.

What has none is NO_MATCH and exit status 1.
"""

import asyncio
import ipaddress
from typing import Annotated

import typer

from telesock.client.cli.options import DEFAULT_AGENT, AgentOption, Credential, SessionOption, parse_duration
from telesock.client.cli.session_of import session_of
from telesock.client.texts.words import endpoint_text

EXAMPLE = "Example: telesock resolve server.lab --service http"


def resolve(
    name: Annotated[
        str, typer.Argument(help="A name, or an address to find the name of.", show_default=False)
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    service: Annotated[
        str, typer.Option(help="A port or a service, for the addresses.", show_default=False)
    ] = "",
    timeout: Annotated[
        float | None,
        typer.Option(parser=parse_duration, metavar="DURATION", help="How long to wait.", show_default=False),
    ] = None,
) -> None:
    """Print what a name or an address resolves to, a line each."""
    asyncio.run(_resolve(agent, session, name, service, timeout))


async def _resolve(
    agent: str, credential: Credential | None, name: str, service: str, timeout: float | None
) -> None:
    async with session_of(agent, credential, f"telesock resolve {name}") as session:
        if _is_address(name):
            host, _ = await session.name_of(name, name_required=True, timeout=timeout)
            print(host)
            return
        for address in await session.resolve(name, service, timeout=timeout):
            print(endpoint_text(address) if service else address.host)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
