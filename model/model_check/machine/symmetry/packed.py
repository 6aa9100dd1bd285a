"""Two numbers change places in values that lie in bits."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.types import (
    DictType,
    IntType,
)
from ..core import Shape
from ..ir import Const, Expr
from ..ir_builder import ONE, ZERO, equal, op, select, union
from ..shapes import decode, encode, hashable, keys_of, raw_count
from .renaming import Renaming, UnlikeError, part
from .sorts import Tree

__all__ = ["Bits"]

MOST_RAW = 1 << 16
"""Bits of a set that is gone through one by one."""


class Bits:
    """Expressions for what a renaming makes of packed values of a shape, as values of another."""

    def __init__(self, renaming: Renaming) -> None:
        self.renaming = renaming

    def fields(self, shape: Shape, into: Shape, tree: Tree, given: Iterator[Expr]) -> list[Expr]:
        """What becomes of the fields of a variable, in the order of `Storage`."""
        match shape.kind:
            case "list":
                length, items = next(given), next(given)
                return [length, self._items(shape, into, tree, length, items)]
            case "option":
                present = next(given)
                inner = self.fields(shape.parts[0], into.parts[0], part(tree, 0), given)
                if self._touches(shape.parts[0], into.parts[0], part(tree, 0)):
                    inner = [select(present, each, ZERO) for each in inner]
                return [present, *inner]
            case "record" | "dict":
                is_dict = shape.kind == "dict"
                groups = [
                    self.fields(one, other, part(tree, 1 if is_dict else i), given)
                    for i, (one, other) in enumerate(zip(shape.parts, into.parts, strict=True))
                ]
                if is_dict:
                    groups = [groups[i] for i in self._order(shape, into, tree)]
                return [x for group in groups for x in group]
        return [self.packed(shape, into, tree, next(given))]

    def _touches(self, shape: Shape, into: Shape, tree: Tree) -> bool:
        return self.renaming.touches(shape.type, into.type, tree)

    def _order(self, shape: Shape, into: Shape, tree: Tree) -> list[int]:
        """For each key of a dict, the place of the key that becomes it."""
        assert isinstance(shape.type, DictType)
        assert isinstance(into.type, DictType)
        keys = keys_of(shape.type.key)
        moved = [hashable(self.renaming.value(k, shape.type.key, part(tree, 0))) for k in keys]
        others = list(map(hashable, keys_of(into.type.key)))
        if set(moved) != set(others):
            raise UnlikeError(f"{into.type.key} has no room for all that {shape.type.key} has")
        return [moved.index(each) for each in others]

    def packed(self, shape: Shape, into: Shape, tree: Tree, bits: Expr) -> Expr:
        """What becomes of a packed value; `bits` is cheap to repeat."""
        if not self._touches(shape, into, tree):
            return bits
        match shape.kind:
            case "scalar":
                return self._scalar(shape, into, tree, bits)
            case "set":
                return self._set(shape, into, tree, bits)
            case "list":
                length = op("&", bits, Const((1 << shape.length_width) - 1))
                items = op(">>", bits, Const(shape.length_width))
                found = self._items(shape, into, tree, length, items)
                return op("|", length, op("<<", found, Const(shape.length_width)))
            case "option":
                value = op(">>", bits, ONE)
                inner = self.packed(shape.parts[0], into.parts[0], part(tree, 0), value)
                inside = op("|", ONE, op("<<", inner, ONE))
                return select(op("&", bits, ONE), inside, ZERO)
        return self._parts(shape, into, tree, bits)

    def _parts(self, shape: Shape, into: Shape, tree: Tree, bits: Expr) -> Expr:
        """Of a record, or a dict."""
        is_dict = shape.kind == "dict"
        parts = []
        offset = 0
        for i, (one, other) in enumerate(zip(shape.parts, into.parts, strict=True)):
            value = _cut(bits, offset, one.width)
            parts.append(self.packed(one, other, part(tree, 1 if is_dict else i), value))
            offset += one.width
        if is_dict:
            parts = [parts[i] for i in self._order(shape, into, tree)]
        found = []
        offset = 0
        for each, value in zip(into.parts, parts, strict=True):
            found.append(op("<<", value, Const(offset)))
            offset += each.width
        return union(found)

    def _scalar(self, shape: Shape, into: Shape, tree: Tree, bits: Expr) -> Expr:
        result = bits
        for raw, other in self._raws(shape, into, tree):
            result = select(equal(bits, Const(raw)), Const(other), result)
        return result

    def _raws(self, shape: Shape, into: Shape, tree: Tree) -> Iterator[tuple[int, int]]:
        """The raw values that become others, with these."""
        kind = shape.type
        if isinstance(kind, IntType) and kind == into.type:
            low, high = shape.low, shape.low + (1 << shape.width) - 1
            if kind.low is not None and kind.high is not None:
                low, high = kind.low, kind.high
            a, b = self.renaming.a, self.renaming.b
            inside = [low <= each <= high for each in (a, b)]
            if any(inside) and not all(inside):
                raise UnlikeError(f"{kind} has room for one of the numbers {a} and {b} alone")
            if all(inside):
                yield a - shape.low, b - shape.low
                yield b - shape.low, a - shape.low
            return
        if raw_count(shape) > MOST_RAW:
            raise UnlikeError(f"{kind} has too many values")
        for raw in range(raw_count(shape)):
            try:
                value = decode(shape, raw)
                if encode(shape, value) != raw:
                    continue  # bits that hold no value
            except (IndexError, AssertionError):
                continue
            try:
                other = encode(into, self.renaming.value(value, kind, tree))
            except (ValueError, AssertionError) as error:
                raise UnlikeError(f"{into.type} has no room for all that {kind} has") from error
            if other != raw:
                yield raw, other

    def _set(self, shape: Shape, into: Shape, tree: Tree, bits: Expr) -> Expr:
        by_distance: dict[int, int] = {}
        kept = (1 << shape.width) - 1
        for raw, other in self._raws(shape.parts[0], into.parts[0], part(tree, 0)):
            by_distance[other - raw] = by_distance.get(other - raw, 0) | 1 << raw
            kept &= ~(1 << raw)
        found = [op("&", bits, Const(kept))]
        for distance, mask in sorted(by_distance.items()):
            some = op("&", bits, Const(mask))
            shift = Const(abs(distance))
            found.append(op("<<" if distance > 0 else ">>", some, shift))
        return union(found)

    def _items(self, shape: Shape, into: Shape, tree: Tree, length: Expr, items: Expr) -> Expr:
        (inner,), (other,), tree = shape.parts, into.parts, part(tree, 0)
        if not self._touches(inner, other, tree):
            return items
        found = []
        for i in range(shape.capacity):
            item = self.packed(inner, other, tree, _cut(items, i * inner.width, inner.width))
            there = select(op(">", length, Const(i)), item, ZERO)
            found.append(op("<<", there, Const(i * inner.width)))
        return union(found)


def _cut(bits: Expr, offset: int, width: int) -> Expr:
    return op("&", op(">>", bits, Const(offset)), Const((1 << width) - 1))
