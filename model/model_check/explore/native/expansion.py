"""Expands states: the part of the search loop that is compiled with a machine.

In the restricted Python that `restricted` compiles. The rest of the kernel is the same for
every machine whose states have as many words, so that a layout that grows does not compile it
again; it finds this part by its address.
"""

from __future__ import annotations

from .places import (
    AT,
    BAD,
    BAD_COUNT,
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
    SIZE,
    load,
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
    filled = load(batch + FILLED)
    following = load(batch + AT)
    end = load(batch + END)
    before = filled
    going = 1
    while going:
        n = successors(states + following * SIZE, out + filled * SIZE, batch + FAILED)
        if load(batch + LACKING) != 0:
            going = 0
        else:
            if load(batch + FAILED) != 0:
                store(batch + FAILED, 0)
                count = load(batch + BAD_COUNT)
                store32(bad + count * 4, following)
                store(batch + BAD_COUNT, count + 1)
            else:
                goes_on = n
                if FAULTS:
                    goes_on = load(batch + ORDINARY)
                if goes_on == 0:
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
    store(batch + FILLED, filled)
    store(batch + AT, following)
    return 0
