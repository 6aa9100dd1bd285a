"""From a property that speaks of whole runs to automata: of the runs that break it, and of those
that do not."""

from __future__ import annotations

from functools import lru_cache

from ..language.source.diagnostics import Diagnostics, Source
from ..language.source.text import Text
from ..language.syntax.temporal import parse_formula
from ..language.temporal import Formula, negation
from ..language.tree.spec import Property
from .automaton import Automaton
from .automaton.translation import automaton_of

__all__ = ["breaking", "formula_of", "keeping"]


def breaking(each: Property) -> Automaton:
    """The automaton of the runs that break a property. Its atoms are those that the property asks
    of states, in their order. Raises AutomatonTooLargeError."""
    return automaton_of(negation(formula_of(each)))


def keeping(each: Property) -> Automaton:
    """The automaton of the runs of which a property is true. Raises AutomatonTooLargeError."""
    return automaton_of(formula_of(each))


def formula_of(each: Property) -> Formula:
    """What must be true of every fair run."""
    return each.in_time or _parsed(each.form.in_time)


@lru_cache
def _parsed(text: str) -> Formula:
    errors = Diagnostics()
    formula = parse_formula(Text.of(Source("a form of property", text)), errors)
    errors.raise_if_any()
    assert formula is not None
    return formula
