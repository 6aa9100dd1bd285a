"""Which successors of a state a reduced search keeps, in the restricted Python that `restricted`
compiles: see `explore.reduction`.

All successors have been computed, with the step that leads to each. Those of the instances whose
steps wait are dropped; of those that are kept, each is made the state that stands for it. This does
what `explore.reduced` does in plain Python.
"""

from __future__ import annotations

from .choosing_places import (
    ASKED,
    CAN_BE_TAKEN,
    CHOOSER_TABLES,
    CLASSES,
    COSTS,
    FAULTY,
    FIRST,
    INSISTS,
    INSTANCES,
    KEYS,
    MOVE_LOWERS,
    MOVE_STEPS,
    MOVES_BEGIN,
    NEEDS,
    OWNERS,
    RAISES,
)
from .table import copy
from .words import (
    ORDERED,
    SIZE,
    SYMMETRIC,
    canonical,
    classify,
    load,
    load8,
    load32,
    logical,
    store,
    store8,
    store32,
    trailing,
)

__all__ = ["INLINED"]

INLINED = ("count_steps", "forget_steps")
"""Put in where they are called; the others are functions of their own."""


def reduced(chooser: int, state: int, out: int, steps: int, n: int, failing: int) -> int:
    """Keep some of a state's n successors, and say how many. In the upper half of the answer: how
    many of them all were by no fault. `failing`: not 0 where a step runs into an error."""
    ordinary = count_steps(chooser, steps, n)
    chosen = -1
    if ORDERED:  # noqa: SIM102
        # Where nothing but faults can happen, or something fails, nothing waits.
        if failing == 0 and ordinary > 0 and n > 1:
            chosen = choose(chooser, state)
    forget_steps(chooser, steps, n)
    kept = n
    if chosen != -1:
        kept = keep(chooser, chosen, out, steps, n)
    if SYMMETRIC:
        j = 0
        while j < kept:
            canonical(out + j * SIZE)
            j += 1
    return (ordinary << 32) | kept


def count_steps(chooser: int, steps: int, n: int) -> int:
    """Flag the steps that can be taken, and count them by instance; how many are no faults."""
    tables = load(chooser + CHOOSER_TABLES)
    owners = load(tables + OWNERS)
    faulty = load(tables + FAULTY)
    costs = load(chooser + COSTS)
    flags = load(chooser + CAN_BE_TAKEN)
    count = load(tables + INSTANCES)
    i = 0
    while i < count:
        store(costs + i * 8, 0)
        i += 1
    ordinary = 0
    j = 0
    while j < n:
        step = load32(steps + j * 4)
        store8(flags + step, 1)
        place = costs + load8(owners + step) * 8
        fault = load8(faulty + step)
        # The number of its successors, and in the upper half of those that are no faults.
        store(place, load(place) + 1 + ((1 - fault) << 32))
        ordinary += 1 - fault
        j += 1
    return ordinary


def forget_steps(chooser: int, steps: int, n: int) -> int:
    """No step can be taken."""
    flags = load(chooser + CAN_BE_TAKEN)
    j = 0
    while j < n:
        store8(flags + load32(steps + j * 4), 0)
        j += 1
    return 0


def choose(chooser: int, state: int) -> int:
    """The set of instances whose steps are taken: the one with the fewest successors."""
    tables = load(chooser + CHOOSER_TABLES)
    count = load(tables + INSTANCES)
    costs = load(chooser + COSTS)
    needs = load(chooser + NEEDS)
    classify(state, load(tables + KEYS), load(chooser + CLASSES))
    i = 0
    while i < count:
        store(needs + i * 8, -1)
        i += 1
    insisting = raisers(chooser, load(tables + INSISTS))
    best = -1
    least = 1 << 40
    i = 0
    while i < count:
        if logical(load(costs + i * 8), 32) != 0:
            found = closed(chooser, (1 << i) | insisting)
            cost = cost_of(found, costs)
            if cost < least:
                least = cost
                best = found
            if cost == 1:
                i = count
        i += 1
    return best


def cost_of(instances: int, costs: int) -> int:
    """The successors by some instances."""
    cost = 0
    left = instances
    while left != 0:
        cost += load32(costs + trailing(left) * 8)
        left = left & (left - 1)
    return cost


def closed(chooser: int, start: int) -> int:
    """The least set with these instances."""
    needs = load(chooser + NEEDS)
    found = start
    waiting = start
    while waiting != 0:
        i = trailing(waiting)
        waiting = waiting & (waiting - 1)
        asked = load(needs + i * 8)
        if asked == -1:
            asked = needs_of(chooser, i)
            store(needs + i * 8, asked)
        waiting = waiting | (asked & (found ^ -1))
        found = found | asked
    return found


def needs_of(chooser: int, instance: int) -> int:
    """Who must be looked at with an instance."""
    tables = load(chooser + CHOOSER_TABLES)
    count = load(tables + INSTANCES)
    classes = load(chooser + CLASSES)
    flags = load(chooser + CAN_BE_TAKEN)
    steps = load(tables + MOVE_STEPS)
    begins = load(tables + MOVES_BEGIN)
    own = load(load(tables + FIRST) + instance * 8) + load(classes + instance * 8)
    move = load(begins + own * 8)
    last = load(begins + own * 8 + 8)
    found = 0
    lowered = 0
    while move < last:
        taken = load8(flags + load(steps + move * 8))
        if taken:
            lowered = lowered | load(load(tables + MOVE_LOWERS) + move * 8)
        row = load(tables + ASKED) + (2 * move + taken) * count * 8
        j = 0
        while j < count:
            bit = logical(load(row + j * 8), load(classes + j * 8)) & 1
            found = found | (bit << j)
            j += 1
        move += 1
    return found | raisers(chooser, lowered)


def raisers(chooser: int, goals: int) -> int:
    """Who can still raise one of some goals."""
    found = 0
    if goals != 0:
        tables = load(chooser + CHOOSER_TABLES)
        count = load(tables + INSTANCES)
        classes = load(chooser + CLASSES)
        first = load(tables + FIRST)
        raises = load(tables + RAISES)
        j = 0
        while j < count:
            own = load(first + j * 8) + load(classes + j * 8)
            if load(raises + own * 8) & goals:
                found = found | (1 << j)
            j += 1
    return found


def keep(chooser: int, chosen: int, out: int, steps: int, n: int) -> int:
    """Drop the successors by others than the chosen instances; how many are kept."""
    owners = load(load(chooser + CHOOSER_TABLES) + OWNERS)
    kept = 0
    j = 0
    while j < n:
        step = load32(steps + j * 4)
        if logical(chosen, load8(owners + step)) & 1:
            if kept != j:
                copy(out + j * SIZE, out + kept * SIZE)
                store32(steps + kept * 4, step)
            kept += 1
        j += 1
    return kept
