"""A client to be killed: opens a session with the shortest lease, connects, sends, waits, and never says goodbye.

python doomed_client.py AGENT_ADDRESS PEER_PORT        # prints session id and token when all of it is under way
"""

import asyncio
import sys

import grpc
from tests.promises.owners import Caller, Owner, connect_to

from telesock.v1.sessions_pb2 import OpenSessionRequest
from telesock.v1.sockets_pb2 import ReceiveRequest, SendRequest


async def live(address: str, port: int) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        owner = Owner(channel, await Caller(channel).ask(OpenSessionRequest(lease_duration={"seconds": 1})))
        await owner.attach()
        for _ in range(3):
            operation = await owner.start(connect_to("127.0.0.1", port))
            await owner.finish(operation)
            await owner.start(SendRequest(socket_id=operation.socket_id, data=b"alive"))
            await owner.start(ReceiveRequest(socket_id=operation.socket_id, length=1))
        print(owner.session_id, owner.opened.session_token, flush=True)
        await asyncio.Event().wait()


asyncio.run(live(sys.argv[1], int(sys.argv[2])))
