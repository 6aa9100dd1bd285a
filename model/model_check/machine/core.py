"""The machine of a spec: its state in bits, its process instances, and their atomic steps.

What a step does is a body in the language of `ir`. The fields of the state are locals there
(see `names`): they hold the state's values when the body starts.
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
from .ir import Expr, Statement

__all__ = [
    "Action", "Call", "Event", "Failure", "Field", "Formula", "Instance", "Location", "Machine",
    "Shape", "StateVariable", "Step", "Wait",
]  # fmt: skip


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
    `rests`: at the head of a `while True`, or where branches are waited for (which rest, or do
    not). `ended`: after the last statement (no labels), or
    where it stays after a crash (`crashed`)."""

    index: int
    labels: tuple[str, ...]
    rests: bool
    ended: bool
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """What takes steps: instance `number` of a process, and beside it one more for each branch
    of a `both` and each `background` in its program (`task` counts them from 1; 0 is the rest of
    it). All of them have the name that is shown (`gateway`, or `gateway[1]`) and the variables;
    where no branch or background is under way, its instance stands at its end. `location_field`
    is the field that holds the index of its location, which those beside it may set too. What may
    go wrong with a resource happens by an instance of its own, that has the resource's name and
    is of no process ("")."""

    index: int
    process: str
    number: int
    name: str
    location_field: int
    locations: tuple[Location, ...]
    task: int = 0

    @property
    def owner(self) -> str:
        """Its process; where it is of none, what it stands for, without a number."""
        name = self.name
        return self.process or (name.rpartition("[")[0] if name.endswith("]") else name)


@dataclass(frozen=True, slots=True)
class Step:
    """A labelled step of one instance: what traces, pictures and facts name.

    `indices`: for each enclosing `for`, the state variable (an index into
    `Machine.variables`) whose value before the step tells which turn this is.
    `at` is the label's place in the spec. `fault`: it is what may go wrong, and never has to
    happen; where nothing else can, nothing happens any more. `timeout`: it is taken where others
    have waited too long.
    """

    index: int
    instance: int
    label: str
    indices: tuple[int, ...]
    at: Position
    fault: bool = False
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What instance `instance` may do at location `location` (the body assumes that it is
    there, and sets the location field itself), or what goes wrong there (`fault`)."""

    instance: int
    location: int
    steps: tuple[int, ...]
    body: tuple[Statement, ...]
    fault: bool = False


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
    in_two: bool = False
    """Whether it is the one or the other part of a command in two steps."""
    others: tuple[tuple[str, str], ...] = ()
    """The other resource instances that it is given, by the names of its parameters."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An `await`, whose condition is written as `text`; `command`: in a command of a kind."""

    text: str
    at: Position
    command: bool


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
    conditions: tuple[Position, ...] = ()
    """The places of the conditions that `Decision`s name by number."""
    waits: tuple[Wait, ...] = ()
    """What `Require`s name by number."""

    def actions_of(self, instance: int, *, fault: bool | None = None) -> Iterator[Action]:
        """The actions of one instance, in the order of its locations; `fault`: only those that
        are faults, or that are none."""
        return (a for a in self.actions if a.instance == instance and fault in (None, a.fault))

    def actions_at(self, instance: int, location: int) -> tuple[Action, ...]:
        """What an instance may do at one of its locations; nothing where it has ended."""
        return self._by_place.get((instance, location), ())

    def actions_by_location(
        self, instance: int, *, fault: bool | None = None
    ) -> Iterator[tuple[int, tuple[Action, ...]]]:
        """The locations at which an instance may do something, with all that it may do there;
        `fault`: only what goes wrong, or only what does not."""
        for each in self.instances[instance].locations:
            here = self.actions_at(instance, each.index)
            if actions := tuple(a for a in here if fault in (None, a.fault)):
                yield each.index, actions

    @cached_property
    def processes(self) -> tuple[tuple[Instance, ...], ...]:
        """The process instances, in the order of the spec; each with those of its tasks behind."""
        found: dict[tuple[str, int], list[Instance]] = {}
        for each in self.instances:
            if each.process:
                found.setdefault((each.process, each.number), []).append(each)
        return tuple(map(tuple, found.values()))

    def owner_of(self, field: int) -> tuple[int, int]:
        """The variable that a field is part of, by number, and the place among its fields."""
        return self._owners[field]

    @cached_property
    def _owners(self) -> dict[int, tuple[int, int]]:
        return {
            field: (number, place)
            for number, each in enumerate(self.variables)
            for place, field in enumerate(each.fields)
        }

    @cached_property
    def faulty(self) -> tuple[int, ...]:
        """The instances to which something may go wrong."""
        return tuple(sorted({each.instance for each in self.actions if each.fault}))

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

    def packed(self, variable: StateVariable, state: int) -> int:
        """The packed value of a variable in a state: the bits of its fields, first lowest."""
        bits = offset = 0
        for index in variable.fields:
            field = self.fields[index]
            bits |= field.raw(state) << offset
            offset += field.width
        return bits

    def places(self, state: int) -> tuple[int, ...]:
        """The index of the location at which each instance stands."""
        return tuple(self.fields[each.location_field].raw(state) for each in self.instances)
