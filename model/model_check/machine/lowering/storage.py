"""Where variables live: the fields of the state, laid out for one `Layout`.

A `Place` is a variable's tree of fields; reading it gives a value of locals, writing it
checks that the value fits: its declared range (a run-time error), or the room that the
layout has (growth).
"""

from __future__ import annotations

from ...language.records import dataclass
from ...language.source.diagnostics import Position
from ...language.types import DictType, IntType, ListType, OptionType, RecordType, SetType, Type
from ..core import Field, Shape, StateVariable
from ..ir import Const, Expr, Let, Local
from ..ir_builder import ONE, ZERO, add, op, select
from ..names import field_local
from ..packing import packed_into_words
from ..shapes import Layout, keys_of, shape_of
from .coercion import coerce
from .ir_writer import IRWriter
from .values import DictValue, ListValue, OptionValue, RecordValue, ScalarValue, SetValue, Value

__all__ = ["Place", "Storage", "fields_of_place", "read", "write"]


@dataclass(frozen=True, slots=True)
class Place:
    """A variable, or a part of one: `fields` where it is stored itself, `parts` inside.

    `owner` is the shown name, `slot` the key of its room in the layout.
    """

    shape: Shape
    owner: str
    slot: str
    fields: tuple[int, ...]
    parts: tuple[Place, ...] = ()

    @property
    def type(self) -> Type:
        return self.shape.type


class Storage:
    """Hands out fields; offsets follow when all variables are known (`laid_out`)."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.variables: list[StateVariable] = []
        self._fields: list[Field] = []

    def add(self, name: str, owner: str, kind: Type, *, hidden: bool = False) -> Place:
        """Make room for a variable; a dict that is shown is one variable a key."""
        shape = shape_of(kind, self.layout, name)
        if isinstance(kind, DictType) and not hidden:
            parts = tuple(
                self.add(f"{name}[{key}]", owner, kind.value) for key in keys_of(kind.key)
            )
            return Place(shape, name, name, (), parts)
        place = self._place(shape, name, name)
        self.variables.append(
            StateVariable(name, owner, kind, shape, fields_of_place(place), hidden=hidden)
        )
        return place

    def add_copy(self, place: Place, suffix: str) -> Place:
        """Make room for a hidden copy of a variable, as much as the variable has."""
        name = f"{place.owner} {suffix}"
        copy = self._place(place.shape, name, place.slot)
        fields = fields_of_place(copy)
        self.variables.append(StateVariable(name, "", place.type, place.shape, fields, hidden=True))
        return copy

    def _place(self, shape: Shape, owner: str, slot: str) -> Place:
        match shape.type:
            case ListType():
                length = self._field(owner, shape.length_width)
                items = self._field(owner, shape.width - shape.length_width)
                return Place(shape, owner, slot, (length, items))
            case OptionType():
                present = self._field(owner, 1)
                inner = self._place(shape.parts[0], owner, slot)
                return Place(shape, owner, slot, (present,), (inner,))
            case RecordType(fields):
                parts = tuple(
                    self._place(part, owner, f"{slot}.{name}")
                    for (name, _), part in zip(fields, shape.parts, strict=True)
                )
                return Place(shape, owner, slot, (), parts)
            case DictType(key):
                parts = tuple(
                    self._place(part, owner, f"{slot}[{k}]")
                    for k, part in zip(keys_of(key), shape.parts, strict=True)
                )
                return Place(shape, owner, slot, (), parts)
        return Place(shape, owner, slot, (self._field(owner, shape.width),))

    def _field(self, owner: str, width: int) -> int:
        index = len(self._fields)
        self._fields.append(Field(index, owner, width, 0))
        return index

    def raw_field(self, name: str, owner: str, kind: Type) -> int:
        """A hidden field of the machine's own (a location); its index."""
        (index,) = self.add(name, owner, kind, hidden=True).fields
        return index

    def laid_out(self) -> tuple[tuple[Field, ...], int]:
        """All fields with their places in the state, and the width of a state in bits."""
        return packed_into_words(self._fields)


def fields_of_place(place: Place) -> tuple[int, ...]:
    """The fields that hold a variable, or a part of one."""
    inner = tuple(index for part in place.parts for index in fields_of_place(part))
    return place.fields + inner


def read(body: IRWriter, place: Place) -> Value:
    """The variable's value now, in locals that later writes do not touch."""

    shape = place.shape

    def load(index: int) -> Expr:
        return body.name(Local(field_local(index)))

    match shape.type:
        case ListType() as kind:
            length, items = (load(i) for i in place.fields)
            return ListValue(length, items, shape.parts[0], kind, shape.capacity)
        case SetType() as kind:
            return SetValue(load(place.fields[0]), shape.parts[0], kind)
        case OptionType() as kind:
            return OptionValue(load(place.fields[0]), read(body, place.parts[0]), kind)
        case RecordType() as kind:
            return RecordValue(tuple(read(body, p) for p in place.parts), kind)
        case DictType() as kind:
            return DictValue(tuple(read(body, p) for p in place.parts), kind)
    raw = load(place.fields[0])
    body.lies(raw, 0, (1 << shape.width) - 1)
    return ScalarValue(add(raw, Const(shape.low)), shape.type)


def write(body: IRWriter, place: Place, value: Value, at: Position) -> None:
    """Give a variable a value: checked, and all at once. What does not fit is not stored:
    fields hold what they have room for, also after a failure."""
    value = coerce(body, value, place.type, place.owner, at)
    writes: list[tuple[int, Expr]] = []
    _collect(body, place, value, at, ONE, writes)
    named = [(index, body.name(expr)) for index, expr in writes]
    for index, expr in named:
        body.emit(Let(field_local(index), expr))


def _collect(
    body: IRWriter,
    place: Place,
    value: Value,
    at: Position,
    present: Expr,
    writes: list[tuple[int, Expr]],
) -> None:
    # `present` is 0 inside an absent option: such bits are 0 and are not checked.
    def keep(expr: Expr) -> Expr:
        return select(present, expr, ZERO)

    match value:
        case ScalarValue(expr):
            if place.type == IntType():
                expr = _grow_integer(body, place, expr, at, present)
            raw = op("-", expr, Const(place.shape.low))
            writes.append((place.fields[0], keep(raw)))
        case ListValue(length, items, _, _, bound):
            capacity = place.shape.capacity
            if bound is None or bound > capacity:
                long = body.name(op(">", length, Const(capacity)))
                body.grow(op("&", present, long), place.owner, place.slot, at, capacity)
                length, items = select(long, ZERO, length), select(long, ZERO, items)
            writes.append((place.fields[0], keep(length)))
            writes.append((place.fields[1], keep(items)))
        case SetValue(mask):
            writes.append((place.fields[0], keep(mask)))
        case OptionValue(inside, inner):
            writes.append((place.fields[0], keep(inside)))
            inside = op("&", present, inside)
            _collect(body, place.parts[0], inner, at, inside, writes)
        case RecordValue(parts) | DictValue(parts):
            for part, each in zip(place.parts, parts, strict=True):
                _collect(body, part, each, at, present, writes)


def _grow_integer(body: IRWriter, place: Place, expr: Expr, at: Position, present: Expr) -> Expr:
    low = place.shape.low
    high = low + (1 << place.shape.width) - 1
    within = body.interval(expr)
    if within is not None and low <= within[0] and within[1] <= high:
        return expr
    below = body.name(op("<", expr, Const(low)))
    above = body.name(op(">", expr, Const(high)))
    body.grow(op("&", present, below), place.owner, f"{place.slot}<", at)
    body.grow(op("&", present, above), place.owner, f"{place.slot}>", at)
    return select(op("|", below, above), Const(low), expr)
