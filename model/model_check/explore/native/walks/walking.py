"""Walks at random, in the restricted Python that `restricted` compiles with a machine.

No state is kept but the one that a walk is at. What is seen there is counted, and of what is looked
for the best sights are kept, by the number of the walk and its steps: the walk can be taken again
(see `walks.portable`, which takes the same ones).
"""

from __future__ import annotations

from ...walks.draws import below, fault_rate, first_draw, is_fault, next_draw
from ...walks.sketch import MOST_ZEROS, TAIL_BITS, TAIL_MASK
from ...walks.tally import (
    CUT,
    DEADLOCK,
    FINAL,
    KEPT,
    LEFT,
    LIMITED,
    STEP_BITS,
    WALK_BITS,
    WENT_WRONG,
)
from ..places import BUSY, DONE, FAILURE
from ..table import copy, hash_of
from ..words import (
    DEAD_BITS,
    ERROR_BIT,
    FAULTS,
    SIZE,
    is_at_rest,
    labelled,
    load,
    load8,
    load32,
    logical,
    outside,
    store,
    store8,
    trailing,
    watch_rest,
    watch_state,
    watch_step,
)
from .places import (
    ALL_STEPS,
    BEGINNING_COUNT,
    BEGINNINGS,
    BEGUN,
    BUDGET,
    COUNTS_OF,
    DEPTH,
    DRAW,
    EARLY,
    ENDED,
    FAULT,
    HERE,
    KNOWN,
    LACKS,
    LONGEST,
    MARKS_OF,
    NEAR,
    ON_THE_WAY,
    RATE,
    SEED,
    SEEN,
    SKETCH_AT,
    STEPS_DONE,
    TAKES,
    WALK,
    WALKS,
    WAYS,
    WRONG,
    WRONG_CODES,
)

__all__ = ["INLINED"]

INLINED = ("arrive", "begin_walk", "end_walk", "go_on", "look_around", "pick", "sketch")
"""Put in where they are called; the others are functions of their own."""


def walk(walker: int) -> int:
    """Take walks until all are taken (DONE) or the budget is used up (BUSY), or a step needs room
    or meets a limit (FAILURE)."""
    budget = load(walker + BUDGET)
    while budget > 0:
        if load(walker + ON_THE_WAY) == 0:
            if load(walker + WALK) >= load(walker + WALKS):
                return DONE
            begin_walk(walker)
        store(walker + WRONG, 0)
        store(walker + LACKS, 0)
        n = labelled(load(walker + HERE), load(walker + WAYS), load(walker + TAKES), walker + WRONG)
        if load(walker + LACKS) != 0:
            return FAILURE
        go_on(walker, n)
        budget -= 1
    return BUSY


def begin_walk(walker: int) -> int:
    """Choose an initial state, and how often something goes wrong."""
    draw = next_draw(first_draw(load(walker + SEED), load(walker + WALK)))
    begin = below(draw, load(walker + BEGINNING_COUNT))
    copy(load(walker + BEGINNINGS) + begin * SIZE, load(walker + HERE))
    if FAULTS:
        draw = next_draw(draw)
        store(walker + RATE, fault_rate(draw))
    store(walker + DRAW, draw)
    store(walker + STEPS_DONE, 0)
    store(walker + KNOWN, 0)
    store(walker + ON_THE_WAY, 1)
    store(walker + BEGUN, load(walker + BEGUN) + 1)
    arrive(walker, 0)
    return 0


def arrive(walker: int, events: int) -> int:
    """See a state, and what else was seen on the way there."""
    here = load(walker + HERE)
    sketch(load(walker + SKETCH_AT), hash_of(here))
    events = (events | watch_state(here, 0)) & (load(walker + KNOWN) ^ -1)
    if events:
        note_events(walker, events)
    return 0


def sketch(registers: int, h: int) -> int:
    """See `walks.sketch.note`."""
    tail = h & TAIL_MASK
    zeros = MOST_ZEROS
    if tail:
        zeros = trailing(tail) + 1
    place = registers + logical(h, TAIL_BITS)
    if load8(place) < zeros:
        store8(place, zeros)
    return 0


def go_on(walker: int, n: int) -> int:
    """Look at what can happen, and take one of the steps, or end the walk."""
    here = load(walker + HERE)
    wrong = load(walker + WRONG)
    marks = look_around(walker, n)
    faults = marks & 4294967295
    owed = logical(marks, 32)
    events = 0
    if wrong:
        store8(load(walker + WRONG_CODES) + wrong, 1)
        events = ERROR_BIT
    elif owed == 0:  # noqa: SIM102
        if outside(here) == 0:
            events = watch_rest(here, 0)
            if n == faults and is_at_rest(here) == 0:
                events = events | DEAD_BITS
    events = events & (load(walker + KNOWN) ^ -1)
    if events:
        note_events(walker, events)
    draw = load(walker + DRAW)
    ways = 0
    fault = 0
    if load(walker + STEPS_DONE) < load(walker + DEPTH):
        ways = n - faults
        if FAULTS:  # noqa: SIM102
            if faults:
                draw = next_draw(draw)
                fault = is_fault(draw, load(walker + RATE))
                if fault:
                    ways = faults
    if ways == 0:
        end_walk(walker, n - faults, wrong)
    else:
        draw = next_draw(draw)
        store(walker + DRAW, draw)
        chosen = pick(walker, below(draw, ways), ways == n, fault)
        there = load(walker + WAYS) + chosen * SIZE
        place = load(walker + COUNTS_OF) + load32(load(walker + TAKES) + chosen * 4) * 8
        store(place, load(place) + 1)
        store(walker + STEPS_DONE, load(walker + STEPS_DONE) + 1)
        store(walker + ALL_STEPS, load(walker + ALL_STEPS) + 1)
        events = watch_step(there, here)
        copy(there, here)
        arrive(walker, events)
    return 0


def look_around(walker: int, n: int) -> int:
    """How many of the successors are made by faults, and, in the upper half, how many by steps
    that are owed."""
    found = 0
    steps = load(walker + TAKES)
    marks = load(walker + MARKS_OF)
    last = steps + n * 4
    while steps < last:
        mark = load8(marks + load32(steps))
        found += (mark & FAULT) + (logical(mark, 1) << 32)
        steps += 4
    return found


def pick(walker: int, place: int, from_all: int, fault: int) -> int:
    """The successor at a place among all of them, or among those that are faults, or are none."""
    if from_all == 0:
        steps = load(walker + TAKES)
        marks = load(walker + MARKS_OF)
        chosen = -1
        while place >= 0:
            chosen += 1
            if (load8(marks + load32(steps + chosen * 4)) & FAULT) == fault:
                place -= 1
        place = chosen
    return place


def end_walk(walker: int, ordinary: int, wrong: int) -> int:
    """A walk goes no further."""
    here = load(walker + HERE)
    how = DEADLOCK
    if ordinary:
        how = CUT
    elif wrong:
        how = WENT_WRONG
    elif outside(here):
        how = LEFT
    elif is_at_rest(here):
        how = FINAL
    leave(walker, how)
    return 0


def leave(walker: int, how: int) -> int:
    """Count a walk, and let the next one begin."""
    place = load(walker + ENDED) + how * 8
    store(place, load(place) + 1)
    store(walker + ON_THE_WAY, 0)
    store(walker + WALK, load(walker + WALK) + 1)
    if load(walker + LONGEST) < load(walker + STEPS_DONE):
        store(walker + LONGEST, load(walker + STEPS_DONE))
    return 0


def give_up(walker: int) -> int:
    """End a walk at a limit of this tool."""
    wrong = load(walker + WRONG)
    if wrong:
        store8(load(walker + WRONG_CODES) + wrong, 1)
        note_events(walker, ERROR_BIT & (load(walker + KNOWN) ^ -1))
    store8(load(walker + WRONG_CODES) + load(walker + LACKS), 1)
    leave(walker, LIMITED)
    return 0


def note_events(walker: int, events: int) -> int:
    """Count events that are new on this walk, and keep the best sights of each."""
    store(walker + KNOWN, load(walker + KNOWN) | events)
    steps = load(walker + STEPS_DONE)
    number = load(walker + WALK)
    while events:
        event = trailing(events)
        events = events & (events - 1)
        place = load(walker + SEEN) + event * 8
        store(place, load(place) + 1)
        keep(load(walker + NEAR) + event * KEPT * 8, (steps << WALK_BITS) | number)
        keep(load(walker + EARLY) + event * KEPT * 8, (number << STEP_BITS) | steps)
    return 0


def keep(first: int, key: int) -> int:
    """Put a key among the lowest ones, which stand in order."""
    slot = first + (KEPT - 1) * 8
    if key < load(slot):
        going = 1
        while going:
            going = 0
            if slot > first:  # noqa: SIM102
                if load(slot - 8) > key:
                    store(slot, load(slot - 8))
                    slot -= 8
                    going = 1
        store(slot, key)
    return 0
