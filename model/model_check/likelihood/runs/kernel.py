"""Runs of a timed graph, in the restricted Python that `explore.native.restricted` compiles.

Plain Python runs the same functions (see `portable`). A run has a stream of random numbers of its
own, so that it is the same whoever takes it. What a run is, is said in `timed_graph`.
"""

from __future__ import annotations

from ...explore.native.words import load, load32, store
from ...explore.walks.draws import below, first_draw, next_draw
from .places import (
    ACTORS,
    ALL_STEPS,
    ARRIVED,
    AT_ONCE,
    BEGAN,
    BEGINNINGS,
    BEGINS,
    BROKEN,
    BUDGET,
    BUSY,
    CLOCK_SIZE,
    CLOCKS,
    COUNTS,
    DISTANCES,
    DONE,
    DRAW,
    DRAWN,
    DUE,
    ENDED,
    ENDLESS,
    EVERY,
    FAR,
    FIRST,
    FOUND,
    GOES_ON,
    HOPELESS,
    INITIAL,
    INSTANCE,
    INSTANCE_COUNT,
    KEEP,
    KIND_COUNT,
    KINDS,
    LAST,
    LEVEL,
    LOST,
    MASKS,
    MEMORY,
    MOST_STEPS,
    MOST_TIMELESS,
    NODE,
    NOW,
    NUMBER,
    OF_TRANSITION,
    PROPERTIES,
    READY,
    RENEWALS,
    RUN,
    RUN_HEAD,
    SCRATCH,
    SEED,
    SINCE_POSSIBLE,
    SOONEST,
    STAMP,
    STANDSTILL,
    START_COUNT,
    STARTS,
    STEP_COUNT,
    STEPS,
    STEPS_DONE,
    TARGETS,
    TIME,
    TIMELESS,
    TURN,
    TURNS,
    UNDER_WAY,
    VISIT,
    WAYS,
    WEIGHT,
    WORST_STEP,
)
from .times import drawn_time, drawn_wide

__all__ = ["INLINED"]

INLINED = ("arrive", "chosen", "come", "due_of", "is_there", "later")
"""Put in where they are called; the others are functions of their own."""


# --- many runs ----------------------------------------------------------------------------------


def simulate(runner: int) -> int:
    """Take runs until all are taken (DONE) or the budget is used up (BUSY); or until one does not
    end (ENDLESS, STANDSTILL)."""
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
    """How it is that a run does not end."""
    if load(run + TIMELESS) >= load(runner + MOST_TIMELESS):
        return STANDSTILL
    return ENDLESS


def count_end(runner: int, run: int) -> int:
    """Count a run that has ended."""
    node = load(run + NODE)
    memory = load(run + MEMORY)
    broken = load(load(runner + BROKEN) + node * 8)
    kind = load(runner + COUNTS) + load32(load(runner + KINDS) + node * 4) * 8
    row = load(runner + KIND_COUNT) * 8
    mask = load(runner + MASKS)
    left = load(runner + PROPERTIES)
    while left > 0:
        if (load(mask) & memory) | (broken & 1):
            store(kind, load(kind) + 1)
        broken = broken >> 1
        mask = mask + 8
        kind = kind + row
        left = left - 1
    store(kind, load(kind) + 1)
    return 0


# --- one step -----------------------------------------------------------------------------------


def advance(runner: int, run: int) -> int:
    """Let the next step come, if one does: GOES_ON, or ENDED, ARRIVED or LOST."""
    node = load(run + NODE)
    place = load(load(runner + BEGINS) + node * 8)
    last = load(load(runner + BEGINS) + node * 8 + 8)
    if place == last:
        return ENDED
    now = load(run + NOW)
    if last - place == 1:
        step = load32(load(runner + STEPS) + place * 4)
        due = due_of(runner, run, step)
        if due < now:
            due = now
        return come(runner, run, place, step, due)
    seen = look_around(runner, run, place, last)
    soonest = load(runner + SOONEST)
    if soonest < now:
        soonest = now
    step = choose_step(runner, run, seen, soonest)
    way = chosen(run, load(load(runner + SCRATCH) + step * 16 + WAYS))
    steps = load(runner + STEPS)
    while way >= 0:
        if load32(steps + place * 4) == step:
            way = way - 1
        place = place + 1
    return come(runner, run, place - 1, step, soonest)


def look_around(runner: int, run: int, place: int, last: int) -> int:
    """Note which steps there are, each once, in how many ways, and when the first one is due; how
    many they are."""
    stamp = load(runner + STAMP) + 1
    store(runner + STAMP, stamp)
    steps = load(runner + STEPS)
    ready = load(runner + READY)
    soonest = FAR
    seen = 0
    while place < last:
        step = load32(steps + place * 4)
        own = load(runner + SCRATCH) + step * 16
        if load(own) == stamp:
            store(own + WAYS, load(own + WAYS) + 1)
        else:
            store(own, stamp)
            store(own + WAYS, 1)
            store(ready + seen * 8, step)
            seen = seen + 1
            due = due_of(runner, run, step)
            if due < soonest:
                soonest = due
        place = place + 1
    store(runner + SOONEST, soonest)
    return seen


def due_of(runner: int, run: int, step: int) -> int:
    """When a step that can come is due: its time is drawn when that is asked first."""
    clock = load(runner + CLOCKS) + step * CLOCK_SIZE
    instance = run + RUN_HEAD + load(clock + INSTANCE) * 16
    own = run + RUN_HEAD + (load(runner + INSTANCE_COUNT) + step) * 16
    due = load(instance + BEGAN)
    if load(clock + TIME) != AT_ONCE:
        turn = load(instance + TURN)
        if load(clock + EVERY):
            if load(own + DRAWN):
                due = load(own + DUE)
        elif load(clock + SINCE_POSSIBLE):
            visit = load(run + VISIT)
            if load(own + DRAWN) < visit:
                store(own + DUE, later(due, load(run + NOW)) + drawn_time(run, clock))
            store(own + DRAWN, visit + 1)
            due = load(own + DUE)
        elif load(own + DRAWN) == turn:
            due = load(own + DUE)
        else:
            due = due + drawn_time(run, clock)
            store(own + DUE, due)
            store(own + DRAWN, turn)
    return due


def choose_step(runner: int, run: int, seen: int, soonest: int) -> int:
    """Of the steps that are due, one of an instance, each alike likely; by their weights."""
    stamp = load(runner + STAMP)
    ready = load(runner + READY)
    turns = load(runner + TURNS)
    actors = load(runner + ACTORS)
    place = ready
    last = ready + seen * 8
    acting = 0
    while place < last:
        step = load(place)
        if due_of(runner, run, step) > soonest:
            last = last - 8
            store(place, load(last))
        else:
            instance = load(load(runner + CLOCKS) + step * CLOCK_SIZE + INSTANCE)
            if load(turns + instance * 8) != stamp:
                store(turns + instance * 8, stamp)
                store(actors + acting * 8, instance)
                acting = acting + 1
            place = place + 8
    if last - ready == 8:
        return load(ready)
    return choose_of(runner, run, last, load(actors + chosen(run, acting) * 8))


def choose_of(runner: int, run: int, last: int, instance: int) -> int:
    """One of an instance's steps among those that are due, by their weights."""
    clocks = load(runner + CLOCKS)
    ready = load(runner + READY)
    end = ready
    total = 0
    place = ready
    while place < last:
        step = load(place)
        clock = clocks + step * CLOCK_SIZE
        if load(clock + INSTANCE) == instance:
            store(end, step)
            end = end + 8
            total = total + load(clock + WEIGHT)
        place = place + 8
    if end - ready == 8:
        return load(ready)
    if total == 0:
        return load(ready + chosen(run, (end - ready) >> 3) * 8)
    left = drawn_wide(run) % total
    place = ready
    weight = load(clocks + load(place) * CLOCK_SIZE + WEIGHT)
    while left >= weight:
        left = left - weight
        place = place + 8
        weight = load(clocks + load(place) * CLOCK_SIZE + WEIGHT)
    return load(place)


def chosen(run: int, count: int) -> int:
    """A number from 0 to before a small `count`, each alike likely."""
    if count == 1:
        return 0
    draw = next_draw(load(run + DRAW))
    store(run + DRAW, draw)
    return below(draw, count)


def come(runner: int, run: int, place: int, step: int, now: int) -> int:
    """Take a transition at a moment."""
    store(run + STEPS_DONE, load(run + STEPS_DONE) + 1)
    if now > load(run + NOW):
        store(run + TIMELESS, 0)
    else:
        store(run + TIMELESS, load(run + TIMELESS) + 1)
    store(run + NOW, now)
    clock = load(runner + CLOCKS) + step * CLOCK_SIZE
    store(run + VISIT, load(run + VISIT) + 1)
    instances = run + RUN_HEAD
    own = instances + (load(runner + INSTANCE_COUNT) + step) * 16
    if load(clock + EVERY):
        store(own + DUE, now + drawn_time(run, clock))
        store(own + DRAWN, 1)
    elif load(clock + SINCE_POSSIBLE):
        store(own + DRAWN, 0)
    each = load(clock + STARTS)
    last = each + load(clock + START_COUNT) * 8
    while each < last:
        instance = instances + load(each) * 16
        store(instance + BEGAN, now)
        store(instance + TURN, load(instance + TURN) + 1)
        each = each + 8
    renewals = load(runner + RENEWALS)
    if renewals:
        renew(runner, run, load(renewals + place * 8))
    return arrive(runner, run, place, step)


def renew(runner: int, run: int, renewed: int) -> int:
    """Forget the times of some steps, as if they had not been possible; 0: of none."""
    if renewed:
        first = run + RUN_HEAD + load(runner + INSTANCE_COUNT) * 16
        left = load(renewed)
        while left > 0:
            store(first + load(renewed + left * 8) * 16 + DRAWN, 0)
            left = left - 1
    return 0


def arrive(runner: int, run: int, place: int, step: int) -> int:
    """Be at the node that a transition leads to, and remember it."""
    node = load32(load(runner + TARGETS) + place * 4)
    memory = load(run + MEMORY)
    extra = load(runner + OF_TRANSITION)
    if extra:
        memory = memory | load(extra + place * 8)
    memory = memory & load(load(runner + KEEP) + node * 8)
    memory = memory | load(load(runner + FOUND) + node * 8)
    store(run + MEMORY, memory)
    store(run + NODE, node)
    if load(run + STEPS_DONE) >= load(runner + MOST_STEPS):
        store(runner + WORST_STEP, step)
        return LOST
    if load(run + TIMELESS) >= load(runner + MOST_TIMELESS):
        store(runner + WORST_STEP, step)
        return LOST
    if load(run + NOW) >= FAR:
        store(runner + WORST_STEP, step)
        return LOST
    return is_there(runner, node, memory)


def is_there(runner: int, node: int, memory: int) -> int:
    """ARRIVED at a node of the level, or where nothing can be mended any more; else GOES_ON."""
    distances = load(runner + DISTANCES)
    if distances:
        if load32(distances + node * 4) <= load(runner + LEVEL):
            return ARRIVED
        if memory & load(runner + HOPELESS):
            return ARRIVED
    return GOES_ON


def later(one: int, other: int) -> int:
    """The later of two moments."""
    if one < other:
        return other
    return one
