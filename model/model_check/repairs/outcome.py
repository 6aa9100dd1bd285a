"""What a search for repairs, and one for what a property rests on, found: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..language.draft import Draft
from ..language.tree.spec import Spec
from ..results.check import Trace, Verdict
from .changes import SpecChange, StepBlock

__all__ = ["Attempt", "Fact", "Need", "Repair", "Repairs", "Rest", "Rests"]


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes after which all that is wanted holds; `verdicts` of all properties, by name,
    and `states` of the space that shows it."""

    changes: tuple[SpecChange, ...]
    verdicts: Mapping[str, Verdict]
    states: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class Attempt:
    """Changes after which something that is wanted does not hold: `violated`, and a shortest
    trace to a violation of the first of them."""

    changes: tuple[SpecChange, ...]
    violated: tuple[str, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Repairs:
    """What a search for repairs found.

    `wanted`: the properties that must hold, `broken` those of them that are violated in the spec
    as it is, and `unknown` those that are undetermined there. `repairs`: smallest
    first. `complete`: there are no others of that size (or, where `minimal`, none at all of which
    no part is a repair as well). `size`: no set of fewer changes is a repair, but for those among
    `repairs`, what contains one, and those undecided. `alike`: so many other sets make the text
    of one of the `repairs`, and are not listed again. `explored`
    candidates were searched, `replayed` ones refuted by running a known trace on them,
    `undecided` ones could not be decided, and `why_undecided` says in words why the first of them
    could not; `stopped` says why the search ended early. `best`: without repairs, the candidate
    that violates least: of those explored the one with the fewest properties violated, of these
    the fewest that were violated before, of these the fewest changes. `states` of all that was
    explored.
    """

    spec: Spec
    wanted: tuple[str, ...]
    broken: tuple[str, ...]
    unknown: tuple[str, ...]
    changes: tuple[SpecChange, ...]
    repairs: tuple[Repair, ...]
    minimal: bool
    complete: bool
    size: int
    alike: int
    explored: int
    replayed: int
    undecided: int
    why_undecided: str
    stopped: str
    best: Attempt | None
    states: int
    seconds: float

    @property
    def holds_already(self) -> bool:
        """Whether there is nothing to repair."""
        return self.complete and not self.broken


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about a program that can be relaxed: the order of two steps (`labels`), or
    that several are one atomic step (`kind` "atomic")."""

    kind: Literal["order", "atomic"]
    process: str
    labels: tuple[str, ...]
    block: StepBlock
    places: tuple[int, ...]

    def __str__(self) -> str:
        if self.kind == "order":
            return f"{self.process}.{self.labels[0]} precedes {self.labels[1]}"
        names = f"{', '.join(self.labels[:-1])} and {self.labels[-1]}"
        return f"{self.process}.{names} are one step"


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that is needed: with `broken` relaxed (this fact, and none of the others that are
    needed), `trace` is a shortest one that violates the property."""

    fact: Fact
    broken: tuple[Fact, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Rest:
    """What one property rests on. `verdict` is the property's in the spec as it is. `proved`:
    it holds in every program that keeps the `needs`; else the search ended before that. `others`
    are sets of as many facts that would do as well, instead."""

    name: str
    verdict: Verdict
    needs: tuple[Need, ...]
    others: tuple[tuple[Fact, ...], ...]
    proved: bool


@dataclass(frozen=True, slots=True)
class Rests:
    """What the properties of a spec rest on. `facts` are all that can be relaxed, `explored`
    the programs that were looked at, `refused` those that the checker does not take, `states`
    of all; `stopped` says in words why the search ended early."""

    spec: Spec
    facts: tuple[Fact, ...]
    rests: tuple[Rest, ...]
    explored: int
    refused: int
    states: int
    stopped: str
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether for every property that holds it is proved what it rests on."""
        return all(each.proved for each in self.rests if each.verdict != "violated")
