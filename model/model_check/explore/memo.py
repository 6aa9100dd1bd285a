"""Successors by difference: why a Python search need not run a step twice.

A step of one process reads and writes few of the state's fields. What it does to a state
depends on those alone, so it is computed once for each combination of their values and
remembered as a difference: the successor is the state plus that number. A search meets the
same combination in most of its states. Exact, because the generated functions read nothing
but the fields that were masked (compared with the plain search in the tests); where a
process reads nearly everything and little repeats, the memory is given up again.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..machine.core import Machine
from ..machine.effects import effects_of, union
from ..machine.python.program import LabelledSuccessors, Program, Successors

__all__ = [
    "Differences", "GrowthNeededError", "KnownMoves", "PlainDifferences", "differences_of",
    "footprint", "footprints",
]  # fmt: skip

# A memory larger than this must earn its place.
WORTH_ASKING = 100_000
# ... by being asked at least this many times for each thing it remembers.
WORTH_KEEPING = 2
MOST_KNOWN = 200_000
"""Combinations of values that are remembered with their steps, for an instance."""


class GrowthNeededError(Exception):
    """A step, or a formula, needs room that the layout does not have, or meets a limit of this
    tool; `code` is the failure's."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Differences(dict[int, tuple[int, ...]]):
    """From the masked state to the differences of all its successors by one `instance`, or by what
    may go wrong with it (`fault`).

    `errors` collects (masked state, failure code) of steps that run into an error.
    """

    def __init__(
        self, machine: Machine, successors: Successors, instance: int, *, fault: bool = False
    ) -> None:
        super().__init__()
        self._machine = machine
        self.successors = successors
        self.instance = instance
        self.fault = fault
        self.mask = footprint(machine, instance, fault=fault)
        self.errors: list[tuple[int, int]] = []

    def __missing__(self, key: int) -> tuple[int, ...]:
        differences = self.compute(key)
        self[key] = differences
        return differences

    def compute(self, key: int) -> tuple[int, ...]:
        """The differences, computed; failures are noted, or raised if they are no errors."""
        out: list[int] = []
        self.successors(key, out)
        for target in out:
            if target < 0:
                self._failed(key, -target)
        return tuple(target - key for target in out if target >= 0)

    def _failed(self, key: int, code: int) -> None:
        if self._machine.failures[code - 1].unfinished:
            raise GrowthNeededError(code)
        self.errors.append((key, code))

    def is_worth_it(self, asked: int) -> bool:
        """Whether remembering pays, after it was asked this many times."""
        return len(self) < WORTH_ASKING or len(self) * WORTH_KEEPING < asked


class PlainDifferences(Differences):
    """The same answers, computed each time: the search without the memory."""

    def __missing__(self, key: int) -> tuple[int, ...]:
        return self.compute(key)


LabelledMoves = tuple[tuple[tuple[int, int], ...], tuple[int, ...]]
"""(difference, step) of each successor, and the codes of the failures."""


class KnownMoves(dict[int, LabelledMoves]):
    """What an instance does, with its steps, by the values that it touches: computed when it is
    first asked for, and remembered while there is room."""

    def __init__(self, labelled: LabelledSuccessors) -> None:
        super().__init__()
        self._labelled = labelled

    def __missing__(self, key: int) -> LabelledMoves:
        out: list[tuple[int, int]] = []
        self._labelled(key, out)
        moves = tuple((target - key, step) for target, step in out if target >= 0)
        found = moves, tuple(-target for target, _ in out if target < 0)
        if len(self) < MOST_KNOWN:
            self[key] = found
        return found


def footprint(machine: Machine, instance: int, *, fault: bool = False) -> int:
    """A mask of all fields that the steps of an instance read or write, or what goes wrong."""
    actions = machine.actions_of(instance, fault=fault)
    effects = union(effects_of(each.body, notes=False) for each in actions)
    return machine.bits(effects.touches | {machine.instances[instance].location_field})


def differences_of(program: Program, *, remember: bool = True) -> list[Differences]:
    """One for each process instance of a machine, and behind it one for what may go wrong with it,
    if something may."""
    kind = Differences if remember else PlainDifferences
    machine = program.machine
    faults = dict(zip(machine.faulty, program.faults, strict=True))
    found = []
    for instance, successors in enumerate(program.successors):
        found.append(kind(machine, successors, instance))
        if instance in faults:
            found.append(kind(machine, faults[instance], instance, fault=True))
    return found


def footprints(differences: Sequence[Differences], instances: int) -> list[int]:
    """For each instance a mask of all that it touches, and what may go wrong with it."""
    masks = [0] * instances
    for each in differences:
        masks[each.instance] |= each.mask
    return masks
