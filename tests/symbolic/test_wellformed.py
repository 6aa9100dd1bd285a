"""Which bits are taken for a value's: those that a value has, and of small types no others."""

from __future__ import annotations

import pytest
from model_check.language.types import (
    BOOL,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnionType,
)
from model_check.machine.shapes import Layout, encode, shape_of
from model_check.symbolic.wellformed import is_wellformed

FEW = IntType(0, 2)
VALUES: list[tuple[Type, list[object]]] = [
    (FEW, [0, 1, 2]),
    (IntType(-3, 1), [-3, -2, -1, 0, 1]),
    (EnumType(("red", "green", "blue")), ["red", "green", "blue"]),
    (UnionType(IntType(3, 5), EnumType(("red", "blue"))), [3, 4, 5, "red", "blue"]),
    (BOOL, [False, True]),
    (OptionType(FEW), [None, 0, 1, 2]),
    (RecordType((("a", FEW), ("b", BOOL))), [{"a": a, "b": b} for a in range(3) for b in (0, 1)]),
]


@pytest.mark.parametrize(("kind", "values"), VALUES, ids=lambda each: str(each)[:20])
def test_the_bits_of_a_type_are_those_of_its_values(kind: Type, values: list[object]) -> None:
    shape = shape_of(kind, Layout(), "x")
    right = {encode(shape, value) for value in values}
    assert {bits for bits in range(1 << shape.width) if is_wellformed(shape, bits)} == right


def test_the_bits_of_a_list_are_those_of_its_items_and_nothing_behind_them() -> None:
    shape = shape_of(ListType(FEW), Layout({"x": 3}), "x")
    lists: list[list[object]] = [[]]
    for length in range(3):
        lists += [[*each, item] for each in lists if len(each) == length for item in range(3)]
    right = {encode(shape, each) for each in lists}
    assert len(right) == 1 + 3 + 9 + 27
    assert {bits for bits in range(1 << shape.width) if is_wellformed(shape, bits)} == right


def test_of_a_set_everything_is_let_through() -> None:
    shape = shape_of(SetType(FEW), Layout(), "x")
    assert all(is_wellformed(shape, bits) is True for bits in range(1 << shape.width))
