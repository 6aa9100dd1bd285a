"""Formulas of linear temporal logic (LTL): what must be true along an infinite run.

In: what the parser builds. Out: the same formula negated, in negation normal form or as text, and
its atoms. An atom is the text of an expression of truth type, such as the name of a definition;
what it is, the checker finds out. A run is an infinite word of states; whoever judges a run that
ends lets it repeat its last state for ever.

Meaning and laws: Baier, Katoen, Principles of Model Checking, 2008, chapter 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from .records import dataclass, field
from .source.diagnostics import Position
from .source.text import Text

__all__ = [
    "MOST_ATOMS", "TEMPORAL", "Always", "And", "Atom", "Constant", "Equivalent", "Eventually",
    "Formula", "Implies", "Next", "Not", "Or", "Release", "StrongRelease", "Until", "WeakUntil",
    "atoms", "every_atom", "formula_text", "negation", "negation_normal_form", "parts_of",
    "speaks_of_time",
]  # fmt: skip

MOST_ATOMS = 30
"""Atoms of a formula."""


@dataclass(frozen=True, slots=True)
class Atom:
    """What is true or false in a state. `name` is its expression, on one line; `text` is the same
    in the file. Two atoms of one name are equal, wherever they stand."""

    name: str
    text: Text = field(compare=False, repr=False)

    @property
    def at(self) -> Position:
        """Where it stands in the file."""
        return self.text.at()


@dataclass(frozen=True, slots=True)
class Constant:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    of: Formula


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more parts."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some of two or more parts."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Implies:
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Equivalent:
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Next:
    """`X p`: p in the next state."""

    of: Formula


@dataclass(frozen=True, slots=True)
class Eventually:
    """`F p`: p now or later."""

    of: Formula


@dataclass(frozen=True, slots=True)
class Always:
    """`G p`: p now and for ever."""

    of: Formula


@dataclass(frozen=True, slots=True)
class Until:
    """`p U q`: q comes, and p is true until then."""

    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class WeakUntil:
    """`p W q`: p is true until q comes; if q never comes, p is true for ever."""

    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Release:
    """`p R q`: q is true until p comes, and in that state too; if p never comes, for ever."""

    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class StrongRelease:
    """`p M q`: p comes, and q is true until then, and in that state too."""

    left: Formula
    right: Formula


Unary: TypeAlias = Not | Next | Eventually | Always
Binary: TypeAlias = Implies | Equivalent | Until | WeakUntil | Release | StrongRelease
Formula: TypeAlias = Atom | Constant | And | Or | Unary | Binary

TEMPORAL = (Next, Eventually, Always, Until, WeakUntil, Release, StrongRelease)
"""What speaks of other states than the present one."""


def parts_of(formula: Formula) -> tuple[Formula, ...]:
    """The operands of a formula, from left to right."""
    match formula:
        case And(parts) | Or(parts):
            return parts
        case Not(of) | Next(of) | Eventually(of) | Always(of):
            return (of,)
        case Atom() | Constant():
            return ()
    return (formula.left, formula.right)


def atoms(formula: Formula) -> tuple[Atom, ...]:
    """The atoms in the order in which they first appear, each once."""
    found: dict[str, Atom] = {}
    for each in every_atom(formula):
        found.setdefault(each.name, each)
    return tuple(found.values())


def every_atom(formula: Formula) -> Iterator[Atom]:
    """The atoms wherever they stand, from left to right."""
    return (each for each in _nodes(formula) if isinstance(each, Atom))


def _nodes(formula: Formula) -> Iterator[Formula]:
    """All parts from left to right, shared ones once."""
    waiting, seen = [formula], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting += reversed(parts_of(node))


def speaks_of_time(formula: Formula) -> bool:
    """Whether a formula asks anything of other states than the present one."""
    return any(isinstance(each, TEMPORAL) for each in _nodes(formula))


def negation(formula: Formula) -> Formula:
    """What is true of exactly the runs of which the formula is not."""
    match formula:
        case Not(of):
            return of
        case Constant(value):
            return Constant(not value)
    return Not(formula)


# --- negation normal form ------------------------------------------------------------------------

_DUAL: dict[type, type] = {
    And: Or, Or: And, Next: Next, Eventually: Always, Always: Eventually, Until: Release,
    Release: Until, WeakUntil: StrongRelease, StrongRelease: WeakUntil,
}  # fmt: skip
"""not (p U q) is (not p) R (not q), and so on."""


def negation_normal_form(formula: Formula) -> Formula:
    """The same without `->` and `<->`, and with `Not` around atoms only.

    `<->` says each of its sides twice; equal parts are then one object, so that the result takes
    no more memory than twice the formula's, while its text may be much longer.
    """
    return _Normal().of(formula, positive=True)


class _Normal:
    """Normal forms of the parts of one formula, and of their negations, each made once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, bool], Formula] = {}

    def of(self, formula: Formula, *, positive: bool) -> Formula:
        key = id(formula), positive
        if key not in self._made:
            self._made[key] = self._make(formula, positive)
        return self._made[key]

    def _make(self, formula: Formula, positive: bool) -> Formula:
        match formula:
            case Atom():
                return formula if positive else Not(formula)
            case Constant(value):
                return Constant(value == positive)
            case Not(of):
                return self.of(of, positive=not positive)
            case Implies(left, right):
                sides = (self.of(left, positive=not positive), self.of(right, positive=positive))
                return Or(sides) if positive else And(sides)
            case Equivalent(left, right):
                yes, no = (self.of(left, positive=sign) for sign in (True, False))
                same, other = (self.of(right, positive=sign) for sign in (positive, not positive))
                return Or((And((yes, same)), And((no, other))))
        parts = tuple(self.of(each, positive=positive) for each in parts_of(formula))
        kind = type(formula) if positive else _DUAL[type(formula)]
        made: Formula = kind(parts) if kind in (And, Or) else kind(*parts)
        return made


# --- text ----------------------------------------------------------------------------------------

_UNARY: dict[type, str] = {Not: "!", Next: "X ", Eventually: "F ", Always: "G "}
_BINARY: dict[type, str] = {
    Until: "U", WeakUntil: "W", Release: "R", StrongRelease: "M", And: "&", Or: "|",
    Implies: "->", Equivalent: "<->",
}  # fmt: skip
_TIGHT: dict[type, int] = {
    Implies: 0, Equivalent: 0, Or: 1, And: 2, Until: 3, WeakUntil: 3, Release: 3, StrongRelease: 3,
}  # fmt: skip
"""How tight an operator binds; those that are not here bind tightest."""
_TIGHTEST = 4


def formula_text(formula: Formula) -> str:
    """A formula as it is written, with no more brackets than it needs: `G (asked -> F answered)`.

    The parser makes the same formula of it."""
    match formula:
        case Atom(name):
            return name
        case Constant(value):
            return "true" if value else "false"
        case Not(of) | Next(of) | Eventually(of) | Always(of):
            return _UNARY[type(formula)] + _operand(of, _TIGHTEST)
    kind, parts = type(formula), parts_of(formula)
    tight = _TIGHT[kind]
    shown = [_operand(each, tight + 1) for each in parts[:-1]]
    # What is right associative needs no brackets there; `->` beside `<->` needs them everywhere.
    alike = kind not in (And, Or) and (tight > 0 or type(parts[-1]) is kind)
    shown.append(_operand(parts[-1], tight if alike else tight + 1))
    return f" {_BINARY[kind]} ".join(shown)


def _operand(formula: Formula, least: int) -> str:
    """The text of a formula, in brackets where it binds less tight than `least`."""
    text = formula_text(formula)
    return text if _TIGHT.get(type(formula), _TIGHTEST) >= least else f"({text})"
