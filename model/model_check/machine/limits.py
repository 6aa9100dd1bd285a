"""How far this tool goes while a model runs; docs/language.md lists it.

Every operation of a step is bounded by these, so that none takes long and a step can be
interrupted between any two. A step that would go further ends the search as undetermined
(`Failure` of kind "limit"): it is no error of the model.
"""

from __future__ import annotations

from ..language.checker.rounds import MAX_ROUNDS

__all__ = [
    "LARGEST_INTEGER", "LONGEST_LIST", "MOST_BITS", "MOST_CHOICES", "MOST_MOVES", "MOST_ROUNDS",
    "TooLargeError",
]  # fmt: skip


class TooLargeError(Exception):
    """A value of a type would take more bits than any may; the text says which type."""


MOST_BITS = 1 << 23
"""Of one value: a megabyte."""

MOST_CHOICES = 64
"""In one step, or for the first values: two each are more than can be explored."""

LARGEST_INTEGER = 1 << 128
"""No integer is larger, or smaller than its negative: what a step computes on the way, too."""

LONGEST_LIST = 4096
"""Items of a list, numbers of a range whose length only run time tells."""

MOST_MOVES = 1 << 20
"""Turns of loops that control passes over between two steps."""

MOST_ROUNDS = MAX_ROUNDS
"""Rounds of a loop over a range inside a step or an expression."""
