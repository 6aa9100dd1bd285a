"""What of a space's steps has to do with what: which of two must come before the other.

Two steps that share nothing can change places, and nobody can tell (Mazurkiewicz, Trace theory,
1987). What a step touches is read from its text (`machine.effects`): that is one answer for all
states, and two steps that touch the same are kept in their order, whatever the values are.

A list used as a queue is the exception. Putting something at its end and taking the first item
have nothing to do with each other, but for the one item that was put and is taken. Whether a list
is used so, and whether its steps can really change places, is tried in every state of the space.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...language.records import dataclass
from ...machine.core import StateVariable
from ...machine.effects import Effects, effects_of, fields_naming, leading_to, union
from .complete_runs import CompleteRuns

__all__ = ["Dependence", "Touch"]

PUT, TAKE = 1, -1


@dataclass(frozen=True, slots=True)
class Touch:
    """What a transition of an instance touches, by number: `reads` and `writes` cells (what it
    reads and does not write, and what it writes), `takes` the first items of queues, and `puts`
    (queue, how many) items at their ends."""

    instance: int
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    takes: tuple[int, ...]
    puts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Act:
    """A step as a process takes it at a location, and the fields that it touches."""

    instance: int
    location: int
    step: int


class Dependence:
    """The cells and queues that instances share in complete runs, and who touches them.

    A cell is some fields that are touched by the same acts; those that one instance alone touches,
    or nobody writes, are left out. `first[q]`: how many items queue q has at a start."""

    def __init__(self, runs: CompleteRuns) -> None:
        self.runs = runs
        self.machine = runs.space.machine
        self._acts: dict[_Act, int] = {}
        self._of: list[int] = [self._act(n, place) for n, place in self._edges()]
        self.effects = [self._effects(act) for act in self._acts]
        self._instances = [act.instance for act in self._acts]
        self.queues: tuple[StateVariable, ...] = tuple(self._used_as_queues())
        queued = frozenset(field for each in self.queues for field in each.fields)
        self.cells = self._cells(queued)
        self._known: dict[tuple[int, tuple[int, ...]], Touch] = {}

    def _edges(self) -> Iterator[tuple[int, int]]:
        return self.runs.edges()

    def _act(self, number: int, place: int) -> int:
        runs = self.runs
        instance = runs.instance(place)
        field = self.machine.fields[self.machine.instances[instance].location_field]
        location = field.raw(runs.space.states[number])
        act = _Act(instance, location, runs.steps[place])
        return self._acts.setdefault(act, len(self._acts))

    def _effects(self, act: _Act) -> Effects[int]:
        """What an act touches: also what says whether runs are cut off (`within`), which every
        step asks."""
        machine = self.machine
        found = union(
            effects_of(leading_to(each.body, act.step))
            for each in machine.actions_at(act.instance, act.location)
            if act.step in each.steps
        )
        names = fields_naming(machine, [act.step])
        where = machine.instances[act.instance].location_field
        return Effects(found.reads | names | {where}, found.writes)

    # --- cells --------------------------------------------------------------------------------

    def _cells(self, queued: frozenset[int]) -> tuple[frozenset[int], ...]:
        """The fields, grouped by who touches them."""
        touching: dict[int, tuple[set[int], set[int]]] = {}
        for act, effects in enumerate(self.effects):
            for field in effects.touches - queued:
                readers, writers = touching.setdefault(field, (set(), set()))
                (writers if field in effects.writes else readers).add(act)
        groups: dict[tuple[frozenset[int], frozenset[int]], set[int]] = {}
        for field, (readers, writers) in sorted(touching.items()):
            if writers and len({self._instances[act] for act in readers | writers}) > 1:
                groups.setdefault((frozenset(readers), frozenset(writers)), set()).add(field)
        return tuple(map(frozenset, groups.values()))

    def touch(self, place: int, number: int) -> Touch:
        """What the transition at a place, of a state, touches."""
        act = self._of[place]
        states, target = self.runs.space.states, self.runs.targets[place]
        effects = self.effects[act]
        changes = tuple(
            self._length(each, states[target]) - self._length(each, states[number])
            for each in self.queues
        )
        key = (act, changes)
        if key not in self._known:
            mine = [bool(effects.touches.intersection(each.fields)) for each in self.queues]
            self._known[key] = Touch(
                self._instances[act],
                tuple(
                    i
                    for i, cell in enumerate(self.cells)
                    if cell & effects.reads and not cell & effects.writes
                ),
                tuple(i for i, cell in enumerate(self.cells) if cell & effects.writes),
                tuple(q for q, change in enumerate(changes) if mine[q] and change < 0),
                tuple((q, change) for q, change in enumerate(changes) if mine[q] and change >= 0),
            )
        return self._known[key]

    def items(self, number: int) -> tuple[int, ...]:
        """How many items each queue has in a state."""
        state = self.runs.space.states[number]
        return tuple(self._length(each, state) for each in self.queues)

    def _length(self, variable: StateVariable, state: int) -> int:
        width = variable.shape.length_width
        return self.machine.packed(variable, state) & (1 << width) - 1

    # --- queues -------------------------------------------------------------------------------

    def _used_as_queues(self) -> list[StateVariable]:
        """The lists to whose ends is put, and of which the first items are taken, and with which
        nothing else is done."""
        shared = [
            each
            for each in self.machine.variables
            if each.shape.kind == "list" and self._is_shared(each.fields)
        ]
        uses = {each.name: self._uses(each) for each in shared}
        found = [each for each in shared if uses[each.name]]
        while True:
            bad = self._meeting(found, uses)
            if not bad:
                return found
            found = [each for each in found if each.name not in bad]

    def _is_shared(self, fields: Iterable[int]) -> bool:
        mine = frozenset(fields)
        acting = {
            i for i, each in zip(self._instances, self.effects, strict=True) if each.touches & mine
        }
        return len(acting) > 1

    def _uses(self, variable: StateVariable) -> dict[int, int]:
        """What each act that touches a list does with it; {} if it is something else."""
        machine, runs = self.machine, self.runs
        states, shape = runs.space.states, variable.shape
        width = shape.parts[0].width
        fields = frozenset(variable.fields)
        uses: dict[int, int] = {}
        for number, place in self._edges():
            act = self._of[place]
            if not self.effects[act].touches & fields:
                continue
            if not self.effects[act].writes & fields:
                return {}
            before, after = (
                machine.packed(variable, states[n]) for n in (number, runs.targets[place])
            )
            length = self._length(variable, states[number])
            change = self._length(variable, states[runs.targets[place]]) - length
            old, new = before >> shape.length_width, after >> shape.length_width
            if change == -1 and new == old >> width:
                use = TAKE
            elif change >= 0 and new & (1 << length * width) - 1 == old:
                use = PUT
            else:
                return {}
            if uses.setdefault(act, use) != use:
                return {}
        return uses

    def _meeting(
        self, queues: Sequence[StateVariable], uses: dict[str, dict[int, int]]
    ) -> set[str]:
        """The queues of which two acts cannot change places as they should."""
        between = _Between(self, queues, uses)
        bad: set[str] = set()
        if not queues:
            return bad
        runs = self.runs
        for number, place in self._edges():
            first = self._of[place]
            middle = runs.targets[place]
            for after in runs.moves(middle):
                shared = between.shared(first, self._of[after])
                if not shared or shared[0] in bad:
                    continue
                if between.is_handed(first, self._of[after], number):
                    continue
                if not self._swaps(number, place, after):
                    bad.update(shared)
        return bad

    def _swaps(self, number: int, place: int, after: int) -> bool:
        """Whether the transition `place` of a state and `after`, which comes next, can as well
        come the other way round, look the same, and lead to the same state."""
        runs, of = self.runs, self._of
        middle, end = runs.targets[place], runs.targets[after]
        looks = runs.label(number, place), runs.label(middle, after)
        for early in runs.moves(number):
            if of[early] != of[after] or runs.label(number, early) != looks[1]:
                continue
            between = runs.targets[early]
            for late in runs.moves(between):
                if (
                    of[late] == of[place]
                    and runs.targets[late] == end
                    and runs.label(between, late) == looks[0]
                ):
                    return True
        return False

    def lengths(self, variable: StateVariable, number: int) -> int:
        """How many items a list has in a state."""
        return self._length(variable, self.runs.space.states[number])

    def other_instances(self, one: int, other: int) -> bool:
        """Whether two acts are of different instances."""
        return self._instances[one] != self._instances[other]


class _Between:
    """What pairs of acts have to do with each other."""

    def __init__(
        self,
        dependence: Dependence,
        queues: Sequence[StateVariable],
        uses: dict[str, dict[int, int]],
    ) -> None:
        self._dependence = dependence
        self._queues = queues
        self._uses = uses
        self._shared: dict[tuple[int, int], tuple[str, ...]] = {}
        self._handed: dict[tuple[int, int], list[StateVariable]] = {}

    def shared(self, one: int, other: int) -> tuple[str, ...]:
        """The queues that are all that two acts of different instances share, where one takes
        what the other puts; () where they share none, or something else as well."""
        key = (one, other)
        if key not in self._shared:
            self._shared[key] = self._ask(one, other)
        return self._shared[key]

    def _ask(self, one: int, other: int) -> tuple[str, ...]:
        dependence = self._dependence
        if not dependence.other_instances(one, other):
            return ()
        conflicts = dependence.effects[one].conflicts(dependence.effects[other])
        found = []
        for each in self._queues:
            if conflicts & frozenset(each.fields):
                use = self._uses[each.name]
                if use[one] == use[other]:
                    return ()
                found.append(each)
                conflicts -= frozenset(each.fields)
        if conflicts:
            return ()
        self._handed[one, other] = [each for each in found if self._uses[each.name][one] == PUT]
        return tuple(each.name for each in found)

    def is_handed(self, one: int, other: int, number: int) -> bool:
        """Whether the other act takes what the one put in this state."""
        return any(self._dependence.lengths(each, number) == 0 for each in self._handed[one, other])
