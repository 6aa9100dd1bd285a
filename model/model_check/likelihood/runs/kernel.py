"""One step of a run of a timed graph, in the restricted Python that `explore.native.restricted`
compiles.

Plain Python runs the same functions (see `portable`). A run has a stream of random numbers of its
own, so that it is the same whoever takes it. What a run is, is said in `timed_graph`.
"""

from __future__ import annotations

from ...explore.native.words import load, load32, store
from ...explore.walks.draws import below, next_draw
from .places import (
    ACTORS,
    ARRIVED,
    AT_ONCE,
    BEGAN,
    BEGINS,
    CLOCK_SIZE,
    CLOCKS,
    DISTANCES,
    DRAW,
    DRAWN,
    DUE,
    ENDED,
    EVERY,
    EVERY_BIT,
    FAR,
    FOUND,
    GOES_ON,
    HOPELESS,
    INSTANCE,
    INSTANCE_COUNT,
    KEEP,
    LATE,
    LEVEL,
    LOOK_AT,
    LOST,
    MEMORY,
    MOST_TIMELESS,
    NEVER_IF_CLEAR,
    NEVER_IF_SET,
    NODE,
    NOW,
    OF_TRANSITION,
    OPEN_IF_CLEAR,
    OPEN_IF_SET,
    READY,
    RENEWALS,
    RUN_HEAD,
    SCRATCH,
    SETTLED,
    SETTLED_SIZE,
    SINCE_POSSIBLE,
    SOONEST,
    STAMP,
    START_COUNT,
    STARTS,
    STEPS,
    STEPS_DONE,
    TARGETS,
    TIME,
    TIMELESS,
    TURN,
    TURNS,
    VISIT,
    WAYS,
    WEIGHT,
    WORST_STEP,
)
from .times import drawn_time, drawn_wide

__all__ = ["INLINED"]

INLINED = ("arrive", "chosen", "come", "due_of", "is_some", "is_there", "later")
"""Put in where they are called; the others are functions of their own."""


def advance(runner: int, run: int) -> int:
    """Let the next step come, if one does: GOES_ON, or ENDED, ARRIVED or LOST."""
    node = load(run + NODE)
    place = load(load(runner + BEGINS) + node * 8)
    last = load(load(runner + BEGINS) + node * 8 + 8)
    if place == last:
        return ENDED
    if is_some(runner, run, OPEN_IF_SET, OPEN_IF_CLEAR) == 0:
        return ENDED
    if is_some(runner, run, NEVER_IF_SET, NEVER_IF_CLEAR):
        return LOST
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
    if load(run + STEPS_DONE) >= load(runner + LOOK_AT):
        store(runner + WORST_STEP, step)
        return LOST
    if load(run + TIMELESS) >= load(runner + MOST_TIMELESS):
        store(runner + WORST_STEP, step)
        return LOST
    if load(run + NOW) >= LATE:
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


def is_some(runner: int, run: int, if_set: int, if_clear: int) -> int:
    """The bits of the memory for which something is so where a run is."""
    settled = load(runner + SETTLED) + load(run + NODE) * SETTLED_SIZE
    memory = load(run + MEMORY)
    return (load(settled + if_set) & memory) | (load(settled + if_clear) & (memory ^ EVERY_BIT))
