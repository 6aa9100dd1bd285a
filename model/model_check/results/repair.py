"""What a search for repairs, and one for what a property rests on, found: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED, EXIT_UNEXPECTED
from ..language.draft import Alternative, Draft, Entry
from ..language.outline import Edit
from ..language.rearrange import Segment
from ..language.source.diagnostics import Position
from ..language.tree.spec import Spec
from .check import Trace, Verdict
from .faults import NO_FAULTS, Faults

__all__ = [
    "Attempt", "Beyond", "ChangeKind", "Fact", "Need", "Repair", "Repairs", "Rest", "Rests",
    "SpecChange", "StepBlock", "StepPair",
]  # fmt: skip


StepPair = tuple[int, int]
"""Two steps of a block by their places in the text, the first one first."""


@dataclass(frozen=True, slots=True)
class StepBlock:
    """Steps of a process among which order is free but for data flow: the pairs in `bound`
    stay in their order. `servers[i]` can join step i with others ("" for none). `moves`: two steps
    behind each other for which a server has one command, and its name."""

    process: str
    number: int
    segments: tuple[Segment, ...]
    bound: frozenset[StepPair]
    servers: tuple[str, ...]
    moves: tuple[tuple[StepPair, str], ...] = ()

    @property
    def segment(self) -> Segment:
        return self.segments[self.number]

    @property
    def labels(self) -> tuple[str, ...]:
        return self.segment.labels


ChangeKind = Literal[
    "move", "join", "alternative", "one_command", "move_out", "look_again", "guard", "keep",
    "acknowledge", "hand_over", "fence", "lock",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpecChange:
    """A change of one block, an alternative, or one that writes lines of programs anew.

    `moved`: the pairs that change places. `joined`: the places of steps that become one. `edits`:
    other lines of the programs of processes, by their names; `entries`: what the spec says beside.
    `weight`: how much of a change it is; a smallest set has the least sum. `process` is empty where
    it changes more than one, or something that others could see.
    """

    kind: ChangeKind
    process: str
    text: str
    block: StepBlock | None = None
    moved: frozenset[StepPair] = frozenset()
    joined: tuple[int, ...] = ()
    alternative: Alternative | None = None
    edits: tuple[tuple[str, Edit], ...] = ()
    entries: tuple[Entry, ...] = ()
    weight: int = 1

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes after which all that is wanted holds; `verdicts` of all properties, by name,
    and `states` of the space that shows it."""

    changes: tuple[SpecChange, ...]
    verdicts: Mapping[str, Verdict]
    states: int
    draft: Draft

    @property
    def weight(self) -> int:
        """What the changes weigh together: how much of a change it is."""
        return sum(each.weight for each in self.changes)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Changes after which something that is wanted does not hold: `violated`, and a trace that
    shows it of the first of them, a shortest one where a state by itself violates it; None where no
    run can show it: what should be possible is not."""

    changes: tuple[SpecChange, ...]
    violated: tuple[str, ...]
    trace: Trace | None


Beyond = Literal["start", "faults", "formula"]
"""Why no other program helps a property: a state in which a run begins violates it; one to which
only what may go wrong leads; or its formula reads nothing that any run changes."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """What a search for repairs found.

    `wanted`: the properties that must hold, `broken` those of them that are violated in the spec
    as it is, and `unknown` those that are undetermined there. `repairs`: smallest
    first. `complete`: there are no others of that size (or, where `minimal`, none at all of which
    no part is a repair as well). `size`: no set of fewer changes is a repair, but for those among
    `repairs`, what contains one, and those undecided. `alike`: this many other sets make the text
    of one of the `repairs`, and are not listed again. `explored`
    candidates were searched, `replayed` ones refuted by running a known trace on them,
    `undecided` ones could not be decided, and `why_undecided` says in words why the first of them
    could not; `stopped` says why the search ended early. `best`: without repairs, the candidate
    that violates least: of those explored the one with the fewest properties violated, of these
    the fewest that were violated before, of these the fewest changes. `states` of all that was
    explored. `draft` is what was read, `path` its path as the user gave it, `command` the command
    line that repeats the search, `files` the paths of the repairs' specs, in their order (none
    were written: empty).
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
    draft: Draft
    path: str = ""
    command: str = ""
    files: tuple[str, ...] = ()
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""
    always: tuple[tuple[str, str], ...] = ()
    """Steps, by process and label, that are in each of the runs that were found to violate what is
    wanted, in the order of the first of these."""
    beyond: tuple[tuple[str, Beyond], ...] = ()
    """The properties that no other program helps, and why; of others that is not known."""

    @property
    def exit_code(self) -> int:
        """0 repaired, or nothing to repair; 1 there is no repair; 3 undetermined."""
        if not self.complete:
            return EXIT_UNDETERMINED
        repaired = self.holds_already or self.repairs
        return EXIT_AS_EXPECTED if repaired else EXIT_UNEXPECTED

    @property
    def holds_already(self) -> bool:
        """Whether there is nothing to repair."""
        return self.complete and not self.broken


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about a program that can be relaxed: the order of two steps (`labels`); that
    several are one atomic step (`kind` "atomic"); that a step waits until its command, which
    stands `at`, is acknowledged; or that a variable (as label) is kept over a crash. The last two
    are of no block."""

    kind: Literal["order", "atomic", "acknowledged", "kept"]
    process: str
    labels: tuple[str, ...]
    block: StepBlock | None
    places: tuple[int, ...]
    at: Position | None = None

    def __str__(self) -> str:
        if self.kind == "order":
            return f"{self.process}.{self.labels[0]} precedes {self.labels[1]}"
        if self.kind == "acknowledged":
            return f"{self.process}.{self.labels[0]} is acknowledged before what follows it"
        if self.kind == "kept":
            return f"{self.process} keeps {self.labels[0]} over a crash"
        names = f"{', '.join(self.labels[:-1])} and {self.labels[-1]}"
        return f"{self.process}.{names} are one step"


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that is needed: with `broken` relaxed (this fact, and none of the others that are
    needed), `trace` violates the property, as that of an `Attempt` does."""

    fact: Fact
    broken: tuple[Fact, ...]
    trace: Trace | None


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
    of all; `stopped` says in words why the search ended early. `path` and `command` as in
    `Repairs`."""

    spec: Spec
    facts: tuple[Fact, ...]
    rests: tuple[Rest, ...]
    explored: int
    refused: int
    states: int
    stopped: str
    seconds: float
    path: str = ""
    command: str = ""
    faults: Faults = NO_FAULTS
    """What may go wrong, or was left out."""

    @property
    def exit_code(self) -> int:
        """0 told of all, 1 a property does not hold (it rests on nothing), 3 undetermined."""
        if any(each.verdict == "violated" for each in self.rests):
            return EXIT_UNEXPECTED
        return EXIT_AS_EXPECTED if self.complete else EXIT_UNDETERMINED

    @property
    def complete(self) -> bool:
        """Whether for every property that holds it is proved what it rests on."""
        return all(each.proved for each in self.rests if each.verdict != "violated")
