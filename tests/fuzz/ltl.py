"""Formulas of linear temporal logic, read and judged a second time, from their definitions alone.

In: the text of a formula, and a word: what each state of a run says of the atoms, the last one
followed by the one at `loop_from`. Out: whether the formula is true of it; None where that
depends on an atom that has no value (Kleene's three values). No automata, no fixed points: an
until walks along the word.

A formula is a tuple: its operator and its operands, such as ("U", ("atom", "p"), ("true",)).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["Formula", "Letter", "Truth", "atoms", "normal", "parsed", "truth"]

Formula = tuple[Any, ...]
Truth = bool | None
Letter = Mapping[str, Truth]

_TOKEN = re.compile(r"\s*(<->|->|&&|\|\||\[\]|<>|[()&|!]|[A-Za-z_]\w*)")
_UNARY = {
    "!": "!", "not": "!", "X": "X", "next": "X", "F": "F", "eventually": "F", "<>": "F",
    "G": "G", "always": "G", "[]": "G",
}  # fmt: skip
_LEVELS: tuple[dict[str, str], ...] = (
    {"->": "->", "implies": "->", "<->": "<->"},
    {"|": "|", "||": "|", "or": "|"},
    {"&": "&", "&&": "&", "and": "&"},
    {"U": "U", "until": "U", "W": "W", "R": "R", "releases": "R", "M": "M"},
)
"""Binary operators, those that bind least first; all but the first two of `|` and `&` group to
the right, and for these that makes no difference."""


def parsed(text: str) -> Formula:
    """The formula that a text is; it is known to be right."""
    tokens = _TOKEN.findall(text)
    formula, rest = _level(tokens, 0)
    assert not rest, rest
    return formula


def _level(tokens: list[str], level: int) -> tuple[Formula, list[str]]:
    if level == len(_LEVELS):
        return _unary(tokens)
    left, rest = _level(tokens, level + 1)
    if rest and rest[0] in _LEVELS[level]:
        right, after = _level(rest[1:], level)
        return (_LEVELS[level][rest[0]], left, right), after
    return left, rest


def _unary(tokens: list[str]) -> tuple[Formula, list[str]]:
    first, *rest = tokens
    if first in _UNARY:
        inner, rest = _unary(rest)
        return (_UNARY[first], inner), rest
    if first == "(":
        inner, rest = _level(rest, 0)
        assert rest[0] == ")"
        return inner, rest[1:]
    if first in ("true", "false"):
        return (first,), rest
    return ("atom", first), rest


def atoms(formula: Formula) -> set[str]:
    """The names that a formula speaks of."""
    if formula[0] == "atom":
        return {formula[1]}
    return {name for part in formula[1:] for name in atoms(part)}


# --- of one word ---------------------------------------------------------------------------------


def truth(formula: Formula, word: Sequence[Letter], loop_from: int) -> Truth:
    """Whether a formula is true of an infinite word."""
    return _Word(word, loop_from).along(formula)[0]


class _Word:
    def __init__(self, letters: Sequence[Letter], loop_from: int) -> None:
        self.letters = letters
        self.following = [*range(1, len(letters)), loop_from]

    def along(self, formula: Formula) -> list[Truth]:
        """The truth of a formula at each place of the word."""
        size = len(self.letters)
        match formula:
            case ("true",) | ("false",):
                return [formula[0] == "true"] * size
            case ("atom", name):
                return [letter[name] for letter in self.letters]
        parts = [self.along(part) for part in formula[1:]]
        match formula[0], *parts:
            case "!", of:
                return [_not(each) for each in of]
            case "X", of:
                return [of[place] for place in self.following]
            case "F", of:
                return self.until([True] * size, of)
            case "G", of:
                return self.always(of)
            case "&", left, right:
                return [*map(_and, left, right)]
            case "|", left, right:
                return [*map(_or, left, right)]
            case "->", left, right:
                return [_or(_not(a), b) for a, b in zip(left, right, strict=True)]
            case "<->", left, right:
                return [*map(_same, left, right)]
            case "U", left, right:
                return self.until(left, right)
            case "W", left, right:
                return [*map(_or, self.until(left, right), self.always(left))]
            case "R", left, right:
                return [*map(_or, self.until(right, _both(left, right)), self.always(right))]
            case "M", left, right:
                return self.until(right, _both(left, right))
        raise NotImplementedError(formula[0])

    def until(self, left: Sequence[Truth], right: Sequence[Truth]) -> list[Truth]:
        """For each place: whether `right` comes, `left` being true up to there."""
        found = []
        for place in range(len(self.letters)):
            held: Truth = True
            comes: Truth = False
            for _ in self.letters:  # after so many places nothing new is seen
                comes = _or(comes, _and(held, right[place]))
                held = _and(held, left[place])
                place = self.following[place]
            found.append(comes)
        return found

    def always(self, of: Sequence[Truth]) -> list[Truth]:
        found = []
        for place in range(len(self.letters)):
            holds: Truth = True
            for _ in self.letters:
                holds = _and(holds, of[place])
                place = self.following[place]
            found.append(holds)
        return found


def _not(a: Truth) -> Truth:
    return None if a is None else not a


def _and(a: Truth, b: Truth) -> Truth:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _or(a: Truth, b: Truth) -> Truth:
    return _not(_and(_not(a), _not(b)))


def _same(a: Truth, b: Truth) -> Truth:
    return None if a is None or b is None else a == b


def _both(left: Sequence[Truth], right: Sequence[Truth]) -> list[Truth]:
    return [*map(_and, left, right)]


# --- without negations ---------------------------------------------------------------------------


def normal(formula: Formula, positive: bool = True) -> Formula:
    """The formula, or its negation, of `true`, `false`, atoms said or denied (("is", name, truth)),
    `&`, `|`, `X`, `U` and `R` alone."""

    def go(part: Formula, same: bool = True) -> Formula:
        return normal(part, positive is same)

    true, false = ("true",), ("false",)
    if not positive:
        true, false = false, true
    join, meet, until, release = ("|", "&", "U", "R") if positive else ("&", "|", "R", "U")
    made: dict[str, Callable[..., Formula]] = {
        "true": lambda: true, "false": lambda: false,
        "atom": lambda name: ("is", name, positive),
        "!": lambda a: go(a, False),
        "X": lambda a: ("X", go(a)),
        "F": lambda a: (until, true, go(a)),
        "G": lambda a: (release, false, go(a)),
        "&": lambda a, b: (meet, go(a), go(b)),
        "|": lambda a, b: (join, go(a), go(b)),
        "->": lambda a, b: (join, go(a, False), go(b)),
        "<->": lambda a, b: go(("|", ("&", a, b), ("&", ("!", a), ("!", b)))),
        "U": lambda a, b: (until, go(a), go(b)),
        "R": lambda a, b: (release, go(a), go(b)),
        "W": lambda a, b: (release, go(b), (join, go(a), go(b))),
        "M": lambda a, b: (until, go(b), (meet, go(a), go(b))),
    }  # fmt: skip
    return made[formula[0]](*formula[1:])
