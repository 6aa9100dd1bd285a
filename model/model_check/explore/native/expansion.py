"""Expands states: the part of the search loop that is compiled with a machine.

In the restricted Python that `restricted` compiles. The rest of the kernel is the same for
every machine whose states have as many words, so that a layout that grows does not compile it
again; it finds this part by its address.
"""

from __future__ import annotations

from .choosing import reduced
from .choosing_places import CHOOSER_STEPS
from .places import (
    AT,
    BAD,
    BAD_COUNT,
    CHOOSER,
    DROPPED,
    END,
    END_COUNT,
    ENDS,
    FAILED,
    FILLED,
    LACKING,
    MADE,
    ORDINARY,
    OUT,
    SOME,
    SOURCES,
    STATES,
)
from .words import (
    FAULTS,
    REDUCED,
    SIZE,
    labelled,
    load,
    logical,
    store,
    store32,
    successors,
)

__all__ = ["INLINED"]

INLINED = ()
"""Put in where they are called; the others are functions of their own."""


def expand(context: int, batch: int) -> int:
    """Compute the successors of some more of a batch's states, behind those it has. Stops at
    a state that needs more room than the layout has."""
    states = load(context + STATES)
    out = load(batch + OUT)
    sources = load(batch + SOURCES)
    ends = load(batch + ENDS)
    bad = load(batch + BAD)
    chooser = load(batch + CHOOSER)
    filled = load(batch + FILLED)
    following = load(batch + AT)
    end = load(batch + END)
    dropped = load(batch + DROPPED)
    before = filled
    going = 1
    while going:
        here = states + following * SIZE
        there = out + filled * SIZE
        if REDUCED:
            n = labelled(here, there, load(chooser + CHOOSER_STEPS), batch + FAILED)
        else:
            n = successors(here, there, batch + FAILED)
        if load(batch + LACKING) != 0:
            going = 0
        else:
            goes_on = n
            if REDUCED:
                steps = load(chooser + CHOOSER_STEPS)
                all_of_them = n
                n = reduced(chooser, here, there, steps, n, load(batch + FAILED))
                goes_on = logical(n, 32)
                dropped += all_of_them - (n & 4294967295)
                n = n & 4294967295
            elif FAULTS:
                goes_on = load(batch + ORDINARY)
            if load(batch + FAILED) != 0:
                store(batch + FAILED, 0)
                count = load(batch + BAD_COUNT)
                store32(bad + count * 4, following)
                store(batch + BAD_COUNT, count + 1)
            elif goes_on == 0:
                count = load(batch + END_COUNT)
                store32(ends + count * 4, following)
                store(batch + END_COUNT, count + 1)
            j = filled
            filled += n
            while j < filled:
                store32(sources + j * 4, following)
                j += 1
            following += 1
            if following >= end or filled - before >= SOME:
                going = 0
    store(batch + MADE, load(batch + MADE) + filled - before)
    store(batch + DROPPED, dropped)
    store(batch + FILLED, filled)
    store(batch + AT, following)
    return 0
