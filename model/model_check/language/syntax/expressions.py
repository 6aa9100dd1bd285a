"""Expressions and types out of text, with every part's place in the file.

Python's own parser reads the expressions (it never evaluates them); the nodes' positions are
then moved to where they stand in the spec. What that parser explains badly (brackets, `=`
for `==`) or must not be given at all (nesting without end) is found before.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings

from ..source.diagnostics import Diagnostics
from ..source.text import Text, Token, tokens
from .nodes import Expression

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "is_sound", "parse_expression", "split_at", "split_items"]

MAX_LENGTH = 10_000
"""Characters of one expression."""
MAX_DEPTH = 100
"""Depth of an expression's tree, so that all later passes may recurse."""

_FOREIGN: dict[type[ast.AST], str] = {
    ast.Lambda: "lambda is not part of the language",
    ast.NamedExpr: "`:=` is not part of the language",
    ast.Await: "await is a statement of its own",
    ast.Yield: "yield is not part of the language",
    ast.YieldFrom: "yield is not part of the language",
    ast.JoinedStr: "an f-string is not part of the language",
    ast.Starred: "`*` in front of a value is not part of the language",
}
if sys.version_info >= (3, 14):
    _FOREIGN[ast.TemplateStr] = "a t-string is not part of the language"
_CUT = "in a [list] or {mapping} on one line, YAML ends a text at a comma: put it in quotes"
_SPELLINGS = {"true": "True", "false": "False", "null": "None"}  # of equal length
_SPELLING = re.compile(r"\b(?:true|false|null)\b")


def parse_expression(text: Text, errors: Diagnostics) -> Expression | None:
    """Parse a Python expression; report what is wrong and answer None.

    `true`, `false` and `null` are read as Python's `True`, `False` and `None`. Line breaks
    are as good as blanks.
    """
    text = text.part(0)
    if not is_sound(text, errors):
        return None
    range_ = split_at(text, ("..",))
    if range_ is not None:
        at = text.at(range_[0].start)
        errors.report(at, "`..` stands in types only", "range(a, b + 1) is the list of a..b")
        return None
    # In brackets, an expression may go on over lines; the last one may be a comment.
    node = _parse("(" + _python_spelling(text.text) + "\n)", text, errors)
    if node is None:
        return None
    places = _Offsets(text)
    failed = len(errors.found)
    if isinstance(node, ast.GeneratorExp) and places.offset(node.lineno, node.col_offset) < 0:
        errors.report(
            text.at(), "a `for` needs brackets around it", "such as all(... for x in ...)"
        )
        return None
    # A tree is not deeper than its text is long.
    if len(text.text) >= MAX_DEPTH and not _shallow(node):
        errors.report(text.at(), f"this expression is nested deeper than {MAX_DEPTH} levels")
        return None
    _place(node, text, places, errors)
    return Expression(node, text.source, text.text) if len(errors.found) == failed else None


def split_at(text: Text, operators: tuple[str, ...]) -> tuple[Token, Text, Text] | None:
    """Split at the first of `operators` that stands outside of brackets and strings."""
    if not any(operator in text.text for operator in operators):
        return None
    depth = 0
    for token in tokens(text.text):
        if token.kind == "open":
            depth += 1
        elif token.kind == "close":
            depth -= 1
        elif depth == 0 and token.kind == "operator" and token.text in operators:
            return token, text.part(0, token.start), text.part(token.stop)
    return None


def split_bar(text: Text) -> tuple[Text, Text] | None:
    """Split at the last bar that stands outside of brackets and strings."""
    depth, found = 0, None
    for token in tokens(text.text) if "|" in text.text else ():
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and token.text == "|":
            found = token
    if found is None:
        return None
    return text.part(0, found.start), text.part(found.stop)


def split_items(text: Text) -> list[Text]:
    """What stands between the commas; a comma after the last item is allowed."""
    items = []
    depth = start = 0
    for token in tokens(text.text):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and token.text == ",":
            items.append(text.part(start, token.start))
            start = token.stop
    last = text.part(start)
    return [*items, last] if last.text or not items else items


# --- what Python's parser must not see, or explains badly -------------------------------------

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_RANGE = re.compile(r"(?<![\w.])(-?\d+)\.\.(?=-?\d)")
_RISKY = re.compile(r"[()\[\]{}'\";]")


def is_sound(text: Text, errors: Diagnostics) -> bool:
    """Whether brackets and strings match, and length and characters are allowed; reports."""
    if not text.text:
        errors.report(text.at(), "an expression is missing here")
        return False
    if len(text.text) > MAX_LENGTH:
        errors.report(text.at(), f"an expression is longer than {MAX_LENGTH:,} characters")
        return False
    if text.text.isprintable() and not _RISKY.search(text.text):
        return True
    stack: list[Token] = []
    for token in tokens(text.text):
        at = text.at(token.start)
        if token.kind == "quote":
            errors.report(at, "this string has no end")
            return False
        if token.kind == "open":
            stack.append(token)
            if len(stack) > MAX_DEPTH:
                errors.report(at, f"this expression is nested deeper than {MAX_DEPTH} levels")
                return False
        elif token.kind == "close":
            if not stack:
                errors.report(at, f"this `{token.text}` closes nothing")
                return False
            opened = stack.pop().text
            if _PAIRS[opened] != token.text:
                errors.report(at, f"this `{token.text}` does not close the `{opened}` before it")
                return False
        elif token.kind == "operator" and token.text == ";":
            errors.report(at, "`;` is not part of the language", "start a new line")
            return False
        elif token.kind == "word":
            for place, character in enumerate(token.text, start=token.start):
                if not (character.isprintable() or character == "\t"):
                    message = f"the character U+{ord(character):04X} is not allowed here"
                    errors.report(text.at(place), message)
                    return False
    if stack:
        first = stack[0]
        hint = _CUT if _cut_at_a_comma(text) else ""
        errors.report(text.at(first.start), f"this `{first.text}` is never closed", hint)
        return False
    return True


def _cut_at_a_comma(text: Text) -> bool:
    """Whether YAML has ended a text that stands in {...} or [...] at a comma inside of it."""
    end = text.at(len(text.text))
    return text.source.line(end.line)[end.column - 1 :].startswith(",")


def _python_spelling(text: str) -> str:
    """The text with YAML's `true`, `false` and `null` as Python has them."""
    if not _SPELLING.search(text):
        return text
    return "".join(
        _SPELLING.sub(lambda m: _SPELLINGS[m.group()], token.text)
        if token.kind == "word"
        else token.text
        for token in tokens(text)
    )


def _parse(wrapped: str, text: Text, errors: Diagnostics) -> ast.expr | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(wrapped, mode="eval").body
    except SyntaxError as error:
        places = _Offsets(text)
        # The parser counts columns from 1, in characters.
        row, column = error.lineno or 1, max(0, (error.offset or 1) - 1)
        offset = places.character(row, column)
        offset, message, hint = _explain(error, text, min(max(offset, 0), len(text.text)))
        errors.report(text.at(offset), message, hint)
    except (RecursionError, MemoryError):
        errors.report(text.at(), "this expression is nested too deeply")
    except ValueError as error:  # a lone surrogate, a NUL
        errors.report(text.at(), f"this expression cannot be read: {error}")
    return None


def _explain(error: SyntaxError, text: Text, offset: int) -> tuple[int, str, str]:
    """Where the mistake is, what it is, and what to do about it."""
    message = error.msg
    sign = split_at(text, ("=",))
    if sign is not None or "Maybe you meant '=='" in message:
        return sign[0].start if sign else offset, "`=` sets a variable", "to compare, write =="
    if "&&" in text.text or "||" in text.text:
        return offset, "this is not an expression", "write `and`, `or`, `not`"
    if dots := _RANGE.search(text.text):
        hint = f"numbers from {dots[1]} on are range({dots[1]}, ...), or a type that has a name"
        return dots.start(), "a range such as 0..9 is a type, not an expression", hint
    if text.text.strip() in ("|", ">"):
        hint = "several statements in one step stand below its label, one a line, without a sign"
        return offset, "this is not an expression", hint
    if "forgot a comma" in message:
        hint = "perhaps a comma or an operator is missing"
        return offset, "this is not an expression", hint
    if "set_int_max_str_digits" in message:
        return offset, "this number is too long", ""
    if message.startswith("invalid syntax") or "<" in message:
        return offset, "this is not an expression", ""
    return offset, f"this is not an expression: {message[0].lower()}{message[1:]}", ""


def _shallow(root: ast.expr) -> bool:
    level: list[ast.AST] = [root]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return True
    return False


# --- from the parser's places to the file's -----------------------------------------------------


class _Offsets:
    """From (row, column in UTF-8 bytes) of the wrapped text to offsets in the text."""

    def __init__(self, text: Text) -> None:
        self.rows = text.text.split("\n")
        self.starts = [0]
        for row in self.rows:
            self.starts.append(self.starts[-1] + len(row) + 1)
        self.ascii = text.text.isascii()

    def offset(self, row: int, column: int) -> int:
        """`column` in bytes, as in `ast` nodes; -1 is the bracket put around the text."""
        if row == 1:
            column -= 1
        if not self.ascii and row <= len(self.rows):
            column = len(self.rows[row - 1].encode()[: max(0, column)].decode("utf-8", "ignore"))
        return self.starts[min(row, len(self.starts)) - 1] + column

    def character(self, row: int, column: int) -> int:
        """`column` in characters, as in `SyntaxError`."""
        return self.starts[min(row, len(self.starts)) - 1] + column - (row == 1)


def _place(root: ast.expr, text: Text, places: _Offsets, errors: Diagnostics) -> None:
    """Move all nodes to their places in the file; report what is not in the language."""
    given: set[ast.expr] = set()
    for node in ast.walk(root):
        if not isinstance(node, (ast.expr, ast.keyword)):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given.update(node.args)
        start = max(0, places.offset(node.lineno, node.col_offset))
        stop = places.offset(node.end_lineno or 1, node.end_col_offset or 0)
        begin = text.at(start)
        end = text.at(max(start, min(stop, len(text.text)) - 1))
        node.lineno, node.col_offset = begin.line, begin.column - 1
        node.end_lineno, node.end_col_offset = end.line, end.column
        message = _foreign(node)
        if isinstance(node, ast.Starred) and node in given:
            message = ""  # what may be given so, the checker knows
        if message:
            hint = "a command waits by itself: x = q.get()" if isinstance(node, ast.Await) else ""
            errors.report(begin, message, hint)


def _foreign(node: ast.expr | ast.keyword) -> str:
    """What is said about a node that is not in the language, "" about all others."""
    match node:
        case ast.keyword(arg=None):
            return "`**` in front of a value is not part of the language"
        case ast.Dict(keys=keys) if None in keys:
            return "`**` in front of a value is not part of the language"
        case ast.Constant(value=float() | complex() | bytes()):
            return "numbers are integers"
        case _:
            return _FOREIGN.get(type(node), "")
