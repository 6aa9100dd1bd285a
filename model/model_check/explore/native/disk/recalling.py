"""Finds states that are not in the table any more, in the restricted Python that `restricted`
compiles.

They lie in runs, sorted by their hashes: see `spilling`.
"""

from __future__ import annotations

from ..places import BLOCKS, FILTER, RUN_COUNT, RUNS, STATES
from ..table import differ, least
from ..words import SIGN, SIZE, load, load32, logical
from .filtering import was_seen
from .places import RUN_HASHES, RUN_LENGTH, RUN_NUMBERS, RUN_SIZE

__all__ = ["INLINED"]

INLINED = ("below", "has", "reaches", "first_from")
"""Put in where they are called; the others are functions of their own."""


def below(hashes: int, length: int, place: int, key: int) -> int:
    """Whether the hash at a place of a run is smaller than a key."""
    if place >= length:
        return 0
    return load(hashes + place * 8) < key


def has(hashes: int, length: int, place: int, key: int) -> int:
    """Whether a key is the hash at a place of a run."""
    if place >= length:
        return 0
    return load(hashes + place * 8) == key


def first_between(hashes: int, low: int, high: int, key: int) -> int:
    """The first place from `low` on whose hash is not smaller than a key; `high` where there is
    none before it."""
    while low < high:
        middle = (low + high) >> 1
        if load(hashes + middle * 8) < key:
            low = middle + 1
        else:
            high = middle
    return low


def first_from(hashes: int, length: int, place: int, key: int) -> int:
    """The first place from one on whose hash is not smaller than a key. Galloping: what is near is
    found with few looks, so that many keys in order are a merge, and few of them are not."""
    low = place
    probe = place
    step = 1
    while below(hashes, length, probe, key):
        low = probe + 1
        probe += step
        step = step * 2
    return first_between(hashes, low, least(probe, length), key)


def reaches(hashes: int, place: int, key: int) -> int:
    """Whether there is a place, and its hash is not smaller than a key."""
    if place < 0:
        return 0
    return load(hashes + place * 8) >= key


def first_near(hashes: int, length: int, h: int) -> int:
    """The first place whose hash is not smaller than one. Hashes are spread evenly, so that the
    place is near the one that its upper bits tell: few parts of the file are read."""
    key = h ^ SIGN
    place = logical(logical(h, 32) * length, 32)
    if below(hashes, length, place, key):
        return first_from(hashes, length, place + 1, key)
    high = place
    low = place - 1
    step = 1
    while reaches(hashes, low, key):
        high = low
        low -= step
        step = step * 2
    low += 1
    if low < 0:
        low = 0
    return first_between(hashes, low, high, key)


def spilled(context: int, state: int, h: int) -> int:
    """The number of a state, if it is in a run; else -1."""
    key = h ^ SIGN
    run = load(context + RUNS)
    end = run + load(context + RUN_COUNT) * RUN_SIZE
    if was_seen(load(context + FILTER), load(context + BLOCKS), h) == 0:
        return -1
    while run < end:
        hashes = load(run + RUN_HASHES)
        length = load(run + RUN_LENGTH)
        place = first_near(hashes, length, h)
        while has(hashes, length, place, key):
            number = load32(load(run + RUN_NUMBERS) + place * 4)
            if differ(load(context + STATES) + number * SIZE, state) == 0:
                return number
            place += 1
        run += RUN_SIZE
    return -1
