"""The changes that can be made to a spec, and what a set of them makes of it.

A change moves one step of a process past its neighbours, joins neighbours into one atomic
step, takes an alternative that the spec offers, or writes some lines of programs anew (see the
modules that make these). Moves are told by the pairs of steps that they put into another order:
a set of moves asks for all of its pairs, and fits together if that is an order. Lines are
counted in the text as it is written, and no two changes write the same ones. So it does not
matter which change of a set is made first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from ..language.draft import Alternative, Draft
from ..language.outline import Edit
from ..language.rearrange import Arrangement, rearranged, segments_of
from ..language.source.diagnostics import Diagnostic, Position, Source, SpecError, did_you_mean
from ..language.syntax.names import shorten
from ..language.tree.spec import Spec
from ..results.repair import SpecChange, StepBlock, StepPair
from .dependence import StepFlow, flow_of, joining_server, moving_command, steps_of
from .fencing import fence_changes
from .field_changes import field_changes
from .guards import guard_changes
from .handing_over import hand_over_changes
from .locks import lock_changes
from .moving_out import look_again_changes, move_out_changes
from .one_command import one_command_changes
from .program_view import views_of
from .unacknowledged import ask_again_changes

__all__ = [
    "Candidate", "Plan", "blocks_of", "order_of", "plan_of",
    "require_properties", "with_blocks",
]  # fmt: skip

Candidate = frozenset[int]
"""Changes by their number."""


def blocks_of(draft: Draft, spec: Spec) -> tuple[StepBlock, ...]:
    """All blocks of a spec's processes, in the order of the text."""
    return tuple(
        block for process in spec.processes for block in _blocks(draft, spec, process.name)
    )


def _blocks(draft: Draft, spec: Spec, name: str) -> Iterator[StepBlock]:
    run = draft.run_of(name)
    if run is None:
        return
    process = spec.process(name)
    steps = steps_of(process)
    segments = segments_of(run, steps)
    for number, segment in enumerate(segments):
        inside = [steps[label] for label in segment.labels]
        flows = [flow_of(spec, process, step) for step in inside]
        bound = frozenset(
            (a, b) for a, b in combinations(range(len(inside)), 2) if flows[a].depends_on(flows[b])
        )
        servers = tuple(joining_server(spec, step) for step in inside)
        moves = tuple(
            ((a, a + 1), by)
            for a, (first, second) in enumerate(pairwise(inside))
            if (by := moving_command(spec, first, second))
        )
        yield StepBlock(name, number, segments, bound, servers, moves)


def _changes_of(block: StepBlock) -> Iterator[SpecChange]:
    labels, process = block.labels, block.process
    known = set()
    size = len(labels)
    earlier = [(step, other) for step in range(size) for other in range(step - 1, -1, -1)]
    later = [(step, other) for step in range(size) for other in range(step + 1, size)]
    for step, other in (*earlier, *later):
        passed = range(other, step) if other < step else range(step + 1, other + 1)
        moved = frozenset((min(step, each), max(step, each)) for each in passed)
        # To move a step past its neighbour is to move that one past it.
        if moved not in known and not moved & block.bound:
            known.add(moved)
            where = "before" if other < step else "after"
            text = f"{process}: {labels[step]} {where} {labels[other]}"
            yield SpecChange("move", process, text, block, moved)
    for start, stop in combinations(range(len(labels) + 1), 2):
        servers = set(block.servers[start:stop])
        if stop - start > 1 and len(servers) == 1 and servers != {""}:
            names = " and ".join((", ".join(labels[start : stop - 1]), labels[stop - 1]))
            text = f"{process}: {names} in one atomic step"
            yield SpecChange("join", process, text, block, joined=tuple(range(start, stop)))
    for (first, second), by in block.moves:
        if not block.servers[first]:  # it waits: only that one command does both
            text = f"{process}: {labels[first]} and {labels[second]} in one step ({by})"
            yield SpecChange("join", process, text, block, joined=(first, second))


def order_of(size: int, moved: Iterable[StepPair]) -> tuple[int, ...] | None:
    """The order of `size` steps in which exactly the pairs `moved` have changed places; None
    if there is none."""
    turned = frozenset(moved)
    before = [0] * size
    for first, second in combinations(range(size), 2):
        before[first if (first, second) in turned else second] += 1
    # A tournament is an order if and only if every number of predecessors is there once.
    if sorted(before) != list(range(size)):
        return None
    return tuple(sorted(range(size), key=before.__getitem__))


def _arranged(block: StepBlock, changes: Iterable[SpecChange]) -> Arrangement | None:
    """What changes of one block make of it; None if they do not fit together."""
    chosen = list(changes)
    order = order_of(len(block.labels), (pair for each in chosen for pair in each.moved))
    if order is None:
        return None
    groups: dict[int, tuple[int, ...]] = {place: (place,) for place in order}
    for each in chosen:
        if not each.joined:
            continue
        at = [place for place, step in enumerate(order) if step in each.joined]
        if at[-1] - at[0] + 1 != len(at) or any(len(groups[order[i]]) > 1 for i in at):
            return None
        group = tuple(order[i] for i in at)
        groups.update(dict.fromkeys(group, group))
    return Arrangement(tuple(dict.fromkeys(groups[step] for step in order)))


def with_blocks(
    draft: Draft,
    arrangements: Mapping[StepBlock, Arrangement],
    edits: Mapping[str, Sequence[Edit]] | None = None,
) -> Draft:
    """The spec with blocks arranged anew, and with `edits` of the programs of processes."""
    edits = edits or {}
    for process in dict.fromkeys((*(block.process for block in arrangements), *edits)):
        own = {b.number: a for b, a in arrangements.items() if b.process == process}
        segments = next((b.segments for b in arrangements if b.process == process), ())
        run = draft.run_of(process)
        assert run is not None  # it has lines
        changed = rearranged(run, segments, own, edits.get(process, ()))
        draft = draft.with_run(process, changed)
    return draft


@dataclass(frozen=True, slots=True)
class Plan:
    """A spec and all changes that can be made to it, each of which the checker accepts."""

    draft: Draft
    spec: Spec
    changes: tuple[SpecChange, ...]
    bound: Mapping[SpecChange, frozenset[tuple[StepBlock, StepPair]]] = field(default_factory=dict)
    """The pairs that stay in their order, beside those of data flow as it was, with what a change
    writes into one of two steps: a guard that asks for what a step has set stays behind it."""

    @property
    def own_variables(self) -> frozenset[tuple[str, str]]:
        """The variables that changes give to a process for itself, by process and name."""
        keys = (entry.keys for change in self.changes for entry in change.entries)
        return frozenset((each[1], each[3]) for each in keys if each[2:3] == ("vars",))

    def conflicts(self) -> Iterator[tuple[int, int]]:
        """Pairs of changes that cannot be made together: alternatives that say something
        under the same key, an alternative with a change of a program that it replaces, changes
        that write the same lines, and moves with what binds the steps that they move."""
        for (i, a), (j, b) in combinations(enumerate(self.changes), 2):
            if a.alternative is not None or b.alternative is not None:
                if any(_meet(x, y) for x in _paths(a) for y in _paths(b)):
                    yield i, j
            elif _write_the_same(a, b) or self._binds(a, b) or self._binds(b, a):
                yield i, j

    def _binds(self, one: SpecChange, other: SpecChange) -> bool:
        """Whether one keeps steps in the order in which the other does not."""
        block = other.block
        return (
            block is not None
            and block.process == one.process
            and any((block, pair) in self.bound.get(one, ()) for pair in other.moved)
        )

    def arrangements(self, candidate: Candidate) -> dict[StepBlock, Arrangement] | None:
        """What a candidate makes of the blocks; None if its changes do not fit together."""
        found: dict[StepBlock, Arrangement] = {}
        for block in dict.fromkeys(self.changes[i].block for i in sorted(candidate)):
            if block is not None:
                own = (self.changes[i] for i in sorted(candidate) if self.changes[i].block == block)
                arrangement = _arranged(block, own)
                if arrangement is None:
                    return None
                found[block] = arrangement
        return found

    def alternatives(self, candidate: Candidate) -> tuple[Alternative, ...]:
        """The alternatives that a candidate takes."""
        chosen = (self.changes[i].alternative for i in sorted(candidate))
        return tuple(each for each in chosen if each is not None)

    def weight(self, candidate: Candidate) -> int:
        """What the changes of a candidate weigh together."""
        return sum(self.changes[i].weight for i in candidate)

    def text(self, candidate: Candidate) -> object:
        """What a candidate, whose changes fit together, makes: equal for those that make the same
        text."""
        arrangements = self.arrangements(candidate)
        assert arrangements is not None
        written = [
            each
            for i in sorted(candidate)
            for each in (self.changes[i],)
            if each.edits or each.entries
        ]
        return frozenset(arrangements.items()), tuple(written), self.alternatives(candidate)

    def variant(self, candidate: Candidate) -> Draft | None:
        """The spec with the changes of a candidate; None if they do not fit together. Raises
        SpecError where an alternative cannot be laid over the others."""
        arrangements = self.arrangements(candidate)
        if arrangements is None:
            return None
        chosen = [self.changes[i] for i in sorted(candidate)]
        edits: dict[str, list[Edit]] = {}
        for process, edit in (pair for each in chosen for pair in each.edits):
            edits.setdefault(process, []).append(edit)
        draft = with_blocks(self.draft, arrangements, edits)
        for entry in (entry for each in chosen for entry in each.entries):
            draft = draft.with_entry(entry)
        for each in self.alternatives(candidate):
            draft = draft.with_alternative(each)
        return draft


def _paths(change: SpecChange) -> tuple[tuple[str, ...], ...]:
    if change.alternative is not None:
        return change.alternative.paths()
    programs = {process for process, _ in change.edits} | ({change.process} - {""})
    return (
        *(("processes", each, "run") for each in sorted(programs)),
        *(each.keys for each in change.entries),
    )


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _write_the_same(one: SpecChange, other: SpecChange) -> bool:
    """Whether two changes write the same lines, or one arranges lines anew that the other writes:
    all but those within one step, which can be moved with what is written in it."""
    keys = {each.keys for each in one.entries if not each.is_item}
    if keys & {each.keys for each in other.entries}:
        return True
    pairs = [(a, b) for p, a in one.edits for q, b in other.edits if p == q]
    if any(a.meets(b.start, b.stop) for a, b in pairs):
        return True
    return any(
        edit.meets(block.segment.units[0].start, block.segment.units[-1].stop)
        and not any(edit.is_within(u.start, u.stop) for u in block.segment.units)
        for change, block in ((one, other.block), (other, one.block))
        if block is not None
        for process, edit in change.edits
        if process == block.process
    )


def require_properties(spec: Spec, names: Iterable[str]) -> None:
    """Raises SpecError where a property that was asked for is not there."""
    known = [each.name for each in spec.properties]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SpecError(
            Diagnostic(
                Position(Source("--property", name), 1, 1),
                f"no such property: {shorten(name)}",
                did_you_mean(name, known),
            )
            for name in unknown
        )


def plan_of(draft: Draft) -> Plan:
    """All changes of a spec that the checker accepts one by one. Raises SpecError where the
    spec itself, or one of its alternatives, is wrong."""
    spec = draft.spec()
    draft.check_alternatives()
    possible = [c for block in blocks_of(draft, spec) for c in _changes_of(block)]
    views = views_of(draft, spec)
    for view in views:
        possible += one_command_changes(view)
        possible += move_out_changes(view)
        possible += field_changes(view)
        possible += look_again_changes(view)
        possible += guard_changes(view)
        possible += hand_over_changes(view)
        possible += ask_again_changes(view)
    possible += fence_changes(views)
    possible += lock_changes(views)
    possible += [
        SpecChange("alternative", "", each.name, alternative=each) for each in draft.alternatives
    ]
    whole = Plan(draft, spec, tuple(possible))
    accepted = []
    bound = {}
    for number, change in enumerate(possible):
        made = _accepted(whole, frozenset({number}))
        if made is not None:
            accepted.append(change)
            if pairs := frozenset(_bound_by(change, whole, made)):
                bound[change] = pairs
    return Plan(draft, spec, tuple(accepted), bound)


def _accepted(plan: Plan, candidate: Candidate) -> Spec | None:
    """The spec that a candidate makes, where the checker takes it: a property may ask for a
    label that is gone once it is joined."""
    try:
        variant = plan.variant(candidate)
        return None if variant is None else variant.spec()
    except SpecError:
        return None


def _bound_by(change: SpecChange, plan: Plan, made: Spec) -> Iterator[tuple[StepBlock, StepPair]]:
    """The pairs that what a change writes into a step keeps in their order."""
    blocks = {each.block for each in plan.changes if each.block is not None}
    for name, edit in change.edits:
        for block in blocks:
            units = block.segment.units
            inside = [i for i, u in enumerate(units) if edit.is_within(u.start, u.stop)]
            if block.process == name and inside:
                flows = _flows(made, name, block)
                for pair in combinations(range(len(units)), 2):
                    if inside[0] in pair and flows[pair[0]].depends_on(flows[pair[1]]):
                        yield block, pair


def _flows(spec: Spec, name: str, block: StepBlock) -> list[StepFlow]:
    process = spec.process(name)
    steps = steps_of(process)
    return [flow_of(spec, process, steps[label]) for label in block.labels]
