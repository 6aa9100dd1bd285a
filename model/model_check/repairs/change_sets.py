"""The sets of changes that are not known to be bad yet, the smallest first.

In: a plan, and what is learned of sets of its changes. Out: the next set to try. Sets are told
apart by what they make and not by how: of moves, by the pairs of steps that stand in another order.
So what is learned of one set counts at once for all that make the same text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

from ..budget.deadline import Deadline
from ..results.repair import StepBlock, StepPair
from ..symbolic.solver import Choices, Clause
from .changes import Candidate, Plan

__all__ = ["ChangeSets", "Cube", "Shape"]

Shape = frozenset[int]
"""What a set of changes makes: numbers of changes that are no moves, and of pairs of steps that
change places."""


@dataclass(frozen=True, slots=True)
class Cube:
    """All shapes that have, of `numbers`, exactly the `chosen` ones."""

    chosen: Shape
    numbers: frozenset[int]

    def place(self) -> tuple[list[int], list[int]]:
        """Where it stands in an order of cubes."""
        return sorted(self.numbers), sorted(self.chosen)


class ChangeSets:
    """The sets that no clause excludes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        size = len(plan.changes)
        groups: dict[tuple[StepBlock, StepPair], list[int]] = {}
        for number, change in enumerate(plan.changes):
            if change.block is not None:
                for pair in sorted(change.moved):
                    groups.setdefault((change.block, pair), []).append(number)
        self.turned = {key: size + i for i, key in enumerate(groups)}
        """By block and pair: the number that says that it changes places."""
        weights = [each.weight for each in plan.changes]
        self.choices = Choices(size, weights, list(groups.values()))
        self.choices.demand(*([~i, ~j] for i, j in plan.conflicts()))
        for block in dict.fromkeys(block for block, _ in groups):
            self.choices.demand(*self._orders(block))
        self.coordinates = self._coordinates()
        self.all = frozenset[int]().union(*self.coordinates.values())

    def _orders(self, block: StepBlock) -> Iterator[Clause]:
        """That the pairs of a block that change places make an order of it."""

        def before(a: int, b: int) -> int | bool:
            """That step a comes before step b: a literal, or what is known of it."""
            if a > b:
                turned = before(b, a)
                return not turned if isinstance(turned, bool) else ~turned
            number = self.turned.get((block, (a, b)))
            return True if number is None else ~number

        for a, b, c in permutations(range(len(block.labels)), 3):
            # Not (a before b and b before c), or a before c.
            literals = (before(b, a), before(c, b), before(a, c))
            if not any(each is True for each in literals):
                yield [each for each in literals if not isinstance(each, bool)]

    def _coordinates(self) -> dict[str, Shape]:
        """What can be changed of each process, each time with what is not of one alone; under ""
        this alone."""
        found: dict[str, set[int]] = {"": set()}
        for number, change in enumerate(self.plan.changes):
            if change.kind != "move":
                found.setdefault(change.process, set()).add(number)
        for (block, _), number in self.turned.items():
            found.setdefault(block.process, set()).add(number)
        return {name: frozenset(numbers | found[""]) for name, numbers in found.items()}

    def shape(self, candidate: Candidate) -> Shape:
        """What a set of changes makes."""
        found = set()
        for number in candidate:
            change = self.plan.changes[number]
            if change.kind != "move":
                found.add(number)
            elif change.block is not None:
                found |= {self.turned[change.block, pair] for pair in change.moved}
        return frozenset(found)

    def smallest(self, deadline: Deadline) -> Candidate | None:
        """A smallest set that is left; None if there surely is none. Raises DeadlineError."""
        return self.choices.smallest(deadline)

    def exclude(self, candidate: Candidate) -> None:
        """Exclude all sets that make what a set makes."""
        self.choices.demand(_other_than(self.shape(candidate), self.all))

    def exclude_alike(self, cubes: Iterable[Cube]) -> None:
        """Exclude what is in all of some cubes."""
        some = tuple(cubes)
        chosen = frozenset[int]().union(*(each.chosen for each in some))
        self.choices.demand(_other_than(chosen, {n for each in some for n in each.numbers}))

    def exclude_larger(self, candidate: Candidate) -> None:
        """Exclude a set and all that contain it."""
        self.choices.demand([~i for i in sorted(candidate)])

    def refuse_parts(self, candidate: Candidate) -> None:
        """Exclude what does not fit together of the changes of one process, whatever else is
        chosen."""
        offered = self.coordinates[""]
        for name, numbers in self.coordinates.items():
            of_it = (i for i in candidate if self.plan.changes[i].process == name)
            own = frozenset(i for i in of_it if i not in offered)
            if self.plan.arrangements(own) is None:
                self.choices.demand(_other_than(self.shape(own), numbers - offered))

    def exclude_mixtures(self, variants: Mapping[str, Iterable[Cube]]) -> None:
        """Exclude what takes one of the `variants` in every coordinate that they name."""
        self.choices.demand_one(
            [_other_than(each.chosen, each.numbers) for each in sorted(known, key=Cube.place)]
            for known in variants.values()
        )


def _other_than(part: Iterable[int], numbers: Iterable[int]) -> Clause:
    """That of `numbers` others are chosen than exactly `part`."""
    chosen = frozenset(part)
    return [~i if i in chosen else i for i in sorted(numbers)]
