"""The language is a subset of Python: so Python says what an expression means.

Random expressions over variables of many types are checked by the tool, and evaluated by
Python itself with the same values. Where Python raises, the model must run into an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.verify.checking import check_spec
from model_check.verify.formulas import UNDEFINED

# One variable of each type, in YAML and in Python.
VARIABLES: dict[str, tuple[str, Any]] = {
    "small": ("0..9", 4),
    "signed": ("-5..5", -3),
    "free": ("int", 6),
    "yes": ("bool", True),
    "no": ("bool", False),
    "numbers": ("list[0..9]", [3, 1, 4, 1]),
    "none": ("list[0..9]", []),
    "signs": ("list[-5..5]", [-2, 5]),
    "few": ("set[0..9]", {1, 4, 7}),
    "shifted": ("set[-5..5]", {-5, 0, 3}),
    "table": ("dict[0..2, -5..5]", {0: 5, 1: -5, 2: 0}),
    "nested": ("list[list[0..9]]", [[1, 2], [], [9]]),
}

integers = st.deferred(lambda: st.one_of(_integer_leaves, _integer_nodes))
booleans = st.deferred(lambda: st.one_of(_boolean_leaves, _boolean_nodes))
lists = st.deferred(lambda: st.one_of(_list_leaves, _list_nodes))
sets = st.deferred(lambda: st.one_of(_set_leaves, _set_nodes))


def text(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda values: "(" + template.format(*values) + ")")


_integer_leaves = st.one_of(
    st.integers(-9, 9).map(str), st.sampled_from(["small", "signed", "free"])
)
_integer_nodes = st.one_of(
    text("{} {} {}", integers, st.sampled_from(["+", "-", "*", "//", "%"]), integers),
    text("abs({})", integers),
    text("min({}, {})", integers, integers),
    text("max({}, {})", integers, integers),
    text("{} if {} else {}", integers, booleans, integers),
    text("len({})", st.one_of(lists, sets)),
    text("sum({})", st.one_of(lists, sets)),
    text("min({})", st.one_of(lists, sets)),
    text("max({})", lists),
    text("{}[{}]", lists, st.integers(-4, 4).map(str)),
    text("{}[{}]", lists, integers),
    text("table[{}]", integers),
    text("sum(x * x for x in {} if x > {})", st.one_of(lists, sets), integers),
    text("min(x - {} for x in {})", integers, lists),
)
_boolean_leaves = st.sampled_from(["True", "False", "yes", "no"])
_boolean_nodes = st.one_of(
    text("{} {} {}", integers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), integers),
    text("{} < {} <= {}", integers, integers, integers),
    text("{} and {}", booleans, booleans),
    text("{} or {}", booleans, booleans),
    text("not {}", booleans),
    text("{} in {}", integers, st.one_of(lists, sets)),
    text("{} not in {}", integers, st.one_of(lists, sets)),
    text("{} == {}", lists, lists),
    text("{} == {}", sets, sets),
    text("{} <= {}", sets, sets),
    text("{} < {}", sets, sets),
    text("all(x < {} for x in {})", integers, st.one_of(lists, sets)),
    text("any({} // x > 0 for x in {})", integers, lists),
    text("{} in nested", lists),
)
_list_leaves = st.sampled_from(["numbers", "none", "signs", "[]", "[3]", "[2, 0, 2]", "nested[0]"])
_list_nodes = st.one_of(
    text("{} + {}", lists, lists),
    text("{} + [{}]", lists, integers),
    text("{}[{}:{}]", lists, integers, integers),
    text("{}[{}:]", lists, integers),
    text("{}[:{}]", lists, integers),
    text("sorted({})", st.one_of(lists, sets)),
    text("[x + {} for x in {}]", integers, lists),
    text("[x for x in {} if x != {}]", lists, integers),
    text("{} if {} else {}", lists, booleans, lists),
    text("list(range({}, {}))", st.integers(-4, 4).map(str), st.integers(-4, 9).map(str)),
)
_set_leaves = st.sampled_from(["few", "shifted", "{2}", "{0, 9}"])
_set_nodes = st.one_of(
    text("{} {} {}", sets, st.sampled_from(["|", "&", "-"]), sets),
    text("{} if {} else {}", sets, booleans, sets),
    text("set(x for x in {} if x > {})", sets, integers),
)

EXPRESSIONS = st.one_of(integers, booleans, lists, sets)


def ask_python(expression: str) -> Any:
    names = {name: value for name, (_, value) in VARIABLES.items()}
    try:
        return eval(expression, names)  # noqa: S307 - made by this test
    except (ZeroDivisionError, IndexError, KeyError, ValueError) as error:
        return error


def spec_of(expression: str) -> str:
    lines = ["model: expression", "vars:"]
    lines += [f"  {name}: '{kind} = {value!r}'" for name, (kind, value) in VARIABLES.items()]
    lines += ["  trigger: bool = False", "processes:", "  p:", "    run: |"]
    lines += ["      step: trigger = True", "define:", f"  value: {expression!r}"]
    lines += ["properties:", "  untouched:", "    never: trigger"]
    return "\n".join(lines) + "\n"


def ask_model(expression: str, folder: Path) -> Any:
    path = folder / "expression.yaml"
    path.write_text(spec_of(expression), encoding="utf-8")
    results = {r.name: r for r in check_spec(load(path))[1].results}
    trace = results["untouched"].trace
    assert trace is not None
    value = trace.watch_at[0]["value"]
    return ValueError("it cannot be evaluated") if value == UNDEFINED else value


@settings(
    max_examples=50, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(EXPRESSIONS)
def test_expressions_mean_what_they_mean_in_python(tmp_path: Path, expression: str) -> None:
    expected = ask_python(expression)
    try:
        found = ask_model(expression, tmp_path)
    except SpecError:
        # Refused before the search (values that can never be equal, a range too large, an
        # index that is surely outside): stricter than Python, never different.
        return
    if isinstance(expected, Exception):
        assert isinstance(found, ValueError), (expression, found, expected)
    else:
        assert not isinstance(found, Exception), (expression, found, expected)
        assert found == (frozenset(expected) if isinstance(expected, set) else expected), expression


def test_most_of_the_random_expressions_are_accepted(tmp_path: Path) -> None:
    # The test above says nothing about expressions that are refused: see that few are.
    refused = 0
    examples: list[str] = []

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(EXPRESSIONS)
    def collect(expression: str) -> None:
        examples.append(expression)

    collect()
    for expression in examples:
        path = tmp_path / "expression.yaml"
        path.write_text(spec_of(expression), encoding="utf-8")
        try:
            load(path)
        except SpecError:
            refused += 1
    assert refused < len(examples) / 3


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("numbers[7] > 0", "index out of range"),
        ("small // (free - 6) > 0", "division by zero"),
        ("min(none) > 0", "min of nothing"),
        ("table[small] > 0", "the key would be outside its range 0..2"),
    ],
)
def test_a_property_that_cannot_be_evaluated_is_an_error_of_the_model(
    tmp_path: Path, expression: str, message: str
) -> None:
    path = tmp_path / "failing.yaml"
    path.write_text(spec_of("0").replace("never: trigger", f"always: {expression}"))
    results = {r.name: r for r in check_spec(load(path))[1].results}
    assert results["no_error"].verdict == "violated"
    assert results["untouched"].verdict == "undetermined"
    trace = results["no_error"].trace
    assert trace is not None
    assert trace.error == f"{message} (in the property untouched)"
    assert not trace.steps


def test_a_formula_that_needs_more_room_than_the_states_gets_it(tmp_path: Path) -> None:
    # Found by the test above: 40 has no room among the integers of the first layout.
    assert ask_model("numbers + [small * 10]", tmp_path) == [3, 1, 4, 1, 40]
