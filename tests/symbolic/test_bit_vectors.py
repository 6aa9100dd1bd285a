"""What z3 is told of numbers is what Python computes: of every pair of small ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from model_check.budget.deadline import FOREVER
from model_check.machine.ir import Operator
from model_check.machine.ir_builder import apply
from model_check.symbolic.answer import Answer
from model_check.symbolic.bit_vectors import (
    Bits,
    Truth,
    Value,
    bit_count,
    condition_of,
    fits,
    merge,
    operate,
    same,
    symbol,
)
from model_check.symbolic.solver import is_satisfiable
from model_check.symbolic.terms import Condition, all_true, any_true, not_true, script

OPERATORS: list[Operator] = [
    "+", "-", "*", "//", "%", "<<", ">>", "&", "|", "^", "<", "<=", ">", ">=", "==", "!=",
]  # fmt: skip
STARTS = (0, 1, -3, -8, 5, -12)
"""Where an interval of eight numbers starts: so all signs meet."""
X, Y = symbol("x", 3), symbol("y", 3)


def differs(result: Value, expected: Callable[[int, int], int | None]) -> Condition:
    """Whether a value is another than what is expected for some numbers `x` and `y` (None: for
    these, anything); that what is expected lies in its interval is seen at once."""
    wrong = []
    for x, y in product(range(8), repeat=2):
        number = expected(x, y)
        if number is None:
            continue
        match result:
            case int():
                assert result == number, (x, y)
            case Truth():
                assert number in (0, 1)
            case Bits(_, low, high):
                assert low <= number <= high, (x, y)
        wrong.append(all_true(same(X, x), same(Y, y), not_true(same(result, number))))
    return any_true(*wrong)


def is_never(*conditions: Condition) -> bool:
    return is_satisfiable(script([any_true(*conditions)]), FOREVER) is Answer.NO


def computed(operator: Operator, left: int, right: int) -> int | None:
    """What Python computes; None where the machine never asks."""
    if (operator in ("//", "%") and right == 0) or (operator in ("<<", ">>") and right < 0):
        return None
    return apply(operator, left, right)


@pytest.mark.parametrize(("left", "right"), [*product(STARTS, repeat=2)])
def test_two_numbers_make_what_they_make_in_python(left: int, right: int) -> None:
    a, b = operate("+", X, left), operate("+", Y, right)
    assert is_never(
        *(
            differs(operate(each, a, b), lambda x, y, o=each: computed(o, x + left, y + right))  # type: ignore[misc]
            for each in OPERATORS
        )
    )


@pytest.mark.parametrize("start", STARTS)
def test_a_number_is_kept_as_a_field_keeps_it_and_its_bits_are_counted(start: int) -> None:
    value = operate("+", X, start)
    wrong = [
        differs(fits(value, width), lambda x, _, w=width: (x + start) % (1 << w))  # type: ignore[misc]
        for width in range(6)
    ]
    if start >= 0:
        wrong.append(differs(bit_count(value), lambda x, _: (x + start).bit_count()))
    assert is_never(*wrong)


@pytest.mark.parametrize(("left", "right"), [*product((0, -3, 5), repeat=2)])
def test_one_of_two_numbers_is_chosen(left: int, right: int) -> None:
    a, b = operate("+", X, left), operate("+", Y, right)
    test = condition_of(operate("<", X, Y))
    assert is_never(
        differs(merge(test, a, b), lambda x, y: x + left if x < y else y + right),
        differs(merge(test, 7, b), lambda x, y: 7 if x < y else y + right),
    )


def test_one_of_two_truths_is_chosen() -> None:
    test = condition_of(operate("<", X, Y))
    truth: Value = operate("==", X, 3)
    assert is_never(
        *(
            differs(
                merge(test, then, orelse),
                lambda x, y, t=then, o=orelse: _number(t if x < y else o, x),  # type: ignore[misc]
            )
            for then, orelse in product((0, 1, truth), repeat=2)
        )
    )


def _number(value: Value, x: int) -> int:
    return value if isinstance(value, int) else int(x == 3)
