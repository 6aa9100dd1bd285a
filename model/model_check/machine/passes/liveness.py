"""What can still matter: the fields that some step, or some question, may yet read.

A field is live at a place if its value there can make a difference to anything told apart: to
whether a step can fire, to a failure, to a property or any other formula, to the name of an
event, or to a field that is live where the step leads. What a trace tells beside that (the
`Note`s) makes no difference. The analysis goes backwards through the bodies of the steps, and
round and round through the locations of each process instance, until nothing more is found to
be live (strong liveness: Nielson, Nielson, Hankin, Principles of Program Analysis, exercise
2.4; what only computes values that nobody needs is not live itself).

For a field that one instance alone touches and that no formula reads, the answer depends on
where that instance stands, unless another one may put it elsewhere. Any other field is live
everywhere or nowhere. When in doubt, live.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...language.records import dataclass, field
from ..core import Action, Machine
from ..effects import effects_of, fields_naming, fields_read, fields_written, locals_of
from ..ir import (
    Choice,
    Const,
    Decision,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Loop,
    Note,
    Renewal,
    Require,
    Statement,
)
from ..names import field_local, fields_of

__all__ = ["BackwardPass", "LiveLocals", "Liveness", "liveness"]


@dataclass(frozen=True, slots=True)
class Liveness:
    """The live fields of a machine, by index.

    `always`: live wherever the processes stand. `at[i][l]`: live as well while instance i
    stands at its location l; all of these are in `private[i]`, the fields that concern nobody
    else.
    """

    always: frozenset[int]
    at: tuple[tuple[frozenset[int], ...], ...]
    private: tuple[frozenset[int], ...]

    def fields(self, places: Sequence[int]) -> frozenset[int]:
        """All that are live while each instance stands at its place."""
        return self.always.union(*(at[place] for at, place in zip(self.at, places, strict=True)))


@dataclass(slots=True)
class LiveLocals:
    """The locals whose values matter at a point of a body: `names`, and `at[l]` as well where
    the instance will stand at location l."""

    names: set[str]
    at: dict[int, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, always: Iterable[int], at: Iterable[Iterable[int]]) -> LiveLocals:
        """The locals of fields that are live always, and at each location of an instance."""
        places = (set(map(field_local, each)) for each in at)
        return cls(set(map(field_local, always)), dict(enumerate(places)))

    def copy(self) -> LiveLocals:
        return LiveLocals(set(self.names), {place: set(names) for place, names in self.at.items()})

    def become(self, other: LiveLocals) -> None:
        """Want what the other wants, and nothing else."""
        copy = other.copy()
        self.names, self.at = copy.names, copy.at

    def add(self, other: LiveLocals) -> bool:
        """Want what the other wants too; whether that is more than before."""
        before = self._size()
        self.names |= other.names
        for place, names in other.at.items():
            self.at.setdefault(place, set()).update(names)
        return self._size() > before

    def read(self, expr: Expr) -> None:
        locals_of(expr, self.names)

    def give(self, name: str, value: Expr) -> bool:
        """Go back over an assignment; whether anybody wants it."""
        wanting = [names for names in (self.names, *self.at.values()) if name in names]
        for names in wanting:
            names.discard(name)
            locals_of(value, names)
        return bool(wanting)

    def _size(self) -> int:
        return len(self.names) + sum(map(len, self.at.values()))


class BackwardPass:
    """Goes backwards through bodies: what is wanted before each, and its statements without
    those that compute what is not wanted.

    `ends`: what is wanted of a successor. `location`: the local that says where the instance
    stands. `resets`: fields that get this value where the instance comes to a place at which
    they are not wanted.
    """

    def __init__(
        self, ends: LiveLocals, location: str, resets: Mapping[str, int] | None = None
    ) -> None:
        self._ends = ends
        self._location = location
        self._resets = resets or {}

    def body(self, body: Iterable[Statement], wanted: LiveLocals) -> tuple[Statement, ...]:
        """What is left of a body; `wanted` behind it becomes what is wanted before it."""
        kept: list[Statement] = []
        for statement in reversed(tuple(body)):
            kept += reversed(self._statement(statement, wanted))
        return tuple(reversed(kept))

    def _statement(self, statement: Statement, wanted: LiveLocals) -> tuple[Statement, ...]:
        match statement:
            case Let(name, value):
                if name == self._location:
                    return self._arrival(statement, wanted)
                return (statement,) if wanted.give(name, value) else ()
            case If(test, then, orelse):
                other = wanted.copy()
                first, second = self.body(then, wanted), self.body(orelse, other)
                if not first and not second:
                    return ()
                wanted.add(other)
                wanted.read(test)
                return (If(test, first, second),)
            case Loop(name, count, bound, inner):
                body = self._rounds(name, inner, wanted)
                if not body:
                    return ()
                wanted.read(count)
                return (Loop(name, count, bound, body),)
            case Choice(name, count, bound, inner):
                # A round starts from what was before them all.
                before = wanted.copy()
                body = self.body(inner, before)
                before.names.discard(name)
                wanted.add(before)
                wanted.read(count)
                return (Choice(name, count, bound, body),)
            case Require(test) | Fail(_, test):
                wanted.read(test)
                return (statement,)
            case Emit():
                # Behind it nothing counts: no path emits twice.
                wanted.become(self._ends)
                return (statement,)
            case Note() | Decision() | Renewal():
                return ()

    def _rounds(
        self, name: str, inner: tuple[Statement, ...], wanted: LiveLocals
    ) -> tuple[Statement, ...]:
        while True:
            before = wanted.copy()
            body = self.body(inner, before)
            before.names.discard(name)
            if not wanted.add(before):
                return body

    def _arrival(self, statement: Let, wanted: LiveLocals) -> tuple[Statement, ...]:
        assert isinstance(statement.value, Const)
        place = statement.value.value
        wanted.names |= wanted.at.get(place, set())
        wanted.at.clear()
        wanted.names.discard(self._location)
        resets = (
            Let(name, Const(value))
            for name, value in self._resets.items()
            if name not in wanted.names
        )
        return (statement, *resets)


def liveness(machine: Machine, initial: Iterable[int]) -> Liveness:
    """The least sets of live fields of a machine that begins in one of the states `initial`.

    A field in which these differ is live where its instance begins, or everywhere: it has no
    value of its own that it could be given back.
    """
    return _LivenessAnalysis(machine, tuple(initial)).result()


class _LivenessAnalysis:
    def __init__(self, machine: Machine, initial: tuple[int, ...]) -> None:
        self.machine = machine
        public = {each.location_field for each in machine.instances}
        public = public.union(*map(fields_read, machine.formulas))
        self.private = _private(machine, public)
        self.at = [[set[int]() for _ in each.locations] for each in machine.instances]
        varied = {
            each.index for each in machine.fields if len({each.raw(state) for state in initial}) > 1
        }
        self.always = public | varied.difference(*self.private)
        for instance, private in zip(machine.instances, self.private, strict=True):
            location = machine.fields[instance.location_field]
            for place in {location.raw(state) for state in initial}:
                self.at[instance.index][place] |= varied & private

    def result(self) -> Liveness:
        for action in self.machine.actions:
            # What tells the names of the events that can happen here.
            self._add(action, fields_naming(self.machine, action.steps))
        # From the last location to the first: what is read late is known early.
        grows = True
        while grows:
            grows = False
            for action in reversed(self.machine.actions):
                grows |= self._grows(action)
        return Liveness(
            frozenset(self.always),
            tuple(tuple(map(frozenset, places)) for places in self.at),
            self.private,
        )

    def _grows(self, action: Action) -> bool:
        """Whether going backwards through a body shows more to be live."""
        ends = LiveLocals.of(self.always, self.at[action.instance])
        wanted = LiveLocals(set())
        location = self.machine.instances[action.instance].location_field
        BackwardPass(ends, field_local(location)).body(action.body, wanted)
        return self._add(action, fields_of(wanted.names.union(*wanted.at.values())))

    def _add(self, action: Action, fields: frozenset[int]) -> bool:
        """Let fields be live where an action begins; whether they were not."""
        here, private = self.at[action.instance][action.location], self.private[action.instance]
        before = len(here) + len(self.always)
        here |= fields & private
        self.always |= fields - private
        return len(here) + len(self.always) > before


def _private(machine: Machine, public: set[int]) -> tuple[frozenset[int], ...]:
    """By instance, the fields that its steps touch and nobody else's; none where others also say
    where it stands."""
    touched = [set[int]() for _ in machine.instances]
    for action in machine.actions:
        touched[action.instance] |= effects_of(action.body, notes=False).touches
    moved = {
        location
        for action in machine.actions
        for location in fields_written(action.body)
        if location != machine.instances[action.instance].location_field
    }
    return tuple(
        frozenset()
        if machine.instances[i].location_field in moved
        else frozenset(mine - public.union(*touched[:i], *touched[i + 1 :]))
        for i, mine in enumerate(touched)
    )
