"""Integers that z3 does not know yet: bit-vectors that know how large they can be.

The machine counts in unbounded integers. A symbolic one here carries the interval it must
lie in, and every operation takes as many bits as the interval of its result needs, so that
nothing wraps round. What is known stays a Python `int`; z3 never sees it.

In: two values and an operator of `machine.core`. Out: a value. A result that would need
more than `MOST_BITS` raises `TooManyBitsError`: then z3 is not asked at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..machine.ir import Operator
from ..machine.ir_builder import apply
from .terms import (
    Condition,
    Term,
    all_true,
    any_true,
    apply_bits,
    choice,
    constant,
    equal,
    extract,
    not_true,
    relation,
    resize,
    unknown,
    xor,
)

__all__ = [
    "MOST_BITS", "Bits", "TooManyBitsError", "Truth", "Value", "bit_count", "condition_of", "fits",
    "merge", "operate", "same", "symbol", "value_of",
]  # fmt: skip

# Lists of a few dozen items; beyond that z3 would not answer in any time worth waiting for.
MOST_BITS = 1024


class TooManyBitsError(Exception):
    """A value needs more bits than z3 can be asked about sensibly."""


@dataclass(frozen=True, slots=True, eq=False)
class Bits:
    """A number in `low..high`: two's complement if `low` is negative, else unsigned."""

    term: Term
    low: int
    high: int


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A number that is 1 where `term` is true and 0 elsewhere."""

    term: Term


Value = int | Bits | Truth


# --- truths ------------------------------------------------------------------------------------


def condition_of(value: Value) -> Condition:
    """Whether a value is not 0."""
    match value:
        case int():
            return value != 0
        case Truth(term):
            return term
        case Bits(term, low, high):
            if low > 0 or high < 0:
                return True
            return not_true(equal(term, constant(0, term.width)))


def value_of(condition: Condition) -> Value:
    """1 where a condition is true, else 0."""
    return int(condition) if isinstance(condition, bool) else Truth(condition)


# --- values -----------------------------------------------------------------------------------


def symbol(name: str, width: int) -> Value:
    """A field's unknown raw value of `width` bits."""
    if width == 0:
        return 0
    _check(width)
    return Bits(unknown(name, width), 0, (1 << width) - 1)


def _check(width: int) -> None:
    if width > MOST_BITS:
        raise TooManyBitsError(f"a value takes {width:,} bits")


def _width(low: int, high: int) -> int:
    """Bits that hold every number of an interval."""
    if low >= 0:
        return max(1, high.bit_length())
    return max((-low - 1).bit_length(), high.bit_length()) + 1


def _interval(value: Value) -> tuple[int, int]:
    match value:
        case int():
            return value, value
        case Truth():
            return 0, 1
        case Bits(_, low, high):
            return low, high


def _term(value: Value, width: int) -> Term:
    """The value modulo 2**width, as a bit-vector of that width."""
    match value:
        case int():
            return constant(value, width)
        case Truth(term):
            return choice(term, constant(1, width), constant(0, width))
        case Bits(term, low, _):
            return resize(term, width, signed=low < 0)


def _made(term: Term, low: int, high: int) -> Value:
    return low if low == high else Bits(term, low, high)


def fits(value: Value, width: int) -> Value:
    """The low `width` bits of a value, as a field keeps them."""
    if isinstance(value, int):
        return value & ((1 << width) - 1)
    if width == 0:
        return 0
    low, high = _interval(value)
    if low >= 0 and high < 1 << width:
        return value
    return Bits(_term(value, width), 0, (1 << width) - 1)


def same(left: Value, right: Value) -> Condition:
    """Whether two values are equal."""
    return condition_of(operate("==", left, right))


def merge(test: Condition, then: Value, orelse: Value) -> Value:
    """`then` where `test` is true, else `orelse`."""
    if isinstance(test, bool):
        return then if test else orelse
    if then is orelse or (isinstance(then, int) and isinstance(orelse, int) and then == orelse):
        return then
    match then, orelse:
        case Bits(a), Bits(b) if a is b:
            return then
        case ((Truth() | 0 | 1), (Truth() | 0 | 1)):
            yes, no = condition_of(then), condition_of(orelse)
            if yes is True:
                return value_of(any_true(test, no))
            if yes is False:
                return value_of(all_true(not_true(test), no))
            if no is False:
                return value_of(all_true(test, yes))
            if no is True:
                return value_of(any_true(not_true(test), yes))
            either = any_true(all_true(test, yes), all_true(not_true(test), no))
            return value_of(yes if yes is no else either)
    (a0, a1), (b0, b1) = _interval(then), _interval(orelse)
    low, high = min(a0, b0), max(a1, b1)
    width = _width(low, high)
    return Bits(choice(test, _term(then, width), _term(orelse, width)), low, high)


def bit_count(value: Value) -> Value:
    """The number of one bits of a value that is not negative."""
    match value:
        case int():
            return max(value, 0).bit_count()
        case Truth():
            return value
    size = value.term.width
    width = size.bit_length()
    total = constant(0, width)
    for i in range(size):
        bit = resize(extract(value.term, i, i), width, signed=False)
        total = apply_bits("bvadd", total, bit)
    return Bits(total, 0, size)


# --- operations -------------------------------------------------------------------------------


def operate(operator: Operator, left: Value, right: Value) -> Value:
    """`left operator right`, as `machine.core.Operation` means it."""
    if isinstance(left, int) and isinstance(right, int):
        return _known(operator, left, right)
    match operator:
        case "&" | "|" | "^":
            return _bitwise(operator, left, right)
        case "+" | "-" | "*":
            return _arithmetic(operator, left, right)
        case "<<":
            return _shift_left(left, right)
        case ">>":
            return _shift_right(left, right)
        case "//" | "%":
            return _divide(operator, left, right)
    return _compare(operator, left, right)


def _known(operator: Operator, left: int, right: int) -> int:
    # Behind a halt, or in a branch that is not taken, values may be senseless.
    if (operator in ("//", "%") and right == 0) or (operator in ("<<", ">>") and right < 0):
        return 0
    if operator == "<<":
        _check(left.bit_length() + right)
    return apply(operator, left, right)


def _bitwise(operator: Operator, left: Value, right: Value) -> Value:
    (a0, a1), (b0, b1) = _interval(left), _interval(right)
    if a0 >= 0 and b0 >= 0 and max(a1, b1) <= 1:
        yes, no = condition_of(left), condition_of(right)
        match operator:
            case "&":
                return value_of(all_true(yes, no))
            case "|":
                return value_of(any_true(yes, no))
        return value_of(xor(yes, no))
    if operator == "&" and (left == 0 or right == 0):
        return 0
    if operator != "&" and (left == 0 or right == 0):
        return right if left == 0 else left
    if a0 >= 0 and b0 >= 0:
        full = (1 << max(a1.bit_length(), b1.bit_length())) - 1
        low, high = {"&": (0, min(a1, b1)), "|": (max(a0, b0), full), "^": (0, full)}[operator]
    elif operator == "&" and (a0 >= 0 or b0 >= 0):
        low, high = 0, a1 if a0 >= 0 else b1
    else:
        width = max(_width(min(a0, -1), a1), _width(min(b0, -1), b1))
        low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    width = _width(low, high)
    a, b = _term(left, width), _term(right, width)
    name = {"&": "bvand", "|": "bvor", "^": "bvxor"}[operator]
    return _made(apply_bits(name, a, b), low, high)


def _arithmetic(operator: Operator, left: Value, right: Value) -> Value:
    (a0, a1), (b0, b1) = _interval(left), _interval(right)
    match operator:
        case "+":
            low, high = a0 + b0, a1 + b1
        case "-":
            low, high = a0 - b1, a1 - b0
        case _:
            corners = [a0 * b0, a0 * b1, a1 * b0, a1 * b1]
            low, high = min(corners), max(corners)
    if operator == "-" and left == 1 and isinstance(right, Truth):
        return value_of(not_true(right.term))
    if right == 0 and operator != "*":
        return left
    width = _width(low, high)
    _check(width)
    a, b = _term(left, width), _term(right, width)
    name = {"+": "bvadd", "-": "bvsub", "*": "bvmul"}[operator]
    return _made(apply_bits(name, a, b), low, high)


def _shift_left(left: Value, right: Value) -> Value:
    if left == 0:
        return 0
    (a0, a1), (b0, b1) = _interval(left), _interval(right)
    least, most = max(b0, 0), max(b1, 0)
    low = a0 << (most if a0 < 0 else least)
    high = a1 << (most if a1 > 0 else least)
    width = max(_width(low, high), most.bit_length())
    _check(width)
    return _made(apply_bits("bvshl", _term(left, width), _term(right, width)), low, high)


def _shift_right(left: Value, right: Value) -> Value:
    if left == 0:
        return 0
    (a0, a1), (b0, b1) = _interval(left), _interval(right)
    least, most = max(b0, 0), max(b1, 0)
    low = a0 >> (least if a0 < 0 else most)
    high = a1 >> (most if a1 < 0 else least)
    width = max(_width(a0, a1), most.bit_length())
    _check(width)
    a, b = _term(left, width), _term(right, width)
    return _made(apply_bits("bvashr" if a0 < 0 else "bvlshr", a, b), low, high)


def _divide(operator: Operator, left: Value, right: Value) -> Value:
    (a0, a1), (b0, b1) = _interval(left), _interval(right)
    furthest = max(abs(a0), abs(a1))
    if a0 >= 0 and b0 >= 0:
        width = max(_width(a0, a1), _width(b0, b1))
        a, b = _term(left, width), _term(right, width)
        if operator == "//":
            return _made(apply_bits("bvudiv", a, b), a0 // max(b1, 1), a1 // max(b0, 1))
        return _made(apply_bits("bvurem", a, b), 0, min(a1, max(b1 - 1, 0)))
    width = max(_width(min(a0, -1), a1), _width(min(b0, -1), b1)) + 1
    a, b = _term(left, width), _term(right, width)
    # bvsmod has the divisor's sign, as Python's `%`; without it the division is exact.
    remainder = apply_bits("bvsmod", a, b)
    if operator == "//":
        quotient = apply_bits("bvsdiv", apply_bits("bvsub", a, remainder), b)
        return _made(quotient, -furthest - 1, furthest + 1)
    return _made(remainder, min(b0 + 1, 0), max(b1 - 1, 0))


def _compare(operator: Operator, left: Value, right: Value) -> Value:
    (a0, a1), (b0, b1) = _interval(left), _interval(right)
    if operator in (">", ">="):
        return _compare("<" if operator == ">" else "<=", right, left)
    if operator == "<=":
        return value_of(not_true(condition_of(_compare("<", right, left))))
    if operator == "!=":
        return value_of(not_true(condition_of(_compare("==", left, right))))
    if a1 < b0 or b1 < a0:
        return int(operator == "<" and a1 < b0)
    if operator == "<" and a0 >= b1:
        return 0
    if operator == "==" and max(a1, b1) <= 1 and min(a0, b0) >= 0:
        return value_of(not_true(xor(condition_of(left), condition_of(right))))
    width = _width(min(a0, b0), max(a1, b1))
    a, b = _term(left, width), _term(right, width)
    if operator == "==":
        return value_of(equal(a, b))
    return Truth(relation("bvslt" if min(a0, b0) < 0 else "bvult", a, b))
