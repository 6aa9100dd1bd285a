"""The machine: flattened variables and atomic steps over integers.

This is the one meaning of a spec. The generated source, the native engine, z3 and the
traces all read it. Everything is an integer: a list is a length and its items packed into
one number, a set is a bit mask, a truth is 0 or 1. Integers are unbounded and signed as in
Python (`//`, `%` floor; `>>` is arithmetic; shift counts are never negative).

A body is a sequence of statements over locals. The fields of the state are locals too
(see `names`): they hold the state's values when the body starts, and `Emit`
makes a successor of the values they have then. A body has one implicit local, `halt`,
0 at the start: `Require` sets it to -1 (the step cannot fire), `Fail` to a failure's code
(positive); the first one wins. `Emit` gives a successor when halt is 0, the failure when
it is positive, and nothing when it is -1. Evaluation goes on after a halt, with values that
do not matter but are always defined (no zero divisor, no negative shift, bounded loops).
Except through `Choice`, a body emits at most once on any path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal as OneOf

from ..language.records import dataclass
from ..language.source.diagnostics import Position
from ..language.tree.spec import Spec
from ..language.types import Type
from .formulas import Formulas

__all__ = [
    "Action",
    "BitCount",
    "Call",
    "Choice",
    "Const",
    "Emit",
    "Event",
    "Expr",
    "Fail",
    "Failure",
    "Field",
    "Formula",
    "If",
    "Instance",
    "Let",
    "Local",
    "Location",
    "Loop",
    "Machine",
    "Note",
    "Operation",
    "Require",
    "Select",
    "Shape",
    "StateVariable",
    "Statement",
    "Step",
]  # fmt: skip

Operator = OneOf[
    "+", "-", "*", "//", "%", "<<", ">>", "&", "|", "^", "==", "!=", "<", "<=", ">", ">="
]


# --- integer expressions ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Const:
    value: int


@dataclass(frozen=True, slots=True)
class Local:
    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Comparisons give 0 or 1. `&` and `|` of truths are `and` and `or`."""

    operator: Operator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Select:
    """`then` where `test` is not 0, else `orelse`."""

    test: Expr
    then: Expr
    orelse: Expr


@dataclass(frozen=True, slots=True)
class BitCount:
    """The number of one bits of a value that is not negative."""

    value: Expr


Expr = Const | Local | Operation | Select | BitCount


# --- statements ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Let:
    """Give a local a value; locals may be given values again, also of fields."""

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class If:
    test: Expr
    then: tuple[Statement, ...]
    orelse: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """`for name in range(count)`. The count is at most `bound` on every state of the layout
    (None where nothing bounds it before run time)."""

    name: str
    count: Expr
    bound: int | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The free choice of `name` in `range(count)`: the body happens for any one of them.
    Executed like a Loop whose rounds each start from the locals' values before it."""

    name: str
    count: Expr
    bound: int | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Require:
    """The step can fire only if `test` is not 0."""

    test: Expr


@dataclass(frozen=True, slots=True)
class Fail:
    """If `test` is not 0, the step runs into failure number `code` (from 1). `limit`: it is
    one of this tool, and what would have happened is not known."""

    code: int
    test: Expr
    limit: bool = False
    value: Expr | None = None
    """The number that is wrong, for the trace."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a trace tells: call number `call` with these values (arguments, then the result
    if there is one), each encoded as `Shape.encode` would. No effect. `sent`:
    it was sent with these arguments; the note of its answer comes in its place, unless the step
    fails before."""

    call: int
    values: tuple[Expr, ...]
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Emit:
    """The successor by step `step`; for an initial state, step is -1."""

    step: int


Statement = Let | If | Loop | Choice | Require | Fail | Note | Emit


# --- the state -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """`width` bits of the state from bit `offset` on; the local holds the raw bits, never
    negative. `owner` is the variable that it belongs to, by name. A field with one value in
    every state lies nowhere (see `passes.folding`): `constant` is that value, and its mask is 0."""

    index: int
    owner: str
    width: int
    offset: int
    constant: int | None = None

    @property
    def mask(self) -> int:
        return 0 if self.constant is not None else (1 << self.width) - 1

    @property
    def bits(self) -> int:
        """The bits of a state that hold it."""
        return self.mask << self.offset

    def raw(self, state: int) -> int:
        """The field's bits in a state."""
        if self.constant is not None:
            return self.constant
        return state >> self.offset & self.mask


@dataclass(frozen=True, slots=True)
class Shape:
    """How a value of `type` lies in bits.

    `kind`: "scalar" (raw = value - low), "list" (length in `length_width` bits, then items
    of `parts[0]`, first item lowest; the rest 0), "set" (bit i: the i-th raw item is in),
    "record", "dict" (parts one after the other, first lowest), "option" (one bit: present;
    then the value, 0 where absent). `width` is the whole width in bits.
    """

    type: Type
    kind: OneOf["scalar", "list", "set", "record", "dict", "option"]
    width: int
    low: int = 0
    length_width: int = 0
    capacity: int = 0
    parts: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A variable as a person knows it, and the fields that hold it.

    `name` is how it is shown: `turn`, `client.shown`, `gateway[1].snapshot`, `history`
    (a resource with one variable), `stream.inbox[gateway]`. The packed value of `shape` is
    the fields' bits one after the other, first lowest. `owner` is the process instance or
    resource name ("" for shared variables); `hidden` ones (locations, what a loop has left)
    are not shown.
    """

    name: str
    owner: str
    type: Type
    shape: Shape
    fields: tuple[int, ...]
    hidden: bool = False


# --- processes and steps ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Location:
    """Where a process stands between two steps. `labels`: the steps that can come next.
    `rests`: at the head of a `while True`. `ended`: after the last statement (no labels)."""

    index: int
    labels: tuple[str, ...]
    rests: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """A process instance; `name` as shown (`gateway`, or `gateway[1]`). `location_field` is
    the field that holds the index of its location."""

    index: int
    process: str
    number: int
    name: str
    location_field: int
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A labelled step of one instance: what traces, pictures and orderings name.

    `indices`: for each enclosing `for`, the state variable (an index into
    `Machine.variables`) whose value before the step tells which turn this is.
    `at` is the label's place in the spec.
    """

    index: int
    instance: int
    label: str
    indices: tuple[int, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Action:
    """What instance `instance` may do at location `location` (the body assumes that it is
    there, and sets the location field itself). A location with an `either` has several."""

    instance: int
    location: int
    steps: tuple[int, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A place in the spec where a command is called: what a Note's values mean. `wire` and
    `answer` are the kind's templates with {key} already filled in."""

    index: int
    resource: str
    command: str
    parameters: tuple[str, ...]
    shapes: tuple[Shape, ...]
    has_result: bool
    wire: str
    answer: str
    sending: bool
    """True for the issue part of a command in two steps: sent, no answer yet."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a `Fail` means. "error": the spec's model goes wrong here (index out of range,
    ...). "growth": the layout has no room in `slot` for the variable that `message` names;
    not the spec's fault, and a larger layout has. For a list, `capacity` is the room that it
    has. "limit": this tool goes no further, for what `message` says; what would come then is
    not known."""

    code: int
    kind: OneOf["error", "growth", "limit"]

    def of(self, value: int) -> str:
        """The message about a number that is wrong."""
        return self.message.replace(" would be outside", f" would be {value}, outside", 1)

    @property
    def text(self) -> str:
        """What happens, and where."""
        return f"{self.message} ({self.at})"

    @property
    def unfinished(self) -> bool:
        """Whether the step was not followed to its end, rather than being wrong."""
        return self.kind != "error"

    message: str
    at: Position
    slot: str = ""
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class Formula:
    """A closed expression over a state: run `body`, take `value` (packed as `shape`).
    `halt` as in steps: a formula can fail."""

    name: str
    text: str
    body: tuple[Statement, ...]
    value: Expr
    shape: Shape


@dataclass(frozen=True, slots=True)
class Event:
    """A step as it happened: `ai_service.save[7]`. `occurrence` counts from 1 among the
    events of the run with the same instance, label and indices; it is shown (`#2`) only
    where that is needed to tell two apart."""

    instance: str
    label: str
    indices: tuple[str, ...]
    occurrence: int = 1

    @property
    def name(self) -> str:
        """`instance.label[indices]`, without the occurrence."""
        index = f"[{', '.join(self.indices)}]" if self.indices else ""
        return f"{self.instance}.{self.label}{index}"


@dataclass(frozen=True)
class Machine:
    """A spec made executable, for one layout."""

    spec: Spec
    fields: tuple[Field, ...]
    width: int
    """Bits of a state."""
    variables: tuple[StateVariable, ...]
    instances: tuple[Instance, ...]
    steps: tuple[Step, ...]
    actions: tuple[Action, ...]
    calls: tuple[Call, ...]
    failures: tuple[Failure, ...]
    """Failure with code c is failures[c - 1]."""
    initial: tuple[Statement, ...]
    """Starts with all fields 0, emits every initial state."""
    formulas: Formulas[Formula]

    def actions_of(self, instance: int) -> Iterator[Action]:
        """The actions of one instance, in the order of its locations."""
        return (a for a in self.actions if a.instance == instance)

    def actions_at(self, instance: int, location: int) -> tuple[Action, ...]:
        """What an instance may do at one of its locations; nothing where it has ended."""
        return self._by_place.get((instance, location), ())

    def actions_by_location(self, instance: int) -> Iterator[tuple[int, tuple[Action, ...]]]:
        """The locations at which an instance may do something, with all that it may do there."""
        for each in self.instances[instance].locations:
            if actions := self.actions_at(instance, each.index):
                yield each.index, actions

    @cached_property
    def _by_place(self) -> dict[tuple[int, int], tuple[Action, ...]]:
        found: dict[tuple[int, int], tuple[Action, ...]] = {}
        for each in self.actions:
            place = (each.instance, each.location)
            found[place] = (*found.get(place, ()), each)
        return found

    def bits(self, fields: Iterable[int]) -> int:
        """The bits of a state that hold some fields."""
        return sum(self.fields[index].bits for index in frozenset(fields))

    def places(self, state: int) -> tuple[int, ...]:
        """The index of the location at which each instance stands."""
        return tuple(self.fields[each.location_field].raw(state) for each in self.instances)
