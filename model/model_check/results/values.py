"""The values that say why a formula is true or false, in values that a person can read."""

from __future__ import annotations

from ..language.records import dataclass

__all__ = ["FormulaValues", "TermValue"]


@dataclass(frozen=True, slots=True)
class TermValue:
    """A part of a formula and its value: `len(client.shown)`, `old(n)`. `false for c` are the
    values of `c` of which what `all` asks is false, `true for c` those of which what `any` asks is
    true."""

    text: str
    value: object


@dataclass(frozen=True, slots=True)
class FormulaValues:
    """The parts of a property's formulas after step `step` of its trace (0: at the start), in the
    order of the text; those without a value there are left out. `reads`: the variables, by shown
    name, that its formulas depend on."""

    step: int
    terms: tuple[TermValue, ...]
    reads: tuple[str, ...]
