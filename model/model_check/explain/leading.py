"""Where a step may lead: what its action can put into the location of its process.

A branch that the step itself rules out leads nowhere: who gives up a `take` has no job in its
hands, so an `if job is not None:` behind it is not entered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..machine.ir import Const, Emit, Expr, If, Let, Local, Statement
from ..machine.names import field_local
from ..machine.rewrite import blocks_of, map_children, statements_in

__all__ = ["steps_to"]

_Known = dict[str, frozenset[int]]
"""The values that locals may have at a place, where they are known whatever the state."""


def steps_to(location: int, field: int, body: Sequence[Statement]) -> list[int]:
    """The steps of an action behind which a location's field may have this value, given by it."""
    name = field_local(field)
    return sorted({step for step, values in _emitted(name, body, {}) if location in values})


def _emitted(
    name: str, body: Sequence[Statement], known: _Known
) -> Iterator[tuple[int, frozenset[int]]]:
    """Each step that a body emits, with the values that a local may have then; `known` is that of
    the place behind, afterwards."""
    for statement in body:
        match statement:
            case Emit(step):
                yield step, known.get(name, frozenset())
            case Let(target, value):
                known.pop(target, None)
                found = _value(value, known, name)
                if isinstance(found, Const):
                    known[target] = frozenset({found.value})
            case If(test, then, orelse):
                decided = _value(test, known, name)
                if isinstance(decided, Const):
                    yield from _emitted(name, then if decided.value else orelse, known)
                    continue
                one, other = dict(known), dict(known)
                yield from _emitted(name, then, one)
                yield from _emitted(name, orelse, other)
                known.clear()
                known.update((each, one[each] | other[each]) for each in one.keys() & other.keys())
                if name in one or name in other:
                    known[name] = one.get(name, frozenset()) | other.get(name, frozenset())
            case _:
                # What is repeated, or chosen, starts with what the rounds before have left.
                blocks = list(blocks_of(statement))
                inside = [each for block in blocks for each in statements_in(block)]
                given = {each.name for each in inside if isinstance(each, Let)}
                for each in given - {name}:
                    known.pop(each, None)
                for block in blocks:
                    behind = dict(known)
                    yield from _emitted(name, block, behind)
                    known[name] = known.get(name, frozenset()) | behind.get(name, frozenset())


def _value(expr: Expr, known: _Known, but: str) -> Expr:
    """A value, computed as far as it is known; nothing is said of the local `but`, which may have
    the value that it began with."""
    if isinstance(expr, Local):
        values = known.get(expr.name, frozenset()) if expr.name != but else ()
        return Const(min(values)) if len(values) == 1 else expr
    return map_children(expr, lambda each: _value(each, known, but))
