"""Of the shortest ways to a node the one on which steps change hands least, in the restricted
Python that `restricted` compiles. A call looks at some nodes or transitions and answers 0, or 1
when all is done. See `trace_choice`, which says what is best.

Only nodes on shortest ways to the one that is asked for count: those are marked first, from that
one back, level by level. Of each of these it is enough to know the fewest changes to it, which
owners can take the last step then, and who can with one change more: from there on another one is
as good.
"""

from __future__ import annotations

from .row_places import (
    BEGINS,
    COST,
    COUNT_FOUND,
    FAR,
    KIND_WIDTH,
    KINDS,
    LAST,
    LEVEL,
    LEVELS_AT,
    NODE,
    NUMBERS,
    OF_STEP,
    OWNER,
    OWNERS,
    PIECE,
    POSITION,
    RESULT,
    TARGETS,
    WAY_WORDS,
    WAYS,
)
from .wide import wide_at
from .words import load, load32, store, store32

__all__ = ["INLINED"]

INLINED = ("leads_on", "known_of", "has_owner", "better", "first_owner", "cost_by", "owner_before")
"""Put in where they are called; the others are functions of their own."""


def leads_on(rows: int, node: int, after: int, marks: int) -> int:
    """Whether a node leads to a marked one of the next level, which begins at `after`."""
    targets = load(rows + TARGETS)
    place = load(load(rows + BEGINS) + node * 8)
    end = load(load(rows + BEGINS) + node * 8 + 8)
    found = 0
    while place < end:
        target = load32(targets + place * 4)
        if target >= after:
            found = found | load32(marks + target * 4)
        place += 1
    return found != 0


def mark_back(rows: int, task: int) -> int:
    """Mark the nodes on the shortest ways to what is marked, from POSITION down."""
    begins = load(rows + BEGINS)
    marks = load(task + NUMBERS)
    levels = load(task + LEVELS_AT)
    level = load(task + LEVEL)
    position = load(task + POSITION)
    count = load(task + COUNT_FOUND)
    work = 0
    while work < PIECE and position >= 0:
        if position < load(levels + level * 8):
            level = level - 1
        work += load(begins + position * 8 + 8) - load(begins + position * 8) + 1
        if leads_on(rows, position, load(levels + level * 8 + 8), marks):
            store32(marks + position * 4, 1)
            count += 1
        position = position - 1
    store(task + LEVEL, level)
    store(task + POSITION, position)
    store(task + COUNT_FOUND, count)
    return position < 0


def known_of(task: int, node: int) -> int:
    """Where it stands what is known of a marked node: the fewest changes, who can be last then,
    and who with one more. Anybody can before the first step."""
    marks = load(task + NUMBERS)
    words = load(task + WAY_WORDS)
    number = load32(marks + node * 4)
    if number == 1:
        number = load(task + COUNT_FOUND) + 2
        store(task + COUNT_FOUND, number - 1)
        store32(marks + node * 4, number)
        at = load(task + WAYS) + (number - 2) * (1 + 2 * words) * 8
        is_first = node < load(load(task + LEVELS_AT) + 8)
        store(at, FAR * (1 - is_first))
        j = 1
        while j <= words:
            store(at + j * 8, 0 - is_first)
            j += 1
    return load(task + WAYS) + (number - 2) * (1 + 2 * words) * 8


def has_owner(owners: int, owner: int) -> int:
    """Whether an owner is among some."""
    return (load(owners + (owner >> 6) * 8) >> (owner & 63)) & 1


def better(at: int, words: int, owner: int, cost: int) -> int:
    """A way has so many changes, and this owner's step is its last."""
    least = load(at)
    first = at + 8 + (owner >> 6) * 8
    second = first + words * 8
    bit = 1 << (owner & 63)
    if cost < least:
        j = 1
        while j <= words:
            kept = 0
            if cost + 1 == least:
                kept = load(at + j * 8)
            store(at + (j + words) * 8, kept)
            store(at + j * 8, 0)
            j += 1
        store(at, cost)
        store(first, bit)
        store(second, load(second) & (bit ^ -1))
    elif cost == least:
        store(first, load(first) | bit)
        store(second, load(second) & (bit ^ -1))
    elif cost == least + 1:
        store(second, load(second) | (bit & (load(first) ^ -1)))
    return 0


def cost_by(at: int, owner: int) -> int:
    """The changes of the best way by a node whose next step is an owner's."""
    return load(at) + 1 - has_owner(at + 8, owner)


def least_changes(rows: int, task: int) -> int:
    """Find what is known of each marked node, from POSITION up."""
    begins = load(rows + BEGINS)
    targets = load(rows + TARGETS)
    kinds = load(rows + KINDS)
    width = load(rows + KIND_WIDTH)
    marks = load(task + NUMBERS)
    levels = load(task + LEVELS_AT)
    owners = load(task + OF_STEP)
    words = load(task + WAY_WORDS)
    position = load(task + POSITION)
    last = load(task + LAST)
    work = 0
    while work < PIECE and position < last:
        if position == load(levels + load(task + LEVEL) * 8 + 8):
            store(task + LEVEL, load(task + LEVEL) + 1)
        work += 1
        if load32(marks + position * 4) != 0:
            after = load(levels + load(task + LEVEL) * 8 + 8)
            mine = known_of(task, position)
            place = load(begins + position * 8)
            end = load(begins + position * 8 + 8)
            work += end - place
            while place < end:
                target = load32(targets + place * 4)
                if target >= after:  # noqa: SIM102
                    # Not `and`: both sides would be evaluated.
                    if load32(marks + target * 4) != 0:
                        owner = load(owners + wide_at(kinds, place, width) * 8)
                        better(known_of(task, target), words, owner, cost_by(mine, owner))
                place += 1
        position += 1
    store(task + POSITION, position)
    return position == last


def first_owner(owners: int, count: int) -> int:
    """The first of some owners."""
    owner = 0
    while owner < count and has_owner(owners, owner) == 0:
        owner += 1
    return owner


def owner_before(task: int, at: int, owner: int) -> int:
    """Whose step leads to a node on the best way by it, whose next step is an owner's."""
    if has_owner(at + 8, owner):
        return owner
    first = first_owner(at + 8, load(task + OWNERS))
    if owner < first:  # noqa: SIM102
        # Not `and`: both sides would be evaluated.
        if has_owner(at + 8 + load(task + WAY_WORDS) * 8, owner):
            return owner
    return first


def way_back(rows: int, task: int) -> int:
    """Write the nodes on the best way to NODE, from it back: the first one of each level from
    which the way is as good, and of its steps there that of the first owner (of whom it had the
    step before, that is)."""
    begins = load(rows + BEGINS)
    targets = load(rows + TARGETS)
    kinds = load(rows + KINDS)
    width = load(rows + KIND_WIDTH)
    marks = load(task + NUMBERS)
    levels = load(task + LEVELS_AT)
    owners = load(task + OF_STEP)
    node = load(task + NODE)
    level = load(task + LEVEL)
    position = load(task + POSITION)
    anybody = load(task + OWNERS)
    work = 0
    while work < PIECE and level > 0 and position < node:
        work += 1
        before = anybody
        if load32(marks + position * 4) != 0:
            mine = known_of(task, position)
            place = load(begins + position * 8)
            end = load(begins + position * 8 + 8)
            work += end - place
            while place < end:
                if load32(targets + place * 4) == node:
                    owner = load(owners + wide_at(kinds, place, width) * 8)
                    others = load(task + OWNER) != anybody and load(task + OWNER) != owner
                    if others == 0 and cost_by(mine, owner) == load(task + COST):
                        last = owner_before(task, mine, owner)
                        if last < before:
                            before = last
                place += 1
        if before < anybody:
            level = level - 1
            store32(load(task + RESULT) + level * 4, position)
            node = position
            store(task + OWNER, before)
            store(task + COST, cost_by(mine, before))
            if level > 0:
                position = load(levels + (level - 1) * 8)
        else:
            position += 1
    store(task + NODE, node)
    store(task + LEVEL, level)
    store(task + POSITION, position)
    return level == 0 or position == node
