"""From what a spec asks of states to the formulas of its machine."""

from __future__ import annotations

from collections.abc import Callable

from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ..core import Formula
from ..formulas import Formulas
from ..shapes import unlimited
from .expressions import lower
from .ir_writer import IRWriter
from .scope import LoweringScope, World
from .values import pack

__all__ = ["formulas_of", "lower_formula"]


def formulas_of(world: World, look: Callable[[Position], None]) -> Formulas[Formula]:
    """All formulas, lowered; `look` is told the place that is looked at."""

    def made(name: str, text: str, expr: exprs.Expr) -> Formula:
        look(expr.at)
        return lower_formula(world, name, text, expr)

    spec = world.spec
    within = () if spec.within is None else (spec.within,)
    return Formulas(
        {p.name: made(p.name, p.text, p.formula) for p in spec.properties if p.formula is not None},
        {
            p.name: tuple(made(p.name, a.text, a.value) for a in p.atoms)
            for p in spec.properties
            if p.atoms
        },
        {
            p.name: made(p.name, p.text, p.of_steps)
            for p in spec.properties
            if p.of_steps is not None
        },
        {
            p.name: tuple(made(p.name, a.text, a.value) for a in p.premises)
            for p in spec.properties
            if p.premises
        },
        {
            p.name: tuple(made(f"{p.name}: prefer", "", e) for e in p.prefer)
            for p in spec.properties
        },
        *(
            tuple(made(d.name, d.text, d.value) for d in group)
            for group in (spec.defines, spec.watch, spec.views, within)
        ),
    )


def lower_formula(world: World, name: str, text: str, expr: exprs.Expr) -> Formula:
    """One formula, lowered."""
    body = IRWriter(world.tables)
    value = lower(LoweringScope(world, body), expr)
    shape = unlimited(expr.type, world.tables.layout)
    packed = body.name(pack(value, shape))
    return Formula(name, text, body.statements, packed, shape)
