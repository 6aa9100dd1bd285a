"""Runs of a timed graph, one after the other, in the restricted Python that
`explore.native.restricted` compiles: how they begin, and what is counted of them.
"""

from __future__ import annotations

from ...explore.native.words import load, load32, store
from ...explore.walks.draws import first_draw
from .kernel import advance, chosen, is_some
from .places import (
    ALL_STEPS,
    BEGAN,
    BEGINNINGS,
    BROKEN_IF_CLEAR,
    BROKEN_IF_SET,
    BUDGET,
    BUSY,
    CLOCK_SIZE,
    COUNTS,
    DONE,
    DRAW,
    DRAWN,
    ENDED,
    FIRST,
    FIRST_LOOK,
    GOES_ON,
    INITIAL,
    INSTANCE_COUNT,
    KIND_COUNT,
    KINDS,
    LAST,
    LONG,
    LOOK_AT,
    LOST,
    MASKS,
    MEMORY,
    MOST_TIMELESS,
    NEVER_IF_CLEAR,
    NEVER_IF_SET,
    NODE,
    NOW,
    NUMBER,
    PROPERTIES,
    RUN,
    RUN_HEAD,
    SEED,
    STANDSTILL,
    STEP_COUNT,
    STEPS_DONE,
    TIMELESS,
    TURN,
    UNDER_WAY,
    UNKNOWN,
    VISIT,
)
from .times import drawn_time

__all__ = ["INLINED"]

INLINED = ()
"""Put in where they are called; the others are functions of their own."""


def simulate(runner: int) -> int:
    """Take runs until all are taken (DONE) or the budget is used up (BUSY); or until of one it does
    not become known what is asked of it (LONG, STANDSTILL, UNKNOWN)."""
    budget = load(runner + BUDGET)
    run = load(runner + RUN)
    while budget > 0:
        if load(runner + UNDER_WAY) == 0:
            if load(runner + NUMBER) >= load(runner + LAST):
                return DONE
            begin_run(runner, run)
            store(runner + UNDER_WAY, 1)
        state = GOES_ON
        while state == GOES_ON and budget > 0:
            state = advance(runner, run)
            budget = budget - 1
        if state == LOST:
            return why_lost(runner, run)
        if state == ENDED:
            count_end(runner, run)
            leave(runner, run)
    return BUSY


def begin_run(runner: int, run: int) -> int:
    """Choose a first node, and when the instances begin."""
    store(run + DRAW, first_draw(load(runner + SEED), load(runner + NUMBER)))
    node = chosen(run, load(runner + INITIAL))
    store(run + NODE, node)
    store(run + MEMORY, load(load(runner + FIRST) + node * 8))
    store(run + NOW, 0)
    store(run + STEPS_DONE, 0)
    store(runner + LOOK_AT, load(runner + FIRST_LOOK))
    store(run + TIMELESS, 0)
    store(run + VISIT, 1)
    own = run + RUN_HEAD
    clock = load(runner + BEGINNINGS)
    last = own + load(runner + INSTANCE_COUNT) * 16
    while own < last:
        store(own + BEGAN, drawn_time(run, clock))
        store(own + TURN, 1)
        own = own + 16
        clock = clock + CLOCK_SIZE
    last = own + load(runner + STEP_COUNT) * 16
    while own < last:
        store(own + DRAWN, 0)
        own = own + 16
    return 0


def leave(runner: int, run: int) -> int:
    """Count the steps of a run that is over, and let the next one begin."""
    store(runner + ALL_STEPS, load(runner + ALL_STEPS) + load(run + STEPS_DONE))
    store(runner + NUMBER, load(runner + NUMBER) + 1)
    store(runner + UNDER_WAY, 0)
    return 0


def why_lost(runner: int, run: int) -> int:
    """How it is that a run is lost."""
    if is_some(runner, run, NEVER_IF_SET, NEVER_IF_CLEAR):
        return UNKNOWN
    if load(run + TIMELESS) >= load(runner + MOST_TIMELESS):
        return STANDSTILL
    return LONG


def count_end(runner: int, run: int) -> int:
    """Count a run of which it is known what becomes of it."""
    node = load(run + NODE)
    broken = is_some(runner, run, BROKEN_IF_SET, BROKEN_IF_CLEAR)
    kind = load(runner + COUNTS) + load32(load(runner + KINDS) + node * 4) * 8
    row = load(runner + KIND_COUNT) * 8
    mask = load(runner + MASKS)
    left = load(runner + PROPERTIES)
    while left > 0:
        if load(mask) & broken:
            store(kind, load(kind) + 1)
        mask = mask + 8
        kind = kind + row
        left = left - 1
    store(kind, load(kind) + 1)
    return 0
