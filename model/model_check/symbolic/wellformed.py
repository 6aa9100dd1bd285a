"""Which bits hold a value of a shape: what is true of every variable in every state.

The reading of `machine.shapes` that a statement about any state may assume.
"""

from __future__ import annotations

from ..language.types import EnumType, IntType, UnionType
from ..machine.core import Shape
from .bit_vectors import Value, condition_of, fits, operate, same
from .terms import Condition, all_true, any_true, not_true

__all__ = ["is_wellformed"]

# Of longer lists it is not said that every item is one: that would be many small formulas.
MOST_ITEMS = 64


def is_wellformed(shape: Shape, bits: Value) -> Condition:
    """Whether `bits` are what `machine.shapes.encode` makes of some value, as far as it is told
    here: of long lists and of sets of few things, a little more is let through."""
    match shape.kind:
        case "scalar":
            return _in_range(shape, bits)
        case "list":
            return _list(shape, bits)
        case "option":
            inner = operate(">>", bits, 1)
            present = condition_of(operate("&", bits, 1))
            value = is_wellformed(shape.parts[0], inner)
            return any_true(all_true(present, value), all_true(not_true(present), same(inner, 0)))
        case "record" | "dict":
            found = []
            offset = 0
            for part in shape.parts:
                found.append(is_wellformed(part, _cut(bits, offset, part.width)))
                offset += part.width
            return all_true(*found)
        case "set":
            return True
    return True


def _cut(bits: Value, offset: int, width: int) -> Value:
    return fits(operate(">>", bits, offset), width)


def _in_range(shape: Shape, bits: Value) -> Condition:
    match shape.type:
        case EnumType(members):
            low, high = 0, len(members) - 1
        case UnionType() as kind:
            low, high = kind.low - shape.low, kind.last - shape.low
        case IntType(int() as least, int() as most):
            low, high = least - shape.low, most - shape.low
        case _:
            return True
    not_less = not_true(condition_of(operate("<", bits, low)))
    return all_true(not_less, not_true(condition_of(operate(">", bits, high))))


def _list(shape: Shape, bits: Value) -> Condition:
    (part,) = shape.parts
    length = fits(bits, shape.length_width)
    items = operate(">>", bits, shape.length_width)
    found = [
        not_true(condition_of(operate(">", length, shape.capacity))),
        # Behind the last item there is nothing.
        same(operate(">>", items, operate("*", length, part.width)), 0),
    ]
    if shape.capacity <= MOST_ITEMS:
        for i in range(shape.capacity):
            item = is_wellformed(part, _cut(items, i * part.width, part.width))
            if item is not True:
                found.append(any_true(not_true(condition_of(operate(">", length, i))), item))
    return all_true(*found)
