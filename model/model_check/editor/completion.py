"""What can be written at a place: keys, words, kinds, types, names, commands and labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..language.keys import SPEC, Key, Takes
from ..language.syntax.kindfile import builtin_kinds
from ..language.syntax.names import FUNCTIONS
from ..report.words.kinds import call_text, kind_title, prose, type_text
from .keys_at import key_at, keys_below
from .place import Place, place_in
from .symbols import Symbol, Symbols

__all__ = ["Offer", "offers"]

_TYPES = {
    "bool": "True or False", "int": "an integer of any size", "enum()": "names: enum(idle, busy)",
    "list[]": "a list of any length", "set[]": "a set of a finite type",
    "dict[]": "a value for every key of a finite type",
    "1..9 | enum()": "numbers and names: 1..9 | enum(done)",
}  # fmt: skip
_STATEMENTS = (
    "await", "if", "elif", "else", "while", "for", "either", "or", "both", "and", "background",
    "with atomic", "try", "except disconnected", "except refused", "pass", "break", "continue",
)  # fmt: skip
_TIMES = {
    "every": "from when the same step came last: every 50ms",
    "exp": "exponential, by its mean: exp 50ms",
    "normal": "a bell curve, by mean and deviation: normal 50ms 5ms",
    "from log": "the times that monitor --timing found in a log",
}  # fmt: skip
_AT = re.compile(r"\bat\(\s*(?P<whom>[^\W\d]\w*)[^,()]*,\s*[\w]*\Z")


@dataclass(frozen=True)
class Offer:
    """Something that can be written: what it is (as `Symbol.what`, or `key`, `command`, `kind`,
    `word`), what is told of it beside its name, and in full."""

    text: str
    what: str
    told: str = ""
    about: str = ""


def offers(symbols: Symbols | None, lines: Sequence[str], line: int, column: int) -> list[Offer]:
    """What can be written at a place of a text whose names are known as far as they are."""
    place = place_in(lines, line, column)
    found = list(_offers(symbols, place))
    if not place.in_value:
        there = _siblings(lines, line, column)
        found = [each for each in found if each.text not in there]
    return list({each.text: each for each in found}.values())


def _offers(symbols: Symbols | None, place: Place) -> Iterator[Offer]:
    if place.names_step and symbols is not None:
        whose = place.process
        steps = symbols.of("label", whose) if whose else symbols.of("process")
        yield from map(_named, steps)
        return
    if not place.in_value:
        below = keys_below(place.keys, symbols)
        yield from (Offer(key.name, "key", "", key.about) for key in below)
        return
    key = key_at(place.keys, symbols)
    takes = _takes(place, key)
    if key is not None and key.takes is Takes.WORD:
        yield from (Offer(word, "word", key.name) for word in key.words)
    elif takes is Takes.TIME:
        yield from (Offer(word, "word", "", about) for word, about in _TIMES.items())
    elif takes is Takes.KIND:
        kinds = symbols.kinds if symbols else builtin_kinds()
        for kind in kinds.values():
            yield Offer(kind_title(kind), "kind", "", prose(kind.about))
    elif symbols is None:
        return
    elif place.keys[:1] == ("resources",) and takes is Takes.NAMES:
        of = symbols.kind_of(place.keys[1])
        yield from (Offer(each, "parameter") for each in (of.sent_parameters if of else ()))
    elif takes is Takes.NAMES and key is not None:
        yield from map(_named, symbols.of(_names_of(key), place.process))
    elif takes is Takes.TYPES:
        yield from (Offer(text, "type", about) for text, about in _TYPES.items())
        yield from map(_named, [*symbols.of("type"), *symbols.of("constant")])
    elif takes in (Takes.PROGRAM, Takes.EXPRESSION):
        yield from _in_program(symbols, place)


def _takes(place: Place, key: Key | None) -> Takes | None:
    """What is written at a place: of names of one's own, as their section says."""
    if place.program:
        return Takes.PROGRAM
    match place.keys:
        case ("types" | "vars", _) | ("processes", _, "vars", _):
            return Takes.TYPES
        case ("resources", _):
            return Takes.KIND
        case ("timing", _):
            return Takes.TIME
        case ("define" | "properties" | "constants", _) | ("watch",):
            return Takes.EXPRESSION
    if key is None:
        return None
    return Takes.EXPRESSION if key.takes in (Takes.EXPRESSIONS, Takes.FORMULA) else key.takes


def _names_of(key: Key) -> str:
    return "variable" if key.name == "keeps" else "label"


def _in_program(symbols: Symbols, place: Place) -> Iterator[Offer]:
    """What can be named in an expression or a statement."""
    if receiver := place.receiver:
        yield from _behind(symbols, place, receiver)
        return
    if at := _AT.search(place.before):
        whom = at["whom"]
        labels = [s for s in symbols.all if s.what == "label"]
        known = symbols.process(whom) is not None
        yield from map(_named, [s for s in labels if not known or s.owner == whom])
        return
    yield from map(_named, symbols.seen_from(place.process))
    yield from (Offer(each, "function") for each in sorted(FUNCTIONS))
    if place.program:
        yield from (Offer(each, "word") for each in _STATEMENTS)


def _behind(symbols: Symbols, place: Place, receiver: str) -> Iterator[Offer]:
    """What can be named behind a dot: a command where something is done, else what is held."""
    kind = symbols.kind_of(receiver)
    if kind is None:
        yield from map(_named, symbols.of("variable", receiver))
        return
    if place.program:
        for command in kind.written_commands:
            name = command.base
            yield Offer(name, "command", call_text(command), prose(command.about))
    else:
        for each in kind.state:
            yield Offer(each.name.text, "variable", type_text(each.type))


def _named(symbol: Symbol) -> Offer:
    told = symbol.written if len(symbol.written) < 60 else f"{symbol.written[:57]}..."
    return Offer(symbol.name, symbol.what, told)


def _siblings(lines: Sequence[str], line: int, column: int) -> set[str]:
    """The keys that stand beside one that is being typed."""
    above = place_in(lines, line, column).keys
    known = {key.name for key in keys_below(above, None)} or {key.name for key in SPEC}
    found = set()
    for number, text in enumerate(lines):
        key, colon, _ = text.strip().partition(":")
        if colon and number != line and key in known:
            start = len(text) - len(text.lstrip())
            if place_in(lines, number, start).keys == above:
                found.add(key)
    return found
