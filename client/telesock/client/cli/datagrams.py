"""Datagrams between stdin, stdout and a peer: what is one datagram, where it goes, and when that is over.

A line is a datagram, without its end; or all of stdin is one. Refuses what is longer than a datagram can be, so that no
input without an end fills our memory.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator

from telesock.client import AddressFamily, AsyncDatagramSocket, AsyncSession
from telesock.client.cli.conversation import Manner
from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.options import Address
from telesock.client.cli.stdio import read_chunk, write_all
from telesock.client.texts.words import endpoint_text

LONGEST = 65_527
"""Bytes of the longest datagram, over IPv6; what a host takes may be less."""

_WAIT = 1.0  # seconds for answers after the end of stdin


async def print_arrivals(
    session: AsyncSession, local: Address, manner: Manner, group: str, count: int | None, *, echoing: bool
) -> None:
    """Print what arrives, a line each with its source, until there were so many."""
    async with await session.datagram(
        local.host, local.port, options=manner.options, faults=manner.faults
    ) as socket:
        await _join(socket, group)
        assert socket.local is not None, "it is bound"
        manner.tell(f"receiving on {endpoint_text(socket.local)}")
        received = 0
        while count is None or received < count:
            datagram = await socket.receive_from(timeout=manner.timeout)
            received += 1
            if echoing:
                await socket.send_to(datagram.data, (datagram.remote.host, datagram.remote.port))
            await write_all(f"{endpoint_text(datagram.remote)} {shown(datagram.data)}\n".encode())


def shown(data: bytes) -> str:
    """Text as it is, anything else as Python would write it, all of it."""
    try:
        text = data.decode().rstrip("\n")
    except UnicodeDecodeError:
        return repr(data)[1:]
    return text if text.isprintable() else repr(data)[1:]


async def send_and_print(
    session: AsyncSession, remote: Address, manner: Manner, group: str, count: int | None, *, whole: bool
) -> None:
    """Send stdin, print what comes back, until there were so many answers or none has come for a while."""
    to = await _resolved(session, remote, manner.local)
    local = manner.local or Address("::" if ":" in to.host else "0.0.0.0", 0)
    async with await session.datagram(
        local.host, local.port, options=manner.options, faults=manner.faults
    ) as socket:
        await _join(socket, group)
        printing = asyncio.create_task(_print(socket, count, b"" if whole else b"\n"))
        sending = asyncio.create_task(_send(socket, to, whole=whole))
        try:
            await _until_over(sending, printing, manner, count)
        finally:
            sending.cancel()
            printing.cancel()
            await asyncio.gather(sending, printing, return_exceptions=True)


async def _until_over(
    sending: "asyncio.Task[int]", printing: "asyncio.Task[None]", manner: Manner, count: int | None
) -> None:
    await asyncio.wait((sending, printing), return_when=asyncio.FIRST_COMPLETED)
    if printing.done():  # all answers are there, or nobody reads them
        printing.result()
        return
    sent = await sending
    manner.tell(f"sent {sent} datagram{'' if sent == 1 else 's'}")
    wait = _WAIT if manner.timeout is None else manner.timeout
    await asyncio.wait((printing,), timeout=wait)
    if printing.done():
        printing.result()
    elif count is not None:
        raise CommandFailed(f"fewer than {count} answers have come in {wait:g} s")


async def _join(socket: AsyncDatagramSocket, group: str) -> None:
    if group:
        address, _, interface = group.partition("%")
        await socket.join_group(address, interface)


async def _resolved(session: AsyncSession, remote: Address, local: Address | None) -> Address:
    """Find the first address of a name, one that our own end can send to."""
    try:
        ipaddress.ip_address(remote.host)
    except ValueError:
        pass
    else:
        return remote
    family = None
    if local is not None:
        family = AddressFamily.IPV6 if ":" in local.host else AddressFamily.IPV4
    found = await session.resolve(remote.host, family=family)
    return Address(found[0].host, remote.port)


async def _send(socket: AsyncDatagramSocket, remote: Address, *, whole: bool) -> int:
    """Send stdin; return in how many datagrams."""
    sent = 0
    async for datagram in _pieces(whole=whole):
        await socket.send_to(datagram, (remote.host, remote.port))
        sent += 1
    return sent


async def _pieces(*, whole: bool) -> AsyncIterator[bytes]:
    """Cut stdin into datagrams; a last line needs no end."""
    rest = b""
    while chunk := await read_chunk():
        lines = [rest + chunk] if whole else (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield _held(line)
        _held(rest)
    if rest or whole:
        yield rest


def _held(data: bytes) -> bytes:
    if len(data) > LONGEST:
        raise CommandFailed(f"a datagram holds at most {LONGEST} bytes")
    return data


async def _print(socket: AsyncDatagramSocket, count: int | None, end: bytes) -> None:
    received = 0
    while count is None or received < count:
        datagram = await socket.receive_from()
        await write_all(datagram.data + end)
        received += 1
