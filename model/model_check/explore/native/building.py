"""Rows of transitions, made of the states of a search that is over, in the restricted Python that
`restricted` compiles.

Each state is expanded again, in the order of the search. So what it leads to was either found
before, or is the next one that the search found: that one needs no look-up. All others are in the
table, and fetched some at a time before they are compared, as the search does.
"""

from __future__ import annotations

from .disk.recalling import spilled
from .places import (
    AT,
    COUNT,
    COUNTS,
    END,
    FILLED,
    FRESH,
    HASHES,
    LABEL,
    MADE,
    MADE_AT_ONCE,
    OUT,
    ROW_AT,
    ROW_BEGINS,
    ROW_KINDS,
    ROW_LAST,
    ROW_TARGETS,
    ROW_WIDTH,
    ROWS_AT_ONCE,
    SHIFT,
    SOURCES,
    STATES,
    STEPS,
    TABLE,
)
from .table import differ, entry_at, hash_of, least, seek
from .wide import put_wide
from .words import (
    DISK,
    SIZE,
    SLOT,
    invoke,
    load,
    load32,
    logical,
    prefetch,
    store,
    store32,
)

__all__ = ["INLINED"]

INLINED = ("begin_rows", "name_fresh", "look_up")
"""Put in where they are called; the others are functions of their own."""


def begin_rows(batch: int, start: int) -> int:
    """Write where the rows of the states from `start` on end."""
    following = load(batch + AT)
    ends = load(batch + ROW_BEGINS) + 8
    counts = load(batch + COUNTS)
    made = load(batch + MADE)
    state = start
    while state < following:
        made += load32(counts + (state - start) * 4)
        store(ends + state * 8, made)
        state += 1
    return 0


def name_fresh(context: int, batch: int) -> int:
    """Give the states that were found here first their numbers, and hash the others: answers how
    many these are. Their places among the batch's successors are put where its sources were."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    count = load(context + COUNT)
    out = load(batch + OUT)
    hashes = load(batch + HASHES)
    places = load(batch + SOURCES)
    targets = load(batch + ROW_TARGETS) + load(batch + MADE) * 4
    fresh = load(batch + FRESH)
    filled = load(batch + FILLED)
    waiting = 0
    j = 0
    while j < filled:
        candidate = out + j * SIZE
        other = 1
        if fresh < count:
            other = differ(candidate, states + fresh * SIZE)
        if other == 0:
            store32(targets + j * 4, fresh)
            fresh += 1
        else:
            h = hash_of(candidate)
            store(hashes + waiting * 8, h)
            store32(places + waiting * 4, j)
            prefetch(table + logical(h, shift) * SLOT)
            waiting += 1
        j += 1
    store(batch + FRESH, fresh)
    return waiting


def look_up(context: int, batch: int, waiting: int) -> int:
    """Find the numbers of the other states."""
    table = load(context + TABLE)
    shift = load(context + SHIFT)
    states = load(context + STATES)
    out = load(batch + OUT)
    hashes = load(batch + HASHES)
    places = load(batch + SOURCES)
    targets = load(batch + ROW_TARGETS) + load(batch + MADE) * 4
    j = 0
    while j < waiting:
        entry = entry_at(table, logical(load(hashes + j * 8), shift))
        prefetch(states + ((entry & 4294967295) - 1) * SIZE)
        j += 1
    j = 0
    while j < waiting:
        at = load32(places + j * 4)
        state = out + at * SIZE
        h = load(hashes + j * 8)
        slot = seek(context, state, h)
        if DISK:
            if slot < 0:
                number = spilled(context, state, h)
            else:
                number = (entry_at(table, slot) & 4294967295) - 1
        else:
            number = (entry_at(table, slot) & 4294967295) - 1
        store32(targets + at * 4, number)
        j += 1
    return 0


def build(context: int, batch: int) -> int:
    """Make the rows of some states from ROW_AT on; answers 1 when all are made."""
    start = load(batch + ROW_AT)
    last = load(batch + ROW_LAST)
    until = least(last, start + ROWS_AT_ONCE)
    steps = load(batch + STEPS)
    kinds = load(batch + ROW_KINDS)
    width = load(batch + ROW_WIDTH)
    made = load(batch + MADE)
    enough = made + MADE_AT_ONCE
    store(batch + AT, start)
    store(batch + END, until)
    while start < until and made < enough:
        invoke(load(batch + LABEL), context, batch)
        begin_rows(batch, start)
        look_up(context, batch, name_fresh(context, batch))
        filled = load(batch + FILLED)
        j = 0
        while j < filled:
            put_wide(kinds, made + j, width, load32(steps + j * 4))
            j += 1
        made += filled
        store(batch + MADE, made)
        start = load(batch + AT)
    store(batch + ROW_AT, start)
    return start == last
