"""Why a property is violated: the facts that by themselves force it, and all sets of such facts.

A fact says of a run that an event happens, or does not, or comes before another one; what it means
to keep one is said in `symbolic.facts`, and its words are here, once for all outputs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..language.records import dataclass
from .faults import fault_verb
from .trace import Trace

__all__ = [
    "AFTER", "ALL_RUNS", "BEFORE", "COMPLETE_RUNS", "FAIR_RUNS", "FAIR_RUNS_WITHOUT_ERROR",
    "WITHOUT_ERROR", "Details", "Fact", "Pattern", "Race", "Reason", "fact_text",
    "ordinal",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Details:
    """What a fact says of its first event beside its name: between which steps of its process it
    comes (`placed`: "after handle and before ack"), and what is chosen in it (`leaves`: "n = 2");
    "" where it says nothing. `fault`: it goes wrong. Of a fact without a first event, what does not
    happen (there) would."""

    placed: str = ""
    leaves: str = ""
    fault: bool = False


NO_DETAILS = Details()
BEFORE = " comes before "
AFTER = " comes after "
NEVER = " does not happen"


@dataclass(frozen=True, slots=True)
class Fact:
    """What a run keeps or does not. `first`: the event that happens ("": none has to; where
    something is said of it all the same, it is the beginning); `second`: the one that does not
    happen before it, or at all ("": none); `both`: that it does, later.

    `witness`: events of a run that keeps all the other facts, does not keep this one, and does
    not violate: the proof that this one is necessary.
    """

    first: str
    second: str
    witness: tuple[str, ...]
    details: Details = NO_DETAILS
    both: bool = False

    def __str__(self) -> str:
        return fact_text(self.first, self.second, self.details, both=self.both)


def fact_text(first: str, second: str, details: Details = NO_DETAILS, *, both: bool = False) -> str:
    """A fact in words: `a comes before b`, `b comes after a`, `worker.die happens`, `worker crashes
    after handle and before ack`, `some client.pick leaves n = 2`, `b does not happen`, `worker
    never crashes`, `x = 1 at the beginning`."""
    if not first:
        if details.leaves:
            return f"{details.leaves} at the beginning"
        if not details.fault:
            return second + NEVER
        return f"{_fault_text(second, never=True)} {details.placed}".rstrip()
    if second:
        return second + AFTER + first if both else first + BEFORE + second
    if not details.fault:
        return _leaves_text(first, details.leaves) if details.leaves else f"{first} happens"
    told = _fault_text(first)
    told = f"{told} {details.placed}" if details.placed else told
    return f"{told} and leaves {details.leaves}" if details.leaves else told


def _leaves_text(event: str, values: str) -> str:
    """That an event leaves values, whichever of its name it is; or the second time that one does:
    what is counted are those that do."""
    name, _, number = event.partition("#")
    again = f" a {ordinal(int(number))} time" if number else ""
    return f"{name} leaves {values}{again}" if number else f"some {name} leaves {values}"


def _fault_text(event: str, *, never: bool = False) -> str:
    """That something goes wrong, by the event's name: `worker crashes a second time`; or that it
    never does."""
    found = _EVENT.fullmatch(event)
    if found is None:
        return event + NEVER if never else f"{event} happens"
    owner, fault, client, number = found.groups()
    again = f" a {ordinal(int(number))} time" if number else ""
    verb = f"never {fault_verb(fault)}" if never else fault_verb(fault)
    thing = (" anything" if never else " something") if fault in _OF_THINGS else ""
    return f"{owner} {verb}{f' {client}' if client else thing}{again}"


_OF_THINGS = ("loses", "duplicates", "reorders")
_EVENT = re.compile(r"(.+)\.([^.\[\]#]+)(?:\[(.*)\])?(?:#(\d+))?")


def ordinal(number: int) -> str:
    """`second`, `11th`."""
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    if number <= len(words):
        return words[number - 1]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


@dataclass(frozen=True, slots=True)
class Race:
    """One of several reasons: every run that keeps `facts` violates. `trace` is a run that
    keeps them and those of no other race; `proved_by` as in a Reason."""

    facts: tuple[Fact, ...]
    trace: Trace
    proved_by: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Races that differ in numbers alone: `facts` in words with names for the numbers, and
    for each name its values. Every combination of values is one of the races, `different`: every
    one of different values; `races` are their places among the Reason's. A race that is like no
    other has no names."""

    facts: tuple[str, ...]
    values: Mapping[str, tuple[int, ...]]
    races: tuple[int, ...]
    different: bool = False


COMPLETE_RUNS = "complete runs"
"""The scope of a reason that holds of all runs, whatever steps they take, where all come to an
end."""
FAIR_RUNS = "fair runs"
"""The same where there are runs without an end: of these the fair ones count."""
WITHOUT_ERROR = "runs that no run-time error ends"
FAIR_RUNS_WITHOUT_ERROR = "fair runs that no run-time error ends"
ALL_RUNS = (COMPLETE_RUNS, FAIR_RUNS)
"""The scopes that leave no run out."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a violation happens: every run (of `scope`) that keeps `facts` violates.

    `proved_by`: "z3 and search", "search" (z3 gave no answer with its work: `note` says so),
    or "" with `note` saying why there is no reason. `scope` says which runs are meant, in
    words: all of them in one of ALL_RUNS. What is said of the races is said of them, too. No
    fact at all means: every run violates.

    `races` are all different reasons, one of the trace's own first; `patterns` tell them together
    where they differ in numbers alone. `complete_by`: how it was shown that every run that
    violates keeps the facts of one of the races ("z3 and search", "search"); "" where
    that was not shown, and `races_note` says why. `needs_faults`: no run of its scope violates
    unless something goes wrong (False: one does, or it was not looked at).
    """

    facts: tuple[Fact, ...]
    scope: str
    proved_by: str
    note: str
    seconds: float
    races: tuple[Race, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    complete_by: str = ""
    races_note: str = ""
    needs_faults: bool = False
