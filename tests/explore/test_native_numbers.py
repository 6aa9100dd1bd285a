"""Native code computes what Python computes, whatever the widths and signs of the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from fuzz.repair import load_text
from model_check.explore.native.library import Library
from model_check.explore.native.memory import Memory, Numbers
from model_check.explore.native.module import most_successors
from model_check.explore.native.ranges import interval_of
from model_check.explore.search import SearchOptions, explore
from model_check.machine.core import Field, Formula, Machine, Shape
from model_check.machine.formulas import Formulas
from model_check.machine.ir import (
    BitCount,
    Choice,
    Const,
    Expr,
    Let,
    Local,
    Operation,
    Operator,
    Select,
)
from model_check.machine.ir_builder import apply
from model_check.machine.make import make_program
from model_check.machine.packing import packed_into_words
from model_check.machine.python.program import compile_machine, initial_states
from model_check.machine.shapes import Layout

A, B, ANSWER = Local("f1"), Local("f2"), Local("f3")
ANSWER_WIDTH = 300
MIDDLE = 1 << (ANSWER_WIDTH - 1)
SMALL = "model: small\nprocesses:\n  p:\n    run: |\n      a: pass\n"


def asking(expr: Expr, a: int, b: int) -> Machine:
    """A machine with two fields of `a` and `b` bits, and one for what the expression gives."""
    machine = make_program(load_text(SMALL), Layout()).machine
    fields = [machine.fields[0]]
    fields += [Field(i, "x", width, 0) for i, width in ((1, a), (2, b), (3, ANSWER_WIDTH))]
    placed, width = packed_into_words(fields)
    shape = Shape(machine.variables[0].type, "scalar", ANSWER_WIDTH)
    right = Operation("==", expr, Operation("-", ANSWER, Const(MIDDLE)))
    return replace(
        machine, fields=placed, width=width,
        formulas=Formulas({
            "value": Formula("value", "", (), expr, shape),
            "right": Formula("right", "", (), right, shape),
        }),
    )  # fmt: skip


def states_with(machine: Machine, rows: list[tuple[int, int]], more: int) -> list[int]:
    """States with these numbers, and what Python gives for them (and `more`)."""
    value = compile_machine(machine).formulas.properties["value"].answer
    fields = machine.fields
    found = []
    for a, b in rows:
        state = a << fields[1].offset | b << fields[2].offset
        found.append(state | (value(state) + more + MIDDLE) << fields[3].offset)
    return found


def wrong(machine: Machine, states: list[int]) -> list[int]:
    """The numbers of the states in which native code says that the answer is wrong."""
    library = Library(machine)
    size = 8 * library.words
    given, found = Memory(size * len(states)), Memory(4 * len(states))
    for number, state in enumerate(states):
        given.map[number * size : (number + 1) * size] = state.to_bytes(size, "little")
    count = library.scans["right"](given.address, 0, len(states), 0, found.address)
    answer = list(Numbers(found, count))
    given.close()
    found.close()
    return answer


def signed(local: Local, width: int) -> Expr:
    return Operation("-", local, Const(1 << (width - 1)))


def ends(width: int) -> list[int]:
    """Numbers at the ends of so many bits, around the middle, and some between."""
    top = (1 << width) - 1
    chosen = {0, 1, 2, 3, 5, top // 2 - 1, top // 2, top // 2 + 1, top // 3, top - 1, top}
    return sorted(each for each in chosen if 0 <= each <= top)


PLAIN: list[Operator] = ["+", "-", "*", "&", "|", "^", "<", "<=", ">", ">=", "==", "!="]
WIDTHS = [(3, 5), (7, 63), (64, 8), (63, 63), (65, 20), (128, 64)]


def compare(
    make: Callable[[Expr, Expr], Expr], a: int, b: int, rows: list[tuple[int, int]]
) -> None:
    for left in (A, signed(A, a)):
        for right in (B, signed(B, b)):
            machine = asking(make(left, right), a, b)
            assert wrong(machine, states_with(machine, rows, 0)) == []
            assert wrong(machine, states_with(machine, rows, 1)) == list(range(len(rows)))


@pytest.mark.parametrize(("a", "b"), WIDTHS)
def test_sums_masks_and_comparisons_are_those_of_python(a: int, b: int) -> None:
    rows = [(x, y) for x in ends(a) for y in ends(b)]

    def everything(left: Expr, right: Expr) -> Expr:
        total: Expr = Const(0)
        for operator in PLAIN:
            total = Operation(
                "+", Operation("*", total, Const(3)), Operation(operator, left, right)
            )
        chosen = Select(Operation("<", left, right), left, Operation("-", right, Const(7)))
        larger = Select(Operation("<", left, right), right, left)
        smaller = Select(Operation(">", left, right), right, left)
        for each in (chosen, larger, smaller):
            total = Operation("+", total, each)
        return total

    compare(everything, a, b, rows)


@pytest.mark.parametrize(("a", "b"), [(3, 5), (7, 40), (62, 4), (40, 62)])
def test_quotients_and_rests_are_those_of_python(a: int, b: int) -> None:
    # A divisor is never 0.
    rows = [(x, y) for x in ends(a) for y in ends(b) if y not in (0, 1 << (b - 1))]
    compare(lambda left, right: Operation("//", left, right), a, b, rows)
    compare(lambda left, right: Operation("%", left, right), a, b, rows)


@pytest.mark.parametrize("width", [3, 62, 63, 64, 65, 127, 128])
def test_shifts_are_those_of_python_beyond_the_width_too(width: int) -> None:
    for a in (A, signed(A, width)):
        right = asking(Operation(">>", a, B), width, 8)
        rows = [(x, y) for x in ends(width) for y in (0, 1, 62, 63, 64, 65, 127, 128, 129, 255)]
        assert wrong(right, states_with(right, rows, 0)) == []
        for all_bits in (64, 128):
            by_all = asking(Operation(">>", a, Operation("&", B, Const(all_bits))), width, 8)
            assert wrong(by_all, states_with(by_all, rows, 0)) == []
        left = asking(Operation("<<", a, B), width, 7)
        rows = [(x, y) for x in ends(width) for y in (0, 1, 62, 63, 64, 65, 127)]
        assert wrong(left, states_with(left, rows, 0)) == []


@pytest.mark.parametrize("width", [1, 3, 64, 65, 128])
def test_bits_are_counted_and_the_count_has_room(width: int) -> None:
    count = BitCount(A)
    # As many bits as there are, to be shifted and multiplied further.
    for expr in (count, Operation("<<", Const(3), Operation("*", count, Const(2)))):
        machine = asking(Operation("+", expr, B), width, 1)
        rows = [(x, y) for x in ends(width) for y in (0, 1)]
        assert wrong(machine, states_with(machine, rows, 0)) == []
    assert interval_of(count, {"f1": (0, (1 << width) - 1)}) == (0, width)


def test_a_count_of_bits_has_room_for_more_than_those_of_the_largest_number() -> None:
    # 8 has one bit, and 7 has three.
    count = BitCount(Operation("%", A, Const(8)))
    machine = asking(Operation("+", Operation("<<", count, Const(62)), B), 4, 1)
    assert wrong(machine, states_with(machine, [(x, 0) for x in range(16)], 0)) == []


def test_an_interval_holds_what_its_ends_make() -> None:
    numbers = (-5, -1, 0, 1, 4)
    intervals = [(a, b) for a in numbers for b in numbers if a <= b]
    operators: list[Operator] = [*PLAIN, "//", "%", "<<", ">>"]
    for operator, a, b in product(operators, intervals, intervals):
        low, high = interval_of(Operation(operator, A, B), {"f1": a, "f2": b})
        for x, y in product(range(a[0], a[1] + 1), range(b[0], b[1] + 1)):
            if (operator in ("//", "%") and y == 0) or (operator in ("<<", ">>") and y < 0):
                continue  # the machine never asks
            assert low <= apply(operator, x, y) <= high, (operator, a, b, x, y)


def test_the_larger_and_the_smaller_of_two_lie_where_their_ends_do() -> None:
    for a, b in product(((0, 5), (-4, 9), (3, 3)), ((3, 9), (-8, 1))):
        known = {A.name: a, B.name: b}
        values = [*product(range(a[0], a[1] + 1), range(b[0], b[1] + 1))]
        larger = interval_of(Select(Operation("<", A, B), B, A), known)
        smaller = interval_of(Select(Operation(">", A, B), B, A), known)
        assert larger == (min(map(max, values)), max(map(max, values)))
        assert smaller == (min(map(min, values)), max(map(min, values)))


def test_a_state_is_found_whatever_its_highest_bits_are() -> None:
    text = "model: bits\nvars:\n  s: set[0..63]\nprocesses:\n  p:\n    run: |\n"
    text += "".join(f"      a{n}: s = {{{n}, 0}}\n" for n in (61, 62, 63))
    text += "      b: s = {62, 63}\n      c: s = {0}\n"
    space = explore(load_text(text), options=SearchOptions(engine="native", forget_from=None))
    assert len(space.states) == 6
    assert [space.index[state] for state in space.states] == list(range(6))


def test_there_is_room_for_the_successors_of_every_state() -> None:
    text = (
        "model: many\nvars: {n: 0..2, m: 0..2}\nprocesses:\n  p:\n    run: |\n"
        "      while True:\n          either:\n"
        "              two:\n"
        "                  n = choose({0, 1, 2})\n                  m = choose({0, 1, 2})\n"
        "          or:\n              one: n = choose({0, 1})\n"
        "          or:\n              none: await n == 5 - m\n"
    )
    program = make_program(load_text(text), Layout())
    space = explore(load_text(text), options=SearchOptions(forget_from=None))
    most = 0
    for state in space.states:
        out: list[int] = []
        program.successors[0](state, out)
        most = max(most, len(out))
    assert most == 9 + 2
    assert most_successors(program.machine) >= most


def test_a_place_at_which_several_things_can_happen_has_the_successors_of_all_of_them() -> None:
    text = "model: two\nvars: {x: 0..3}\nprocesses:\n  p:\n    run: |\n"
    text += "      either:\n          a: x = 1\n      or:\n          b: x = 2\n"
    machine = make_program(load_text(text), Layout()).machine
    (start,) = initial_states(machine)
    (action,) = machine.actions_at(0, machine.places(start)[0])
    (choice,) = action.body
    assert isinstance(choice, Choice)
    alone = [Choice(choice.name, Const(1), 1, (Let(choice.name, Const(i)), *choice.body))
             for i in range(2)]  # fmt: skip
    others = (each for each in machine.actions if each is not action)
    apart = replace(machine, actions=(*(replace(action, body=(a,)) for a in alone), *others))
    assert successors(apart, start) == successors(machine, start)
    assert len(successors(apart, start)) == 2
    assert most_successors(apart) == 4  # two branches in each
    assert Library(apart).seconds > 0


def successors(machine: Machine, state: int) -> list[int]:
    found: list[int] = []
    compile_machine(machine).successors[0](state, found)
    return found
