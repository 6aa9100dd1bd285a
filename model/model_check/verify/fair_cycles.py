"""From rows of transitions to the components in which a fair run can go round for ever.

What fairness promises, and what an automaton accepts by, are marks: a node has the marks of the
promises that could be kept from it (some step of theirs is possible), a transition those that it
keeps and the acceptance sets that it is in. A cycle is fair if it has each weak promise that is
possible in all of its nodes, each strong one that is possible in one of them, and every
acceptance set.

For weak promises and acceptance a strongly connected component has such a cycle exactly if the
whole of it has these marks (generalised Buechi: Clarke, Grumberg, Peled, Model Checking, section
6.3). Where a strong promise is possible and never kept, a cycle can only go where it is not
possible: those nodes are left out, and components are looked for again (Streett acceptance:
Emerson and Lei, Modalities for model checking, Science of Computer Programming 8, 1987).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..explore.rows import Components, Rows, Summary
from ..language.records import dataclass

__all__ = ["Demands", "FairComponent", "fair_components"]


@dataclass(frozen=True, slots=True)
class Demands:
    """Which marks a cycle must have: those of `weak` that all of its nodes have, those of
    `strong` that one has, and all of `acceptance`, be it of a node or of a transition."""

    weak: int
    strong: int
    acceptance: int

    def missing(self, always: int, sometimes: int, taken: int) -> bool:
        """Whether something is missing that no part of these nodes has either."""
        lacks = always & self.weak & ~taken
        return bool(lacks or self.acceptance & ~(taken | sometimes))

    def unkept(self, sometimes: int, taken: int) -> int:
        """The strong promises that are possible, and not kept."""
        return sometimes & self.strong & ~taken

    def met(self, always: int, sometimes: int, taken: int) -> bool:
        """Whether a cycle that has these marks is fair and accepted."""
        return not self.missing(always, sometimes, taken) and not self.unkept(sometimes, taken)


@dataclass(frozen=True, slots=True)
class FairComponent:
    """A component through all of which a fair run can go for ever: its `number` among
    `components`. `summary` is what it has."""

    components: Components
    number: int
    summary: Summary

    def __contains__(self, node: int) -> bool:
        return self.components.of[node] == self.number

    @property
    def members(self) -> Sequence[int]:
        """Its nodes, ascending."""
        return self.components.members(self.number)


def fair_components(
    rows: Rows,
    marks: Sequence[int],
    of_step: Sequence[int],
    demands: Demands,
    keep: bytearray | None = None,
) -> Iterator[FairComponent]:
    """The components in which fair, accepted runs can go round for ever, among the nodes that are
    kept (all, if nothing is said). `marks` are those of nodes, `of_step` those of the kinds of
    transitions."""
    while True:
        components = rows.components(keep)
        again: dict[int, int] = {}
        summaries = rows.summarize(components, marks, of_step)
        for number, each in enumerate(summaries, 1):
            if demands.missing(each.always, each.sometimes, each.taken):
                continue
            unkept = demands.unkept(each.sometimes, each.taken)
            if unkept:
                again[number] = unkept
            else:
                yield FairComponent(components, number, each)
        if not again:
            return
        keep = bytearray(rows.count)
        for node, number in enumerate(components.of):
            if number in again and not marks[node] & again[number]:
                keep[node] = 1
