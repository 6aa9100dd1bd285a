"""The events of a run by name: which step, of which turn of its loops, the how-manieth of these.

Two events are told apart as in a trace (`ai_service.save[7]`, `client.show#2`). A reason may say
more of one: where its process stood when it went wrong, and what was chosen in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..machine.core import Machine

__all__ = ["ANYWHERE", "BEGINNING", "Label", "Occurrence", "label_of", "occurrences"]

ANYWHERE = -1
"""Instead of a location: wherever it stands."""
BEGINNING = -1
"""Instead of an instance and a step: what is chosen before the first step."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A step as it is named in a run: instance and step by number, and the raw values of the
    variables of the loops around it. `at`: the location it is taken from, or ANYWHERE. `chosen`:
    what it leaves in some variables (index, raw value); none means whatever it is."""

    instance: int
    step: int
    indices: tuple[int, ...]
    at: int = ANYWHERE
    chosen: tuple[tuple[int, int], ...] = ()

    @property
    def plain(self) -> Label:
        """As a trace names it."""
        if self.at == ANYWHERE and not self.chosen:
            return self
        return replace(self, at=ANYWHERE, chosen=())

    def covers(self, other: Label) -> bool:
        """Whether an event that has the other label has this one, too."""
        return (
            (self.step, self.instance) == (other.step, other.instance)
            and self.indices == other.indices
            and self.at in (ANYWHERE, other.at)
            and set(self.chosen) <= set(other.chosen)
        )


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """An event of a run: the `number`-th (from 1) with this label."""

    label: Label
    number: int


def label_of(machine: Machine, state: int, step: int) -> Label:
    """How step `step`, taken in `state`, is named."""
    each = machine.steps[step]
    values = (machine.packed(machine.variables[index], state) for index in each.indices)
    return Label(each.instance, step, tuple(values))


def occurrences(labels: Sequence[Label]) -> list[Occurrence]:
    """The events of a run, from their labels in the order in which they happened."""
    counts: dict[Label, int] = {}
    found = []
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
        found.append(Occurrence(label, counts[label]))
    return found
