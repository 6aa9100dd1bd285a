"""Expressions and types: what they become, and where their parts stand."""

from __future__ import annotations

import ast

import pytest
from model_check.language.source.diagnostics import Diagnostics, Source
from model_check.language.source.reader import Node, read_yaml
from model_check.language.source.text import Text
from model_check.language.syntax.expressions import parse_expression
from model_check.language.syntax.nodes import Expression, RecordTypeDoc, TypeDoc
from model_check.language.syntax.type_text import parse_kind, parse_type, parse_typed


def value(yaml_text: str) -> Node:
    """The value of the first key of a YAML text."""
    return read_yaml(Source("x", yaml_text)).entries[0][1]


def parse(text: str) -> Expression:
    errors = Diagnostics()
    found = parse_expression(Text.of(Source("x", text)), errors)
    assert errors.found == []
    assert found is not None
    return found


def mistakes(text: str) -> list[str]:
    errors = Diagnostics()
    assert parse_expression(Text.of(Source("x", text)), errors) is None
    return [f"{d.position.line}:{d.position.column} {d.message}" for d in errors.found]


def names(expression: Expression) -> dict[str, str]:
    """Each name in an expression with its place."""
    found = [node for node in ast.walk(expression.node) if isinstance(node, ast.Name)]
    return {n.id: str(expression.position_of(n)).removeprefix("x:") for n in found}


def shape(found: TypeDoc | None) -> str:
    assert isinstance(found, Expression)
    return ast.unparse(found.node)


def test_names_stand_where_the_file_has_them() -> None:
    assert names(parse("alpha + f(beta)")) == {"alpha": "1:1", "f": "1:9", "beta": "1:11"}


def test_columns_count_characters_and_not_bytes() -> None:
    assert names(parse('"日本" + é + x')) == {"é": "1:8", "x": "1:12"}


def test_an_expression_may_go_over_lines_and_end_in_a_comment() -> None:
    errors = Diagnostics()
    node = value("a: |\n  one +\n    two  # and no more\n")
    found = parse_expression(node.content, errors)  # type: ignore[union-attr]
    assert found is not None
    assert names(found) == {"one": "2:3", "two": "3:5"}


def test_ends_of_nodes_are_moved_as_well() -> None:
    errors = Diagnostics()
    found = parse_expression(value("aa: [bb, cc]").flow, errors)  # type: ignore[union-attr, arg-type]
    assert found is not None
    assert isinstance(found.node, ast.List)
    last = found.node.elts[1]
    assert (last.lineno, last.col_offset, last.end_col_offset) == (1, 9, 11)


def test_both_spellings_of_the_constants_are_understood() -> None:
    assert ast.unparse(parse("[true, True, false, False, null, None]").node) == (
        "[True, True, False, False, None, None]"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1 an expression is missing here"),
        ("x = 3", "1:3 `=` sets a variable"),
        ("f(x", "1:2 this `(` is never closed"),
        ("x)", "1:2 this `)` closes nothing"),
        ("(x]", "1:3 this `]` does not close the `(` before it"),
        ("a) + (b", "1:2 this `)` closes nothing"),
        ("'abc", "1:1 this string has no end"),
        ("a; b", "1:2 `;` is not part of the language"),
        ("1..3", "1:2 `..` stands in types only"),
        ("a + ", "1:4 this is not an expression"),
        ("é + 日本 ? 3", "1:8 this is not an expression"),
        ("a b", "1:1 this is not an expression"),
        ("|", "1:1 this is not an expression"),
        ("1.5", "1:1 numbers are integers"),
        ("x for x in y", "1:1 a `for` needs brackets around it"),
        ("[a, lambda: 3]", "1:5 lambda is not part of the language"),
        ("f'{x}'", "1:1 an f-string is not part of the language"),
        ("f(*x)", "1:3 `*` in front of a value is not part of the language"),
        ("f(**x)", "1:3 `**` in front of a value is not part of the language"),
        ("{**x}", "1:1 `**` in front of a value is not part of the language"),
        ("(x := 3)", "1:2 `:=` is not part of the language"),
        ("9" * 5_000, "1:1 this number is too long"),
        ("a\x0cb", "1:2 the character U+000C is not allowed here"),
        ("(" * 5_000, "1:101 this expression is nested deeper than 100 levels"),
        ("x" * 10_001, "1:1 an expression is longer than 10,000 characters"),
    ],
)
def test_a_bad_expression_is_one_clear_mistake(text: str, said: str) -> None:
    assert mistakes(text) == [said]


@pytest.mark.parametrize(
    "text",
    [
        "-" * 9_000 + "1", "a" + ".a" * 4_000, "not " * 2_000 + "a", "a+" * 4_000 + "a",
        "a**" * 3_000 + "a", "a if b else " * 800 + "a", "x[" * 90 + "-" * 200 + "1" + "]" * 90,
    ],
    ids=["minus", "dots", "not", "sum", "power", "if", "index"],
)  # fmt: skip
def test_deep_expressions_are_refused_and_crash_nothing(text: str) -> None:
    (said,) = mistakes(text)
    assert said.startswith("1:1 this expression is nested")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1..TOTAL", "1 @ TOTAL"),
        ("0..TOTAL + 1", "0 @ (TOTAL + 1)"),
        ("1..2*N", "1 @ (2 * N)"),
        ("-1..max(A, B)", "(-1) @ max(A, B)"),
        ("bool", "bool"),
        ("Chunk?", "optional[Chunk]"),
        ("0..1?", "optional[0 @ 1]"),
        ("list[Chunk?]?", "optional[list[optional[Chunk]]]"),
        ("dict[0..2, set[enum(a, b)]]", "dict[0 @ 2, set[enum(a, b)]]"),
        ("enum(idle, busy, done)", "enum(idle, busy, done)"),
        ("list[{id: 1..N, last: bool}]", "list[{id: 1 @ N, last: bool}]"),
    ],
)
def test_types_become_python_trees(text: str, said: str) -> None:
    errors = Diagnostics()
    found = parse_type(value(f"a: {text}" if "{" not in text else f"a: '{text}'"), errors)
    assert shape(found) == ast.unparse(ast.parse(said))
    assert errors.found == []


def test_the_bounds_of_a_range_stand_where_they_are() -> None:
    found = parse_type(value("a: LOW..HIGH"), Diagnostics())
    assert isinstance(found, Expression)
    assert names(found) == {"LOW": "1:4", "HIGH": "1:9"}


def test_a_record_type_is_a_mapping_of_types() -> None:
    found = parse_type(value("a: {id: 1..N, next: {x: bool}}"), Diagnostics())
    assert isinstance(found, RecordTypeDoc)
    (first, one), (second, two) = found.fields
    assert (first.text, str(first.at), shape(one)) == ("id", "x:1:5", "1 @ N")
    assert (second.text, isinstance(two, RecordTypeDoc)) == ("next", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1..", "1:7 an expression is missing here"),
        ("..3", "1:4 an expression is missing here"),
        ("1..2..3", "1:8 `..` stands in types only"),
        ("list[]", "1:9 nothing is not a type"),
        ("list[a, b]", "1:4 list is written list[T]"),
        ("dict[a]", "1:4 dict is written dict[K, V]"),
        ("foo[a]", "1:4 the type foo takes no [...]"),
        ("1 + 2", "1:4 1 + 2 is not a type"),
        ("enum(a b)", "1:9 a b cannot name a member of an enum"),
        ("'{a}'", "1:6 a field of a record is written name: type"),
        ("[a]", "1:4 a type is expected here, this is a list"),
        ("{}", "1:4 a record needs at least one field"),
        ("a" + "?" * 200, "1:4 this type is nested deeper than 100 levels"),
    ],
)
def test_a_bad_type_is_one_clear_mistake(text: str, said: str) -> None:
    errors = Diagnostics()
    parse_type(value(f"a: {text}"), errors)
    found = [f"{d.position.line}:{d.position.column} {d.message}" for d in errors.found]
    assert found == [said]


@pytest.mark.parametrize(
    ("text", "kind", "initial"),
    [
        ("0..1 = 0", "0 @ 1", "0"),
        ("list[bool] = [False, x <= y, x == y]", "list[bool]", "[False, x <= y, x == y]"),
        ("T? = None", "optional[T]", "None"),
        ("int", "int", None),
    ],
)
def test_a_variable_has_a_type_and_perhaps_an_initial_value(
    text: str, kind: str, initial: str | None
) -> None:
    errors = Diagnostics()
    typed = parse_typed(value(f"a: {text}"), errors)
    assert typed is not None
    assert shape(typed[0]) == kind
    assert (typed[1] and ast.unparse(typed[1].node)) == initial


def test_a_kind_has_a_dotted_name_and_type_arguments() -> None:
    found = parse_kind(Text.of(Source("x", "redis.hash[Field, list[V]]")), Diagnostics())
    assert found is not None
    name, arguments = found
    assert (name.text, [shape(a) for a in arguments]) == ("redis.hash", ["Field", "list[V]"])
    assert isinstance(arguments[1], Expression)
    assert str(arguments[1].at) == "x:1:19"
