"""What was seen on some walks, in numbers that can be added up: who took which walk, and in which
order, does not matter."""

from __future__ import annotations

from collections.abc import Sequence

from .sketch import REGISTERS, estimate, merge

__all__ = [
    "CUT", "DEADLOCK", "FINAL", "KEPT", "LEFT", "LIMITED", "MOST_STEPS", "MOST_WALKS", "NEVER",
    "OUTCOMES", "STEP_BITS", "TALLY_CONSTANTS", "WALK_BITS", "WENT_WRONG", "Sight", "Tally",
]  # fmt: skip

KEPT = 8
"""Sights of an event that are kept: after the fewest steps, and as many on the first walks, which
are no different from all others."""
MOST_STEPS = 1_000_000
"""Of a walk ..."""
STEP_BITS = 22
WALK_BITS = 40
MOST_WALKS = 1 << WALK_BITS
"""... and walks: both are told in one number."""
NEVER = (1 << 63) - 1
"""The key of no sight."""

FINAL, DEADLOCK, WENT_WRONG, LEFT, CUT, LIMITED = range(6)
"""How a walk ends: all is well; a deadlock; with a run-time error, and nothing else can happen; out
of `within`; after as many steps as were allowed; at a limit of this tool."""
OUTCOMES = 6
TALLY_CONSTANTS = {
    "KEPT": KEPT, "STEP_BITS": STEP_BITS, "WALK_BITS": WALK_BITS, "FINAL": FINAL,
    "DEADLOCK": DEADLOCK, "WENT_WRONG": WENT_WRONG, "LEFT": LEFT, "CUT": CUT, "LIMITED": LIMITED,
}  # fmt: skip
"""For the compiler of walks."""


Sight = tuple[int, int]
"""The number of a walk, and after how many steps."""


def near_key(steps: int, walk: int) -> int:
    """The rank of a sight among those after the fewest steps, the lowest the best ..."""
    return steps << WALK_BITS | walk


def early_key(steps: int, walk: int) -> int:
    """... and among those on the first walks."""
    return walk << STEP_BITS | steps


class Tally:
    """Of walks on a machine with so many steps, failures and events."""

    def __init__(self, steps: int, failures: int, events: int) -> None:
        self.walks = 0
        """That were begun."""
        self.steps = 0
        self.longest = 0
        self.ended = [0] * OUTCOMES
        self.taken = [0] * steps
        """How often each step was."""
        self.failures = [0] * (failures + 1)
        """1 for the code of each run-time error that a step ran into."""
        self.seen = [0] * events
        """On how many walks each event was."""
        self.near: list[list[int]] = [[] for _ in range(events)]
        """Of each event the keys of its best sights, ascending, by their steps ..."""
        self.early: list[list[int]] = [[] for _ in range(events)]
        """... and by their walks."""
        self.registers = bytearray(REGISTERS)

    @property
    def states(self) -> int:
        """How many different states there were, about."""
        return estimate(self.registers)

    def note(self, event: int, steps: int, walk: int) -> None:
        """An event was on a walk for the first time."""
        self.seen[event] += 1
        _keep(self.near, event, [near_key(steps, walk)])
        _keep(self.early, event, [early_key(steps, walk)])

    def nearest(self, event: int) -> list[Sight]:
        """The sights of an event after the fewest steps, the best first ..."""
        return [(key & MOST_WALKS - 1, key >> WALK_BITS) for key in self.near[event]]

    def earliest(self, event: int) -> list[Sight]:
        """... and those on the first walks."""
        return [(key >> STEP_BITS, key & (1 << STEP_BITS) - 1) for key in self.early[event]]

    def add(self, other: Tally) -> None:
        """What was seen on other walks."""
        self.walks += other.walks
        self.steps += other.steps
        self.longest = max(self.longest, other.longest)
        for mine, theirs in (
            (self.ended, other.ended), (self.taken, other.taken), (self.seen, other.seen),
        ):  # fmt: skip
            mine[:] = [a + b for a, b in zip(mine, theirs, strict=True)]
        self.failures = [max(each) for each in zip(self.failures, other.failures, strict=True)]
        for event in range(len(self.seen)):
            _keep(self.near, event, other.near[event])
            _keep(self.early, event, other.early[event])
        merge(self.registers, other.registers)


def _keep(kept: list[list[int]], event: int, keys: Sequence[int]) -> None:
    """Keep the best of more keys."""
    kept[event] = sorted([*kept[event], *keys])[:KEPT]
