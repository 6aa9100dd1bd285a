"""What a state tells of each number of a class: by what alike instances are told apart.

Every bit of a state is about some numbers: a variable of instance 2 about 2, the entry of 2 in a
dict, whether 2 is in a set, at which place of a list it stands. What is about 2 and 3 (that
instance 2 waits for 3) is about both, in this order. Where two numbers change places, what is told
of them changes places too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...language.records import dataclass
from ...language.types import (
    DictType,
    EnumType,
    IntType,
    OptionType,
    RecordType,
    Type,
    UnionType,
    parts_of,
)
from ..core import Shape
from ..ir import Const, Expr, Local
from ..ir_builder import ONE, ZERO, all_of, both, equal, op, select
from ..names import field_local
from ..shapes import decode, encode, keys_of, raw_count
from .groups import Group
from .places import Places
from .renaming import Key, part
from .sorts import Tree

__all__ = ["Number", "Observation", "observations"]

Number = tuple[int, int]
"""A number of a class: which class, and which number."""
MOST_RAW = 1 << 12


@dataclass(frozen=True, slots=True)
class Observation:
    """`width` bits of a state, and which numbers they are `about`. `path`: where they lie, without
    these numbers: it is the same for all of a class."""

    path: str
    about: tuple[Number, ...]
    value: Expr
    width: int


def observations(
    places: Places, classes: Sequence[tuple[Group, Sequence[int]]]
) -> list[Observation]:
    """What every state of a machine tells of the numbers of some classes."""
    walk = _Walk(places, classes)
    return [
        each
        for number in range(len(places.machine.variables))
        for each in walk.variable(number)
        if each.about and each.width and not isinstance(each.value, Const)
    ]


_NAMED = re.compile(r"(\w+)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something lies in a state, which numbers it is about, and whether it is there."""

    path: str
    about: tuple[Number, ...]
    there: Expr

    def inside(self, path: str, about: tuple[Number, ...] = ()) -> _Place:
        """A part of it."""
        return replace(self, path=self.path + path, about=self.about + about)

    def where(self, path: str, test: Expr) -> _Place:
        """A part that is there only if `test`."""
        return replace(self, path=self.path + path, there=both(self.there, test))

    def told(self, path: str, value: Expr, width: int) -> Observation:
        """What is told here."""
        seen = select(self.there, value, ZERO)
        return Observation(self.path + path, self.about, seen, width)


class _Walk:
    def __init__(self, places: Places, classes: Sequence[tuple[Group, Sequence[int]]]) -> None:
        self.places = places
        self.by_name: dict[str, list[tuple[int, frozenset[int]]]] = {}
        self.by_sort: dict[int, list[tuple[int, frozenset[int]]]] = {}
        for i, (group, numbers) in enumerate(classes):
            which = (i, frozenset(numbers))
            for name in (*group.processes, *group.resources):
                self.by_name.setdefault(name, []).append(which)
            self.by_sort.setdefault(group.sort, []).append(which)

    def variable(self, number: int) -> Iterator[Observation]:
        machine = self.places.machine
        variable = machine.variables[number]
        name, tree = self.places.of(number)
        at = _Place("", (), ONE)
        for each in name:
            if isinstance(each, Key):
                about = self.numbers(each.value, each.type, each.tree)
                masked = f"[{self.masked(each.value, each.type, each.tree)}]"
            else:
                about, masked = self.named(each), self.masked_text(each)
            at = at.inside(masked, about)
        if self.holds(variable.type, tree):
            # What is forgotten is about no number, whatever stands there.
            forgotten = self.places.forgotten
            live = all_of(forgotten[i].live for i in variable.fields if i in forgotten)
            at = replace(at, there=live)
        fields = [machine.fields[index] for index in variable.fields]
        given = iter(
            Local(field_local(each.index)) if each.constant is None else Const(each.constant)
            for each in fields
        )
        yield from self.fields(variable.shape, tree, given, at)

    # --- which numbers a value is about ---------------------------------------------------------

    def named(self, text: str) -> tuple[Number, ...]:
        found: list[Number] = []
        for match in _NAMED.finditer(text):
            for which, numbers in self.by_name.get(match[1], ()):
                if int(match[2]) in numbers:
                    found.append((which, int(match[2])))
        return tuple(found)

    def masked_text(self, text: str) -> str:
        """A text with `*` for the numbers that it is about."""
        return _NAMED.sub(lambda m: f"{m[1]}[*]" if self.named(m[0]) else m[0], text)

    def masked(self, value: object, kind: Type, tree: Tree) -> str:
        """A value with `*` for the numbers that it is about."""
        match kind, value:
            case OptionType(item), _ if value is not None:
                return self.masked(value, item, part(tree, 0))
            case RecordType(fields), dict():
                parts = enumerate(fields)
                return ",".join(self.masked(value[n], k, part(tree, i)) for i, (n, k) in parts)
            case DictType(key, item), dict():
                inner = [
                    (self.masked(k, key, part(tree, 0)), self.masked(v, item, part(tree, 1)))
                    for k, v in value.items()
                ]
                return repr(sorted(inner))
            case _, str():
                return self.masked_text(value)
            case _, int():
                return "*" if self.numbers(value, kind, tree) else str(value)
        return repr(value)

    def numbers(self, value: object, kind: Type, tree: Tree) -> tuple[Number, ...]:
        """The numbers in a value that is no list and no set."""
        match kind, value:
            case OptionType(item), _ if value is not None:
                return self.numbers(value, item, part(tree, 0))
            case ((EnumType() | UnionType()), str()):
                return self.named(value)
            case ((IntType() | UnionType()), int()) if tree.leaf is not None:
                known = self.by_sort.get(self.places.sorts.find(tree.leaf), ())
                return tuple((which, value) for which, numbers in known if value in numbers)
            case RecordType(fields), dict():
                parts = [(value[name], each) for name, each in fields]
                found = [self.numbers(x, each, part(tree, i)) for i, (x, each) in enumerate(parts)]
                return tuple(number for each in found for number in each)
            case DictType(key, item), dict():
                entries = [
                    self.numbers(k, key, part(tree, 0)) + self.numbers(v, item, part(tree, 1))
                    for k, v in value.items()
                ]
                return tuple(number for each in entries for number in each)
        return ()

    def holds(self, kind: Type, tree: Tree) -> bool:
        """Whether values of a type may have numbers in them."""
        match kind:
            case EnumType(members):
                return any(map(self.named, members))
            case IntType():
                return tree.leaf is not None and self.places.sorts.find(tree.leaf) in self.by_sort
        return any(self.holds(each, inner) for each, inner in _inside(kind, tree))

    # --- going through a variable ---------------------------------------------------------------

    def fields(
        self, shape: Shape, tree: Tree, given: Iterator[Expr], at: _Place
    ) -> Iterator[Observation]:
        match shape.kind:
            case "list":
                length, items = next(given), next(given)
                yield from self.items(shape, tree, (length, items), at)
            case "option":
                present = next(given)
                yield at.told("?", present, 1)
                inner = shape.parts[0]
                yield from self.fields(inner, part(tree, 0), given, at.where("!", present))
            case "record":
                for i, each in enumerate(shape.parts):
                    yield from self.fields(each, part(tree, i), given, at.inside(f".{i}"))
            case "dict":
                for key, numbers, each in self.entries(shape, tree):
                    inside = at.inside(f"[{key}]", numbers)
                    yield from self.fields(each, part(tree, 1), given, inside)
            case _:
                yield from self.packed(shape, tree, next(given), at)

    def entries(self, shape: Shape, tree: Tree) -> Iterator[tuple[str, tuple[Number, ...], Shape]]:
        assert isinstance(shape.type, DictType)
        kind, inner = shape.type.key, part(tree, 0)
        for key, each in zip(keys_of(kind), shape.parts, strict=True):
            yield self.masked(key, kind, inner), self.numbers(key, kind, inner), each

    def packed(self, shape: Shape, tree: Tree, bits: Expr, at: _Place) -> Iterator[Observation]:
        if isinstance(bits, Const):
            return  # no part of the state: it is about nobody
        if not self.holds(shape.type, tree):
            yield at.told("", bits, shape.width)
            return
        match shape.kind:
            case "scalar":
                yield from self.scalar(shape, tree, bits, at)
            case "set":
                yield from self.members(shape, tree, bits, at)
            case "list":
                length = op("&", bits, Const((1 << shape.length_width) - 1))
                items = op(">>", bits, Const(shape.length_width))
                yield from self.items(shape, tree, (length, items), at)
            case "option":
                present = op("&", bits, ONE)
                yield at.told("?", present, 1)
                inner, inside = op(">>", bits, ONE), at.where("!", present)
                yield from self.packed(shape.parts[0], part(tree, 0), inner, inside)
            case "record":
                offset = 0
                for i, each in enumerate(shape.parts):
                    cut = _cut(bits, offset, each.width)
                    yield from self.packed(each, part(tree, i), cut, at.inside(f".{i}"))
                    offset += each.width
            case "dict":
                offset = 0
                for key, numbers, each in self.entries(shape, tree):
                    cut, inside = _cut(bits, offset, each.width), at.inside(f"[{key}]", numbers)
                    yield from self.packed(each, part(tree, 1), cut, inside)
                    offset += each.width

    def items(
        self, shape: Shape, tree: Tree, of: tuple[Expr, Expr], at: _Place
    ) -> Iterator[Observation]:
        length, items = of
        (inner,) = shape.parts
        yield at.told("len", length, shape.length_width)
        if isinstance(items, Const) or not self.holds(inner.type, part(tree, 0)):
            yield at.told("items", items, shape.width - shape.length_width)
            return
        for i in range(shape.capacity):
            item = _cut(items, i * inner.width, inner.width)
            inside = at.where(f"[{i:04}]", op(">", length, Const(i)))
            yield from self.packed(inner, part(tree, 0), item, inside)

    def scalar(self, shape: Shape, tree: Tree, bits: Expr, at: _Place) -> Iterator[Observation]:
        rest: Expr = bits
        for raw, masked, numbers in self._raws(shape, tree):
            is_it = equal(bits, Const(raw))
            yield at.inside(f"={masked}", numbers).told("", is_it, 1)
            rest = select(is_it, ZERO, rest)
        yield at.told("=", rest, shape.width)

    def members(self, shape: Shape, tree: Tree, bits: Expr, at: _Place) -> Iterator[Observation]:
        kept = (1 << shape.width) - 1
        for raw, masked, numbers in self._raws(shape.parts[0], part(tree, 0)):
            bit = op("&", op(">>", bits, Const(raw)), ONE)
            yield at.inside(f"{{{masked}}}", numbers).told("", bit, 1)
            kept &= ~(1 << raw)
        yield at.told("{}", op("&", bits, Const(kept)), shape.width)

    def _raws(self, shape: Shape, tree: Tree) -> Iterator[tuple[int, str, tuple[Number, ...]]]:
        """The raw values that have numbers in them, and what is in them beside these."""
        for raw in range(min(raw_count(shape), MOST_RAW)):
            try:
                value = decode(shape, raw)
                if encode(shape, value) != raw:
                    continue
            except (IndexError, AssertionError, ValueError):
                continue
            numbers = self.numbers(value, shape.type, tree)
            if numbers:
                yield raw, self.masked(value, shape.type, tree), numbers


def _inside(kind: Type, tree: Tree) -> Iterator[tuple[Type, Tree]]:
    if isinstance(kind, UnionType):
        yield kind.numbers, tree
        yield kind.names, tree
    for i, each in enumerate(parts_of(kind)):
        yield each, part(tree, i)


def _cut(bits: Expr, offset: int, width: int) -> Expr:
    return op("&", op(">>", bits, Const(offset)), Const((1 << width) - 1))
