"""The search loop, in the restricted Python that `restricted` compiles.

`run` expands states one batch after the other. Its other half, in `sharing`, does the same in
several threads. `context` and `batch` are arrays of 64-bit numbers: see `places`. What is
answered tells what needs Python's attention.
"""

from __future__ import annotations

from .disk.doubting import resolve
from .places import (
    AT,
    BACKWARD,
    BAD,
    BAD_COUNT,
    BATCHES,
    COUNT,
    DONE,
    DOUBT_ROOM,
    DOUBTED,
    DROPPED,
    END,
    END_COUNT,
    ENDS,
    ERROR_COUNT,
    ERRORS,
    EXPAND,
    FAILED,
    FAILURE,
    FEW_DOUBTS,
    FILLED,
    FROM,
    IN_DOUBT,
    LACKED,
    LACKING,
    LEFT_OUT,
    LEVEL_COUNT,
    LEVEL_END,
    LEVELS,
    MADE,
    NEXT,
    NO_ROOM,
    RESOLVED,
    ROOM,
    SOURCES_AT_ONCE,
    STOP,
    TERMINAL,
    TERMINALS,
    TRANSITIONS,
    WENT_BACK,
    WIDE,
)
from .table import insert_all, least, prepare
from .words import (
    DISK,
    invoke,
    load,
    load32,
    store,
    store32,
)

__all__ = ["INLINED"]

INLINED = ("begin", "append_all", "note_made", "expand")
"""Put in where they are called; the others are functions of their own."""


def begin(batch: int, start: int, end: int) -> int:
    """An empty batch for the states from `start` to before `end`."""
    store(batch + FROM, start)
    store(batch + AT, start)
    store(batch + END, end)
    store(batch + FILLED, 0)
    store(batch + MADE, 0)
    store(batch + END_COUNT, 0)
    store(batch + BAD_COUNT, 0)
    store(batch + FAILED, 0)
    store(batch + LACKING, 0)
    store(batch + WENT_BACK, 0)
    store(batch + DROPPED, 0)
    return 0


def append_all(source: int, count: int, target: int, before: int) -> int:
    """Append 32-bit numbers to others; answer how many there are then."""
    j = 0
    while j < count:
        store32(target + (before + j) * 4, load32(source + j * 4))
        j += 1
    return before + count


def note_made(context: int, batch: int) -> int:
    """Count what a batch has made, and go on behind the states that it has expanded."""
    ends = append_all(
        load(batch + ENDS),
        load(batch + END_COUNT),
        load(context + TERMINAL),
        load(context + TERMINALS),
    )
    store(context + TERMINALS, ends)
    errors = append_all(
        load(batch + BAD),
        load(batch + BAD_COUNT),
        load(context + ERRORS),
        load(context + ERROR_COUNT),
    )
    store(context + ERROR_COUNT, errors)
    store(context + TRANSITIONS, load(context + TRANSITIONS) + load(batch + MADE))
    store(context + LEFT_OUT, load(context + LEFT_OUT) + load(batch + DROPPED))
    store(context + BACKWARD, load(context + BACKWARD) | load(batch + WENT_BACK))
    store(context + NEXT, load(batch + AT))
    return 0


def settle(context: int, batch: int) -> int:
    """Count what a batch has made, and put its successors into the table. Answers NO_ROOM
    where there is none, with nothing done, FAILURE where a step had none, and IN_DOUBT where the
    level is expanded but not closed."""
    if load(context + COUNT) + load(batch + FILLED) > load(context + ROOM):
        return NO_ROOM
    if DISK:  # noqa: SIM102
        if load(context + DOUBTED) + load(batch + FILLED) > load(context + DOUBT_ROOM):
            return NO_ROOM
    insert_all(context, batch)
    note_made(context, batch)
    if load(batch + LACKING) != 0:
        store(context + LACKED, load(batch + LACKING))
        return FAILURE
    if load(context + NEXT) == load(context + LEVEL_END):
        if DISK:
            if load(context + DOUBTED) + load(context + RESOLVED) > FEW_DOUBTS:
                return IN_DOUBT
            store(context + RESOLVED, load(context + RESOLVED) + load(context + DOUBTED))
            resolve(context)
        close_level(context)
    return DONE


def close_level(context: int) -> int:
    """All states of a level are expanded: the next one begins."""
    levels = load(context + LEVEL_COUNT)
    store32(load(context + LEVELS) + levels * 4, load(context + LEVEL_END))
    store(context + LEVEL_COUNT, levels + 1)
    store(context + LEVEL_END, load(context + COUNT))
    return DONE


def run(context: int) -> int:
    """Expand states up to STOP, or to a level that is WIDE."""
    batch = load(context + BATCHES)
    answer = DONE
    going = 1
    while going:
        end = load(context + LEVEL_END)
        start = load(context + NEXT)
        begin(batch, start, least(least(end, load(context + STOP)), start + SOURCES_AT_ONCE))
        expand(context, batch)
        prepare(context, batch, 0)
        answer = settle(context, batch)
        following = load(context + NEXT)
        if answer != DONE or following >= load(context + STOP):
            going = 0
        if following >= load(context + COUNT):
            going = 0
        if following == end and load(context + LEVEL_END) - following >= load(context + WIDE):
            going = 0
    return answer


def expand(context: int, batch: int) -> int:
    """Compute the successors of some more of a batch's states: see `expansion`."""
    return invoke(load(context + EXPAND), context, batch)
