"""What the outputs of `compare` are made from: one schedule on two specs, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal as OneOf

from ..language.records import dataclass
from .check import CheckReport, PropertyResult, Trace, TraceStep, Verdict

__all__ = ["CompareReport", "ComparedTurn", "Difference", "Side"]

Difference = OneOf["", "answer", "step", "passes"]
"""What a turn of the second spec has else than the first's: nothing, another answer to the same
step, another step, or no step at all."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two specs: its whole check, its run of the schedule, and for each property
    whether it holds on that run. `endless`: the run goes round for ever where the trace ends;
    `left`: it was left there, and goes on.
    `alone`: process instances that only this spec has."""

    report: CheckReport
    trace: Trace
    verdicts: Mapping[str, Verdict]
    endless: bool
    alone: tuple[str, ...]
    left: bool = False

    @property
    def name(self) -> str:
        """The spec's name."""
        return self.report.model

    def result(self, name: str) -> PropertyResult | None:
        """The whole check's result of a property, if the spec has one of this name."""
        return next((each for each in self.report.results if each.name == name), None)


@dataclass(frozen=True, slots=True)
class ComparedTurn:
    """A turn of the schedule. `instance` is whose turn it is, by the second spec's name for it
    where it has one; `second` is None where it takes no step there, and `why` says why."""

    number: int
    instance: str
    first: TraceStep
    second: TraceStep | None
    why: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class CompareReport:
    """The same schedule on two specs. `shown` is the property that the comparison is about ("",
    where the first spec's trace violates none), `rest` the steps that the second one takes
    after the schedule is over."""

    first: Side
    second: Side
    shown: str
    turns: tuple[ComparedTurn, ...]
    rest: tuple[TraceStep, ...]
    command: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def differing(self) -> int:
        """How many turns of the schedule differ."""
        return sum(each.difference != "" for each in self.turns)
