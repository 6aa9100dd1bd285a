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

from ..explore.components import Components
from ..explore.demands import FAIR, Demands, Fairness, Summary
from ..explore.rows import Rows
from ..language.records import dataclass

__all__ = ["Demands", "FairComponent", "FairComponents", "fair_components"]


@dataclass(frozen=True, slots=True)
class FairComponents:
    """The `components` of some nodes, and which of them are fair."""

    components: Components
    fairness: Fairness

    def is_fair(self, node: int) -> bool:
        """Whether a fair run can go round through a node."""
        return self.fairness.of[self.components.of[node]] == FAIR

    def at(self, node: int) -> FairComponent:
        """The component of a node."""
        number = self.components.of[node]
        return FairComponent(self.components, number, self.fairness.summary(number))


@dataclass(frozen=True, slots=True)
class FairComponent:
    """A component through all of which a fair run can go for ever: its `number` among
    `components`. `summary` is what it has."""

    components: Components
    number: int
    summary: Summary

    def __contains__(self, node: int) -> bool:
        return self.components.of[node] == self.number


def fair_components(
    rows: Rows,
    marks: Sequence[int],
    of_step: Sequence[int],
    demands: Demands,
    keep: Sequence[int] | None = None,
) -> Iterator[FairComponents]:
    """The components in which fair, accepted runs can go round for ever, among the nodes that are
    kept (all, if nothing is said), some at a time. `marks` are those of nodes, `of_step` those of
    the kinds of transitions."""
    while True:
        components = rows.components(keep)
        if not components.count:
            return
        fairness = rows.fairness(components, marks, of_step, demands)
        if fairness.fair:
            yield FairComponents(components, fairness)
        if not fairness.again:
            return
        keep = rows.left(components, fairness, marks, demands)
