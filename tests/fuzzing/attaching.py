"""Attachments on which messages come in any order, in any shape, and from several at a time.

Every attachment ends with a status, in time, and of two of one session the newer one wins.
"""

import asyncio
import contextlib
from random import Random
from typing import Any, NamedTuple

import grpc
from tests.fuzzing.callers import REFUSALS, SESSIONS, Outcome, caller, metadata, outcome_of
from tests.fuzzing.mangling import arbitrary, mangled
from tests.fuzzing.unary import name_session
from tests.fuzzing.victim import PATIENCE

from telesock.v1.operations_pb2 import CancelOperationRequest
from telesock.v1.sessions_pb2 import AttachRequest, AttachResponse, Command, OpenSessionResponse
from telesock.v1.sockets_pb2 import CreateSocketRequest, ReleaseRequest

ENDS = {grpc.StatusCode.OK, grpc.StatusCode.ABORTED, grpc.StatusCode.CANCELLED, *REFUSALS}
_ENDED_UNDER_A_WRITE = "Internal error from Core"  # of gRPC's client, whatever the agent had said


class Said(NamedTuple):
    """Of whom an attachment speaks."""

    ours: OpenSessionResponse
    foreign: OpenSessionResponse


async def assault(address: str, chance: Random, attachments: int = 12) -> None:
    """Open two sessions, attach to them in every wrong way, and close them."""
    async with caller(address) as attacker:
        said = Said(await attacker.open(), await attacker.open())
        for _ in range(attachments):
            several = chance.choice([1, 1, 1, 2, 3])
            calls = [_attach(attacker.channel, chance, said) for _ in range(several)]
            frames = [story(chance, said) for _ in calls]
            async with asyncio.timeout(PATIENCE):
                ends = await asyncio.gather(*map(_say, calls, frames, [chance.random() for _ in calls]))
            for end, said_frames in zip(ends, frames, strict=True):
                assert end.code in ENDS or end.details == _ENDED_UNDER_A_WRITE, (said_frames, end)
        for session in said:
            await attacker.close(session.session_id, session.session_token)


def _attach(channel: grpc.aio.Channel, chance: Random, said: Said) -> Any:
    token = chance.choice([said.ours.session_token] * 5 + [said.foreign.session_token, "", "nobody's"])
    multicallable: Any = channel.stream_stream(f"/{SESSIONS}/Attach")
    return multicallable(metadata=metadata(token), timeout=2 * PATIENCE)


async def _say(call: Any, frames: list[bytes], manner: float) -> Outcome:
    """Write all of it, and leave: with an end, by a cancel, or without having read."""
    reading = asyncio.create_task(_read(call)) if manner < 0.8 else None
    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # it has ended already
        for frame in frames:
            await call.write(frame)
        await call.done_writing()
    if manner > 0.9:
        call.cancel()
    if reading is not None:
        return await reading
    return await _read(call)


async def _read(call: Any) -> Outcome:
    """Read to the end: whole messages, in which each command that was refused says why."""
    try:
        async for data in call:
            for refusal in AttachResponse.FromString(data).refusals:
                assert refusal.reason, refusal
                assert refusal.message, refusal
    except grpc.aio.AioRpcError as error:
        return outcome_of(error)
    except asyncio.CancelledError:
        if not call.cancelled():
            raise
    return Outcome(await call.code(), await call.details())


def story(chance: Random, said: Said) -> list[bytes]:
    """Frames of one attachment: a first message that is right, as often as not, and what nobody would say."""
    frames = [_frame(chance, said) for _ in range(chance.randrange(9))]
    if chance.random() < 0.7:
        frames.insert(0, first(said.ours.session_id))
    if frames and chance.random() < 0.3:
        frames.append(chance.choice(frames))
    if chance.random() < 0.15:
        chance.shuffle(frames)
    return frames


def first(session_id: str) -> bytes:
    """The first message of an attachment."""
    return AttachRequest(session_id=session_id).SerializeToString()


def _frame(chance: Random, said: Said) -> bytes:
    return chance.choice(_FRAMES)(chance, said)


def _anything(chance: Random, said: Said) -> bytes:
    request = arbitrary(chance, AttachRequest)
    if chance.random() < 0.8:  # else it would end nearly every attachment
        for field in ("session_id", "boot_id", "start_after"):
            request.ClearField(field)
    name_session(request, said.ours.session_id)
    data: bytes = request.SerializeToString()
    return data


def _broken(chance: Random, said: Said) -> bytes:
    return mangled(chance, _anything(chance, said))


def _empty(chance: Random, said: Said) -> bytes:
    return b""


def _first_again(chance: Random, said: Said) -> bytes:
    return first(chance.choice([said.ours.session_id, said.foreign.session_id, "", "s-0"]))


def _acknowledge_ahead(chance: Random, said: Said) -> bytes:
    return AttachRequest(acknowledge=chance.choice([1, 100, 2**64 - 1])).SerializeToString()


def _unknown(chance: Random, said: Said) -> bytes:
    numbers = [chance.choice([0, 1, 2, 99, 2**63, 2**64 - 1]) for _ in range(5)]
    return AttachRequest(
        releases=[ReleaseRequest(socket_id=number, sequence=number) for number in numbers],
        cancels=[CancelOperationRequest(operation_id=number) for number in numbers],
    ).SerializeToString()


def _same_numbers(chance: Random, said: Said) -> bytes:
    """Commands whose numbers go backwards, come twice, or are taken already."""
    numbers = [chance.choice([0, 1, 1, 2, 7, 2**64 - 1]) for _ in range(4)]
    commands = [Command(create_socket=CreateSocketRequest(operation_id=number)) for number in numbers]
    return AttachRequest(commands=commands).SerializeToString()


_FRAMES = (
    _anything,
    _anything,
    _broken,
    _empty,
    _first_again,
    _acknowledge_ahead,
    _unknown,
    _same_numbers,
)
