"""Program text into statements.

Here blocks are read by their indentation, and what opens them: labels, `if`, `while`, `for`,
`either`, `both`, `background`, `try` and `with atomic`. All mistakes of a text are reported, not
only the first.
"""

from __future__ import annotations

import ast
import keyword
import re

from ..keys import CAUGHT
from ..records import dataclass, replace
from ..source.diagnostics import Diagnostics, Position, did_you_mean
from ..source.reader import Node, ScalarNode
from ..source.text import Text
from .expressions import parse_expression, split_at
from .lines import LogicalLine, logical_lines
from .names import first_word, identifier, shorten
from .nodes import (
    Atomic,
    Background,
    Both,
    Either,
    Expression,
    For,
    If,
    Labelled,
    Name,
    Statement,
    Try,
    While,
)
from .statements import parse_simple

__all__ = ["parse_program"]

MAX_DEPTH = 30
"""Nesting of blocks."""

_HEADS = frozenset({"if", "while", "for", "with", "either", "try"})
_PLAIN_HEADS = frozenset({"both", "background"})  # names, where no colon follows
_FOLLOWERS = {"elif": "if", "else": "if", "or": "either", "and": "both", "except": "try"}
_FOREIGN_HEADS = frozenset({"def", "class", "finally", "async", "lambda"})
_TIMEOUT = "timeout"
_LABEL = re.compile(r"(?P<name>[^\W\d]\w*)\s*:(?!=)")
_FOR = re.compile(r"for\s+(?P<target>.*?)\s+in\b", re.DOTALL)

_Block = tuple[Statement, ...]


def parse_program(node: Node, errors: Diagnostics) -> tuple[Statement, ...]:
    """The statements of a program text; empty where a mistake was reported."""
    if not isinstance(node, ScalarNode):
        errors.report(node.at, "program text is expected here", "use `|` and write it below")
        return ()
    if node.style != "|" and ("\n" in node.text or len(node.content.pieces) > 1):
        errors.report(node.at, "program text over several lines must keep them", "use `|`")
        return ()
    before = len(errors.found)
    lines = logical_lines(node.content, errors)
    if not lines and len(errors.found) == before:
        errors.report(node.at, "there is no statement here", "`pass` does nothing")
    statements = _Parser(lines, errors).block(lines[0].indent, -1) if lines else ()
    return statements if len(errors.found) == before else ()


@dataclass(frozen=True, slots=True)
class _Head:
    """What opens a block, cut in two: `while x > 0:` and what follows the colon."""

    word: str
    inner: Text
    rest: Text
    at: Position


class _Parser:
    """Reads blocks line by line; `self.next` is the first line not read yet."""

    def __init__(self, lines: list[LogicalLine], errors: Diagnostics) -> None:
        self.lines = lines
        self.errors = errors
        self.next = 0
        self.depth = 0

    # --- blocks -----------------------------------------------------------------------------

    def block(self, indent: int, outer: int) -> _Block:
        """The statements indented by `indent`, up to a line indented by `outer` or less."""
        statements: list[Statement] = []
        while self.next < len(self.lines) and self.lines[self.next].indent > outer:
            line = self.lines[self.next]
            self.next += 1
            if line.indent > indent:
                self.errors.report(line.at, "this line is indented deeper than the one before it")
                self._skip(indent)
                continue
            if line.indent < indent:
                self.errors.report(line.at, "this indentation matches no line above")
            statement = self._statement(line.text, line.indent)
            if statement is not None:
                statements.append(statement)
        return tuple(statements)

    def _skip(self, indent: int) -> None:
        while self.next < len(self.lines) and self.lines[self.next].indent > indent:
            self.next += 1

    def _below(self, indent: int, opener: str, at: Position) -> _Block:
        """The block under a line that is indented by `indent`."""
        if self.next >= len(self.lines) or self.lines[self.next].indent <= indent:
            self.errors.report(at, f"nothing stands under {opener}", "indent its statements")
            return ()
        if self.depth >= MAX_DEPTH:
            self.errors.report(at, f"blocks are nested deeper than {MAX_DEPTH} levels")
            self._skip(indent)
            return ()
        self.depth += 1
        block = self.block(self.lines[self.next].indent, indent)
        self.depth -= 1
        return block

    def _body(self, head: _Head, indent: int) -> _Block:
        """What a head opens: the rest of its line, or the block below."""
        if not head.rest.text:
            return self._below(indent, f"`{shorten(head.word)}`", head.at)
        word = first_word(head.rest.text)
        if _opens(head.rest.text) or word in _FOLLOWERS:
            self.errors.report(head.rest.at(), f"`{word}` must start a line of its own")
            self._skip(indent)
            return ()
        statement = self._labelled_or_simple(head.rest, indent)
        return () if statement is None else (statement,)

    # --- statements -------------------------------------------------------------------------

    def _statement(self, text: Text, indent: int) -> Statement | None:
        word = first_word(text.text)
        if word in _FOLLOWERS:
            opener = _FOLLOWERS[word]
            self.errors.report(text.at(), f"`{word}` without `{opener}` before it")
            self._skip(indent)
            return None
        if word in _FOREIGN_HEADS:
            self.errors.report(text.at(), f"`{word}` is not part of the language")
            self._skip(indent)
            return None
        if _opens(text.text):
            return self._compound(text, indent)
        match = _LABEL.match(text.text)
        if match and not text.part(match.end()).text:
            label = self._label(text, match)
            body = self._below(indent, f"the label {shorten(label.text)}", label.at)
            return Labelled(label, body, False, label.at)
        if match and _opens(text.part(match.end()).text):
            label = self._label(text, match)
            rest = text.part(match.end())
            if (word := first_word(rest.text)) in ("either", "try") or word in _PLAIN_HEADS:
                self.errors.report(rest.at(), f"`{word}` takes no label", "label what is in it")
            statement = self._compound(rest, indent)
            return None if statement is None else Labelled(label, (statement,), True, label.at)
        return self._labelled_or_simple(text, indent)

    def _labelled_or_simple(self, text: Text, indent: int) -> Statement | None:
        """A statement of one line, with or without a label; nothing may stand under it."""
        match = _LABEL.match(text.text)
        if match is None:
            return parse_simple(text, self.errors)
        label = self._label(text, match)
        rest = text.part(match.end())
        word = first_word(rest.text)
        if not rest.text:
            self.errors.report(label.at, f"nothing follows the label {shorten(label.text)}")
        elif _opens(rest.text) or word in _FOLLOWERS:
            self.errors.report(
                rest.at(), f"`{word}` must not follow two colons", "start a new line"
            )
            self._skip(indent)
        elif _LABEL.match(rest.text) and not keyword.iskeyword(word):
            self.errors.report(rest.at(), "a second label on one line")
        else:
            statement = parse_simple(rest, self.errors)
            return None if statement is None else Labelled(label, (statement,), True, label.at)
        return None

    def _label(self, text: Text, match: re.Match[str]) -> Name:
        return identifier(text.part(0, match.end("name")), "label", self.errors, callable_=True)

    # --- what opens a block -------------------------------------------------------------------

    def _compound(self, text: Text, indent: int) -> Statement | None:
        head = self._head(text)
        if head is None:
            self._skip(indent)
            while self._next_word(indent) in _FOLLOWERS:  # of what was not understood
                self.next += 1
                self._skip(indent)
            return None
        match head.word:
            case "if":
                return self._if(head, indent)
            case "while":
                condition = self._condition(head)
                body = self._body(head, indent)
                return None if condition is None else While(condition, body, head.at)
            case "for":
                return self._for(head, text, indent)
            case "either":
                branches, timeout = self._branches(head, "or", indent)
                return Either(branches, head.at, timeout)
            case "both":
                branches, _ = self._branches(head, "and", indent)
                return Both(branches, head.at)
            case "background":
                self._nothing_between(head)
                return Background(self._body(head, indent), head.at)
            case "try":
                return self._try(head, indent)
        watch = self._watch(head.inner)
        if watch is None:
            self.errors.report(head.at, "the only `with` is `with atomic:`",
                               "a lock is taken and given back by steps: model-check init lock "
                               "writes one")  # fmt: skip
        return Atomic(self._body(head, indent), head.at, watch or ())

    def _watch(self, text: Text) -> tuple[Expression, ...] | None:
        """The keys that `atomic(watch=[...])` names; None for what is no `atomic`."""
        if text.text == "atomic":
            return ()
        if not text.text.startswith("atomic("):
            return None
        written = parse_expression(text, self.errors)
        match written:
            case Expression(
                node=ast.Call(
                    func=ast.Name("atomic"),
                    args=[],
                    keywords=[ast.keyword("watch", ast.List(elts=[_, *_] as keys))],
                )
            ):
                return tuple(replace(written, node=e, text=ast.unparse(e)) for e in keys)
        if written is not None:
            self.errors.report(text.at(), "`atomic` names the keys that are watched",
                               "with atomic(watch=[stock]):")  # fmt: skip
        return ()

    def _head(self, text: Text) -> _Head | None:
        word = first_word(text.text)
        halves = split_at(text, (":",))
        if halves is None:
            self.errors.report(text.at(len(text.text)), f"`{word}` needs a `:` at the end")
            return None
        _, opening, rest = halves
        return _Head(word, opening.part(len(word)), rest, text.at())

    def _condition(self, head: _Head) -> Expression | None:
        if not head.inner.text:
            self.errors.report(head.at, f"`{head.word}` needs a condition")
            return None
        return parse_expression(head.inner, self.errors)

    def _next_word(self, indent: int) -> str:
        """What the next line begins with, if it is indented by `indent`."""
        if self.next >= len(self.lines) or self.lines[self.next].indent != indent:
            return ""
        return first_word(self.lines[self.next].text.text)

    def _follower(self, words: tuple[str, ...], indent: int) -> _Head | None:
        """The next line's head, if it goes on with one of `words` at the same indentation."""
        if self._next_word(indent) not in words:
            return None
        line = self.lines[self.next]
        self.next += 1
        head = self._head(line.text)
        if head is None:
            self._skip(indent)
            return _Head("", line.text, line.text, line.at)
        return head

    def _if(self, head: _Head, indent: int) -> Statement | None:
        branches: list[tuple[Expression, _Block]] = []
        orelse: _Block = ()
        branch: _Head | None = head
        while branch is not None and branch.word in ("if", "elif"):
            condition = self._condition(branch)
            body = self._body(branch, indent)
            if condition is not None:
                branches.append((condition, body))
            branch = self._follower(("elif", "else"), indent)
        if branch is not None and branch.word == "else":
            self._nothing_between(branch)
            orelse = self._body(branch, indent)
        return If(tuple(branches), orelse, head.at) if branches else None

    def _branches(self, head: _Head, word: str, indent: int) -> tuple[tuple[_Block, ...], bool]:
        """The block that a head opens, and those that `word` adds; whether the last one is an
        `or timeout:`."""
        branches: list[_Block] = []
        branch: _Head | None = head
        timeout = False
        while branch is not None and branch.word:
            if timeout:
                self.errors.report(
                    branch.at, "`or timeout:` comes last", "put it behind the others"
                )
            timeout = branch.word == "or" and branch.inner.text == _TIMEOUT
            if not timeout:
                self._nothing_between(branch)
            branches.append(self._body(branch, indent))
            branch = self._follower((word,), indent)
        if branch is None and len(branches) < 2:
            message = f"`{head.word}:` needs at least one `{word}:` under it"
            self.errors.report(head.at, message)
        return tuple(branches), timeout

    def _try(self, head: _Head, indent: int) -> Statement:
        self._nothing_between(head)
        body = self._body(head, indent)
        handlers: dict[str, _Block] = {}
        catch = self._follower(("except",), indent)
        if catch is None:
            message = f"`try:` needs an `except {next(iter(CAUGHT))}:` under it"
            self.errors.report(head.at, message)
        while catch is not None and catch.word:
            caught = catch.inner.text
            if caught not in CAUGHT:
                at = catch.inner.at() if caught else catch.at
                hint = f"it catches {', or '.join(CAUGHT.values())}"
                # "There is ...", where nothing is alike, would be less than the message says.
                meant = did_you_mean(caught, CAUGHT)
                hint = meant if meant.startswith("did you mean") else hint
                *others, last = CAUGHT
                known = f"{', '.join(others)} or {last}"
                self.errors.report(at, f"`except` is followed by {known}", hint)
            elif caught in handlers:
                self.errors.report(catch.at, "this is caught already, in the `except` above")
            handlers[caught] = self._body(catch, indent)
            catch = self._follower(("except",), indent)
        if self._next_word(indent) == "else":
            at = self.lines[self.next].at
            self.errors.report(at, "`try` has no `else`", "put it at the end of what is tried")
            self.next += 1
            self._skip(indent)
        return Try(body, tuple(handlers.items()), head.at)

    def _nothing_between(self, head: _Head) -> None:
        if head.inner.text:
            self.errors.report(head.inner.at(), f"only a `:` may follow `{head.word}`")

    def _for(self, head: _Head, text: Text, indent: int) -> Statement | None:
        match = _FOR.match(text.text)
        target: Name | None = None
        iterable: Expression | None = None
        if match is None:
            self.errors.report(head.at, "a loop is written `for name in list:`")
        else:
            name = text.part(match.start("target"), match.end("target"))
            if "," in name.text or name.text.startswith("("):
                self.errors.report(name.at(), "`for` sets one variable")
            else:
                target = identifier(name, "variable", self.errors)
            halves = split_at(text, (":",))
            stop = halves[0].start if halves else len(text.text)
            iterable = parse_expression(text.part(match.end(), stop), self.errors)
        body = self._body(head, indent)
        if target is None or iterable is None:
            return None
        return For(target, iterable, body, head.at)


def _opens(text: str) -> bool:
    """Whether a text begins with what opens a block."""
    word = first_word(text)
    if word in _PLAIN_HEADS:
        match = _LABEL.match(text)
        return match is not None and match["name"] == word
    return word in _HEADS
