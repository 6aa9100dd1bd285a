"""Reads the template of a payload.

`{value}` and `{value.id}` stand for the value and its fields, `{any}` for what the model leaves
out. A template that is JSON is one with places in it, `{"seq": {value.id}, "text": "{any}"}`: a
place stands for a whole value of JSON, or for a part of a text. All else is text: `chunk {value}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from ..source.diagnostics import Diagnostics, Position
from ..source.reader import MappingNode, Node, ScalarNode
from ..source.text import Text
from .names import shorten
from .payload import (
    ANY,
    MOST_ANYS,
    PLACES,
    VALUE,
    Constant,
    Items,
    Members,
    Payload,
    Place,
    Template,
    Words,
)

__all__ = ["read_payload"]

_PLACE = re.compile(r"\{[ \t]*([^\W\d]\w*(?:\.[^\W\d]\w*)*)[ \t]*\}")
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,3})?")
_WORD = re.compile(r"true\b|false\b|null\b")
# What begins so is meant to be JSON: what is wrong in it is told. Else it is text.
_JSON = re.compile(r'[ \t\r\n]*(?:\{[ \t\r\n]*["}]|\[[ \t\r\n]*["{\[\]])')
_MAYBE = re.compile(r'[ \t\r\n]*["\[]')
_DEEPEST = 32


def read_payload(node: Node, errors: Diagnostics) -> Payload | None:
    """The templates under a `payload`; None, and reported, where that is none."""
    if isinstance(node, ScalarNode):
        found = _template(node.content, errors)
        return found and Payload((found[0],), (found[1],), (node.text.strip(),), None, (), node.at)
    if not isinstance(node, MappingNode):
        message = "payload is a text, or a mapping from fields to texts"
        errors.report(node.at, message, 'payload: "{value}"')
        return None
    if node.flow is not None and any(
        not isinstance(value, ScalarNode) or not value.text for _, value in node.entries
    ):
        message = "a payload in braces stands in quotes: YAML takes it for a mapping"
        errors.report(node.at, message, f"payload: '{shorten(node.flow.text)}'")
        return None
    read, names = [], []
    for key, value in node.entries:
        if not isinstance(value, ScalarNode):
            message = f"the field {shorten(key.text)} of a payload is a text"
            errors.report(value.at, message, "in quotes")
            continue
        found = _template(value.content, errors)
        if found is not None:
            read.append((*found, value.text.strip()))
            names.append(key.text)
    if len(read) < len(node.entries) or not read:
        if not node.entries:
            errors.report(node.at, "payload has no fields", 'payload: {data: "{value}"}')
        return None
    templates, as_text, texts = zip(*read, strict=True)
    names_at = tuple(key.at for key, _ in node.entries)
    return Payload(templates, as_text, texts, tuple(names), names_at, node.at)


def _template(text: Text, errors: Diagnostics) -> tuple[Template, bool] | None:
    """A template, and whether it is text."""
    body = text.part(0)
    meant = _JSON.match(body.text) is not None
    if meant or _MAYBE.match(body.text):
        try:
            return _JsonReader(body).whole(), False
        except _NoTemplateError as error:
            if meant or error.sure:
                errors.report(body.at(error.offset), error.message, error.hint)
                return None
    try:
        return _words(body.text, lambda at: body.at(at)), True
    except _NoTemplateError as error:
        errors.report(body.at(error.offset), error.message, error.hint)
        return None


class _NoTemplateError(Exception):
    """What is wrong at an offset of a template; `sure`: also where it is text."""

    def __init__(self, offset: int, message: str, hint: str = "", *, sure: bool = False) -> None:
        super().__init__(message)
        self.offset, self.message, self.hint, self.sure = offset, message, hint, sure


def _place(name: str, offset: int, at: Position) -> Place:
    first, *path = name.split(".")
    if name == ANY:
        return Place(None, at)
    if first != VALUE and path:
        message = f"a payload has no place {{{shorten(name)}}}"
        raise _NoTemplateError(offset, message, PLACES, sure=True)
    # Whether a key has a place of another name, is known when all keys are.
    return Place(tuple(path), at) if first == VALUE else Place(None, at, first)


def _words(text: str, where: Callable[[int], Position]) -> Words:
    """A text with places. `where`: the position of the place at an offset."""
    parts: list[str | Place] = []
    end = 0
    for found in _PLACE.finditer(text):
        if found.start() > end:
            parts.append(text[end : found.start()])
        elif parts:
            message = f"nothing stands between {parts[-1]} and {found[0]}"
            hint = "where one ends and the other one begins, nobody could tell"
            raise _NoTemplateError(found.start(), message, hint, sure=True)
        parts.append(_place(found[1], found.start(), where(found.start())))
        end = found.end()
    if end < len(text):
        parts.append(text[end:])
    anys = [each for each in parts if isinstance(each, Place) and each.path is None]
    if len(anys) > MOST_ANYS:
        message = f"one text has at most {MOST_ANYS} places for anything"
        raise _NoTemplateError(0, message, "say the text between them, or leave it out", sure=True)
    return Words(tuple(parts))


class _JsonReader:
    """Reads JSON (https://www.rfc-editor.org/rfc/rfc8259) with places for values in it."""

    def __init__(self, text: Text) -> None:
        self._whole = text
        self._text = text.text
        self._at = 0

    def whole(self) -> Template:
        found = self._value(0)
        if self._at < len(self._text):
            raise self._wrong("the JSON has ended, and more follows")
        return found

    def _wrong(self, message: str, hint: str = "", *, sure: bool = False) -> _NoTemplateError:
        return _NoTemplateError(self._at, message, hint, sure=sure)

    def _skip(self) -> str:
        """The next character that is no space; "" at the end."""
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Template:
        if depth > _DEEPEST:
            raise self._wrong(f"a payload is at most {_DEEPEST} levels deep")
        found: Template
        first = self._skip()
        place = _PLACE.match(self._text, self._at)
        if place is not None:
            found = _place(place[1], self._at, self._whole.at(self._at))
            self._at = place.end()
        elif first == "{":
            found = self._members(depth)
        elif first == "[":
            found = Items(tuple(self._until("]", depth)))
        elif first == '"':
            found = self._string()
        else:
            found = self._constant()
        self._skip()
        return found

    def _members(self, depth: int) -> Members:
        names: list[str] = []
        found = []
        for value in self._until("}", depth, names):
            found.append((names[-1], value))
        return Members(tuple(found))

    def _until(self, end: str, depth: int, names: list[str] | None = None) -> Iterator[Template]:
        """The parts of a list, or (into `names`, with their names) of an object."""
        self._at += 1
        if self._skip() == end:
            self._at += 1
            return
        while True:
            if names is not None:
                names.append(self._name(names))
            yield self._value(depth + 1)
            match self._skip():
                case ",":
                    self._at += 1
                case each if each == end:
                    self._at += 1
                    return
                case _:
                    raise self._wrong(f"a comma, or {end}, is expected here")

    def _name(self, known: list[str]) -> str:
        if self._skip() != '"':
            raise self._wrong("the name of a field is expected here", "in double quotes")
        start = self._at
        name = self._string()
        if any(isinstance(each, Place) for each in name.parts):
            self._at = start
            raise self._wrong("a place cannot stand in the name of a field")
        text = "".join(map(str, name.parts))
        if text in known:
            self._at = start
            raise self._wrong(f"the field {shorten(text)} is there twice")
        if self._skip() != ":":
            raise self._wrong("a colon is expected here, and the value of the field")
        self._at += 1
        return text

    def _string(self) -> Words:
        start = self._at
        try:
            text, self._at = json.decoder.scanstring(self._text, start + 1, True)  # type: ignore[attr-defined]
        except ValueError as error:
            raise self._wrong("this text of JSON does not end, or is none") from error
        # A place has no escapes in it, so it stands in the written text as in what that means.
        starts = [m.start() for m in _PLACE.finditer(self._text, start, self._at)]
        count = iter(starts)

        def where(_: int) -> Position:
            return self._whole.at(next(count, start))

        try:
            return _words(text, where)
        except _NoTemplateError as error:
            known = [m.start() for m in _PLACE.finditer(text)]
            if error.offset in known and len(known) == len(starts):
                error.offset = starts[known.index(error.offset)]
            else:
                error.offset = start
            raise

    def _constant(self) -> Constant:
        found = _WORD.match(self._text, self._at) or _NUMBER.match(self._text, self._at)
        if found is None:
            hint = "a text of JSON stands in double quotes" if self._at < len(self._text) else ""
            raise self._wrong("a value of JSON is expected here", hint)
        self._at = found.end()
        return Constant(json.loads(found[0]))
