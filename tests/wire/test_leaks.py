"""After hundreds of conversations, good and bad, and after clients that died, the agent holds nothing more."""

import asyncio
import gc
import os
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from tests.agents import RunningAgent
from tests.peers import Peer, PeerConnection
from tests.ports import unused_port
from tests.wire.caller import Caller, Place
from tests.wire.kernel import connections_to
from tests.wire.refusals import refused

from telesock.server.core.operations import Operation
from telesock.server.engine.connecting import Connecting
from telesock.server.engine.sessions import HeldSession
from telesock.server.engine.sockets import Socket
from telesock.server.service.subscription import Subscription
from telesock.v1 import sessions_pb2, sockets_pb2, types_pb2

MIB = 1 << 20
ROUNDS = 30
CLIENTS = 20
BOTH = [sockets_pb2.INDICATION_KIND_DATA, sockets_pb2.INDICATION_KIND_DISCONNECT]
Measured = TypeVar("Measured")
KEPT = (Socket, Operation, HeldSession, Connecting, Subscription)


class Holdings(NamedTuple):
    """What an agent in this process holds, and the process with it."""

    descriptors: int
    tasks: int
    sessions: int
    sockets: int
    registrations: int
    journal_bytes: int
    unsent_bytes: int
    objects: int


def holdings(agent: RunningAgent) -> Holdings:
    gc.collect()
    engine = agent.engine
    return Holdings(
        descriptors=len(os.listdir("/proc/self/fd")),
        tasks=len(asyncio.all_tasks()),
        sessions=len(engine.sessions),
        sockets=engine.sockets,
        registrations=len(engine.poller),
        journal_bytes=engine.sessions._storage.used,
        unsent_bytes=engine.pending_send_bytes,
        objects=sum(isinstance(each, KEPT) for each in gc.get_objects()),
    )


async def settled(measure: Callable[[], Measured], expected: Measured) -> Measured:
    """What is measured, once that is as expected or 20 s later: gRPC ends calls and closes descriptors unseen."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 20
    while (now := measure()) != expected and loop.time() < deadline:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.02)
    return now


async def growth(agent: RunningAgent, before: Holdings) -> dict[str, int]:
    """What the agent holds in the end beyond what it held before.

    gRPC's server keeps what belongs to its last call until another one comes.
    """
    last = Caller(agent.address)
    await last.sessions.ListSessions(sessions_pb2.ListSessionsRequest())
    await last.channel.close()

    def grown() -> dict[str, int]:
        now = holdings(agent)
        return {
            name: more for name in now._fields if (more := getattr(now, name) - getattr(before, name)) > 0
        }

    return await settled(grown, {})


class Cycles:
    """Conversations of every kind, each of which ends with nothing left of it."""

    def __init__(self, caller: Caller, lively: Peer, stalled: Peer, blackhole: Place) -> None:
        self._caller = caller
        self._lively = lively
        self._stalled = stalled
        self._blackhole = blackhole

    async def run(self) -> None:
        """Have one conversation of each kind."""
        kinds = (self.exchange, self.reset_by_the_peer, self.aborted, self.hung, self.closed_with_data_unread)
        for kind in kinds:
            socket, far = await self._caller.meet(
                self._stalled if kind == self.hung else self._lively, callbacks={"enable": BOTH}
            )
            await kind(socket, far)
            assert await self._caller.status(await self._caller.close(socket)) == "SUCCESS"
            far.close()
        await self.failed_connects()
        await self.refusals()

    async def exchange(self, socket: int, far: PeerConnection) -> None:
        caller = self._caller
        await caller.set_event_callbacks(socket, disable=BOTH)
        receiving = await caller.receive(socket, 6, wait_all=True)
        await caller.send_acknowledged(socket, b"question")
        await far.until_received(b"question")
        far.send(b"answer")
        assert (await caller.wait(receiving)).receive.data == b"answer"
        far.finish()
        assert await caller.status(await caller.disconnect(socket, b"bye")) == "SUCCESS"

    async def reset_by_the_peer(self, socket: int, far: PeerConnection) -> None:
        receiving = await self._caller.receive(socket, 100, wait_all=True)
        far.send(b"partial")
        far.reset()
        assert await self._caller.status(receiving) == "CONNECTION_RESET"

    async def aborted(self, socket: int, far: PeerConnection) -> None:
        await self._caller.receive(socket, 100, timeout=30.0)
        assert await self._caller.status(await self._caller.abort(socket)) == "SUCCESS"

    async def hung(self, socket: int, far: PeerConnection) -> None:
        caller = self._caller
        sends = [await caller.send(socket, bytes(MIB), timeout=30.0) for _ in range(4)]
        await caller.send_acknowledged(socket, b"x")
        hung = await caller.disconnect(socket, b"final", timeout=30.0)
        assert await caller.pending(sends[-1], hung)
        assert await caller.cancel(hung) == "CANCELLED"
        await caller.disconnect(socket)

    async def closed_with_data_unread(self, socket: int, far: PeerConnection) -> None:
        await self._caller.set_event_callbacks(socket, credit_bytes=10)
        far.send(bytes(100))
        await self._caller.until(lambda event: event.socket_id == socket and event.HasField("credit_stalled"))

    async def failed_connects(self) -> None:
        caller = self._caller
        assert await caller.status(await caller.connect(Place("127.0.0.1", unused_port()))) != "SUCCESS"
        assert await caller.status(await caller.connect(Place("no such name", 80))) == "NO_MATCH"
        connecting = await caller.connect(self._blackhole)
        assert await caller.cancel(connecting) == "CANCELLED"
        bound = await caller.bound()
        await caller.connect_bound(bound, self._blackhole)
        await caller.close(bound)

    async def refusals(self) -> None:
        caller = self._caller
        await refused(caller.connect(self._lively, initial_data=bytes(65_536)))
        await refused(caller.send(10**6, b"x"))
        await refused(caller.create(types_pb2.SOCKET_CATEGORY_BASIC, socket_id=1))


async def test_hundreds_of_mixed_conversations_leave_nothing_behind(
    agent: RunningAgent, peer: Callable[..., Peer], blackhole: Place
) -> None:
    lively, stalled = peer(), peer(reading=False, receive_buffer=4096)
    before = holdings(agent)

    caller = await Caller(agent.address).open()
    cycles = Cycles(caller, lively, stalled, blackhole)
    for _ in range(ROUNDS):
        await cycles.run()
        await caller.acknowledge((await caller.session()).last_sequence)
    assert await caller.list_sockets() == []
    await caller.close_session()
    await caller.channel.close()

    assert await growth(agent, before) == {}


async def leave_in_the_middle(caller: Caller, stalled: Peer, blackhole: Place) -> PeerConnection:
    """Have everything pending that can be: a receive, sends, a disconnect, a connect."""
    socket, far = await caller.meet(stalled, callbacks={"enable": BOTH})
    await caller.receive(socket, 100, wait_all=True, timeout=30.0)
    for _ in range(3):
        await caller.send_acknowledged(socket, bytes(MIB))
    await caller.disconnect(socket, b"final")
    await caller.connect(blackhole)
    far.send(b"partial")
    return far


async def test_clients_that_die_leave_nothing_behind_when_their_leases_have_ended(
    agent: RunningAgent, peer: Callable[..., Peer], blackhole: Place
) -> None:
    stalled = peer(reading=False, receive_buffer=4096)
    before = holdings(agent)

    async def live_and_die(number: int) -> PeerConnection:
        caller = await Caller(agent.address).open(lease_duration=3.0)
        far = await leave_in_the_middle(caller, stalled, blackhole)
        receiving = await caller.receive(1, 1)
        reading = asyncio.ensure_future(caller.until(lambda event: event.HasField("socket_closed")))
        waiting = asyncio.ensure_future(caller.wait(receiving))
        await caller.session()  # both calls are under way
        if number % 2:
            await caller.channel.close()
            ends = await asyncio.gather(reading, waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [asyncio.CancelledError] * 2
            return far
        event = await reading  # only its lease ends, and it is told
        assert event.socket_closed.cause.detail == "the session's lease expired"
        assert await refused(waiting) == ("NOT_FOUND", "SESSION_LOST")
        await caller.channel.close()
        return far

    ends = await asyncio.gather(*(live_and_die(number) for number in range(CLIENTS)))

    for far in ends:
        far.resume_reading()
        await far.until_end()
        assert (far.saw_fin, far.saw_reset) == (False, True)
        far.close()
    assert connections_to(blackhole.port).count("SYN_SENT") == 0
    assert await growth(agent, before) == {}


async def test_waits_and_streams_that_are_given_up_leave_nothing_in_a_session_that_lives_on(
    agent: RunningAgent, caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 10)
    (session,) = agent.engine.sessions

    for _ in range(20):
        assert await caller.look(receiving, 0.001) == await caller.get(receiving)
        await caller.events()

    assert await settled(lambda: (len(session.waiters), len(session.sleeping)), (0, 0)) == (0, 0)
    far.send(b"at last")
    assert (await caller.wait(receiving)).receive.data == b"at last"
