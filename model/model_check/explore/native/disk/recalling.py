"""Finds states that are not in the table any more, in the restricted Python that `restricted`
compiles.

They lie in runs, sorted by their hashes: see `spilling`.
"""

from __future__ import annotations

from ..places import BLOCKS, FILTER, RUN_COUNT, RUNS, STATES
from ..table import differ, least
from ..words import SIGN, SIZE, load, load32
from .filtering import was_seen
from .places import RUN_HASHES, RUN_LENGTH, RUN_NUMBERS, RUN_SIZE

__all__ = ["INLINED"]

INLINED = ("below", "has", "first_from")
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
    high = least(probe, length)
    while low < high:
        middle = (low + high) >> 1
        if load(hashes + middle * 8) < key:
            low = middle + 1
        else:
            high = middle
    return low


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
        place = first_from(hashes, length, 0, key)
        while has(hashes, length, place, key):
            number = load32(load(run + RUN_NUMBERS) + place * 4)
            if differ(load(context + STATES) + number * SIZE, state) == 0:
                return number
            place += 1
        run += RUN_SIZE
    return -1
