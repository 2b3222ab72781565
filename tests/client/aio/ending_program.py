"""A program that ends with a client in the middle of its work: python ending_program.py ADDRESS HOW."""

import asyncio
import sys

from telesock.client import AsyncClient, AsyncSession


async def work(session: AsyncSession) -> None:
    """Leave operations and a stream of events behind."""
    socket = await session.create_socket()
    socket.bind()
    events = session.events()
    await anext(events)
    session.create_socket()


async def leave(client: AsyncClient) -> None:
    """Leave every block."""
    async with client.session() as session:
        await work(session)


async def exit_inside(client: AsyncClient) -> None:
    """Exit inside the blocks."""
    async with client.session() as session:
        await work(session)
        sys.exit()


async def forget(client: AsyncClient) -> None:
    """Never leave the session."""
    await work(await client.session().__aenter__())


async def main(address: str, how: str) -> None:
    """Do as told."""
    client = AsyncClient(address)
    if how == "abandon":
        await client.__aenter__()
        await forget(client)
        return
    async with client:
        await {"leave": leave, "exit": exit_inside, "forget": forget}[how](client)


asyncio.run(main(*sys.argv[1:]))
