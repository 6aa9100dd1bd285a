"""What of a set of changes a run depends on: all sets that are alike in that have the run too.

In: a plan, a set of its changes, and a run that its spec has. Out: for each process a cube, the
numbers of the changes that the run feels, and which of them are chosen. Two rules say what it does
not feel; everything else it does.

Not visited: a process that never stands at a step, and takes none, does the same whatever is
written there. So lines in which it never is count for nothing, as long as control comes into them
by a step of theirs alone: an `if`, or a loop, is passed on the way to the next step.

Undivided: steps of a block that nobody else comes between lead to the same state in every order
that data flow allows, and joined as well, for two steps only change places where neither writes
what the other reads or writes (see `dependence`). So the whole block counts for nothing where that
is so each time that it is run through. The states in between are others then: so this is only for
what one state at the end violates, and not where anything else could notice: what was sent
and arrives in its order, a replica that is behind by the last writes, `within`, and timeouts that
come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ..language.outline import Place
from ..language.tree.spec import Spec
from ..language.tree.statements import Step, Switch, While
from ..language.tree.walk import calls_of
from ..results.repair import SpecChange, StepBlock
from .change_sets import ChangeSets, Cube, Shape
from .changes import Candidate, Plan
from .dependence import commands_of, steps_of
from .program_view import ProgramView, views_of
from .violations import Run

__all__ = ["Generalization"]


@dataclass(frozen=True, slots=True)
class _Region:
    """The lines of a program that a change writes anew: the steps in them, and whether control
    comes in by one of these alone."""

    labels: frozenset[str]
    is_entered_by_step: bool


class Generalization:
    """The cubes of runs, for one plan."""

    def __init__(self, plan: Plan, sets: ChangeSets) -> None:
        self.plan = plan
        self.sets = sets
        spec = plan.spec
        views = {each.name: each for each in views_of(plan.draft, spec)}
        self.regions = {
            number: _region(views[process], change)
            for number, change in enumerate(plan.changes)
            for process in {name for name, _ in change.edits}
            if change.process == process
        }
        self.blocks = tuple(
            dict.fromkeys(each.block for each in plan.changes if each.block is not None)
        )
        self.late = frozenset(block for block in self.blocks if _acts_late(spec, block))
        """Blocks with commands that do something when all of their step is done: joined, they do
        it later."""

    def cubes(self, candidate: Candidate, spec: Spec, run: Run) -> Mapping[str, Cube]:
        """By process, what of a candidate, whose spec is given, a run of it feels."""
        shape = self.sets.shape(candidate)
        found = {}
        for name, numbers in self.sets.coordinates.items():
            # A timeout that comes last feels what all others could do.
            if name and spec.timeouts != "last":
                numbers -= self._unfelt(name, candidate, run)
                if run.by_state and self._is_told_by_ends(candidate, spec):
                    numbers -= self._undivided(name, candidate, run)
            found[name] = Cube(shape & numbers, numbers)
        return found

    # --- not visited ----------------------------------------------------------------------------

    def _unfelt(self, process: str, candidate: Candidate, run: Run) -> frozenset[int]:
        """What is about steps alone that a process never came to."""
        visited = _visited(process, run)
        found = {
            number
            for number, region in self.regions.items()
            if self.plan.changes[number].process == process and number not in candidate
            if region.is_entered_by_step and not region.labels & visited
        }
        for block in self._blocks(process, candidate):
            passed = {i for i, label in enumerate(block.labels) if _parts([label]) & visited}
            found |= {
                number
                for (of, pair), number in self.sets.turned.items()
                if of == block and not passed & set(pair)
            }
            found |= {i for i in self._joins(block) if not passed & set(self._joined(i))}
        return frozenset(found)

    def _blocks(self, process: str, candidate: Candidate) -> Iterator[StepBlock]:
        """The blocks of a process of which a candidate writes anew nothing but what stands within
        a step. (What that keeps in order is in no set in another: see `Plan.bound`.)"""
        written = [
            edit for i in candidate for name, edit in self.plan.changes[i].edits if name == process
        ]
        for block in self.blocks:
            units = block.segment.units
            met = [each for each in written if each.meets(units[0].start, units[-1].stop)]
            if block.process == process and all(
                any(each.is_within(unit.start, unit.stop) for unit in units) for each in met
            ):
                yield block

    def _joins(self, block: StepBlock) -> Iterator[int]:
        for number, change in enumerate(self.plan.changes):
            if change.block == block and change.joined:
                yield number

    def _joined(self, number: int) -> tuple[int, ...]:
        return self.plan.changes[number].joined

    # --- undivided ------------------------------------------------------------------------------

    def _is_told_by_ends(self, candidate: Candidate, spec: Spec) -> bool:
        """Whether nothing notices in which order steps were made that nobody comes between."""
        return not (
            spec.sends
            or spec.servers
            or spec.within is not None
            or any(each.disconnects is not None for each in spec.resources)
            or self.plan.alternatives(candidate)
        )

    def _undivided(self, process: str, candidate: Candidate, run: Run) -> Shape:
        """What is about blocks of a process between whose steps nobody comes."""
        found: set[int] = set()
        for block in self._blocks(process, candidate):
            if self._is_undivided(block, candidate, run):
                found |= {n for (of, _), n in self.sets.turned.items() if of == block}
                found |= set() if block in self.late else set(self._joins(block))
        return frozenset(found)

    def _is_undivided(self, block: StepBlock, candidate: Candidate, run: Run) -> bool:
        """Whether nobody comes between the steps of a block, and each time all are made."""
        order = self.order(block, candidate)
        if run.at_end and _parts(order) & _parts(_stands(block.process, run.stands[-1:])):
            return False
        names = {instance for instance, _ in run.steps}
        return all(
            _runs_through(order, name, run.steps)
            for name in sorted(names)
            if _owner(name) == block.process
        )

    def inner_steps(self, candidate: Candidate) -> Mapping[str, frozenset[str]]:
        """By process, the steps of its blocks but for the first of each: who stands at one stands
        within a block."""
        found: dict[str, frozenset[str]] = {}
        for block in self.blocks:
            inner = frozenset(self.order(block, candidate)[1:])
            found[block.process] = found.get(block.process, frozenset()) | inner
        return found

    def order(self, block: StepBlock, candidate: Candidate) -> tuple[str, ...]:
        """The labels of a block's steps as a candidate arranges them."""
        arrangements = self.plan.arrangements(candidate) or {}
        if block not in arrangements:
            return block.labels
        groups = arrangements[block].groups
        return tuple("+".join(block.labels[i] for i in group) for group in groups)


def _region(view: ProgramView, change: SpecChange) -> _Region:
    labels: set[str] = set()
    entered = True
    for _, edit in change.edits:
        inside = sorted(
            (each for each in _places(view.places) if edit.start <= each.head < edit.stop),
            key=lambda each: each.head,
        )
        found = [_label(view, each) for each in inside]
        labels |= _parts(found)
        entered &= bool(found) and found[0] != ""
    return _Region(frozenset(labels), entered)


def _places(block: Iterable[Place]) -> Iterator[Place]:
    for place in block:
        yield place
        yield from _places(chain.from_iterable(place.blocks))


def _label(view: ProgramView, place: Place) -> str:
    """The label of the step, or of the test, that a statement is."""
    control = view.control(place)
    if isinstance(control, Step | Switch | While):
        return control.label or ""
    return ""


def _parts(labels: Iterable[str]) -> frozenset[str]:
    """Labels, and those of the steps that are joined in them."""
    return frozenset(part for each in labels for part in (each, *each.split("+")) if part)


def _visited(process: str, run: Run) -> frozenset[str]:
    """The steps that a process takes, and those that it stands at: at the end too if that
    counts."""
    taken = [label for instance, label in run.steps if _owner(instance) == process]
    return _parts([*taken, *_stands(process, run.stands if run.at_end else run.stands[:-1])])


def _stands(process: str, states: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The steps that a process stands at."""
    for locations in states:
        for name, place in locations.items():
            if _owner(name) == process:
                yield from place.split(" | ")


def _runs_through(order: Sequence[str], instance: str, steps: Sequence[tuple[str, str]]) -> bool:
    """Whether an instance makes all of some steps behind each other, whenever it makes one."""
    wanted = [(instance, label) for label in order]
    place = 0
    while place < len(steps):
        if steps[place] not in wanted:
            place += 1
        elif list(steps[place : place + len(wanted)]) == wanted:
            place += len(wanted)
        else:
            return False
    return True


def _owner(instance: str) -> str:
    return instance.partition("[")[0]


def _acts_late(spec: Spec, block: StepBlock) -> bool:
    steps = steps_of(spec.process(block.process))
    return any(
        command.afterwards
        for label in block.labels
        for call in calls_of(steps[label].body)
        for command in commands_of(spec, call)
    )
