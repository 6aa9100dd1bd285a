"""The words of a command as a kind writes them: `SET {key} {new} [EX {ex}|PX {ex}000|PX {px}]`.

What stands in square brackets is an option. It is sent where it stands, if all of its parameters
have a value; one without parameters always is. `[{keepttl:KEEPTTL}]` is the word KEEPTTL where the
parameter is true, and nothing where it is not. Of several ways, with a bar between them, at most
one is sent: the first one whose parameters have a value. Whoever reads what others have sent finds
options that stand beside each other in any order, and each in any of its ways. `{low?-inf}` is the
value of a parameter, or the word where it is None, which a call may give as a text.
`{mapping:score,member}` is a list of records, each as many words as are named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations, product

from ..records import dataclass

__all__ = ["FIELDS", "PLACE", "Option", "WireForm", "WireWord", "wire_form", "without_options"]

FIELDS = ":fields}"
"""How a place ends whose parameter is as many fields as its payload has."""
PLACE = re.compile(r"\{(\w+)(?::([^{}]*)|\?([^{}\s]+))?\}")
"""A place, for the key or for a parameter; behind a colon, the word that stands for its truth;
behind a question mark, the word that it is where it is None, and others that mean the same."""
_NONE = re.compile(r"\{(\w+)\?([^{}|\s]+)[^{}\s]*\}")
_OPTION = re.compile(r"\[\[|[ ]?\[(?P<ways>[^\[\]]*)\]")
_WORD = re.compile(r"[^\s\[\]]+")


@dataclass(frozen=True, slots=True)
class WireWord:
    """A word, and where it begins in the text."""

    text: str
    start: int

    @property
    def place(self) -> str:
        """The parameter that it is the place of, where it is nothing else; else ""."""
        found = PLACE.fullmatch(self.text)
        return "" if found is None else found[1]

    @property
    def truth(self) -> str:
        """The word that it is where its parameter is true; "" where it is none such."""
        found = PLACE.fullmatch(self.text)
        return "" if found is None or self.is_fields or self.records else found[2] or ""

    @property
    def records(self) -> tuple[str, ...]:
        """Of a list of records whose fields are a word each, their names in the order of the words:
        `{mapping:score,member}`."""
        found = PLACE.fullmatch(self.text)
        return tuple(found[2].split(",")) if found is not None and "," in (found[2] or "") else ()

    @property
    def is_fields(self) -> bool:
        """Whether it is the place of a parameter that is sent as several fields."""
        return self.text.endswith(FIELDS)

    @property
    def none(self) -> tuple[str, ...]:
        """The words that it is where its parameter is None, the one that is sent first."""
        found = PLACE.fullmatch(self.text)
        return () if found is None or not found[3] else tuple(found[3].split("|"))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that have a place in it."""
        return tuple(found[1] for found in PLACE.finditer(self.text))


@dataclass(frozen=True, slots=True)
class Option:
    """What may be sent, in one of several ways."""

    ways: tuple[tuple[WireWord, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that have a place in one of its ways."""
        return tuple(dict.fromkeys(name for way in self.ways for name in _names(way)))

    @property
    def choices(self) -> list[frozenset[str]]:
        """Sets of parameters of which at most one can be given."""
        return list(dict.fromkeys(frozenset(_names(way)) for way in self.ways))

    def excluded(self, given: Collection[str]) -> tuple[str, ...]:
        """Two parameters that are given and cannot be sent together; () where there are none."""
        mine = [each for each in self.names if each in given]
        pairs = (
            (one, other)
            for one, other in combinations(mine, 2)
            if not any({one, other} <= together for together in self.choices)
        )
        return next(pairs, ())

    @property
    def is_always_sent(self) -> bool:
        return not all(map(_names, self.ways))

    def sent(self, values: Mapping[str, object]) -> tuple[WireWord, ...]:
        """The words that are sent with these values, if any are."""
        return next((way for way in self.ways if _is_given(_names(way), values)), ())


def _names(way: Iterable[WireWord]) -> list[str]:
    return [name for word in way for name in word.names]


@dataclass(frozen=True, slots=True)
class WireForm:
    """The words and options, in order."""

    parts: tuple[WireWord | Option, ...]

    @property
    def names(self) -> frozenset[str]:
        """The parameters that have a place, and `key`."""
        return frozenset(name for part in self.parts for name in part.names)

    def variants(self) -> Iterator[tuple[WireWord, ...]]:
        """All that may be sent, with each option or without it, said in each way."""
        ways = [
            ((each,),) if isinstance(each, WireWord) else ((), *each.ways) for each in self.parts
        ]
        for chosen in product(*ways):
            yield tuple(word for words in chosen for word in words)

    def records(self, name: str) -> tuple[str, ...]:
        """The fields of the records of a list, each a word, in order; () of what is none."""
        words = (each for each in self.parts if isinstance(each, WireWord))
        return next((each.records for each in words if each.place == name), ())

    def none(self, name: str) -> tuple[str, ...]:
        """The words that stand for a parameter where it is None."""
        words = (each for each in self.parts if isinstance(each, WireWord))
        return next((each.none for each in words if each.place == name), ())

    def sent(self, values: Mapping[str, object]) -> Iterator[str]:
        """The words that are sent with these values."""
        for part in self.parts:
            if isinstance(part, WireWord):
                is_none = part.none and values.get(part.place) is None
                yield part.none[0] if is_none else part.text
            else:
                yield from (each.truth or each.text for each in part.sent(values))


def _is_given(names: Iterable[str], values: Mapping[str, object]) -> bool:
    """Whether an option is sent with these values."""
    return all(values.get(name) is not None and values[name] is not False for name in names)


@cache
def wire_form(text: str) -> WireForm:
    """The words and options that a text is of."""
    parts: list[WireWord | Option] = []
    end = 0
    for found in _OPTION.finditer(text):
        if found["ways"] is None:
            continue
        parts += _words(text, end, found.start())
        parts.append(Option(tuple(_ways(text, found.start("ways"), found.end("ways")))))
        end = found.end()
    return WireForm((*parts, *_words(text, end, len(text))))


def _ways(text: str, start: int, end: int) -> Iterator[tuple[WireWord, ...]]:
    while True:
        bar = text.find("|", start, end)
        words = tuple(_words(text, start, end if bar < 0 else bar))
        if words:
            yield words
        if bar < 0:
            return
        start = bar + 1


def _words(text: str, start: int, end: int) -> Iterator[WireWord]:
    for found in _WORD.finditer(text, start, end):
        yield WireWord(found[0], found.start())


def without_options(text: str, values: Mapping[str, object]) -> str:
    """A text as it stands in a trace, with each option that is sent with these values, and without
    the others. `[[` stands for one bracket, as a key may have it."""

    def shown(found: re.Match[str]) -> str:
        if found["ways"] is None:
            return "["
        (option,) = wire_form(found[0].strip()).parts
        assert isinstance(option, Option)
        return "".join(f" {each.truth or each.text}" for each in option.sent(values))

    def none(found: re.Match[str]) -> str:
        return found[2] if values.get(found[1]) is None else f"{{{found[1]}}}"

    return _OPTION.sub(shown, _NONE.sub(none, text))
