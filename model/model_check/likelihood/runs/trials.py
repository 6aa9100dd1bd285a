"""The trials of a level of importance splitting, in the restricted Python that
`explore.native.restricted` compiles: runs that are taken on from where the level before was
reached.
"""

from __future__ import annotations

from ...explore.native.words import load, load32, store
from ...explore.walks.draws import first_draw
from .kernel import advance, chosen, due_of, is_there, later
from .places import (
    ARRIVED,
    BEGAN,
    BEGINS,
    BUDGET,
    BUSY,
    CLOCK_SIZE,
    CLOCKS,
    DONE,
    DRAW,
    DUE,
    ENTRIES,
    ENTRY_COUNT,
    EVERY,
    EXPONENTIAL,
    FIRST_LOOK,
    GOES_ON,
    INSTANCE,
    INSTANCE_COUNT,
    LAST,
    LOOK_AT,
    LOST,
    MEMORY,
    NODE,
    NOW,
    NUMBER,
    REACHED,
    REACHED_COUNT,
    REACHED_ROOM,
    RUN,
    RUN_HEAD,
    RUN_SIZE,
    SCALE,
    SEED,
    SHIFT,
    SINCE_POSSIBLE,
    STEPS,
    STEPS_DONE,
    TIME,
    UNDER_WAY,
    UNIFORM,
)
from .times import drawn_wide, exponential, scaled
from .whole import begin_run, count_end, leave, why_lost

__all__ = ["INLINED"]

INLINED = ()
"""Put in where they are called; the others are functions of their own."""


def take_trials(runner: int) -> int:
    """From where the level before was reached, take runs on until they end or reach this one: as
    `simulate`. A trial begins at one of the entries, each alike likely, with a stream of its own;
    where it reaches the level, a copy of it is kept."""
    budget = load(runner + BUDGET)
    run = load(runner + RUN)
    while budget > 0:
        if load(runner + UNDER_WAY) == 0:
            if load(runner + NUMBER) >= load(runner + LAST):
                return DONE
            begin_trial(runner, run)
            store(runner + UNDER_WAY, 1)
        state = is_there(runner, load(run + NODE), load(run + MEMORY))
        while state == GOES_ON and budget > 0:
            state = advance(runner, run)
            budget = budget - 1
        if state == LOST:
            return why_lost(runner, run)
        if state != GOES_ON:
            if state == ARRIVED:
                keep_entry(runner, run)
            else:
                count_end(runner, run)
            leave(runner, run)
    return BUSY


def begin_trial(runner: int, run: int) -> int:
    """Begin at an entry; or anew, where there is none."""
    if load(runner + ENTRIES) == 0:
        begin_run(runner, run)
    else:
        store(run + DRAW, first_draw(load(runner + SEED), load(runner + NUMBER)))
        entry = chosen(run, load(runner + ENTRY_COUNT))
        draw = load(run + DRAW)
        size = load(runner + RUN_SIZE)
        copy_run(load(runner + ENTRIES) + entry * size, run, size)
        store(run + DRAW, draw)
        store(run + STEPS_DONE, 0)
        store(runner + LOOK_AT, load(runner + FIRST_LOOK))
        redraw(runner, run)
    return 0


def keep_entry(runner: int, run: int) -> int:
    """Count a trial that reached the level, and keep it where there is room."""
    reached = load(runner + REACHED_COUNT)
    if reached < load(runner + REACHED_ROOM):
        size = load(runner + RUN_SIZE)
        copy_run(run, load(runner + REACHED) + reached * size, size)
    store(runner + REACHED_COUNT, reached + 1)
    return 0


def copy_run(source: int, target: int, size: int) -> int:
    """Copy the numbers of a run."""
    last = source + size
    while source < last:
        store(target, load(source))
        source = source + 8
        target = target + 8
    return 0


def redraw(runner: int, run: int) -> int:
    """Draw anew the times of the steps that can come and are not due yet, given that they are not:
    nothing else is known of them. So trials from one entry differ sooner."""
    place = load(load(runner + BEGINS) + load(run + NODE) * 8)
    last = load(load(runner + BEGINS) + load(run + NODE) * 8 + 8)
    now = load(run + NOW)
    before = -1
    while place < last:
        step = load32(load(runner + STEPS) + place * 4)
        if step != before:
            draw_rest(runner, run, step, now)
        before = step
        place = place + 1
    return 0


def draw_rest(runner: int, run: int, step: int, now: int) -> int:
    """Draw anew what is left of a time that is not over."""
    clock = load(runner + CLOCKS) + step * CLOCK_SIZE
    began = load(run + RUN_HEAD + load(clock + INSTANCE) * 16 + BEGAN)
    kind = load(clock + TIME)
    own = run + RUN_HEAD + (load(runner + INSTANCE_COUNT) + step) * 16
    if load(clock + EVERY) == 0 and due_of(runner, run, step) > now:
        scale = load(clock + SCALE)
        if kind == EXPONENTIAL:
            store(own + DUE, later(began, now) + scaled(scale, exponential(run)))
        if kind == UNIFORM and load(clock + SINCE_POSSIBLE) == 0:
            low = began + load(clock + SHIFT)
            high = low + scale
            low = later(low, now + 1)
            if low < high:
                store(own + DUE, low + drawn_wide(run) % (high - low))
    return 0
