"""Whether two numbers of process instances can change places, whatever the state.

Of a transposition (see `machine.symmetry`) it is shown of each action, in any state of the machine,
reachable or not: what an instance can do there, the instance that it becomes can do after the
change, by the step that it becomes, and that leads to the changed state; and it fails there if and
only if it fails here. Of a formula: that it has the same value, or none, in both. What is plainly
the same is not asked; for the rest z3 looks for a state in which it is not.

Then the changed state of every reachable state has the changed future, and a search that keeps one
of several such states loses nothing (Clarke, Enders, Filkorn, Jha, Exploiting symmetry in temporal
logic model checking, Formal Methods in System Design 9, 1996).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..budget.deadline import FOREVER, Deadline
from ..machine.core import Formula, Machine
from ..machine.effects import effects_of, locals_of
from ..machine.ir import Decision, Emit, Expr, Fail, Local, Note, Renewal
from ..machine.names import field_local, fields_of
from ..machine.rewrite import Block, map_parts, renamed, statements_in, with_emits
from ..machine.symmetry.places import Forgotten
from ..machine.symmetry.transpositions import Transposition
from .answer import Answer
from .arbitrary_state import ArbitraryState, State, highest_values
from .bit_vectors import Bits, TooManyBitsError, Truth, Value, condition_of, same
from .evaluation import Outcome, evaluate, evaluate_expression, evaluate_step
from .solver import is_satisfiable
from .terms import Condition, Term, all_true, any_true, not_true, script, xor

__all__ = ["Automorphisms"]

Place = tuple[int, int, bool]
"""An instance, a location of it, and whether faults happen there or what is none."""


class Automorphisms:
    """What is known of the transpositions of one machine; each question is asked once."""

    def __init__(
        self,
        machine: Machine,
        forgotten: Mapping[int, Forgotten],
        deadline: Deadline = FOREVER,
    ) -> None:
        """`forgotten`: the fields that have one value wherever they do not matter, by index: that
        is taken of any state, and shown of what follows it."""
        self.machine = machine
        self.forgotten = forgotten
        self.deadline = deadline
        self.highest = highest_values(machine)
        self._known: dict[tuple[tuple[int, int, int], Place], Answer] = {}
        self._bodies: dict[Place, tuple[Block, ...]] = {}
        self._values: dict[int, tuple[State, State, tuple[Value, Condition]]] = {}
        """By formula, which the machine keeps."""
        self._starts: dict[Place, _Start] = {}
        for action in machine.actions:
            place = (action.instance, action.location, action.fault)
            self._bodies[place] = (*self._bodies.get(place, ()), _plain(action.body))

    @property
    def places(self) -> Collection[Place]:
        """Where something can happen."""
        return self._bodies

    def keeps(self, change: Transposition, place: Place) -> Answer:
        """Whether all that can happen at a place, and nothing else, can happen at the changed place
        in the changed state, and leads to the changed successor. Raises DeadlineError."""
        key = ((change.group.sort, change.a, change.b), place)
        if key not in self._known:
            self._known[key] = self._asked(change, place)
        return self._known[key]

    def _asked(self, change: Transposition, place: Place) -> Answer:
        instance, location, fault = place
        other = (change.instances[instance], location, fault)
        mine, theirs = self._bodies[place], self._bodies.get(other, ())
        if len(mine) != len(theirs):
            return Answer.NO
        touched = {f for body in mine for f in effects_of(body, notes=False).touches}
        if other == place and not touched & _moving(change) and _same_steps(change, mine):
            return Answer.YES
        names = _new_names(change, touched)
        if names is not None:
            bodies = (_body_of(change, names, self._told(each)) for each in mine)
            if all(a == b for a, b in zip(bodies, map(self._told, theirs), strict=True)):
                return Answer.YES
        try:
            start = self._start(place)
            wrong = _Comparison(change, start, self.deadline, self.forgotten).differs(theirs)
        except TooManyBitsError:
            return Answer.UNKNOWN
        return self._never(wrong, start.state.start)

    def _start(self, place: Place) -> _Start:
        """Any state in which an instance is at a place, and what it can do there."""
        if place not in self._starts:
            where = self.machine.instances[place[0]].location_field
            known = {where: place[1]}
            state = State(ArbitraryState(self.machine, known, self.deadline, self.highest))
            outcomes = [each for body in self._bodies[place] for each in _outcomes(body, state)]
            self._starts[place] = _Start(state, outcomes)
        return self._starts[place]

    def _told(self, body: Block) -> Block:
        """A body with what matters of its failures, and without what only traces tell."""

        def told(block: Block) -> Block:
            return tuple(
                Fail(self.machine.failures[each.code - 1].unfinished + 1, each.test)
                if isinstance(each, Fail)
                else map_parts(each, lambda expr: expr, told)
                for each in block
                if not isinstance(each, Note | Decision | Renewal)
            )

        return told(body)

    def keeps_value(self, change: Transposition, formula: Formula) -> Answer:
        """Whether a formula of states, or of steps, has the same value, or none, after the change.
        Raises DeadlineError."""
        try:
            before, after, (value, defined) = self._value_of(formula)
            other_value, other_defined = evaluate_step(
                replace(formula, body=_plain(formula.body)),
                _Changed(change, before).load,
                _Changed(change, after).load,
            )
            differs = any_true(
                xor(defined, other_defined),
                all_true(defined, other_defined, not_true(_equal(value, other_value))),
            )
        except TooManyBitsError:
            return Answer.UNKNOWN
        return self._never(differs, after.start, before.start)

    def _value_of(self, formula: Formula) -> tuple[State, State, tuple[Value, Condition]]:
        """The states before and after any step, and a formula's value there."""
        found = self._values.get(id(formula))
        if found is None:
            after = State(ArbitraryState(self.machine, {}, self.deadline, self.highest))
            before = State(_Before(self.machine, {}, self.deadline, self.highest))
            plain = replace(formula, body=_plain(formula.body))
            found = (before, after, evaluate_step(plain, before.load, after.load))
            self._values[id(formula)] = found
        return found

    def _never(self, wrong: Condition, *anything: ArbitraryState) -> Answer:
        """Whether something is true in no state."""
        if isinstance(wrong, bool):
            return Answer.NO if wrong else Answer.YES
        self.deadline.look()
        states = [each for some in anything for each in self._possible(some)]
        return is_satisfiable(script([all_true(wrong, *states)]), self.deadline).opposite

    def _possible(self, state: ArbitraryState) -> list[Condition]:
        """What is taken of a state."""
        asked = [each for each in self.forgotten if state.knows(each)]
        kept = [_remembers(self.forgotten[each], each, state.field) for each in asked]
        return [*kept, *state.wellformed()]


def _remembers(forgotten: Forgotten, index: int, load: Callable[[int], Value]) -> Condition:
    """Whether a field is live, or has its first value."""
    live = condition_of(evaluate_expression(forgotten.live, load))
    return any_true(live, same(load(index), forgotten.first))


def _plain(body: Block) -> Block:
    """A body in which a limit of this tool is a failure as any other: both sides meet it."""

    def plain(block: Block) -> Block:
        return tuple(
            replace(each, limit=False)
            if isinstance(each, Fail)
            else map_parts(each, lambda expr: expr, plain)
            for each in block
        )

    return plain(body)


def _new_names(change: Transposition, touched: Iterable[int]) -> dict[str, str] | None:
    """The locals of the fields that some fields become; None where they do not just become
    others."""
    becomes: dict[int, int] = {}
    mixed: set[int] = set()
    for index, expr in change.fields.items():
        if isinstance(expr, Local):
            becomes |= dict.fromkeys(fields_of([expr.name]), index)
        else:
            mixed |= {index, *_read(expr)}
    touched = set(touched)
    if touched & mixed or touched & change.fields.keys() - becomes.keys():
        return None
    return {field_local(each): field_local(becomes.get(each, each)) for each in touched}


def _body_of(change: Transposition, names: Mapping[str, str], body: Block) -> Block:
    """A body that does what another one does, after a change of all names."""
    return with_emits(renamed(body, names), lambda emit: [Emit(change.steps[emit.step])])


def _same_steps(change: Transposition, bodies: Iterable[Block]) -> bool:
    """Whether all steps in some bodies stay what they are."""
    emits = (each for body in bodies for each in statements_in(body) if isinstance(each, Emit))
    return all(change.steps[each.step] == each.step for each in emits)


def _moving(change: Transposition) -> frozenset[int]:
    """The fields that a change reads or writes."""
    names: set[str] = set()
    for expr in change.fields.values():
        locals_of(expr, names)
    return fields_of(names) | change.fields.keys()


class _Before(ArbitraryState):
    """Another state beside one."""

    def field(self, index: int) -> Value:
        if index not in self._fields:
            self._fields[index] = self.unknown(index, "before")
        return self._fields[index]


class _Changed(State):
    """A state after a transposition. What `like` has computed of the same fields is not computed
    again."""

    def __init__(self, change: Transposition, of: State, like: _Changed | None = None) -> None:
        super().__init__(of.start)
        self.change = change
        self.of = of
        self.like = like
        self._made: dict[int, Value] = {}

    def load(self, field: int) -> Value:
        """A field's raw value."""
        if field not in self._made:
            self._made[field] = self._load(field)
        return self._made[field]

    def _load(self, field: int) -> Value:
        expr = self.change.fields.get(field)
        if expr is None:
            return self.of.load(field)
        if self.like is not None and not _read(expr) & self.of.changed.keys():
            return self.like.load(field)
        return evaluate_expression(expr, self.of.load)


class _Reached(State):
    """Where an outcome leads to from a changed state."""

    def __init__(self, changed: _Changed, outcome: Outcome) -> None:
        super().__init__(changed.start, changed.after(outcome).changed)
        self._before = changed

    def load(self, field: int) -> Value:
        """A field's raw value."""
        value = self.changed.get(field)
        return self._before.load(field) if value is None else value


def _read(expr: Expr) -> frozenset[int]:
    names: set[str] = set()
    locals_of(expr, names)
    return fields_of(names)


@dataclass(frozen=True, slots=True)
class _Start:
    """A state, and what can happen there."""

    state: State
    outcomes: list[Outcome]


def _outcomes(body: Block, state: State) -> list[Outcome]:
    return evaluate(body, state.load, frozenset(), state.start.deadline)


@dataclass
class _Comparison:
    """Actions in a state, and what becomes of them in the changed state."""

    change: Transposition
    start: _Start
    deadline: Deadline
    forgotten: Mapping[int, Forgotten]
    terms: _Terms = field(default_factory=lambda: _Terms())

    def differs(self, theirs: Iterable[Block]) -> Condition:
        """Whether something can happen that cannot happen by the other bodies after the change, or
        the other way round."""
        start, here = self.start.state, self.start.outcomes
        changed = _Changed(self.change, start)
        there = [each for body in theirs for each in _outcomes(body, changed)]
        ends = [_Changed(self.change, start.after(each), changed) for each in here]
        reached = [_Reached(changed, each) for each in there]
        found = [self._fails(here, there)]
        ways: list[list[Condition]] = [[] for _ in here]
        back: list[list[Condition]] = [[] for _ in there]
        same: set[int] = set()
        same_back: set[int] = set()
        for i, (outcome, end) in enumerate(zip(here, ends, strict=True)):
            self.deadline.look()
            step = self.change.steps[outcome.step]
            for j, (other, state) in enumerate(zip(there, reached, strict=True)):
                if other.step != step or j in same_back:
                    continue
                equal = self._same(end, outcome, state, other)
                if equal is True and self.terms.alike(outcome.guard, other.guard):
                    same.add(i)
                    same_back.add(j)
                    break
                ways[i].append(all_true(other.guard, equal))
                back[j].append(all_true(outcome.guard, equal))
        for outcomes, certain, each in ((here, same, ways), (there, same_back, back)):
            found += [
                all_true(outcome.guard, not_true(any_true(*each[i])))
                for i, outcome in enumerate(outcomes)
                if i not in certain
            ]
        found += [all_true(each.guard, not_true(self._forgets(start, each))) for each in here]
        return any_true(*found)

    def _forgets(self, start: State, outcome: Outcome) -> Condition:
        """Whether what is forgotten after an outcome has its first value."""
        end = start.after(outcome)
        concerned = [
            (index, each)
            for index, each in self.forgotten.items()
            if ({index} | _read(each.live)) & outcome.fields.keys()
        ]
        return all_true(*(_remembers(each, index, end.load) for index, each in concerned))

    def _fails(self, here: list[Outcome], there: list[Outcome]) -> Condition:
        """Whether one of a step fails, and of the other none."""
        found = []
        for step in sorted({each.step for each in here}):
            one = any_true(*(each.failing for each in here if each.step == step))
            becomes = self.change.steps[step]
            other = any_true(*(each.failing for each in there if each.step == becomes))
            if not self.terms.alike(one, other):
                found.append(xor(one, other))
        return any_true(*found)

    def _same(self, end: _Changed, outcome: Outcome, state: State, other: Outcome) -> Condition:
        """Whether the changed successor is the successor of the changed state."""
        written = outcome.fields.keys() | other.fields.keys()
        moved = {i for i, e in self.change.fields.items() if _read(e) & outcome.fields.keys()}
        conditions = []
        for index in sorted(written | moved):
            one, two = end.load(index), state.load(index)
            if type(one) is int and type(two) is int and one != two:
                return False
            if not self.terms.alike_values(one, two):
                conditions.append(same(one, two))
        return all_true(*conditions)


def _equal(one: Value, other: Value) -> Condition:
    return True if _Terms().alike_values(one, other) else same(one, other)


SYMMETRIC = frozenset(["and", "or", "xor", "=", "bvand", "bvor", "bvxor", "bvadd", "bvmul"])
"""The order of what these are applied to does not matter."""


class _Terms:
    """Which terms are the same by their text."""

    def __init__(self) -> None:
        self._numbers: dict[Term, int] = {}
        self._made: dict[tuple[object, ...], int] = {}

    def alike(self, one: Condition, other: Condition) -> bool:
        """Whether two conditions are."""
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        return one is other or self._number(one) == self._number(other)

    def alike_values(self, one: Value, other: Value) -> bool:
        """Whether two numbers are."""
        match one, other:
            case int(), int():
                return one == other
            case Bits(a, low), Bits(b, other_low):
                # The same bits are two numbers where one of them has a sign.
                signed = (low < 0) == (other_low < 0)
                return signed and a.width == b.width and self.alike(a, b)
            case Truth(a), Truth(b):
                return self.alike(a, b)
        return False

    def _number(self, top: Term) -> int:
        todo = [top]
        while todo:
            term = todo[-1]
            missing = [each for each in term.args if each not in self._numbers]
            if missing:
                todo += missing
                continue
            todo.pop()
            args: Iterable[int] = [self._numbers[each] for each in term.args]
            if term.operator in SYMMETRIC:
                args = sorted(args)
            key = (term.operator, term.width, *args)
            self._numbers[term] = self._made.setdefault(key, len(self._made))
        return self._numbers[top]
