"""What a body reads and writes, and what commutes."""

from __future__ import annotations

from model_check.language.types import BoolType
from model_check.machine.core import Formula, Shape
from model_check.machine.effects import Effects, effects_of, fields_read, union
from model_check.machine.ir import Const, Emit, Fail, If, Let, Local, Loop, Note
from model_check.machine.ir_builder import add, op
from model_check.machine.names import field_local, field_of
from model_check.machine.rewrite import statements_in


def field(index: int) -> Local:
    return Local(field_local(index))


def give(index: int, *read: int) -> Let:
    value = Const(1)
    for each in read:
        value = add(value, field(each))  # type: ignore[assignment]
    return Let(field_local(index), value)


INSIDE = (give(4, 5), Fail(1, field(6), value=field(7)))
BODY = (
    Let("t1", field(0)),
    If(field(1), (give(2, 3),), (Loop("i1", field(8), None, INSIDE),)),
    Note(0, (field(9),)),
    Emit(0),
)


def test_a_body_reads_and_writes_what_stands_anywhere_in_it() -> None:
    assert effects_of(BODY) == Effects(frozenset({0, 1, 3, 5, 6, 7, 8, 9}), frozenset({2, 4}))
    assert effects_of(BODY, notes=False).reads == frozenset({0, 1, 3, 5, 6, 7, 8})


def test_a_formula_reads_what_its_body_and_its_value_read() -> None:
    truth = Shape(BoolType(), "scalar", 1)
    formula = Formula("f", "", (Let("t1", field(1)),), op("&", Local("t1"), field(2)), truth)
    assert fields_read(formula) == {1, 2}


def test_two_commute_unless_one_writes_what_the_other_reads_or_writes() -> None:
    reader, writer, other = (
        Effects(frozenset({1}), frozenset({9})), Effects(frozenset({7}), frozenset({1})),
        Effects(frozenset({1}), frozenset({8})),
    )  # fmt: skip
    assert reader.commutes_with(other)
    assert reader.conflicts(writer) == writer.conflicts(reader) == {1}
    assert writer.conflicts(Effects(frozenset(), frozenset({1}))) == {1}
    assert union([reader, writer]) == Effects(frozenset({1, 7}), frozenset({1, 9}))


def test_what_is_no_field_is_not_taken_for_one() -> None:
    assert [field_of(name) for name in ("f0", "f12", "t1", "f", "fx", "halt")] == [
        0, 12, None, None, None, None,
    ]  # fmt: skip


def test_inner_statements_come_in_the_order_of_the_text() -> None:
    kinds = [type(each).__name__ for each in statements_in(BODY)]
    assert kinds == ["Let", "If", "Let", "Loop", "Let", "Fail", "Note", "Emit"]
