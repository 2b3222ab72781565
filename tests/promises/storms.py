"""A storm: random requests, cancels, retries and acknowledgements against peers that do as they please.

What happens in it depends on the machine's pace; what must hold afterwards does not.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.peers import Peer, PeerConnection
from tests.promises.owners import Attachment, Owner, connect_to

from telesock.v1.operations_pb2 import OPERATION_KIND_CONNECT, CancelOperationRequest
from telesock.v1.sessions_pb2 import REFUSED_PART_COMMAND, CloseSessionRequest
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    INDICATION_KIND_DATA,
    INDICATION_KIND_DISCONNECT,
    SEND_LEVEL_ACKNOWLEDGED,
    CloseRequest,
    DisconnectRequest,
    EventCallbacks,
    ReceiveRequest,
    SendRequest,
    SetEventCallbacksRequest,
)
from telesock.v1.types_pb2 import STATUS_SUCCESS

TURNS = 60
COMMANDS = 12
SOCKETS = 6


class Aftermath(NamedTuple):
    """What is left when the storm is over."""

    story: Attachment
    accepted: set[int]
    refused: set[int]


class _Storm:
    def __init__(self, seed: int, listener: Peer, story: Attachment) -> None:
        self._chance = random.Random(seed)
        self._listener = listener
        self._story = story
        self._done_with: set[PeerConnection] = set()
        self._closed: set[int] = set()
        self._recent: list[Any] = []
        self.submitted = 0

    async def turn(self) -> None:
        """Let the peers act, then send one message, then wait until it was taken in."""
        before = self._story.handled
        self._stir()
        sockets = self._sockets()
        requests = [self._request(sockets) for _ in range(self._chance.randint(1, COMMANDS))]
        again = self._chance.sample(self._recent, k=self._chance.randint(0, min(1, len(self._recent))))
        seen = self._story.last_sequence
        acknowledged = self._chance.choice([0, 0, seen // 2, seen])
        await self._story.write([*requests, *again], acknowledged, cancels=self._cancels())
        await self._story.write()  # a keep-alive is answered though nothing may have happened
        await self._story.until_handled(before + 2)
        self._recent = [*self._recent, *requests][-20:]

    def _sockets(self) -> list[int]:
        """The sockets that connected and were not told to close."""
        connects = [event for event in self._story.bodies("completion") if _connected(event)]
        return [event.socket_id for event in connects if event.socket_id not in self._closed]

    def _request(self, sockets: list[int]) -> Any:
        self.submitted += 1
        if not sockets or (len(sockets) < SOCKETS and self._chance.random() < 0.2):
            return self._connect(self.submitted)
        request = self._chance.choices(_REQUESTS, _WEIGHTS)[0](self._chance)
        request.operation_id, request.socket_id = self.submitted, self._chance.choice(sockets)
        if isinstance(request, CloseRequest):
            self._closed.add(request.socket_id)
        return request

    def _connect(self, number: int) -> Any:
        port = self._listener.port if self._chance.random() < 0.9 else 1  # nobody listens on port 1
        data = bytes(self._chance.choice([0, 100]))
        fields = {"operation_id": number, "socket_id": number, "initial_data": data, "callbacks": _CALLBACKS}
        return connect_to(self._listener.host, port, **fields)

    def _cancels(self) -> list[CancelOperationRequest]:
        chosen = self._chance.choices(range(1, self.submitted + 1), k=self._chance.randint(0, 3))
        return [CancelOperationRequest(operation_id=number) for number in chosen]

    def _stir(self) -> None:
        peers = [far for far in self._listener.connections if far not in self._done_with and not far.ended]
        for far in self._chance.sample(peers, k=min(2, len(peers))):
            match self._chance.randrange(16):
                case 0:
                    far.reset()
                    self._done_with.add(far)
                case 1:
                    far.finish()
                    self._done_with.add(far)
                case 2 | 3 | 4:
                    far.stop_reading()
                case 5 | 6 | 7:
                    far.resume_reading()
                case _:
                    far.send(bytes(self._chance.choice([1, 1000, 300_000])))


async def weather(seed: int, owner: Owner, listener: Peer) -> Aftermath:
    """Let a storm pass over a session, close the session, and return what was told of it."""
    story = await owner.attach()
    await story.until_handled(1)
    storm = _Storm(seed, listener, story)
    for _ in range(TURNS):
        await storm.turn()
    await owner.ask(CloseSessionRequest())
    await story.until_ended()
    refused = {each.operation_id for each in story.refusals if each.part == REFUSED_PART_COMMAND}
    refused -= {event.operation_id for event in story.bodies("completion")}  # those came again too late
    return Aftermath(story, set(range(1, storm.submitted + 1)) - refused, refused)


def _connected(event: Any) -> bool:
    completion = event.completion
    return bool(completion.kind == OPERATION_KIND_CONNECT and completion.status == STATUS_SUCCESS)


def _timed(chance: random.Random, request: Any) -> Any:
    if chance.random() < 0.3:
        request.timeout.FromMilliseconds(chance.randint(1, 30))
    return request


_CALLBACKS = EventCallbacks(enable=[INDICATION_KIND_DATA, INDICATION_KIND_DISCONNECT], credit_bytes=4 << 20)
_CHOICES: dict[Callable[[random.Random], Any], int] = {
    lambda chance: _timed(chance, SendRequest(data=bytes(chance.choice([1, 1000, 500_000])))): 8,
    lambda chance: _timed(chance, SendRequest(data=b"x", level=SEND_LEVEL_ACKNOWLEDGED)): 4,
    lambda chance: _timed(chance, ReceiveRequest(length=chance.randint(0, 5000))): 8,
    lambda chance: _timed(chance, ReceiveRequest(length=4000, wait_all=True)): 2,
    lambda chance: _timed(chance, ReceiveRequest(length=4000, peek=True)): 2,
    lambda chance: _timed(chance, ReceiveRequest(drain=True)): 1,
    lambda chance: _timed(chance, DisconnectRequest(final_data=bytes(chance.choice([0, 1000])))): 1,
    lambda chance: DisconnectRequest(mode=DISCONNECT_MODE_ABORTIVE): 1,
    lambda chance: _timed(chance, CloseRequest(graceful=True)): 1,
    lambda chance: CloseRequest(): 1,
    lambda chance: SetEventCallbacksRequest(disable=[INDICATION_KIND_DATA]): 1,
}
_REQUESTS, _WEIGHTS = list(_CHOICES), list(_CHOICES.values())
