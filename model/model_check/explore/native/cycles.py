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

INLINED = ("enter", "close")
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


def enter(rows: int, of: int, node: int, index: int) -> int:
    """Give a node a number, and fetch what will be asked of its successors."""
    store32(of + node * 4, index)
    targets = load(rows + TARGETS)
    begins = load(rows + BEGINS)
    place = load(begins + node * 8)
    end = load(begins + node * 8 + 8)
    while place < end:
        target = load32(targets + place * 4)
        prefetch(of + target * 4)
        prefetch(begins + target * 8)
        place += 1
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


def components(rows: int, task: int) -> int:
    """Go on with the search: number components from TOP downwards, in the order in which they are
    complete."""
    begins = load(rows + BEGINS)
    targets = load(rows + TARGETS)
    count = load(rows + NODES)
    of = load(task + OF)
    order = load(task + ORDER)
    offsets = load(task + OFFSETS)
    depth = load(task + DEPTH)
    node = load(task + NODE)
    place = load(task + AT_PLACE)
    lowest = load(task + LOWEST)
    least = load(task + MINE_IS_LEAST)
    loops = load(task + LOOPS)
    position = load(task + POSITION)
    work = 0
    end = 0
    if node >= 0:
        end = load(begins + node * 8 + 8)
    while work < PIECE:
        work += 1
        following = -1
        if node < 0:
            if position == count:
                store(task + POSITION, position)
                return 1
            if load32(of + position * 4) == 0:
                following = position
            position += 1
        else:
            if place < end:
                target = load32(targets + place * 4)
                place += 1
                seen = load32(of + target * 4)
                if seen == 0:
                    store32(order + depth * 4, node)
                    way = (place - load(begins + node * 8)) | least * LEAST_BIT
                    store32(offsets + depth * 4, way | loops * LOOP_BIT)
                    depth += 1
                    following = target
                else:
                    if target == node:
                        loops = 1
                    if seen < lowest:
                        lowest = seen
                        least = 0
                        store32(of + node * 4, lowest)
            else:
                # All of its transitions were looked at.
                if least:
                    store(task + LOOPS, loops)
                    store(task + INDEX, close(rows, task, node, lowest))
                else:
                    stacked = load(task + STACKED) - 1
                    store(task + STACKED, stacked)
                    store32(order + stacked * 4, node)
                if depth == 0:
                    node = -1
                else:
                    seen = load32(of + node * 4)
                    depth -= 1
                    node = load32(order + depth * 4)
                    way = load32(offsets + depth * 4)
                    place = load(begins + node * 8) + (way & OFFSET_MASK)
                    end = load(begins + node * 8 + 8)
                    least = (way & LEAST_BIT) != 0
                    loops = (way & LOOP_BIT) != 0
                    lowest = load32(of + node * 4)
                    if seen < lowest:
                        lowest = seen
                        least = 0
                        store32(of + node * 4, lowest)
        if following >= 0:
            node = following
            lowest = load(task + INDEX) + 1
            store(task + INDEX, lowest)
            enter(rows, of, node, lowest)
            place = load(begins + node * 8)
            end = load(begins + node * 8 + 8)
            least = 1
            loops = 0
    store(task + DEPTH, depth)
    store(task + NODE, node)
    store(task + AT_PLACE, place)
    store(task + LOWEST, lowest)
    store(task + MINE_IS_LEAST, least)
    store(task + LOOPS, loops)
    store(task + POSITION, position)
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
