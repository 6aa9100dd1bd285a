"""From names to what they mean while a body is lowered.

A `World` knows where every variable of the spec lives. A `LoweringScope` is one place in one
running instance: which process runs, which resource's command is being inlined, what temporaries
hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING

from ...language.records import dataclass, field, replace
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Command, Spec
from ...language.tree.walk import inner_expressions
from ...language.types import Type
from ..ir import Const, Expr, Local
from ..ir_builder import ONE, ZERO, equal, op, select
from ..names import field_local
from .coercion import coerce
from .control_flow import ControlFlow, Node
from .ir_writer import IRWriter, Tables
from .storage import Place, Storage, read
from .values import ProcessValue, ScalarValue, Value, merge

if TYPE_CHECKING:
    from .under_way import Connection

__all__ = ["Awaited", "Holder", "LoweringScope", "MutableValue", "World"]


@dataclass(frozen=True, slots=True)
class MutableValue:
    """A temporary that is assigned in a branch or a loop: locals that hold its value."""

    value: Value
    names: list[str]


@dataclass(frozen=True, slots=True)
class Awaited:
    """The call whose answer a step awaits, sent in a step before; `location`: the field of where
    the process stands that waits."""

    call: exprs.CommandCall
    location: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Where a process instance waits for the answer to what holds up a connection: at location
    `place` of the task whose location is in field `location`. `own`: the connection is that of one
    instance of this resource, which `call` names."""

    process: str
    number: int
    location: int
    place: int
    own: str
    call: exprs.CommandCall


@dataclass
class World:
    """Where everything lives. `flows`, by process, is filled in when the control of all
    processes is known, before any step that could ask is lowered."""

    spec: Spec
    tables: Tables
    storage: Storage
    evaluate: Callable[[LoweringScope, exprs.Expr], Value]
    """Expressions, statements and control contain each other: these four close the circle."""
    execute: Callable[[LoweringScope, Sequence[stmts.StepStatement]], Value | None]
    execute_then: Callable[[LoweringScope, Sequence[stmts.StepStatement], Callable[[], None]], None]
    label_enabled: Callable[[LoweringScope, str, int, str], Expr]
    """Whether the next step of an instance can be the one with a label."""
    shared: dict[str, Place] = field(default_factory=dict)
    own: dict[tuple[str, int, str], Place] = field(default_factory=dict)
    stored: dict[tuple[str, int, str], Place] = field(default_factory=dict)
    location_fields: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """By process instance: the field of the location of each of its tasks."""
    flows: dict[str, tuple[ControlFlow, ...]] = field(default_factory=dict)
    broken: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """By resource and its instance: by the process instances that use it, the fields that say that
    their connection is broken, and that they have not met that yet. None where nothing breaks."""
    connections: dict[tuple[str, str, str], Connection] = field(default_factory=dict)
    """On which something is sent that nobody waits for: by client, server, and which one."""
    watched: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """By resource and its instance, by client: the field that says that it watches it."""
    touched: dict[tuple[str, str], int] = field(default_factory=dict)
    """By client and server: the field that says that something was touched that it watched."""
    holders: dict[tuple[str, str, str], list[Holder]] = field(default_factory=dict)
    """By connection: where somebody waits for what holds it up."""

    def at_any(self, body: IRWriter, location: int, wanted: set[int]) -> Expr:
        """Whether a field of locations holds one of some (by index)."""
        here = body.name(Local(field_local(location)))
        if len(wanted) == 1:
            return equal(here, Const(next(iter(wanted))))
        mask = sum(1 << index for index in wanted)
        return op("&", op(">>", Const(mask), here), ONE) if mask else ZERO

    def ended(self, body: IRWriter, process: str, number: int) -> Expr:
        """Whether an instance has ended, and all that runs beside it."""
        found: list[Expr] = []
        for flow, location in zip(
            self.flows[process], self.location_fields[process, number], strict=True
        ):
            if flow.waiting is None:  # what is waited for has ended with who waits
                found.append(self.at_any(body, location, {flow.end}))
        return reduce(partial(op, "&"), found)


@dataclass
class LoweringScope:
    """One place in one running instance (`process` "" in a property)."""

    world: World
    body: IRWriter
    process: str = ""
    number: int = 0
    resource: str = ""
    resource_number: int = 0
    caller: int = 0
    names: dict[str, Value | MutableValue] = field(default_factory=dict)
    conditional: frozenset[str] = frozenset()
    """Temporaries of this step that some branch or loop assigns."""
    afterwards: list[tuple[str, int, Command]] = field(default_factory=list)
    """Commands of this step that do something when it is done, with their resource and its
    instance."""
    awaited: Awaited | None = None
    others: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """In a command: the other resources that it was given, and which instance of each."""
    gives_up: bool = False
    """Whether what the step waits for has taken too long."""
    refuses: Callable[[stmts.Refuse], None] | None = None
    """In a command that is called: writes that it is refused."""
    caught: frozenset[str] = frozenset()
    """What is caught that the step raises."""

    def inner(self, names: Mapping[str, Value | MutableValue]) -> LoweringScope:
        """This scope with more names; what is assigned there stays there."""
        return replace(self, names={**self.names, **names})

    def own(self, name: str) -> Place:
        """Where a variable of the running instance lives."""
        return self.world.own[self.process, self.number, name]

    def after(self, node: Node) -> tuple[Node, ...]:
        """Where the control of the running instance leads from a node."""
        return self.flows[0].after[node]

    @property
    def flows(self) -> tuple[ControlFlow, ...]:
        """The control of the running process, by task."""
        return self.world.flows[self.process]

    def location_field(self, task: int) -> int:
        """The field that says where a task of the running instance stands."""
        return self.world.location_fields[self.process, self.number][task]

    def value(self, expr: exprs.Expr) -> Value:
        """What an expression gives here."""
        return self.world.evaluate(self, expr)

    def scalar(self, expr: exprs.Expr) -> Expr:
        """What an expression gives here that is a number, or a truth (0 or 1)."""
        value = self.value(expr)
        assert isinstance(value, ScalarValue)
        return value.expr

    def fitted(self, expr: exprs.Expr, kind: Type, what: str) -> Value:
        """What an expression gives here, as a `kind` (see `coercion`)."""
        return coerce(self.body, self.value(expr), kind, what, expr.at)

    def decided(self, condition: exprs.Expr, test: Expr) -> None:
        """A condition of the spec's own programs comes out as `test`; one that constants alone
        decide is not worth telling, nor one of a kind's."""
        read = (exprs.Literal, exprs.Compare, exprs.Logic, exprs.Not, exprs.Binary)
        if not self.resource and not all(
            isinstance(each, read) for each in inner_expressions(condition)
        ):
            self.body.decided(test, condition.at)

    def instances(self, instance: Value, process: str) -> list[tuple[Expr, int]]:
        """The instances an index may mean, each with the condition that it is the one."""
        if isinstance(instance, ProcessValue):
            return [(ONE, instance.number)]
        assert isinstance(instance, ScalarValue)
        if isinstance(instance.expr, Const):
            return [(ONE, instance.expr.value)]
        count = self.world.spec.process(process).count
        index = self.body.name(instance.expr)
        return [(equal(index, Const(i)), i) for i in range(count)]

    def read_of(self, process: str, name: str, cases: list[tuple[Expr, int]]) -> Value:
        """A variable of the instance that the cases select."""
        values = [read(self.body, self.world.own[process, i, name]) for _, i in cases]
        result = values[-1]
        for (test, _), value in reversed(list(zip(cases[:-1], values[:-1], strict=True))):
            result = merge(test, value, result)
        return self.body.name_value(result)

    def truth_of(self, cases: list[tuple[Expr, int]], asked: Callable[[int], Expr]) -> Expr:
        """What is `asked` of the selected instance, by its number."""
        result: Expr = ZERO
        for test, i in reversed(cases):
            here = asked(i)
            result = select(test, here, result)
        return result
