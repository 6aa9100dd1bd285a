"""Program text: which statements it becomes, and what is said about a bad one."""

from __future__ import annotations

import pytest
from model_check.language.source.diagnostics import Diagnostics, Source
from model_check.language.source.reader import Node, read_yaml
from model_check.language.syntax.nodes import (
    Assign,
    Atomic,
    Await,
    Break,
    Continue,
    Either,
    Evaluate,
    For,
    If,
    Labelled,
    Pass,
    Return,
    Statement,
    While,
)
from model_check.language.syntax.program import parse_program


def block(text: str, indent: str = "  ") -> Node:
    """The text as a literal block; its first line is line 2 of the file."""
    lines = "".join(f"{indent}{line}\n" for line in text.split("\n"))
    return read_yaml(Source("x", f"run: |\n{lines}")).entries[0][1]


def parse(text: str) -> tuple[Statement, ...]:
    errors = Diagnostics()
    found = parse_program(block(text), errors)
    assert errors.found == []
    return found


def told(statements: tuple[Statement, ...]) -> str:
    """Statements on one line, with each one's place: what the tests compare."""
    return "; ".join(_one(s) for s in statements)


def _one(s: Statement) -> str:
    at = f"{s.at.line}:{s.at.column}"
    match s:
        case Labelled():
            return f"{at} {s.label.text}{':' if s.inline else '|'} [{told(s.body)}]"
        case Assign():
            return f"{at} {s.target.text} {s.operator or ''}= {s.value.text}"
        case Evaluate():
            return f"{at} {s.value.text}"
        case Await():
            return f"{at} await {s.condition.text}"
        case Pass() | Break() | Continue():
            return f"{at} {type(s).__name__.lower()}"
        case Return():
            return f"{at} return {s.value.text if s.value else '-'}"
        case For():
            return f"{at} for {s.target.text} in {s.iterable.text} [{told(s.body)}]"
        case While():
            return f"{at} while {s.condition.text} [{told(s.body)}]"
        case If():
            branches = " ".join(f"{c.text} [{told(b)}]" for c, b in s.branches)
            return f"{at} if {branches} else [{told(s.orelse)}]"
        case Either():
            return f"{at} either {' or '.join(f'[{told(b)}]' for b in s.branches)}"
        case Atomic():
            return f"{at} atomic [{told(s.body)}]"


def mistakes(text: str) -> list[str]:
    errors = Diagnostics()
    assert parse_program(block(text), errors) == ()
    found = sorted(errors.found, key=lambda d: (d.position.line, d.position.column))
    return [f"{d.position.line}:{d.position.column} {d.message}" for d in found]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: pass", "2:3 a: [2:6 pass]"),
        ("x = 1 == 2", "2:3 x = 1 == 2"),
        ("x[i].y += 1", "2:3 x[i].y += 1"),
        ("x //= 2\nx |= y\nx &= y\nx %= 2\nx *= 2\nx -= 2",
         "2:3 x //= 2; 3:3 x |= y; 4:3 x &= y; 5:3 x %= 2; 6:3 x *= 2; 7:3 x -= 2"),
        ("f(x=1, y='=')", "2:3 f(x=1, y='=')"),
        ("await x > 3", "2:3 await x > 3"),
        ("return", "2:3 return -"),
        ("return x + 1", "2:3 return x + 1"),
        ("break\ncontinue", "2:3 break; 3:3 continue"),
        ("while True: add: n += 1", "2:3 while True [2:15 add: [2:20 n += 1]]"),
        ("for x in f(y, [z]):\n    a: g(x)", "2:3 for x in f(y, [z]) [3:7 a: [3:10 g(x)]]"),
        ("a:\n  x = 1\n\n  # note\n  y = 2", "2:3 a| [3:5 x = 1; 6:5 y = 2]"),
        ("if a: x = 1\nelif b:\n    y: pass\nelse: pass",
         "2:3 if a [2:9 x = 1] b [4:7 y: [4:10 pass]] else [5:9 pass]"),
        ("c: if a:\n    x: pass\nelse:\n    y: pass",
         "2:3 c: [2:6 if a [3:7 x: [3:10 pass]] else [5:7 y: [5:10 pass]]]"),
        ("w: while x > 0:\n    e: pass", "2:3 w: [2:6 while x > 0 [3:7 e: [3:10 pass]]]"),
        ("t: with atomic:\n    e: pass", "2:3 t: [2:6 atomic [3:7 e: [3:10 pass]]]"),
        ("f: for i in s: pass", "2:3 f: [2:6 for i in s [2:18 pass]]"),
        ("either:\n    a: pass\nor: b: pass\nor:\n    c: pass",
         "2:3 either [3:7 a: [3:10 pass]] or [4:7 b: [4:10 pass]] or [6:7 c: [6:10 pass]]"),
        ("x = d[a:b]", "2:3 x = d[a:b]"),
        ("x = {'k': 1}", "2:3 x = {'k': 1}"),
        ("if d[a:b] == '#:': x = 1  # why", "2:3 if d[a:b] == '#:' [2:22 x = 1] else []"),
        ("a: x = (1 +\n  # in between\n\n        2)\nb: pass",
         "2:3 a: [2:6 x = (1 +\n  # in between\n\n        2)]; 6:3 b: [6:6 pass]"),
        ("x = 1 + \\\n    2", "2:3 x = 1 + \\\n    2"),
        ("set: get()", "2:3 set: [2:8 get()]"),
        ("é: ß = 1", "2:3 é: [2:6 ß = 1]"),
    ],
)  # fmt: skip
def test_a_text_becomes_statements_with_places(text: str, said: str) -> None:
    assert told(parse(text)) == said


def test_a_single_statement_needs_no_block() -> None:
    errors = Diagnostics()
    node = read_yaml(Source("x", "run: return len(items)\n")).entries[0][1]
    assert told(parse_program(node, errors)) == "1:6 return len(items)"


def test_parts_of_an_expression_over_lines_stand_on_their_own_lines() -> None:
    (statement,) = parse("a: f(one,\n     two)")
    assert isinstance(statement, Labelled)
    (call,) = statement.body
    assert isinstance(call, Evaluate)
    node = call.value.node
    assert [(a.lineno, a.col_offset) for a in node.args] == [(2, 7), (3, 7)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\nb: pass", "2:3 nothing stands under the label a"),
        ("a: b: pass", "2:6 a second label on one line"),
        ("while x: a: b: pass", "2:15 a second label on one line"),
        ("while x: a: if y: pass", "2:15 `if` must not follow two colons"),
        ("while x: if y: pass", "2:12 `if` must start a line of its own"),
        ("while x", "2:10 `while` needs a `:` at the end"),
        ("while:\n    a: pass", "2:3 `while` needs a condition"),
        ("while x:\na: pass", "2:3 nothing stands under `while`"),
        ("for x:\n    a: pass", "2:3 a loop is written `for name in list:`"),
        ("for a, b in c:\n    d: pass", "2:7 `for` sets one variable"),
        ("for x in y:\n    a: pass\nelse:\n    b: pass", "4:3 `else` without `if` before it"),
        ("else:\n    a: pass", "2:3 `else` without `if` before it"),
        ("elif x: pass", "2:3 `elif` without `if` before it"),
        ("or: pass", "2:3 `or` without `either` before it"),
        ("if x: pass\nelse y: pass", "3:8 only a `:` may follow `else`"),
        ("either:\n    a: pass", "2:3 `either:` needs at least one `or:` under it"),
        ("a: either:\n    b: pass\nor:\n    c: pass", "2:6 `either` takes no label"),
        ("with lock:\n    a: pass", "2:3 the only `with` is `with atomic:`"),
        ("def f():\n    pass", "2:3 `def` is not part of the language"),
        ("import os", "2:3 `import` is not part of the language"),
        ("a: raise x", "2:6 `raise` is not part of the language"),
        ("a: lambda: 3", "2:6 lambda is not part of the language"),
        ("class: pass", "2:3 `class` is not part of the language"),
        ("self: pass", "2:3 `self` is a word of the language and cannot name a label"),
        ("__a: pass", "2:3 a name that starts with __ is kept for the tool: __a"),
        ("pass x", "2:8 nothing may follow `pass`"),
        ("await", "2:3 await needs a condition"),
        ("x = await y", "2:7 await is a statement of its own"),
        ("x = y = z", "2:9 one statement sets one variable"),
        ("x = 1; y = 2", "2:8 a statement ends with its line"),
        ("ask x = 1", "2:3 a colon is missing after the label ask"),
        ("a, b = c", "2:3 one statement sets one variable"),
        ("x /= 2", "2:5 `/=` is not part of the language"),
        ("x := 2", "2:5 `:=` is not part of the language"),
        ("f(x) = 2", "2:3 only a variable can be set"),
        ("x[1:2] = y", "2:3 a slice cannot be set"),
        ("x: int = 3", "2:6 `int` is a word of the language and cannot name a variable"),
        ("= 3", "2:3 there is nothing to set in front of `=`"),
        ("x =", "2:5 a value is missing after `=`"),
        ("a: pass\n   b: pass", "3:6 this line is indented deeper than the one before it"),
        ("if x:\n        a: pass\n    b: pass", "4:7 this indentation matches no line above"),
        ("a:\n\tpass", "3:3 a tab in the indentation"),
        ("# only this", "1:6 there is no statement here"),
    ],
)
def test_a_bad_line_is_one_clear_mistake(text: str, said: str) -> None:
    assert mistakes(text) == [said]


def test_all_mistakes_of_a_text_are_told() -> None:
    lines = [
        "a: f(x", "b: pass", "c: g)", "d: h(]", "e: 'x", "f: y = [1,", "g: import z",
        "if q", "  h: pass", "else:", "  i: 1", "j: 2 +",
    ]  # fmt: skip
    assert mistakes("\n".join(lines)) == [
        "2:7 this `(` is never closed",
        "4:7 this `)` closes nothing",
        "5:8 this `]` does not close the `(` before it",
        "6:6 this string has no end",
        "7:10 this `[` is never closed",
        "8:6 `import` is not part of the language",
        "9:7 `if` needs a `:` at the end",
        "13:9 this is not an expression",
    ]


def test_blocks_nested_without_end_are_refused() -> None:
    text = "\n".join("  " * n + "while True:" for n in range(400)) + "\n" + "  " * 400 + "pass"
    assert mistakes(text) == ["32:63 blocks are nested deeper than 30 levels"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("run: >\n  a: pass\n  b: pass\n", "program text over several lines must keep them"),
        ('run: "a: pass\\nb: pass"\n', "program text over several lines must keep them"),
        ("run: a\n  b\n", "program text over several lines must keep them"),
        ("run:\n  a: pass\n", "program text is expected here"),
        ("run: [a, b]\n", "program text is expected here"),
    ],
)
def test_program_text_that_yaml_would_fold_is_refused(text: str, said: str) -> None:
    errors = Diagnostics()
    assert parse_program(read_yaml(Source("x", text)).entries[0][1], errors) == ()
    assert [d.message for d in errors.found] == [said]
    assert "`|`" in errors.found[0].hint
