"""Strongly connected components, in the restricted Python that `restricted` compiles.

Pearce, A space-efficient algorithm for finding strongly connected components, Information
Processing Letters 116 (1), 2016: Tarjan's search with one number a node. The way and the stack of
nodes whose component is not known yet share one array, from both ends: no node is in both. A call
looks at some transitions and answers 0, or 1 when all is done.
"""

from __future__ import annotations

from .row_places import (
    ALONE,
    AT_PLACE,
    BEGINS,
    COMPONENTS,
    DEPTH,
    INDEX,
    KEEP,
    LEAST_BIT,
    LOOP_BIT,
    LOOPS,
    LOWEST,
    MINE_IS_LEAST,
    NODE,
    NODES,
    OF,
    OFFSET_MASK,
    OFFSETS,
    ORDER,
    PIECE,
    POSITION,
    STACKED,
    TARGETS,
    TOP,
)
from .words import load, load8, load32, prefetch, store, store32

__all__ = ["INLINED"]

INLINED = ("enter", "lower", "push", "pop", "close", "leave", "look_over")
"""Put in where they are called; the others are functions of their own."""


def start_components(rows: int, task: int) -> int:
    """Before: nodes that are not kept have no component."""
    of = load(task + OF)
    keep = load(task + KEEP)
    node = load(task + POSITION)
    last = node + PIECE
    count = load(rows + NODES)
    if last > count:
        last = count
    while node < last:
        if load8(keep + node) == 0:
            store32(of + node * 4, ALONE)
        node += 1
    store(task + POSITION, node)
    return node == count


def enter(rows: int, task: int, node: int) -> int:
    """Go on with a node that was not seen before, and fetch what will be asked of its
    successors."""
    of = load(task + OF)
    targets = load(rows + TARGETS)
    begins = load(rows + BEGINS)
    index = load(task + INDEX) + 1
    place = load(begins + node * 8)
    end = load(begins + node * 8 + 8)
    store32(of + node * 4, index)
    store(task + INDEX, index)
    store(task + NODE, node)
    store(task + AT_PLACE, place)
    store(task + LOWEST, index)
    store(task + MINE_IS_LEAST, 1)
    store(task + LOOPS, 0)
    while place < end:
        target = load32(targets + place * 4)
        prefetch(of + target * 4)
        prefetch(begins + target * 8)
        place += 1
    return 0


def lower(task: int, node: int, seen: int) -> int:
    """A node leads to one with the number `seen`: if that is smaller, so is its own."""
    if seen < load(task + LOWEST):
        store(task + LOWEST, seen)
        store(task + MINE_IS_LEAST, 0)
        store32(load(task + OF) + node * 4, seen)
    return 0


def push(rows: int, task: int, node: int) -> int:
    """Leave a node for one that it leads to: put it on the way, and how far it is."""
    depth = load(task + DEPTH)
    way = load(task + AT_PLACE) - load(load(rows + BEGINS) + node * 8)
    way = way | (load(task + MINE_IS_LEAST) * LEAST_BIT) | (load(task + LOOPS) * LOOP_BIT)
    store32(load(task + ORDER) + depth * 4, node)
    store32(load(task + OFFSETS) + depth * 4, way)
    store(task + DEPTH, depth + 1)
    return 0


def pop(rows: int, task: int, left: int) -> int:
    """All transitions of a node were looked at: go back to the one before it on the way."""
    depth = load(task + DEPTH) - 1
    if depth < 0:
        store(task + NODE, -1)
        return 0
    node = load32(load(task + ORDER) + depth * 4)
    way = load32(load(task + OFFSETS) + depth * 4)
    store(task + DEPTH, depth)
    store(task + NODE, node)
    store(task + AT_PLACE, load(load(rows + BEGINS) + node * 8) + (way & OFFSET_MASK))
    store(task + LOWEST, load32(load(task + OF) + node * 4))
    store(task + MINE_IS_LEAST, (way & LEAST_BIT) != 0)
    store(task + LOOPS, (way & LOOP_BIT) != 0)
    lower(task, node, load32(load(task + OF) + left * 4))
    return 0


def close(rows: int, task: int, node: int, lowest: int) -> int:
    """A node from which nothing before it can be reached: it, and those stacked since, are a
    component, or it goes round in none. Answers the index that comes next."""
    of = load(task + OF)
    order = load(task + ORDER)
    stacked = load(task + STACKED)
    index = load(task + INDEX)
    count = load(rows + NODES)
    number = TOP - load(task + COMPONENTS)
    size = 0
    going = 1
    while going:
        going = 0
        if stacked < count:
            other = load32(order + stacked * 4)
            if load32(of + other * 4) >= lowest:
                store32(of + other * 4, number)
                stacked += 1
                size += 1
                going = 1
    if size + load(task + LOOPS) > 0:
        store32(of + node * 4, number)
        store(task + COMPONENTS, load(task + COMPONENTS) + 1)
    else:
        store32(of + node * 4, ALONE)
    store(task + STACKED, stacked)
    return index - size - 1


def leave(rows: int, task: int, node: int) -> int:
    """All transitions of a node were looked at: its component is complete, or it is stacked until
    that of a node before it is."""
    if load(task + MINE_IS_LEAST):
        store(task + INDEX, close(rows, task, node, load(task + LOWEST)))
    else:
        stacked = load(task + STACKED) - 1
        store(task + STACKED, stacked)
        store32(load(task + ORDER) + stacked * 4, node)
    pop(rows, task, node)
    return 0


def look_over(rows: int, task: int, node: int) -> int:
    """Look at the transitions of a node up to the first that leads to one that was not seen before.
    Answers how much work that was."""
    targets = load(rows + TARGETS)
    of = load(task + OF)
    place = load(task + AT_PLACE)
    end = load(load(rows + BEGINS) + node * 8 + 8)
    begun = place
    unseen = -1
    while place < end and unseen < 0:
        target = load32(targets + place * 4)
        seen = load32(of + target * 4)
        if target == node:
            store(task + LOOPS, 1)
        if seen == 0:
            unseen = target
        else:
            lower(task, node, seen)
        place += 1
    store(task + AT_PLACE, place)
    if unseen < 0:
        leave(rows, task, node)
    else:
        push(rows, task, node)
        enter(rows, task, unseen)
    return place - begun + 1


def components(rows: int, task: int) -> int:
    """Go on with the search: number components from TOP downwards, in the order in which they are
    complete."""
    count = load(rows + NODES)
    work = 0
    while work < PIECE:
        node = load(task + NODE)
        if node >= 0:
            work += look_over(rows, task, node)
        else:
            position = load(task + POSITION)
            if position == count:
                return 1
            if load32(load(task + OF) + position * 4) == 0:
                enter(rows, task, position)
            store(task + POSITION, position + 1)
            work += 1
    return 0


def number_components(rows: int, task: int) -> int:
    """After: number components from 1 on, and 0 stands for none."""
    of = load(task + OF)
    node = load(task + POSITION)
    last = node + PIECE
    count = load(rows + NODES)
    if last > count:
        last = count
    while node < last:
        found = load32(of + node * 4)
        if found == ALONE:
            found = TOP + 1
        store32(of + node * 4, TOP + 1 - found)
        node += 1
    store(task + POSITION, node)
    return node == count
