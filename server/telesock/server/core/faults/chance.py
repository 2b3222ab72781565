"""Chance that can be had again: every draw is a hash of what it is for.

The key is (seed, fault, socket number, lane, n, purpose), so that a draw depends on nothing that happened before, on no
clock and on no version of Python. Amounts are rounded to a microsecond: what a platform's mathematics adds in the last
digit does not show.
"""

import hashlib
from enum import IntEnum
from statistics import NormalDist
from typing import NamedTuple

_SCALE = 2.0**-53
_PARETO_SHAPE = 3.0
_PARETO_MEAN = _PARETO_SHAPE / (_PARETO_SHAPE - 1)
_PARETO_DEVIATION = (_PARETO_SHAPE / ((_PARETO_SHAPE - 1) ** 2 * (_PARETO_SHAPE - 2))) ** 0.5
_NORMAL = NormalDist()


class Lane(IntEnum):
    """Where decisions are numbered. The first two are the contract's directions."""

    SEND = 1
    RECEIVE = 2
    CONNECT = 3
    RESOLVE = 4
    ACCEPT = 5
    OPERATION = 6


class Distribution(IntEnum):
    """How jitter is spread. Numbers as in the contract."""

    UNIFORM = 1
    NORMAL = 2
    PARETO = 3


class Key(NamedTuple):
    """Whose draws these are."""

    seed: int
    fault: str
    socket_id: int
    lane: Lane


def draw(key: Key, number: int, purpose: str = "") -> float:
    """A number from 0 up to, not including, 1."""
    return draw_integer(key, number, purpose) * _SCALE


def draw_integer(key: Key, number: int, purpose: str = "") -> int:
    """A whole number of 53 bits."""
    text = f"{key.seed}\0{key.fault}\0{key.socket_id}\0{key.lane:d}\0{number}\0{purpose}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 11


def spread(distribution: Distribution, jitter: float, drawn: float) -> float:
    """What a draw makes of a jitter, seconds to add; on average 0."""
    if distribution is Distribution.NORMAL:
        return jitter * _NORMAL.inv_cdf(min(max(drawn, _SCALE), 1 - _SCALE))
    if distribution is Distribution.PARETO:
        sample = (1.0 - drawn) ** (-1.0 / _PARETO_SHAPE)
        return float(jitter * (sample - _PARETO_MEAN) / _PARETO_DEVIATION)
    return jitter * (2 * drawn - 1)


def delayed(delay: float, distribution: Distribution, jitter: float, drawn: float) -> float:
    """A delay with its jitter: never below 0, to the microsecond."""
    return round(max(0.0, delay + (spread(distribution, jitter, drawn) if jitter else 0.0)), 6)
