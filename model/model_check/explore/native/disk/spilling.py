"""Moves the oldest states of the table to disk, in the restricted Python that `restricted`
compiles.

They become a run: their hashes and numbers, sorted by hash. The table has its slots in the order of
the upper bits of hashes, so one way through it gives a run that is sorted but for neighbours.
"""

from __future__ import annotations

from ..places import BLOCKS, FILTER, SHIFT, STATES, TABLE, WINDOW
from ..table import entry_at, hash_of, least
from ..words import SIGN, SIZE, load, load32, logical, prefetch, store, store32
from .filtering import see
from .places import (
    FETCHED,
    MERGED,
    MERGED_AT_ONCE,
    MERGED_COUNT,
    NEW_HASHES,
    NEW_LENGTH,
    NEW_NUMBERS,
    RUN_HASHES,
    RUN_LENGTH,
    RUN_NUMBERS,
    RUN_PLACE,
    RUN_SIZE,
    SLOT_AT,
    SLOTS_AT_ONCE,
    UNTIL,
)

__all__ = ["INLINED"]

INLINED = ("put_in_order", "spill_slot")
"""Put in where they are called; the others are functions of their own."""


def put_in_order(task: int, key: int, number: int) -> int:
    """Add a state to the run that is made; it belongs near its end."""
    hashes = load(task + NEW_HASHES)
    numbers = load(task + NEW_NUMBERS)
    place = load(task + NEW_LENGTH)
    store(task + NEW_LENGTH, place + 1)
    going = 1
    while going:
        going = 0
        # Not `and`: it evaluates both sides.
        if place > 0:
            before = load(hashes + (place - 1) * 8)
            if before > key:
                store(hashes + place * 8, before)
                store32(numbers + place * 4, load32(numbers + (place - 1) * 4))
                place -= 1
                going = 1
    store(hashes + place * 8, key)
    store32(numbers + place * 4, number)
    return 0


def spill_slot(context: int, task: int, slot: int, wrapped: int) -> int:
    """Add the state that a slot names to the run, and to the filter, if it is one of those that are
    spilled. `wrapped`: whether states are meant that would belong to the end of the table, where
    all was taken, or the others."""
    number = (entry_at(load(context + TABLE), slot) & 4294967295) - 1
    if number >= load(context + WINDOW) and number < load(task + UNTIL):
        h = hash_of(load(context + STATES) + number * SIZE)
        if (logical(h, load(context + SHIFT)) > slot) == wrapped:
            see(load(context + FILTER), load(context + BLOCKS), h)
            put_in_order(task, h ^ SIGN, number)
    return 0


def spill(context: int, task: int) -> int:
    """Put some more of the states that are spilled into the run; answers 1 when all are there. The
    table is as it was."""
    table = load(context + TABLE)
    states = load(context + STATES)
    mask = logical(-1, load(context + SHIFT))
    slot = load(task + SLOT_AT)
    end = least(mask + 1, slot + SLOTS_AT_ONCE)
    while slot < end:
        ahead = entry_at(table, (slot + FETCHED) & mask) & 4294967295
        prefetch(states + (ahead - 1) * SIZE)
        spill_slot(context, task, slot, 0)
        slot += 1
    store(task + SLOT_AT, slot)
    if slot <= mask:
        return 0
    slot = 0
    while entry_at(table, slot) != 0:
        spill_slot(context, task, slot, 1)
        slot += 1
    return 1


def merge(context: int, task: int) -> int:
    """Merge some more of several runs into a new one; answers 1 when all is there."""
    first = load(task + MERGED)
    last = first + load(task + MERGED_COUNT) * RUN_SIZE
    hashes = load(task + NEW_HASHES)
    numbers = load(task + NEW_NUMBERS)
    length = load(task + NEW_LENGTH)
    end = length + MERGED_AT_ONCE
    chosen = first
    while length < end and chosen != 0:
        chosen = 0
        least_key = 0
        run = first
        while run < last:
            place = load(run + RUN_PLACE)
            if place < load(run + RUN_LENGTH):
                key = load(load(run + RUN_HASHES) + place * 8)
                if chosen == 0 or key < least_key:
                    chosen = run
                    least_key = key
            run += RUN_SIZE
        if chosen != 0:
            place = load(chosen + RUN_PLACE)
            store(hashes + length * 8, least_key)
            store32(numbers + length * 4, load32(load(chosen + RUN_NUMBERS) + place * 4))
            store(chosen + RUN_PLACE, place + 1)
            length += 1
    store(task + NEW_LENGTH, length)
    return chosen == 0
