"""The statements that fit one line: assignments, calls, `await`, `pass` and the like."""

from __future__ import annotations

import ast
import keyword
import re

from ..source.diagnostics import Diagnostics, Position
from ..source.text import Text
from .expressions import parse_expression, split_at
from .names import first_word, identifier
from .nodes import (
    Assign,
    Await,
    Break,
    Continue,
    Evaluate,
    Expression,
    Notify,
    Pass,
    Refuse,
    Return,
    Statement,
    Watching,
)

__all__ = ["parse_simple"]

_OPERATORS = frozenset({"+=", "-=", "*=", "//=", "%=", "|=", "&="})
_FOREIGN_OPERATORS = {
    "/=": "whole numbers are divided with //=",
    "**=": "",
    "^=": "",
    "<<=": "",
    ">>=": "",
    "@=": "",
    ":=": "a variable is set with =",
}
_ALONE: dict[str, type[Pass | Break | Continue]] = {
    "pass": Pass,
    "break": Break,
    "continue": Continue,
}
_WATCHING = frozenset({"touch", "watch", "unwatch"})
_TOLD = re.compile(r"(?:(?P<of>[^\W\d]\w*) )?\"(?P<event>[a-z][a-z-]*)\"")
# Keywords that may begin an expression; all others begin a statement Python has and we do not.
_EXPRESSIONS = frozenset({"not", "True", "False", "None", "lambda", "yield"})


def parse_simple(text: Text, errors: Diagnostics) -> Statement | None:
    """Read a statement without a block; report what is wrong and answer None."""
    at = text.at()
    word = first_word(text.text)
    rest = text.part(len(word))
    if word in _ALONE:
        if rest.text:
            errors.report(rest.at(), f"nothing may follow `{word}`")
            return None
        return _ALONE[word](at)
    if word == "await":
        if not rest.text:
            errors.report(at, "await needs a condition", "await len(items) > 0")
            return None
        condition = parse_expression(rest, errors)
        return None if condition is None else Await(condition, at)
    if word == "return":
        if not rest.text:
            return Return(None, at)
        answer = parse_expression(rest, errors)
        return None if answer is None else Return(answer, at)
    if word in _WATCHING and not rest.text:
        return Watching(word, at)
    if word == "refuse" and rest.text[:1] in ("'", '"'):
        return _refuse(rest, at, errors)
    if word == "notify" and (told := _TOLD.fullmatch(rest.text)):
        return Notify(told["event"], told["of"] or "", at)
    if keyword.iskeyword(word) and word not in _EXPRESSIONS:
        errors.report(at, f"`{word}` is not part of the language")
        return None
    return _assignment(text, errors)


def _refuse(text: Text, at: Position, errors: Diagnostics) -> Statement | None:
    """The error of a command, as its server words it: the name of the error first."""
    written = parse_expression(text, errors)
    if written is None:
        return None
    error = written.node.value if isinstance(written.node, ast.Constant) else None
    if not isinstance(error, str) or not error.strip() or not error.isprintable():
        errors.report(text.at(), "refuse needs the error that the server answers",
                      'refuse "ERR no such key"')  # fmt: skip
        return None
    return Refuse(error, at)


def _assignment(text: Text, errors: Diagnostics) -> Statement | None:
    at = text.at()
    halves = split_at(text, ("=", *_OPERATORS, *_FOREIGN_OPERATORS))
    if halves is None:
        value = parse_expression(text, errors)
        return None if value is None else Evaluate(value, at)
    sign, left, right = halves
    place = text.at(sign.start)
    if sign.text in _FOREIGN_OPERATORS:
        message = f"`{sign.text}` is not part of the language"
        errors.report(place, message, _FOREIGN_OPERATORS[sign.text])
        return None
    if not left.text:
        errors.report(place, f"there is nothing to set in front of `{sign.text}`")
        return None
    if not right.text:
        errors.report(place, f"a value is missing after `{sign.text}`")
        return None
    again = split_at(right, ("=",))
    if again is not None:
        semicolon = split_at(right, (";",))
        if semicolon is not None and semicolon[0].start < again[0].start:
            errors.report(right.at(semicolon[0].start), "a statement ends with its line",
                          "start a new line, not `;`")  # fmt: skip
            return None
        errors.report(right.at(again[0].start), "one statement sets one variable", "to compare: ==")
        return None
    words = left.text.split()
    if len(words) == 2 and all(word.isidentifier() and word not in _EXPRESSIONS for word in words):
        errors.report(at, f"a colon is missing after the label {words[0]}",
                      f"{words[0]}: {words[1]} {sign.text} ...")  # fmt: skip
        return None
    target = _target(left, errors)
    value = parse_expression(right, errors)
    if target is None or value is None:
        return None
    return Assign(target, value, None if sign.text == "=" else sign.text[:-1], at)


def _target(text: Text, errors: Diagnostics) -> Expression | None:
    target = parse_expression(text, errors)
    if target is None or isinstance(target.node, ast.Attribute):
        return target
    if isinstance(target.node, ast.Name):
        identifier(text, "variable", errors)
        return target
    if isinstance(target.node, ast.Subscript):
        if not isinstance(target.node.slice, ast.Slice):
            return target
        errors.report(target.at, "a slice cannot be set", "build the whole list")
    elif isinstance(target.node, (ast.Tuple, ast.List)):
        errors.report(target.at, "one statement sets one variable")
    else:
        errors.report(target.at, "only a variable can be set", "to compare: ==")
    return None
