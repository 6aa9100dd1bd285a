"""The events of a run by name: which step of whom, and for which time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..machine.core import Machine

__all__ = ["Label", "Occurrence", "Pair", "label_of", "occurrences"]


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A step as it is named in a run: instance and step by number, and the raw values of the
    variables of the loops around it."""

    instance: int
    step: int
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """An event of a run: the `number`-th (from 1) with this label."""

    label: Label
    number: int


Pair = tuple[Occurrence, Occurrence]
"""An ordering: the first event happens, and the second does not happen before it."""


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
