"""What no run of a spec does, in values that a person can read."""

from __future__ import annotations

from typing import Literal as OneOf

from ..language.records import dataclass

__all__ = ["Unseen", "UntakenStep"]


@dataclass(frozen=True, slots=True)
class UntakenStep:
    """A step that no run takes: `consumer.pop`, and the `line` of its label in `source`."""

    name: str
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """What no run shows, besides steps that none takes. `kind`: a condition that is "always" or
    "never" true, a "premise" of a property that no state has, "ends" of runs that a property asks
    for and that there are not, a step that is "taken" though the spec says that it never is, or
    "faults" that are in no run, or not so often. `text` is the condition, the property with its
    premise, the property, the step, or what goes wrong, with a number before it where it is one; it
    stands in this `line` of `source`."""

    kind: OneOf["always", "never", "premise", "ends", "taken", "faults"]
    text: str
    source: str
    line: int
