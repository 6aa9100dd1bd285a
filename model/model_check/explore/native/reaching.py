"""What can be reached, in the order of distance, in the restricted Python that `restricted`
compiles. A call looks at some nodes or transitions and answers 0, or 1 when all is done.
"""

from __future__ import annotations

from .pieces import piece
from .row_places import (
    AHEAD_ROWS,
    AIM_HAS,
    AIM_LACKS,
    AIM_NODE,
    AIM_TAKEN,
    ASKED,
    ASKING_UP_TO,
    BEGINS,
    FLAGS,
    FORMER,
    INSIDE,
    KEEP,
    KIND_WIDTH,
    KINDS,
    LAST_COUNT,
    LAST_SOURCE,
    LASTS,
    LEFT_OUT,
    LEVEL_STOP,
    LEVELS_AT,
    LEVELS_BEGUN,
    MARK_WIDTH,
    MARKS,
    NODES,
    OF,
    OF_STEP,
    ORDER,
    PIECE,
    POSITION,
    QUEUED,
    RESULT,
    TARGETS,
    UNSEEN,
)
from .wide import wide_at
from .words import load, load8, load32, prefetch, store, store8, store32

__all__ = ["INLINED"]

INLINED = ("ask_roots", "go_over", "begin_level", "is_aimed_at")
"""Put in where they are called; the others are functions of their own."""


def start_reaching(rows: int, task: int) -> int:
    """Before: no node has a parent, and what is not kept is left out."""
    parents = load(task + RESULT)
    keep = load(task + KEEP)
    count = load(rows + NODES)
    for node in piece(task + POSITION, count):
        if keep == 0:
            store32(parents + node * 4, UNSEEN)
        else:
            store32(parents + node * 4, UNSEEN - (load8(keep + node) == 0))
    return load(task + POSITION) == count


def ask_roots(task: int) -> int:
    """Put the roots of a level behind those that are waiting."""
    parents = load(task + RESULT)
    order = load(task + ORDER)
    roots = load(task + FLAGS)
    queued = load(task + QUEUED)
    for node in piece(task + ASKED, load(task + ASKING_UP_TO)):
        if load8(roots + node) != 0:  # noqa: SIM102
            # Not `and`: both sides would be evaluated.
            if load32(parents + node * 4) == UNSEEN:
                store32(parents + node * 4, node)
                store32(order + queued * 4, node)
                queued += 1
    store(task + QUEUED, queued)
    return 0


def go_over(rows: int, task: int) -> int:
    """Put what the nodes of a level lead to behind those that are waiting."""
    begins = load(rows + BEGINS)
    targets = load(rows + TARGETS)
    parents = load(task + RESULT)
    order = load(task + ORDER)
    queued = load(task + QUEUED)
    position = load(task + POSITION)
    stop = load(task + LEVEL_STOP)
    work = 0
    while work < PIECE:
        work += 1
        if position < stop:
            prefetch(begins + load32(order + (position + AHEAD_ROWS) * 4) * 8)
            node = load32(order + position * 4)
            place = load(begins + node * 8)
            end = load(begins + node * 8 + 8)
            work += end - place
            while place < end:
                target = load32(targets + place * 4)
                if load32(parents + target * 4) == UNSEEN:
                    store32(parents + target * 4, node)
                    store32(order + queued * 4, target)
                    queued += 1
                place += 1
            position += 1
        else:
            work = PIECE
    store(task + QUEUED, queued)
    store(task + POSITION, position)
    return 0


def begin_level(task: int) -> int:
    """The next level: its roots, and what was found in the one before."""
    begun = load(task + LEVELS_BEGUN)
    at = begun
    if at >= load(task + LAST_COUNT):
        at = load(task + LAST_COUNT) - 1
    store(load(task + LEVELS_AT) + begun * 8, load(task + POSITION))
    store(task + LEVELS_BEGUN, begun + 1)
    store(task + ASKING_UP_TO, load(load(task + LASTS) + at * 8))
    store(task + LEVEL_STOP, -1)
    return 0


def reach(rows: int, task: int) -> int:
    """Go on with the search, one level after the other. LEVEL_STOP is negative while the roots of
    a level are asked."""
    if load(task + ASKED) < load(task + ASKING_UP_TO):
        return ask_roots(task)
    if load(task + LEVEL_STOP) < 0:
        store(task + LEVEL_STOP, load(task + QUEUED))
    if load(task + POSITION) < load(task + LEVEL_STOP):
        return go_over(rows, task)
    if load(task + POSITION) == load(task + QUEUED) and load(task + ASKED) >= load(rows + NODES):
        return 1
    return begin_level(task)


def finish_reaching(rows: int, task: int) -> int:
    """After: flags of the nodes that are reached; all others have the parent UNSEEN."""
    parents = load(task + RESULT)
    found = load(task + FLAGS)
    count = load(rows + NODES)
    for node in piece(task + POSITION, count):
        is_reached = load32(parents + node * 4) < LEFT_OUT
        store8(found + node, is_reached)
        if is_reached == 0:
            store32(parents + node * 4, UNSEEN)
    return load(task + POSITION) == count


def approach(rows: int, task: int) -> int:
    """Go on with the search for the nearest transition that is aimed at, within a component.
    `FORMER` of a node is the one it was found from + 1."""
    begins = load(rows + BEGINS)
    targets = load(rows + TARGETS)
    of = load(task + OF)
    order = load(task + ORDER)
    former = load(task + FORMER)
    queued = load(task + QUEUED)
    position = load(task + POSITION)
    work = 0
    while work < PIECE and position < queued:
        node = load32(order + position * 4)
        place = load(begins + node * 8)
        end = load(begins + node * 8 + 8)
        work += end - place + 1
        while place < end:
            target = load32(targets + place * 4)
            if load32(of + target * 4) == load(task + INSIDE):
                if is_aimed_at(rows, task, place, target):
                    store(task + RESULT, place)
                    store(task + LAST_SOURCE, node)
                    return 1
                if load32(former + target * 4) == 0:
                    store32(former + target * 4, node + 1)
                    store32(order + queued * 4, target)
                    queued += 1
            place += 1
        position += 1
    store(task + QUEUED, queued)
    store(task + POSITION, position)
    return position == queued


def is_aimed_at(rows: int, task: int, place: int, target: int) -> int:
    """Whether a transition is: see `Aim`."""
    kind = wide_at(load(rows + KINDS), place, load(rows + KIND_WIDTH))
    marks = wide_at(load(task + MARKS), target, load(task + MARK_WIDTH))
    found = load(load(task + OF_STEP) + kind * 8) & load(task + AIM_TAKEN)
    found = found | (marks & load(task + AIM_HAS)) | ((marks ^ -1) & load(task + AIM_LACKS))
    return found != 0 or target == load(task + AIM_NODE)
