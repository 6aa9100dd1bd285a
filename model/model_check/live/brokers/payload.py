"""What the values of a resource look like on a real server, and back.

A spec may say it (`payload: '{"seq": {value}}'`, see `template`). Where it does not, a chunk
travels as in the system that this was built for: ``{"content": "chunk7", "is_complete": false}``,
where the word is the name of the type (`redis.list[Chunk]`) and the last number of its range
completes the stream. Strings and hashes hold bare values, since INCR and HINCRBY count with them.
Everything else is JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...language.syntax.payload import Payload, places_in
from ...language.tree.spec import Resource
from ...language.types import EnumType, IntType, OptionType, Type, UnionType
from .template import NOTHING, Beside, Found, TemplateCodec, bare_text, read_bare, whole
from .values import PayloadError, Value, fits, from_json, not_json, shown

__all__ = ["Codec", "PayloadError", "Value", "codec_of", "fits"]

BUILTIN_TYPES = frozenset({"int", "bool"})
FIELD = "value"
"""The field that a value is in, of what has fields and whose payload is one text."""


@dataclass(frozen=True)
class Codec:
    """How one resource's values travel. `word` stands before a number (`chunk7`), "" for none;
    `bare`: numbers and names as they are, without JSON around them. `payload` and the type `of`
    what it says: as the spec has it, whatever else is said here; `beside`: what is said beside a
    value."""

    word: str
    bare: bool
    payload: Payload | None = None
    of: Type | None = None
    beside: Beside = NOTHING
    by_field: bool = False
    """Whether each value has a field of its own, whose payload it may be."""

    @cached_property
    def plain(self) -> Codec:
        """How values travel beside them that are not what the payload is of, as the field of a
        hash."""
        return Codec(self.word, self.bare)

    @cached_property
    def _templates(self) -> Mapping[str, TemplateCodec]:
        """By the field that they are in."""
        if self.payload is None or self.of is None or (self.by_field and self.payload.names):
            return {}
        names = self.payload.names or (FIELD,)
        made = zip(names, self.payload.templates, self.payload.as_text, strict=True)
        return {
            name: TemplateCodec(each, self.of, self.beside, as_text=text)
            for name, each, text in made
        }

    @cached_property
    def left_out(self) -> frozenset[str]:
        """Fields that the model does not speak of: their payload says nothing."""
        if not self.by_field or self.payload is None or self.payload.names is None:
            return frozenset()
        named = zip(self.payload.names, self.payload.templates, strict=True)
        return frozenset(n for n, t in named if all(each.path is None for each in places_in(t)))

    def for_field(self, field: str) -> Codec:
        """How the value in a field travels, of what has a field for each value."""
        if not self.by_field or self.payload is None or self.payload.names is None:
            return self
        return self._for_fields.get(field, self.plain)

    @cached_property
    def _for_fields(self) -> Mapping[str, Codec]:
        assert self.payload is not None
        said = self.payload
        return {
            name: replace(
                self, by_field=False,
                payload=Payload((template,), (text,), (written,), None, (), said.at),
            )
            for name, template, text, written in zip(
                said.names or (), said.templates, said.as_text, said.texts, strict=True
            )
        }  # fmt: skip

    def write(self, kind: Type, value: Value) -> str:
        """A value as the text of a payload."""
        if self._templates:
            return self._template_of(value).write(value)
        if self.bare or isinstance(value, bool) or not isinstance(value, int | str):
            return bare_text(value)
        complete = isinstance(kind, IntType | UnionType) and kind.high == value
        own_name = isinstance(_plain(kind), UnionType) and isinstance(value, str)
        word = "" if own_name else self.word
        return json.dumps({"content": f"{word}{value}", "is_complete": complete})

    def write_fields(self, kind: Type, value: Value) -> list[str]:
        """A value as names and texts of fields, in turn."""
        if not self._templates:
            return [FIELD, self.write(kind, value)]
        words = []
        for name, template in self._templates.items():
            words += [name, template.write(value)]
        return words

    def read(self, kind: Type, text: str) -> Value:
        """The value that a payload stands for; what is of another type than the payload stands
        there as it is, as the field of a hash. Raises PayloadError."""
        if self._templates and _plain(kind) != _plain(self.of):
            return self.plain.read(kind, text)
        if self._templates and self.payload is not None and self.payload.names is not None:
            return self._by_value(kind, text)
        if self._templates:
            (template,) = self._templates.values()
            return self._whole(kind, lambda: template.read(text), text)
        try:
            value = self._read(kind, text)
        except PayloadError:
            raise
        except (TypeError, ValueError, RecursionError) as error:
            # What stands there can be anything: an endless number, a key that is a list, ...
            raise PayloadError(f"{shown(text)} is no {kind}") from error
        if not fits(kind, value):
            raise PayloadError(f"{shown(text)} is no {kind}")
        return value

    def read_fields(self, kind: Type, words: Sequence[str]) -> Value:
        """The value that names and texts of fields, in turn, stand for. Raises PayloadError."""
        texts = _by_name(words)
        if not self._templates:
            if list(texts) != [FIELD]:
                raise PayloadError(f"its fields are {shown(', '.join(texts))}, not {FIELD} alone")
            return self.read(kind, texts[FIELD])

        return self._whole(kind, lambda: self._of_fields(texts), " ".join(words))

    def places(self, words: Sequence[str]) -> dict[str, str]:
        """What the words of a payload say of places in keys, by their names; {} for what is not
        written so."""
        found: dict[str, str] = {}
        for name, template in self._templates.items():
            try:
                text = words[0] if len(words) == 1 else _by_name(words)[name]
                template.read(text)
                found |= template.places(text)
            except (KeyError, TypeError, ValueError, RecursionError):
                continue
        return found

    def _template_of(self, value: Value) -> TemplateCodec:
        """The template of a value: names may have their own."""
        own = self._templates.get(value) if isinstance(value, str) else None
        return own or self._templates.get(FIELD) or next(iter(self._templates.values()))

    def _by_value(self, kind: Type, text: str) -> Value:
        """The value whose template a payload is written by, where there is one only."""
        found: list[Value] = []
        why: list[str] = []
        for name, template in self._templates.items():
            try:
                parts = template.read(text)
                said = whole(self.of, parts) if name == FIELD and self.of is not None else name
            except PayloadError as error:
                why.append(str(error))
                continue
            # A name with a template of its own is written by no other.
            own = isinstance(said, str) and said in self._templates
            if (name == said or not own) and said not in found:
                found.append(said)
        if len(found) != 1:
            ways = "none of" if not found else "several of"
            told = f": {why[0]}" if why else ""
            raise PayloadError(f"{shown(text)} is {ways} the payloads of the spec{told}")
        if not fits(kind, found[0]):
            raise PayloadError(f"{shown(text)} is no {kind}")
        return found[0]

    def without_left_out(self, pairs: Sequence[str]) -> Sequence[str]:
        """Names and texts of fields, in turn, without those that the model does not speak of."""
        if len(pairs) % 2:
            return pairs
        kept = [i for i in range(0, len(pairs), 2) if pairs[i] not in self.left_out]
        return [word for i in kept for word in pairs[i : i + 2]]

    def same(self, words: Sequence[str], ours: Sequence[str]) -> bool:
        """Whether words of a log that end in a payload say the same as ours, however they are
        spaced, and whatever stands where ours have something harmless."""
        if self.by_field and self.payload is not None and self.payload.names is not None:
            kept = self.without_left_out(words)
            same = len(kept) == len(ours) > 1 and list(kept[:-1]) == list(ours[:-1])
            return same and self.for_field(kept[-2]).same(kept[-1:], ours[-1:])
        if not self._templates:
            return len(words) == len(ours) and all(map(_same, words, ours))
        names = self.payload.names if self.payload is not None else None
        count = 2 * len(self._templates)
        has_fields = names is not None and list(ours[-count::2]) == list(names)
        start = len(ours) - (count if has_fields else 1)
        if list(words[:start]) != list(ours[:start]) or len(words) <= start:
            return False
        assert self.of is not None
        try:
            if has_fields:
                theirs, mine = (
                    self.read_fields(self.of, each) for each in (words[start:], ours[start:])
                )
            elif len(words) == len(ours):
                theirs, mine = (self.read(self.of, each[-1]) for each in (words, ours))
            else:
                return False
        except PayloadError:
            return False
        return theirs == mine

    def _of_fields(self, texts: Mapping[str, str]) -> Found:
        parts: Found = {}
        for name, template in self._templates.items():
            if name not in texts:
                raise PayloadError(f"it has no field {name}")
            for path, value in template.read(texts[name]).items():
                if parts.setdefault(path, value) != value:
                    raise PayloadError("two of its fields say different values")
        return parts

    def _whole(self, kind: Type, read: Callable[[], Found], text: str) -> Value:
        assert self.of is not None
        try:
            value = whole(self.of, read())
        except (TypeError, ValueError, RecursionError) as error:
            why = str(error) if isinstance(error, PayloadError) else f"it is no {self.of}"
            raise PayloadError(f"{shown(text)} is not the payload of the spec: {why}") from error
        if not fits(kind, value):
            raise PayloadError(f"{shown(text)} is no {kind}")
        return value

    def _read(self, kind: Type, text: str) -> Value:
        if isinstance(kind, OptionType):
            return None if text == "null" else self._read(kind.item, text)
        if self.bare and (isinstance(kind, EnumType) or text in ("True", "False")):
            return read_bare(kind, text)
        if isinstance(kind, UnionType) and text in kind.names.members:
            return text
        try:
            found = json.loads(text)
        except ValueError as error:
            raise PayloadError(not_json(text, error)) from error
        scalar = isinstance(kind, IntType | EnumType | UnionType)
        if isinstance(found, dict) and "content" in found and scalar:
            return self._content(kind, str(found["content"]))
        return from_json(kind, found)

    def _content(self, kind: Type, content: str) -> Value:
        if isinstance(kind, EnumType):
            return content.removeprefix(self.word)
        if isinstance(kind, UnionType) and content in kind.names.members:
            return content
        number = re.fullmatch(rf"{re.escape(self.word)}(-?\d+)", content)
        if number is None:
            raise PayloadError(f"{content!r} is not {self.word or 'a number'} and a number")
        return int(number[1])


def _plain(kind: Type | None) -> Type | None:
    """A type, where None (nil) is not one of its values."""
    return kind.item if isinstance(kind, OptionType) else kind


def _by_name(words: Sequence[str]) -> Mapping[str, str]:
    """Names and texts of fields, in turn."""
    if len(words) % 2:
        raise PayloadError(f"{shown(words[-1])} is a field without a text")
    return dict(zip(words[::2], words[1::2], strict=True))


def _same(word: str, ours: str) -> bool:
    if word == ours:
        return True
    try:
        return bool(json.loads(word) == json.loads(ours))
    except (ValueError, RecursionError):
        return False


def codec_of(resource: Resource, beside: Beside = NOTHING) -> Codec:
    """How the values of a resource travel; `beside`: what its payload can say beside a value."""
    name = resource.value_text
    named = name.isidentifier() and name not in BUILTIN_TYPES
    bare = resource.stored.bare
    return Codec(
        name.lower() if named else "", bare, resource.payload, resource.value_type, beside,
        resource.stored.by_field,
    )  # fmt: skip
