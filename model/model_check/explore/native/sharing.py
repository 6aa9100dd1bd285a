"""The search loop for several threads, in the restricted Python that `restricted` compiles.

Each thread takes the next few states, computes their successors and throws away those that
are in the table already; whoever finds the earliest of these chunks ready puts what is left of
it into the table, chunk after chunk in the order of their states. So the numbers of states are
those of a search in one thread, whatever the threads do. A state that is missed while another
thread writes the table is found when its chunk is inserted.
"""

from __future__ import annotations

from .kernel import begin, expand, settle
from .places import (
    ANSWER,
    AT,
    BASE,
    BATCH_SIZE,
    BATCHES,
    BUSY,
    CLAIMED,
    DONE,
    EACH,
    FILLED,
    HASHES,
    LACKING,
    LOCK,
    OUT,
    READY,
    RING,
    SOURCES,
    SPINS,
    STOP,
    TABLE,
    TURN,
    WENT_BACK,
)
from .table import copy, leads_back, least, prepare, seek
from .words import (
    SIZE,
    compare_swap,
    load,
    load32,
    load_acquire,
    store,
    store32,
    store_release,
)

__all__ = ["INLINED"]

INLINED = ("remainder",)
"""Put in where they are called; the others are functions of their own."""


def insert_ready(context: int) -> int:
    """Insert the chunks whose turn it is, if no other thread does. Answers how many."""
    inserted = 0
    if compare_swap(context + LOCK, 0, 1) == 0:
        batches = load(context + BATCHES)
        ring = load(context + RING)
        turn = load(context + TURN)
        going = 1
        while going:
            batch = batches + (1 + remainder(turn, ring)) * BATCH_SIZE
            going = 0
            if load_acquire(context + ANSWER) == DONE:  # noqa: SIM102
                if load_acquire(batch + READY) == turn + 1:
                    answer = settle(context, batch)
                    if answer == DONE:
                        turn += 1
                        inserted += 1
                        store_release(context + TURN, turn)
                        going = 1
                    else:
                        store_release(context + ANSWER, answer)
        store_release(context + LOCK, 0)
    return inserted


def remainder(a: int, b: int) -> int:
    """What is left of `a`, not negative, divided by `b`."""
    return a % b


def work(context: int) -> int:
    """Take part in expanding the states from BASE to before STOP. Answers BUSY where it is
    for others to go on first; else everything is inserted, or ANSWER tells why not."""
    batches = load(context + BATCHES)
    ring = load(context + RING)
    base = load(context + BASE)
    stop = load(context + STOP)
    each = load(context + EACH)
    spins = 0
    while spins < SPINS:
        if load_acquire(context + ANSWER) != DONE:
            return DONE
        claimed = load_acquire(context + CLAIMED)
        turn = load_acquire(context + TURN)
        start = base + claimed * each
        spins += 1
        if start >= stop:
            if base + turn * each >= stop:
                return DONE
        else:
            # Not `and`: the swap may only be tried where there is a free batch.
            if claimed - turn < ring:  # noqa: SIM102
                if compare_swap(context + CLAIMED, claimed, claimed + 1) == claimed:
                    batch = batches + (1 + remainder(claimed, ring)) * BATCH_SIZE
                    expand_chunk(context, batch, start, least(stop, start + each))
                    store_release(batch + READY, claimed + 1)
                    spins = 0
        if insert_ready(context):
            spins = 0
    return BUSY


def drop_known(context: int, batch: int, start: int) -> int:
    """Leave out the successors from number `start` on that are in the table already."""
    out = load(batch + OUT)
    sources = load(batch + SOURCES)
    hashes = load(batch + HASHES)
    filled = load(batch + FILLED)
    back = load(batch + WENT_BACK)
    table = load(context + TABLE)
    kept = start
    j = start
    while j < filled:
        h = load(hashes + j * 8)
        candidate = out + j * SIZE
        slot = seek(context, candidate, h)
        if slot < 0:
            copy(candidate, out + kept * SIZE)
            store(hashes + kept * 8, h)
            store32(sources + kept * 4, load32(sources + j * 4))
            kept += 1
        else:
            back = back | leads_back(table, slot, load32(sources + j * 4))
        j += 1
    store(batch + FILLED, kept)
    store(batch + WENT_BACK, back)
    return 0


def expand_chunk(context: int, batch: int, start: int, end: int) -> int:
    """The successors of a chunk's states, without those that are in the table already."""
    begin(batch, start, end)
    going = 1
    while going:
        before = load(batch + FILLED)
        expand(context, batch)
        prepare(context, batch, before)
        drop_known(context, batch, before)
        if load(batch + AT) >= end or load(batch + LACKING) != 0:
            going = 0
    return 0
