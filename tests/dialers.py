"""Peers that connect: the other end of an agent's listener, as scripted as those of tests/peers.py.

far = await dial("127.0.0.1", port)            # a PeerConnection; raises ConnectionRefusedError and the like
"""

import asyncio
import socket

from tests.peers import PeerConnection, family_and_address


async def dial(host: str, port: int, *, reading: bool = True) -> PeerConnection:
    """Connect to an address."""
    family, address = family_and_address(host, port)
    descriptor = socket.socket(family, socket.SOCK_STREAM)
    descriptor.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(descriptor, address)
    except BaseException:
        descriptor.close()
        raise
    return PeerConnection(descriptor, reading=reading, remote=(host, port))  # it may be reset already


def dial_now(port: int) -> socket.socket:
    """Connect to a loopback port whose queue has room: that does not wait."""
    return socket.create_connection(("127.0.0.1", port))
