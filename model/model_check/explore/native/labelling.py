"""Expands states once more, to tell the step of each transition: compiled with a machine.

In the restricted Python that `restricted` compiles. The rest of what makes rows of transitions is
the same for every machine whose states have as many words: see `building`.
"""

from __future__ import annotations

from .choosing import reduced
from .places import AT, CHOOSER, COUNTS, END, FAILED, FILLED, OUT, SOME, STATES, STEPS
from .words import REDUCED, SIZE, labelled, load, store, store32

__all__ = ["INLINED"]

INLINED = ()
"""Put in where they are called; the others are functions of their own."""


def label(context: int, batch: int) -> int:
    """Compute the successors of some of a batch's states from AT on, how many each has, and the
    steps that lead there; without those that the search left out. What fails has none."""
    states = load(context + STATES)
    out = load(batch + OUT)
    steps = load(batch + STEPS)
    counts = load(batch + COUNTS)
    following = load(batch + AT)
    end = load(batch + END)
    filled = 0
    while following < end and filled < SOME:
        here = states + following * SIZE
        there = out + filled * SIZE
        store(batch + FAILED, 0)
        n = labelled(here, there, steps + filled * 4, batch + FAILED)
        if REDUCED:
            chooser = load(batch + CHOOSER)
            n = reduced(chooser, here, there, steps + filled * 4, n, load(batch + FAILED))
            n = n & 4294967295
        store32(counts, n)
        counts += 4
        filled += n
        following += 1
    store(batch + FILLED, filled)
    store(batch + AT, following)
    return 0
