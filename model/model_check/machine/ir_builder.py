"""From operators and operands to integer expressions, folded while they are built.

Lowering a spec meets constants everywhere (`self`, `STORED + 1`, `lrange(0, -1)`); what
is known then need not be computed in every state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

from .ir import BitCount, Const, Expr, Local, Operation, Operator, Select

__all__ = [
    "ONE", "ZERO", "Interval", "add", "all_of", "apply", "bit_at", "bit_count", "both", "bounds",
    "equal", "mask_of", "negate", "op", "outside", "select", "union",
]  # fmt: skip

Interval = tuple[int, int]

ZERO = Const(0)
ONE = Const(1)
# No set has more members: the language allows fewer.
MOST_BITS = 1 << 16
IN_A_ROW = 16

_COMPUTE: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
}

_OPPOSITE: dict[Operator, Operator] = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
}  # fmt: skip
_RIGHT_ZERO_IS_LEFT = frozenset(["+", "-", "|", "^", "<<", ">>"])
_LEFT_ZERO_IS_RIGHT = frozenset(["+", "|", "^"])
_ZERO_ABSORBS = frozenset(["*", "&"])
_LEFT_ZERO_ABSORBS = frozenset(["<<", ">>", "//", "%"])
_SAME_IS_TRUE = frozenset(["==", "<=", ">="])
_SAME_IS_FALSE = frozenset(["!=", "<", ">", "-", "^"])


def apply(operator: Operator, left: int, right: int) -> int:
    """What `Operation(operator, ...)` gives for two numbers."""
    return _COMPUTE[operator](left, right)


def op(operator: Operator, left: Expr, right: Expr) -> Expr:
    """`left operator right`, computed now where it can be."""
    match left, right:
        case Const(a), Const(b):
            return Const(apply(operator, a, b))
        case _, Const(0) if operator in _RIGHT_ZERO_IS_LEFT:
            return left
        case Const(0), _ if operator in _LEFT_ZERO_IS_RIGHT:
            return right
        case (_, Const(0)) | (Const(0), _) if operator in _ZERO_ABSORBS:
            return ZERO
        case Const(0), _ if operator in _LEFT_ZERO_ABSORBS:
            return ZERO
        case (_, Const(1)) if operator in ("*", "//"):
            return left
        case (Const(1), _) if operator == "*":
            return right
    if left == right:
        if operator in _SAME_IS_TRUE:
            return ONE
        if operator in _SAME_IS_FALSE:
            return ZERO
        if operator in ("&", "|"):
            return left
    return Operation(operator, left, right)


def add(left: Expr, right: Expr) -> Expr:
    return op("+", left, right)


def equal(left: Expr, right: Expr) -> Expr:
    return op("==", left, right)


def outside(index: Expr, count: Expr) -> Expr:
    """Whether an index is not one of `range(count)`."""
    return op("|", op("<", index, ZERO), op(">=", index, count))


def is_truth(value: Expr) -> bool:
    """Whether a value is surely 0 or 1."""
    match value:
        case Const(v):
            return v in (0, 1)
        case Operation(operator, left, right):
            if operator in _OPPOSITE:
                return True
            if operator in ("&", "|", "^"):
                return is_truth(left) and is_truth(right)
    return False


def both(left: Expr, right: Expr) -> Expr:
    """`and` of two truths."""
    if left == ONE:
        return right
    if right == ONE:
        return left
    return op("&", left, right)


def all_of(truths: Iterable[Expr]) -> Expr:
    """`and` of any number of truths."""
    return _balanced(both, truths, ONE)


def union(bits: Iterable[Expr]) -> Expr:
    """`|` of any number of numbers."""
    return _balanced(lambda a, b: op("|", a, b), bits, ZERO)


def _balanced(join: Callable[[Expr, Expr], Expr], parts: Iterable[Expr], nothing: Expr) -> Expr:
    # Nested no deeper than need be: Python reads no more than 200 brackets in each other.
    found = list(parts)
    if len(found) <= IN_A_ROW:
        return reduce(join, found, nothing)
    half = len(found) // 2
    return join(_balanced(join, found[:half], nothing), _balanced(join, found[half:], nothing))


def negate(truth: Expr) -> Expr:
    """`not` of a truth."""
    match truth:
        case Const(v):
            return Const(1 - v)
        case Operation(operator, left, right) if operator in _OPPOSITE:
            return Operation(_OPPOSITE[operator], left, right)
    return Operation("==", truth, ZERO)


def select(test: Expr, then: Expr, orelse: Expr) -> Expr:
    """`then` if test else `orelse`."""
    if isinstance(test, Const):
        return then if test.value else orelse
    if then == orelse:
        return then
    if then == ONE and orelse == ZERO and is_truth(test):
        return test
    return Select(test, then, orelse)


def bounds(expr: Expr, known: Mapping[str, Interval]) -> Interval | None:
    """Between which numbers a sum, a product or the like lies, where those in it are `known`;
    None where that is not known."""
    match expr:
        case Const(value):
            return (value, value)
        case Local(name):
            return known.get(name)
        case Operation("==" | "!=" | "<" | "<=" | ">" | ">="):
            return (0, 1)
        case Operation("&", _, Const(mask)) if mask >= 0:
            return (0, mask)
        case Operation("%", _, Const(divisor)) if divisor > 0:
            return (0, divisor - 1)
        case Operation("+" | "-" | "*" as operator, left, right):
            first, second = bounds(left, known), bounds(right, known)
            if first is None or second is None:
                return None
            ends = [apply(operator, a, b) for a in first for b in second]
            return (min(ends), max(ends))
        case Select(_, then, orelse):
            first, second = bounds(then, known), bounds(orelse, known)
            if first is None or second is None:
                return None
            return (min(first[0], second[0]), max(first[1], second[1]))
    return None


def bit_count(value: Expr) -> Expr:
    return Const(value.value.bit_count()) if isinstance(value, Const) else BitCount(value)


def bit_at(place: Expr) -> Expr:
    """`1 << place`, of a constant or a local. Where a step has failed already, the place may
    be none that a set has; what is computed then does not matter, but must be defined."""
    if isinstance(place, Const):
        return op("<<", ONE, place) if 0 <= place.value <= MOST_BITS else ZERO
    return op("<<", ONE, select(op("<", place, ZERO), ZERO, place))


def mask_of(bits: Expr) -> Expr:
    """A number with `bits` one bits."""
    return op("-", op("<<", ONE, bits), ONE)
