"""Values written by the payload template of a resource, and read again.

What is JSON is matched as JSON: whatever its spaces and the order of its fields, and with fields
that the template does not name. What is text is matched as text; where that could be done in
several ways, nothing is read: a value that is only one of several would accuse somebody wrongly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ...language.bare_text import bare_text as plain_text
from ...language.syntax.payload import Constant, Items, Members, Place, Template, Words
from ...language.types import (
    BoolType,
    EnumType,
    IntType,
    OptionType,
    RecordType,
    Type,
    UnionType,
    finite_size,
)
from ...machine.shapes import keys_of
from .values import PayloadError, Value, fits, from_json, not_json, shown, to_json

__all__ = ["NOTHING", "Beside", "Names", "TemplateCodec", "bare_text", "read_bare"]

HARMLESS = "any"
"""What is sent where a template says {any}."""
_WIDE = "(?s:.*%s)"
_LONGEST = 4096
"""Characters of a text with two parts whose length nothing says: reading it may take as many steps
as that squared."""
_INTEGER = "-?(?:0|[1-9][0-9]{0,39}%s)"

Path = tuple[str, ...]
Found = dict[Path, Value]
"""Parts of a value, by the fields that lead to them."""


def bare_text(value: Value) -> str:
    """A value as text: numbers and names as they are, everything else as JSON."""
    return plain_text(to_json(value))


def read_bare(kind: Type, text: str) -> Value:
    """What `bare_text` writes, read again. Raises PayloadError."""
    if isinstance(kind, OptionType):
        # `null` is a word of the language, so no member of an enum is called so.
        return None if text == "null" else read_bare(kind.item, text)
    if isinstance(kind, EnumType) or (isinstance(kind, UnionType) and text in kind.names.members):
        return text
    if isinstance(kind, BoolType) and text in ("True", "False"):
        return text == "True"
    try:
        return from_json(kind, json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise PayloadError(f"{shown(text)} is no {kind}") from error


class Names(Protocol):
    """What names values in a payload: texts that a server, or a log, has for them."""

    kind: Type

    def read(self, text: str) -> Value:
        """The value that a text stands for. Raises PayloadError."""

    def write(self, value: Value) -> str:
        """The text that stands for a value."""


@dataclass(frozen=True)
class Beside:
    """What a payload can say beside a value. `places`: what stands in the places of keys, by name;
    `names`: those of values that have one, as the addresses of channels."""

    places: Mapping[str, str]
    names: tuple[Names, ...] = ()


NOTHING = Beside({})


class TemplateCodec:
    """One template for values of a type. `as_text`: it is no JSON; `said`: what is beside the
    value."""

    def __init__(
        self, template: Template, kind: Type, said: Beside | None = None, *, as_text: bool
    ) -> None:
        self._template = template
        self._kind = kind
        self._beside = said or NOTHING
        self._as_text = as_text
        self._patterns: dict[Words, _Pattern] = {}

    def write(self, value: Value) -> str:
        """A value as the text of a payload."""
        if self._as_text:
            assert isinstance(self._template, Words)
            return self._filled(self._template, value)
        return json.dumps(self._written(self._template, value))

    def _written(self, template: Template, value: Value) -> object:
        """The JSON of a value."""
        match template:
            case Place(None, key=key):
                return self._beside.places.get(key, HARMLESS)
            case Place(path):
                return to_json(part_of(value, path or ()))
            case Words():
                return self._filled(template, value)
            case Constant(said):
                return said
            case Items(items):
                return [self._written(each, value) for each in items]
            case Members(members):
                return {name: self._written(each, value) for name, each in members}

    def _filled(self, words: Words, value: Value) -> str:
        parts = []
        for each in words.parts:
            if isinstance(each, str):
                parts.append(each)
            elif each.path is None:
                parts.append(self._beside.places.get(each.key, HARMLESS))
            else:
                part, names = part_of(value, each.path), self._names(words)
                parts.append(bare_text(part) if names is None else names.write(part))
        return "".join(parts)

    def _names(self, words: Words) -> Names | None:
        """What names the values that a text is, where it is one place alone."""
        match words.parts:
            case (Place(path),) if path is not None:
                kind = part_type(self._kind, path)
                return next((each for each in self._beside.names if each.kind == kind), None)
        return None

    def places(self, text: str) -> dict[str, str]:
        """What a payload says of places in keys, by their names. Raises PayloadError."""
        found: dict[str, str] = {}
        said = text if self._as_text else json.loads(text)
        self._find_places(self._template, said, found)
        return found

    def _find_places(self, template: Template, said: object, found: dict[str, str]) -> None:
        match template:
            case Place(None, key=key) if key and isinstance(said, str | int):
                found[key] = str(said)
            case Words() if isinstance(said, str):
                found |= self._pattern(template).keys(said)
            case Items(items) if isinstance(said, list) and len(said) == len(items):
                for each, part in zip(items, said, strict=True):
                    self._find_places(each, part, found)
            case Members(members) if isinstance(said, dict):
                for name, each in members:
                    self._find_places(each, said.get(name), found)

    def _pattern(self, words: Words) -> _Pattern:
        if words not in self._patterns:
            self._patterns[words] = _Pattern(words, self._kind)
        return self._patterns[words]

    def read(self, text: str) -> Found:
        """The parts of a value that a payload says, by the fields that lead to them. Raises
        PayloadError."""
        found: Found = {}
        if self._as_text:
            self._match(self._template, text, found, "")
            return found
        try:
            said = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise PayloadError(not_json(text, error)) from error
        self._match(self._template, said, found, "")
        return found

    def _match(self, template: Template, said: object, found: Found, where: str) -> None:
        """Find the places; `where`: the fields of JSON that lead there."""
        match template:
            case Place(None):
                return
            case Place(path) if path is not None:
                self._put(path, from_json(part_type(self._kind, path), said), said, found, where)
            case Words((Place(path),)) if (
                path is not None and isinstance(said, str) and (names := self._names(template))
            ):
                self._put(path, names.read(said), said, found, where)
            case Words() if isinstance(said, str):
                for path, part in self._pattern(template).parts(said, where):
                    self._put(
                        path, read_bare(part_type(self._kind, path), part), part, found, where
                    )
            case Items(items) if isinstance(said, list) and len(said) == len(items):
                for number, each in enumerate(items):
                    self._match(each, said[number], found, f"{where}[{number}]")
            case Members(members) if isinstance(said, dict):
                for name, each in members:
                    inner = f"{where}.{name}" if where else name
                    if name not in said:
                        raise PayloadError(f"it has no field {shown(inner)}")
                    self._match(each, said[name], found, inner)
            case Constant(value) if value == said and type(value) is type(said):
                return
            case _:
                raise _unlike(template, said, where)

    def _put(self, path: Path, value: Value, said: object, found: Found, where: str) -> None:
        kind = part_type(self._kind, path)
        its = f"its {shown(where)} " if where else ""
        if not fits(kind, value):
            raise PayloadError(f"{its}{shown(said)} is no {kind}")
        if path in found and found[path] != value:
            raise PayloadError(f"{its}{shown(said)} is not what another place of it says")
        found[path] = value


def part_type(kind: Type, path: Path) -> Type:
    """The type of a part of a value, which has one (the checker saw to that)."""
    for name in path:
        inner = kind.field(name) if isinstance(kind, RecordType) else None
        assert inner is not None
        kind = inner
    return kind


def whole(kind: Type, found: Mapping[Path, Value]) -> Value:
    """The value that its parts make. Raises PayloadError where they contradict each other."""
    value = _built(kind, found, ())
    for path, part in found.items():
        if part_of(value, path) != part:
            raise PayloadError(f"two of its places say different values, one of them {shown(part)}")
    return value


def _built(kind: Type, found: Mapping[Path, Value], path: Path) -> Value:
    if path in found:
        return found[path]
    if isinstance(kind, RecordType):
        return {name: _built(each, found, (*path, name)) for name, each in kind.fields}
    assert finite_size(kind) == 1
    return keys_of(kind)[0]


def part_of(value: Value, path: Path) -> Value:
    """A part of a value."""
    for name in path:
        assert isinstance(value, dict)
        value = value[name]
    return value


def _unlike(template: Template, said: object, where: str) -> PayloadError:
    wanted = {Words: "a text", Items: "a list of as many items", Members: "an object"}
    expected = (
        json.dumps(template.value) if isinstance(template, Constant) else wanted[type(template)]
    )
    its = f"its {shown(where)} " if where else ""
    return PayloadError(f"{its}{shown(json.dumps(said))} is not {expected}")


# --- texts --------------------------------------------------------------------------------------


class _Pattern:
    """A text with places, looked for in two ways: with each place as short as it can be, and as
    long. Where the two differ, the text can be read in several ways; where they do not, in none
    but one, for no place can be shorter or longer than those before it allow."""

    def __init__(self, words: Words, kind: Type) -> None:
        self._words = words
        self._kind = kind
        self._places = [each for each in words.parts if isinstance(each, Place)]
        self._paths = [each.path for each in self._places]
        parts = [_regex(self._kind, path, short=True) for path in self._paths]
        self._wide = sum(part == _WIDE % "?" for part in parts)

    def _compiled(self, *, short: bool) -> re.Pattern[str]:
        made = (
            re.escape(each) if isinstance(each, str)
            else f"({_regex(self._kind, each.path, short=short)})"
            for each in self._words.parts
        )  # fmt: skip
        return re.compile("".join(made))

    @cached_property
    def _both(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        return self._compiled(short=True), self._compiled(short=False)

    def parts(self, text: str, where: str) -> list[tuple[Path, str]]:
        """What stands in the places for the value. Raises PayloadError."""
        its = f"its {shown(where)} " if where else ""
        if self._wide > 1 and len(text) > _LONGEST:
            raise PayloadError(f"{its}{shown(text)} is too long to be read by its template")
        short, long = (each.fullmatch(text) for each in self._both)
        if (short is None or long is None) and len(self._words.parts) == len(self._paths) == 1:
            (path,) = self._paths
            raise PayloadError(f"{its}{shown(text)} is no {part_type(self._kind, path or ())}")
        if short is None or long is None:
            raise PayloadError(f"{its}{shown(text)} is not written as {self._shown()}")
        if short.regs != long.regs:
            message = f"{its}{shown(text)} can be read in several ways as {self._shown()}"
            raise PayloadError(message)
        found = zip(self._paths, short.groups(), strict=True)
        return [(path, part) for path, part in found if path is not None]

    def keys(self, text: str) -> dict[str, str]:
        """What stands in the places of keys, by their names. Raises PayloadError."""
        if not any(each.key for each in self._places):
            return {}
        self.parts(text, "")  # which is not read in several ways
        short = self._both[0].fullmatch(text)
        groups = () if short is None else short.groups()
        return {p.key: each for p, each in zip(self._places, groups, strict=True) if p.key}

    def _shown(self) -> str:
        kinds = {
            each: str(part_type(self._kind, each.path))
            for each in self._words.parts
            if isinstance(each, Place) and each.path is not None
        }
        text = "".join(map(str, self._words.parts))
        told = ", ".join(f"{place} {kind}" for place, kind in kinds.items())
        return shown(text) + (f" with {told}" if told else "")


def _regex(kind: Type, path: Path | None, *, short: bool) -> str:
    """What stands in a place looks like this."""
    if path is None:
        return _WIDE % ("?" if short else "")
    return _of_type(part_type(kind, path), short=short)


def _of_type(kind: Type, *, short: bool) -> str:
    """What a value looks like as text. Of several words, what a shorter one could end too early
    is tried in that order."""
    lazy = "?" if short else ""
    match kind:
        case IntType():
            return _INTEGER % lazy
        case BoolType():
            return "[tT]rue|[fF]alse|0|1"
        case UnionType():
            return f"{_INTEGER % lazy}|{_of_type(kind.names, short=short)}"
        case EnumType(members):
            ordered = sorted(members, key=len, reverse=not short)
            return "|".join(map(re.escape, ordered))
        case OptionType(item):
            inner = _of_type(item, short=short)
            return inner if inner == _WIDE % lazy else f"null|{inner}"
    return _WIDE % lazy
