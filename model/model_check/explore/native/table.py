"""The table that finds states, in the restricted Python that `restricted` compiles.

States lie in one array in breadth-first order, WORDS words of 64 bits each. A slot of the
table holds a state's number + 1 (0: free) and, unless memory is to be saved, 32 bits of its
hash, which spare most comparisons. A hash that matches is not trusted: whole states are
compared, so the search is exact. Slots and the states they name are prefetched for a batch of
successors before the first is compared, for a look-up is two cache misses and little else.

Where DISK is 1, it holds the last states only, from WINDOW on: what it does not know and the filter
does, is doubted (see `disk.doubting`).

The table may be read while another thread writes it: what a slot names was written before.
"""

from __future__ import annotations

from .disk.filtering import block_of, was_seen
from .places import (
    AHEAD,
    BATCHES,
    BLOCKS,
    COUNT,
    DOUBTED,
    DOUBTS,
    FILLED,
    FILTER,
    HASHES,
    MULTIPLIER,
    OUT,
    PARENTS,
    SECOND,
    SHIFT,
    SOME,
    SOURCES,
    STATES,
    TABLE,
    WENT_BACK,
    WINDOW,
)
from .words import (
    DISK,
    LEAN,
    LONG,
    SIZE,
    SLOT,
    load,
    load32,
    load_acquire,
    load_acquire32,
    logical,
    prefetch,
    store,
    store32,
    store_release,
    store_release32,
)

__all__ = ["INLINED"]

INLINED = (
    "hash_of",
    "differ",
    "copy",
    "entry_at",
    "enter",
    "may_name",
    "seek",
    "least",
    "leads_back",
)
"""Put in where they are called; the others are functions of their own."""


def hash_of(state: int) -> int:
    """64 well mixed bits of a state's words."""
    h = 0
    if LONG:
        end = state + SIZE
        while state < end:
            h = (h ^ load(state)) * MULTIPLIER
            h = h ^ logical(h, 32)
            state += 8
    else:
        for at in range(0, SIZE, 8):
            h = (h ^ load(state + at)) * MULTIPLIER
            h = h ^ logical(h, 32)
    h = h * SECOND
    return h ^ logical(h, 29)


def differ(a: int, b: int) -> int:
    """Not 0 if two states differ."""
    found = 0
    if LONG:
        end = a + SIZE
        while a < end:
            if load(a) != load(b):
                return 1
            a += 8
            b += 8
    else:
        for at in range(0, SIZE, 8):
            found = found | (load(a + at) ^ load(b + at))
    return found


def copy(source: int, target: int) -> int:
    """Copy a state."""
    if LONG:
        end = source + SIZE
        while source < end:
            store(target, load(source))
            source += 8
            target += 8
    else:
        for at in range(0, SIZE, 8):
            store(target + at, load(source + at))
    return 0


def entry_at(table: int, slot: int) -> int:
    """What a slot holds: 0, or the tag in the upper and the number + 1 in the lower half."""
    if LEAN:
        return load_acquire32(table + slot * SLOT)
    return load_acquire(table + slot * SLOT)


def enter(table: int, slot: int, h: int, number: int) -> int:
    """Fill a slot: what it names was written before."""
    if LEAN:
        store_release32(table + slot * SLOT, number + 1)
    else:
        store_release(table + slot * SLOT, (h << 32) | (number + 1))
    return 0


def may_name(entry: int, h: int) -> int:
    """Whether a filled slot may be that of a state with this hash."""
    if LEAN:
        return 1
    return logical(entry, 32) == (h & 4294967295)


def seek(context: int, state: int, h: int) -> int:
    """The slot of a state, or minus 1 minus the free one where it belongs."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    mask = logical(-1, shift)
    slot = logical(h, shift)
    while 1:
        entry = entry_at(table, slot)
        if entry == 0:
            return -1 - slot
        # Not `and`: it evaluates both sides in this subset, and a comparison may be a miss.
        if may_name(entry, h):  # noqa: SIM102
            if differ(states + ((entry & 4294967295) - 1) * SIZE, state) == 0:
                return slot
        slot = (slot + 1) & mask
    return 0


def prepare(context: int, batch: int, start: int) -> int:
    """Hash a batch's successors from number `start` on, and fetch what will be compared."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    out = load(batch + OUT)
    hashes = load(batch + HASHES)
    filled = load(batch + FILLED)
    j = start
    while j < filled:
        h = hash_of(out + j * SIZE)
        store(hashes + j * 8, h)
        prefetch(table + logical(h, shift) * SLOT)
        j += 1
    j = start
    while j < filled:
        h = load(hashes + j * 8)
        entry = entry_at(table, logical(h, shift))
        # Where the slot is free or another's, what is fetched is of no use and no harm.
        prefetch(states + ((entry & 4294967295) - 1) * SIZE)
        j += 1
    return 0


def leads_back(table: int, slot: int, source: int) -> int:
    """Whether a transition leads from a state to one with no larger number."""
    return (entry_at(table, slot) & 4294967295) - 1 <= source


def insert_all(context: int, batch: int) -> int:
    """Put a batch's successors into the table, in order; those that are new are states."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    parents = load(context + PARENTS)
    count = load(context + COUNT)
    out = load(batch + OUT)
    sources = load(batch + SOURCES)
    hashes = load(batch + HASHES)
    filled = load(batch + FILLED)
    back = load(batch + WENT_BACK)
    if DISK:
        seen = load(context + FILTER)
        blocks = load(context + BLOCKS)
        doubts = load(context + DOUBTS)
        doubted = load(context + DOUBTED)
    j = 0
    while j < filled:
        h = load(hashes + j * 8)
        if DISK:
            prefetch(block_of(seen, blocks, load(hashes + (j + AHEAD) * 8)))
        # Another thread may have hashed these: its cache had the slots, not this one's.
        prefetch(table + logical(load(hashes + (j + AHEAD) * 8), shift) * SLOT)
        candidate = out + j * SIZE
        slot = seek(context, candidate, h)
        if slot < 0:
            if DISK:  # noqa: SIM102
                if was_seen(seen, blocks, h):
                    store32(doubts + doubted * 4, count)
                    doubted += 1
            copy(candidate, states + count * SIZE)
            store32(parents + count * 4, load32(sources + j * 4))
            enter(table, -1 - slot, h, count)
            count += 1
        else:
            back = back | leads_back(table, slot, load32(sources + j * 4))
        j += 1
    if DISK:
        store(context + DOUBTED, doubted)
    store(context + COUNT, count)
    store(batch + WENT_BACK, back)
    return 0


def hash_states(context: int, start: int, end: int, hashes: int) -> int:
    """Hash the states from number `start` to before `end`, and fetch their slots."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    j = start
    while j < end:
        h = hash_of(states + j * SIZE)
        store(hashes + (j - start) * 8, h)
        prefetch(table + logical(h, shift) * SLOT)
        j += 1
    return 0


def rehash(context: int) -> int:
    """Fill an empty table with all states that it is to hold."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    count = load(context + COUNT)
    batch = load(context + BATCHES)
    hashes = load(batch + HASHES)
    mask = logical(-1, shift)
    number = 0
    if DISK:
        number = load(context + WINDOW)
    while number < count:
        end = least(count, number + SOME)
        hash_states(context, number, end, hashes)
        j = number
        while j < end:
            h = load(hashes + (j - number) * 8)
            slot = logical(h, shift)
            while entry_at(table, slot) != 0:
                slot = (slot + 1) & mask
            enter(table, slot, h, j)
            j += 1
        number = end
    return 0


def least(a: int, b: int) -> int:
    """The smaller of two numbers."""
    if a < b:
        return a
    return b
