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
from dataclasses import dataclass
from functools import cached_property

from ...language.syntax.payload import Payload
from ...language.tree.spec import Resource
from ...language.types import EnumType, IntType, OptionType, Type
from .template import Found, TemplateCodec, bare_text, read_bare, whole
from .values import PayloadError, Value, fits, from_json, shown

__all__ = ["Codec", "PayloadError", "Value", "codec_of", "fits"]

BUILTIN_TYPES = frozenset({"int", "bool"})
FIELD = "value"
"""The field that a value is in, of what has fields and whose payload is one text."""


@dataclass(frozen=True)
class Codec:
    """How one resource's values travel. `word` stands before a number (`chunk7`), "" for none;
    `bare`: numbers and names as they are, without JSON around them. `payload` and the type `of`
    what it says: as the spec has it, whatever else is said here."""

    word: str
    bare: bool
    payload: Payload | None = None
    of: Type | None = None

    @cached_property
    def plain(self) -> Codec:
        """How values travel beside them that are not what the payload is of, as the field of a
        hash."""
        return Codec(self.word, self.bare)

    @cached_property
    def _templates(self) -> Mapping[str, TemplateCodec]:
        """By the field that they are in."""
        if self.payload is None or self.of is None:
            return {}
        names = self.payload.names or (FIELD,)
        made = zip(names, self.payload.templates, self.payload.as_text, strict=True)
        return {name: TemplateCodec(each, self.of, as_text=text) for name, each, text in made}

    def write(self, kind: Type, value: Value) -> str:
        """A value as the text of a payload."""
        if self._templates:
            (template,) = self._templates.values()
            return template.write(value)
        if self.bare or isinstance(value, bool) or not isinstance(value, int | str):
            return bare_text(value)
        complete = isinstance(kind, IntType) and kind.high == value
        return json.dumps({"content": f"{self.word}{value}", "is_complete": complete})

    def write_fields(self, kind: Type, value: Value) -> list[str]:
        """A value as names and texts of fields, in turn."""
        if not self._templates:
            return [FIELD, self.write(kind, value)]
        words = []
        for name, template in self._templates.items():
            words += [name, template.write(value)]
        return words

    def read(self, kind: Type, text: str) -> Value:
        """The value that a payload stands for. Raises PayloadError."""
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

    def same(self, words: Sequence[str], ours: Sequence[str]) -> bool:
        """Whether words of a log that end in a payload say the same as ours, however they are
        spaced, and whatever stands where ours have something harmless."""
        if not self._templates:
            return len(words) == len(ours) and all(map(_same, words, ours))
        count = 2 * len(self._templates) if self.payload and self.payload.names else 1
        start = len(ours) - count
        if list(words[:start]) != list(ours[:start]) or len(words) <= start:
            return False
        try:
            return self._found(words[start:]) == self._found(ours[start:])
        except PayloadError:
            return False

    def _found(self, words: Sequence[str]) -> Found:
        """What the words of a payload say: fields, or one text."""
        if self.payload is not None and self.payload.names is not None:
            return self._of_fields(_by_name(words))
        if len(words) != 1:
            raise PayloadError("a payload is one word")
        (template,) = self._templates.values()
        return template.read(words[0])

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
        try:
            found = json.loads(text)
        except ValueError as error:
            raise PayloadError(f"{shown(text)} is no JSON") from error
        if isinstance(found, dict) and "content" in found and isinstance(kind, IntType | EnumType):
            return self._content(kind, str(found["content"]))
        return from_json(kind, found)

    def _content(self, kind: Type, content: str) -> Value:
        if isinstance(kind, EnumType):
            return content.removeprefix(self.word)
        number = re.fullmatch(rf"{re.escape(self.word)}(-?\d+)", content)
        if number is None:
            raise PayloadError(f"{content!r} is not {self.word or 'a number'} and a number")
        return int(number[1])


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


def codec_of(resource: Resource) -> Codec:
    """How the values of a resource travel."""
    name = resource.value_text
    named = name.isidentifier() and name not in BUILTIN_TYPES
    bare = resource.stored.bare
    return Codec(name.lower() if named else "", bare, resource.payload, resource.value_type)
