"""Two agents on two hosts move a gibibyte and verify it, and not a byte of it goes over gRPC."""

import hashlib
from pathlib import Path

import pytest
from tests.lab.namespaces import agent_on, hosts, needs_namespaces
from tests.wire.caller import Caller, Place
from tests.wire.story import status_of

from telesock.v1 import sockets_pb2

GIBIBYTE = 1 << 30
SEED = 7
FIRST_BLOCK = hashlib.shake_128(SEED.to_bytes(8, "little") + bytes(8)).digest(65_536)

pytestmark = needs_namespaces


@pytest.mark.timeout(120)
async def test_two_agents_on_two_hosts_move_a_gibibyte_by_seed_and_digest_and_none_of_it_over_grpc(
    tmp_path: Path,
) -> None:
    allow = ("--allow", "10.201.0.0/24", "--allow-listen", "10.201.0.0/24")
    with hosts() as (here, there):
        async with agent_on(here, tmp_path, *allow) as near, agent_on(there, tmp_path, *allow) as far:
            sender, receiver = await Caller(near).open(), await Caller(far).open()
            listener, place = await receiver.listening(there.address)
            accepting = await receiver.accept(listener)
            connection = await sender.connected(Place(there.address, place.port))
            accepted = (await receiver.wait(accepting)).accept.socket_id

            pattern = {"seed": SEED}
            receiving = await receiver.receive(
                accepted, GIBIBYTE, wait_all=True, digest=sockets_pb2.DIGEST_SHA256, check=pattern
            )
            sending = await sender.send(connection, b"", pattern=pattern, pattern_length=GIBIBYTE)
            sent, received = await sender.wait(sending), await receiver.wait(receiving)

            assert [(status_of(each), each.transferred_bytes) for each in (sent, received)] == [
                ("SUCCESS", GIBIBYTE)
            ] * 2
            assert (received.receive.data, len(received.receive.digest)) == (b"", 32)
            assert not received.receive.HasField("first_difference")
            stories = [*await sender.events(), *await receiver.events()]
            assert sum(event.ByteSize() for event in stories) < 2000
            for caller in (sender, receiver):
                await caller.close_session()
                await caller.channel.close()


async def test_a_pattern_that_differs_is_told_by_the_offset_of_its_first_difference(tmp_path: Path) -> None:
    allow = ("--allow", "10.201.0.0/24", "--allow-listen", "10.201.0.0/24")
    with hosts() as (here, there):
        async with agent_on(here, tmp_path, *allow) as near, agent_on(there, tmp_path, *allow) as far:
            sender, receiver = await Caller(near).open(), await Caller(far).open()
            listener, place = await receiver.listening(there.address)
            accepting = await receiver.accept(listener)
            connection = await sender.connected(Place(there.address, place.port))
            accepted = (await receiver.wait(accepting)).accept.socket_id

            await sender.send(connection, FIRST_BLOCK[:5000])
            await sender.send(connection, bytes([FIRST_BLOCK[5000] ^ 1]))
            checking = await receiver.receive(accepted, 5001, wait_all=True, check={"seed": SEED})

            assert (await receiver.wait(checking)).receive.first_difference == 5000
            for caller in (sender, receiver):
                await caller.close_session()
                await caller.channel.close()
