"""The evaluator against the generated source, with numbers and with symbols."""

from __future__ import annotations

from typing import Any, cast

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from model_check.language.source.diagnostics import Position
from model_check.language.types import BOOL, INT
from model_check.machine.core import (
    Action,
    Failure,
    Field,
    Formula,
    Instance,
    Location,
    Machine,
    Shape,
    StateVariable,
    Step,
)
from model_check.machine.formulas import Formulas
from model_check.machine.ir import (
    BitCount,
    Choice,
    Const,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Operation,
    Require,
    Select,
    Statement,
)
from model_check.machine.ir_builder import ONE
from model_check.machine.python.program import compile_machine
from model_check.symbolic.bit_vectors import (
    TooManyBitsError,
    Value,
    condition_of,
    fits,
    merge,
    operate,
    same,
    symbol,
    value_of,
)
from model_check.symbolic.evaluation import evaluate, evaluate_formula, fields_of
from model_check.symbolic.terms import Condition, all_true, boolean, not_true, script, xor

NOWHERE = Position("", 0, 0)
WIDTHS = (3, 5, 1, 2)
LOCALS = ("t0", "t1")
ARITHMETIC = ["+", "-", "*", "&", "|", "^", "==", "!=", "<", "<=", ">", ">="]


def machine_of(body: tuple[Statement, ...], value: Expr = ONE) -> Machine:
    """One instance, always at location 0 (field 4), with one action."""
    fields: list[Field] = []
    offset = 0
    for index, width in enumerate((*WIDTHS, 1)):
        fields.append(Field(index, f"v{index}", width, offset))
        offset += width
    shape = Shape(INT, "scalar", 8)
    variables = tuple(StateVariable(f.owner, "", INT, shape, (f.index,)) for f in fields)
    place = Instance(0, "p", 0, "p", 4, (Location(0, ("go",), False, False),))
    step = Step(0, 0, "go", (), NOWHERE)
    failures = tuple(Failure(i + 1, "error", f"wrong {i}", NOWHERE) for i in range(2))
    truth = Formula("f", "f", body, value, Shape(BOOL, "scalar", 1))
    return Machine(
        cast(Any, None), tuple(fields), offset, variables, (place,), (step,),
        (Action(0, 0, (0,), body),), (), failures, (Emit(-1),), Formulas({"f": truth}),
    )  # fmt: skip


leaves = st.one_of(
    st.integers(-9, 9).map(Const),
    st.sampled_from([f"f{i}" for i in range(len(WIDTHS))]).map(Local),
    st.sampled_from(LOCALS).map(Local),
)


def deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    low = inner.map(lambda e: Operation("&", e, Const(7)))
    # The machine promises divisors that are not 0 and shifts that are not negative.
    divisor = st.one_of(
        low.map(lambda e: Operation("+", e, Const(1))),
        low.map(lambda e: Operation("-", Const(-1), e)),
    )
    return st.one_of(
        st.builds(Operation, st.sampled_from(ARITHMETIC), inner, inner),
        st.builds(Operation, st.sampled_from(["//", "%"]), inner, divisor),
        st.builds(Operation, st.sampled_from(["<<", ">>"]), inner, low),
        st.builds(Select, inner, inner, inner),
        low.map(BitCount),
    )


expressions: st.SearchStrategy[Expr] = st.recursive(leaves, deeper, max_leaves=6)


def written(index: int, value: Expr) -> Let:
    # What a step leaves in a field fits into it: the machine promises that as well.
    return Let(f"f{index}", Operation("&", value, Const((1 << WIDTHS[index]) - 1)))


simple: st.SearchStrategy[Statement] = st.one_of(
    st.builds(
        Let, st.sampled_from(LOCALS), expressions.map(lambda e: Operation("%", e, Const(50)))
    ),
    st.builds(written, st.integers(0, len(WIDTHS) - 1), expressions),
    st.builds(Require, expressions),
    st.builds(Fail, st.integers(1, 2), expressions),
)


def nested(inner: st.SearchStrategy[Statement]) -> st.SearchStrategy[Statement]:
    block = st.lists(inner, min_size=1, max_size=3).map(tuple)
    count = st.sampled_from([Const(2), Local("f3"), Local("f0")])
    return st.one_of(
        st.builds(If, expressions, block, block),
        st.builds(lambda c, b: Loop("i", c, 7, b), count, block),
    )


statements = st.recursive(simple, nested, max_leaves=5)
blocks = st.lists(statements, max_size=4)


def ending(body: list[Statement], choice: Expr | None) -> tuple[Statement, ...]:
    start: list[Statement] = [Let(name, Const(0)) for name in LOCALS]
    if choice is None:
        return (*start, *body, Emit(0))
    chosen = (Let("f1", Operation("+", Local("c"), Const(3))), Emit(0))
    return (*start, *body, Choice("c", choice, 3, chosen))


bodies = st.builds(ending, blocks, st.sampled_from([None, Const(3), Local("f3")]))
states = st.integers(0, (1 << sum(WIDTHS)) - 1)


def successors(machine: Machine, state: int) -> list[int]:
    """From the generated source; -1 where a step fails."""
    out: list[int] = []
    compile_machine(machine).successors[0](state, out)
    return [max(each, -1) for each in out]


def stored(machine: Machine, state: int, fields: dict[int, Value]) -> Value:
    """The state with some fields replaced, as one number."""
    whole: Value = 0
    for each in machine.fields:
        value = fits(fields.get(each.index, state >> each.offset & each.mask), each.width)
        whole = operate("|", whole, operate("<<", value, each.offset))
    return whole


@settings(max_examples=50, deadline=None)
@given(bodies, states)
def test_a_body_evaluated_with_numbers_gives_what_its_generated_source_gives(
    body: tuple[Statement, ...], state: int
) -> None:
    machine = machine_of(body)
    found = [
        stored(machine, state, dict(outcome.fields)) if outcome.guard is True else -1
        for outcome in evaluate(body, fields_of(machine, state).__getitem__)
    ]
    assert found == successors(machine, state)


@settings(max_examples=25, deadline=None)
@given(bodies, st.lists(states, min_size=1, max_size=3))
def test_a_body_evaluated_with_symbols_gives_what_its_generated_source_gives(
    body: tuple[Statement, ...], tried: list[int]
) -> None:
    machine = machine_of(body)
    symbols = {f.index: symbol(f"s{f.index}", f.width) for f in machine.fields}
    outcomes = evaluate(body, symbols.__getitem__)
    says: list[Condition] = []
    for i, outcome in enumerate(outcomes):
        says.append(not_true(xor(boolean(f"guard {i}"), outcome.guard)))
        says.append(not_true(xor(boolean(f"failing {i}"), outcome.failing)))
        whole = stored(machine, 0, {**symbols, **outcome.fields})
        says.append(same(symbol(f"after {i}", machine.width), whole))
    for state in tried:
        known = [same(symbols[i], raw) for i, raw in fields_of(machine, state).items()]
        solver = z3.SolverFor("QF_BV")
        solver.from_string(script([*says, *known]))
        assert solver.check() == z3.sat
        model = {d.name(): model_value(solver.model()[d]) for d in solver.model().decls()}
        found = []
        for i in range(len(outcomes)):
            if model.get(f"guard {i}"):
                found.append(model[f"after {i}"])
            elif model.get(f"failing {i}"):
                found.append(-1)
        assert found == successors(machine, state)


def model_value(value: Any) -> int:
    return value.as_long() if z3.is_bv_value(value) else int(z3.is_true(value))


@settings(max_examples=50, deadline=None)
@given(blocks, expressions, states)
def test_a_formula_gives_what_its_generated_source_gives(
    body: list[Statement], value: Expr, state: int
) -> None:
    checked = [s for s in body if not isinstance(s, Require)]
    start: list[Statement] = [Let(name, Const(0)) for name in LOCALS]
    if any(_requires(s) for s in checked):
        return
    machine = machine_of((*start, *checked), value)
    load = fields_of(machine, state).__getitem__
    found, defined = evaluate_formula(machine.formulas.properties["f"], load)
    expected = compile_machine(machine).formulas.properties["f"].answer(state)
    if defined is True:
        assert found == expected
    else:
        assert expected in (-1, -2)


def _requires(statement: Statement) -> bool:
    match statement:
        case Require():
            return True
        case If(_, then, orelse):
            return any(map(_requires, (*then, *orelse)))
        case Loop(body=body):
            return any(map(_requires, body))
    return False


def test_what_is_known_stays_a_number() -> None:
    unknown = symbol("x", 4)
    assert operate("*", unknown, 0) == 0
    assert operate("&", unknown, 0) == 0
    assert operate("<", unknown, 16) == 1
    assert operate("==", unknown, -1) == 0
    assert operate("<<", 0, unknown) == 0
    assert merge(True, 3, unknown) == 3
    assert operate("+", unknown, 0) is unknown
    assert value_of(condition_of(5)) == 1
    assert all_true(True, True) is True


def test_a_value_of_too_many_bits_is_refused() -> None:
    with pytest.raises(TooManyBitsError, match="a value takes"):
        operate("<<", symbol("x", 4), symbol("y", 12))
    with pytest.raises(TooManyBitsError):
        operate("<<", 1, 1 << 40)


def test_a_loop_without_any_bound_is_refused() -> None:
    loop = Loop("i", Local("f0"), None, (Let("f1", Const(0)),))
    with pytest.raises(TooManyBitsError, match="rounds"):
        evaluate((loop, Emit(0)), lambda index: symbol(f"s{index}", 9))
