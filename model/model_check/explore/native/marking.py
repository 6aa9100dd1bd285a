"""What nodes and components have, in the restricted Python that `restricted` compiles.

A call looks at some nodes or transitions and answers 0, or 1 when all is done.
"""

from __future__ import annotations

from .pieces import is_done, piece
from .row_places import (
    ACCEPTANCE,
    AGAIN_COUNT,
    BEGINS,
    COUNT_FOUND,
    FAIR_COUNT,
    FLAGS,
    FORMER,
    IS_AGAIN,
    IS_FAIR,
    KIND_WIDTH,
    KINDS,
    LAST,
    LETTER_WIDTH,
    LETTERS,
    MARK_WIDTH,
    MARKS,
    MISSED,
    MOST,
    OF,
    OF_STEP,
    ORDER,
    PAIRS,
    POSITION,
    READING_COUNT,
    READINGS,
    RESULT,
    SOMETIMES,
    STRONG,
    TAKEN,
    TARGETS,
    WEAK,
)
from .wide import put_wide, wide_at
from .words import load, load8, load32, store, store8, store32

__all__ = ["INLINED"]

INLINED = ("read_marks",)
"""Put in where they are called; the others are functions of their own."""


def marks_of_nodes(rows: int, task: int) -> int:
    """For each node, the marks of its transitions."""
    begins = load(rows + BEGINS)
    kinds = load(rows + KINDS)
    width = load(rows + KIND_WIDTH)
    of_step = load(task + OF_STEP)
    marks = load(task + MARKS)
    mark_width = load(task + MARK_WIDTH)
    for node in piece(task + POSITION, load(task + LAST)):
        place = load(begins + node * 8)
        end = load(begins + node * 8 + 8)
        found = 0
        while place < end:
            found = found | load(of_step + wide_at(kinds, place, width) * 8)
            place += 1
        put_wide(marks, node, mark_width, found)
    return is_done(task)


def unmarked(rows: int, task: int) -> int:
    """The nodes that have no marks."""
    marks = load(task + MARKS)
    width = load(task + MARK_WIDTH)
    result = load(task + RESULT)
    found = load(task + COUNT_FOUND)
    for node in piece(task + POSITION, load(task + LAST)):
        if wide_at(marks, node, width) == 0:
            store32(result + found * 4, node)
            found += 1
    store(task + COUNT_FOUND, found)
    return is_done(task)


def read_marks(task: int, letter: int) -> int:
    """The marks of what can be read, and -1 if nothing can."""
    each = load(task + READINGS)
    stop = each + load(task + READING_COUNT) * 24
    found = -1
    while each < stop:
        wanted = load(each)
        if letter & wanted == wanted:
            if found < 0:
                found = 0
            found = found | load(each + 16)
        each += 24
    return found


def accept(rows: int, task: int) -> int:
    """Add to the marks of nodes those of what can be read there."""
    letters = load(task + LETTERS)
    width = load(task + LETTER_WIDTH)
    marks = load(task + MARKS)
    mark_width = load(task + MARK_WIDTH)
    for node in piece(task + POSITION, load(task + LAST)):
        found = read_marks(task, wide_at(letters, node, width))
        if found > 0:
            put_wide(marks, node, mark_width, wide_at(marks, node, mark_width) | found)
    return is_done(task)


def reading(rows: int, task: int) -> int:
    """Flags of the nodes in which something can be read."""
    letters = load(task + LETTERS)
    width = load(task + LETTER_WIDTH)
    result = load(task + RESULT)
    for node in piece(task + POSITION, load(task + LAST)):
        store8(result + node, read_marks(task, wide_at(letters, node, width)) >= 0)
    return is_done(task)


def flag_classes(rows: int, task: int) -> int:
    """Flag the nodes of components that are flagged."""
    of = load(task + OF)
    flags = load(task + FLAGS)
    result = load(task + RESULT)
    for node in piece(task + POSITION, load(task + LAST)):
        if load8(flags + load32(of + node * 4)) == IS_FAIR:
            store8(result + node, 1)
    return is_done(task)


def first_sources(rows: int, task: int) -> int:
    """Of transitions by their nodes, in order: each node after one, once, and the first before."""
    pairs = load(task + PAIRS)
    former = load(task + FORMER)
    result = load(task + RESULT)
    found = load(task + COUNT_FOUND)
    for place in piece(task + POSITION, load(task + LAST)):
        target = load32(pairs + place * 8)
        if load32(former + target * 4) == 0:
            store32(former + target * 4, load32(pairs + place * 8 + 4) + 1)
            store32(result + found * 4, target)
            found += 1
    store(task + COUNT_FOUND, found)
    return is_done(task)


def summarize(rows: int, task: int) -> int:
    """What each component has of the marks of its nodes and of the transitions within it."""
    begins = load(rows + BEGINS)
    targets = load(rows + TARGETS)
    kinds = load(rows + KINDS)
    kind_width = load(rows + KIND_WIDTH)
    of = load(task + OF)
    of_step = load(task + OF_STEP)
    marks = load(task + MARKS)
    width = load(task + MARK_WIDTH)
    missed = load(task + MISSED)
    sometimes = load(task + SOMETIMES)
    taken = load(task + TAKEN)
    for node in piece(task + POSITION, load(task + LAST)):
        own = load32(of + node * 4)
        if own != 0:
            mark = wide_at(marks, node, width)
            put_wide(missed, own, width, wide_at(missed, own, width) | (mark ^ -1))
            put_wide(sometimes, own, width, wide_at(sometimes, own, width) | mark)
            place = load(begins + node * 8)
            end = load(begins + node * 8 + 8)
            found = wide_at(taken, own, width)
            while place < end:
                if load32(of + load32(targets + place * 4) * 4) == own:
                    found = found | load(of_step + wide_at(kinds, place, kind_width) * 8)
                place += 1
            put_wide(taken, own, width, found)
    return is_done(task)


def judge(rows: int, task: int) -> int:
    """Flags of the components that are fair, and of those to be looked at again."""
    width = load(task + MARK_WIDTH)
    flags = load(task + FLAGS)
    weak = load(task + WEAK)
    strong = load(task + STRONG)
    acceptance = load(task + ACCEPTANCE)
    fair = load(task + FAIR_COUNT)
    again = load(task + AGAIN_COUNT)
    for number in piece(task + POSITION, load(task + LAST)):
        missed = wide_at(load(task + MISSED), number, width)
        sometimes = wide_at(load(task + SOMETIMES), number, width)
        taken = wide_at(load(task + TAKEN), number, width)
        lacks = weak & ((missed | taken) ^ -1)
        lacks = lacks | (acceptance & ((taken | sometimes) ^ -1))
        unkept = sometimes & strong & (taken ^ -1)
        if lacks == 0:
            if unkept == 0:
                store8(flags + number, IS_FAIR)
                fair += 1
            else:
                store8(flags + number, IS_AGAIN)
                again += 1
    store(task + FAIR_COUNT, fair)
    store(task + AGAIN_COUNT, again)
    return is_done(task)


def left(rows: int, task: int) -> int:
    """Flags of the nodes of components to be looked at again, but for those in which a strong
    promise is possible that is not kept."""
    of = load(task + OF)
    flags = load(task + FLAGS)
    marks = load(task + MARKS)
    width = load(task + MARK_WIDTH)
    strong = load(task + STRONG)
    result = load(task + RESULT)
    for node in piece(task + POSITION, load(task + LAST)):
        own = load32(of + node * 4)
        if own != 0:  # noqa: SIM102
            if load8(flags + own) == IS_AGAIN:
                unkept = wide_at(load(task + SOMETIMES), own, width) & strong
                unkept = unkept & (wide_at(load(task + TAKEN), own, width) ^ -1)
                store8(result + node, wide_at(marks, node, width) & unkept == 0)
    return is_done(task)


def nearest(rows: int, task: int) -> int:
    """The first places in an order of nodes of fair components."""
    order = load(task + ORDER)
    of = load(task + OF)
    flags = load(task + FLAGS)
    result = load(task + RESULT)
    found = load(task + COUNT_FOUND)
    most = load(task + MOST)
    for place in piece(task + POSITION, load(task + LAST)):
        node = place
        if order != 0:
            node = load32(order + place * 4)
        if found < most:  # noqa: SIM102
            # Not `and`: both sides would be evaluated.
            if load8(flags + load32(of + node * 4)) == IS_FAIR:
                store32(result + found * 4, place)
                found += 1
    store(task + COUNT_FOUND, found)
    return is_done(task) or found == most
