"""What of a step concerns another one: the rest of it is the same in either order."""

from __future__ import annotations

from collections.abc import Iterable

from ..machine.core import Machine
from ..machine.effects import assigned, locals_of
from ..machine.ir import Choice, Fail, If, Let, Loop, Statement
from ..machine.names import field_local, is_field
from ..machine.passes.liveness import BackwardPass, LiveLocals
from ..machine.rewrite import Block, blocks_of, expressions_of, map_parts, statements_in

__all__ = ["concerned"]


def concerned(
    machine: Machine, body: Block, written: frozenset[int], touched: frozenset[int]
) -> Block:
    """A body without the fields that it gives values to which another step does not touch, and that
    do not depend on what that writes; nor is it asked whether there is room for them. Of a free
    choice nothing is left out, for it tells which way was gone."""
    if any(isinstance(each, Choice) for each in statements_in(body)):
        return body
    depending = {field_local(each) for each in written}
    while _spread(body, depending):
        pass
    wanted = {field_local(each) for each in touched} | depending
    ends = LiveLocals({name for name in assigned(body) if name in wanted})
    left = BackwardPass(ends, "").body(_without_room(machine, body, None), LiveLocals(set()))
    known = assigned(left)
    again = _without_room(machine, body, known)
    return BackwardPass(ends, "").body(again, LiveLocals(set()))


def _spread(body: Iterable[Statement], depending: set[str]) -> bool:
    """Add the locals that depend on some others; whether there were any."""
    before = len(depending)
    for each in body:
        asked: set[str] = set()
        for expression in expressions_of(each):
            locals_of(expression, asked)
        if not asked.isdisjoint(depending):
            match each:
                case Let(name):
                    depending.add(name)
                case Loop(name=name) | Choice(name=name):
                    depending |= {name, *assigned((each,))}
                case If():
                    depending |= assigned((each,))
        for block in blocks_of(each):
            _spread(block, depending)
    return len(depending) > before


def _without_room(machine: Machine, body: Block, known: set[str] | None) -> Block:
    """A body that does not ask for room, but where what is asked is `known` all the same."""

    def kept(statement: Statement) -> bool:
        if not isinstance(statement, Fail) or not machine.failures[statement.code - 1].unfinished:
            return True
        names: set[str] = set()
        locals_of(statement.test, names)
        return known is not None and bool(names) and all(n in known or is_field(n) for n in names)

    def block(inside: Block) -> Block:
        return tuple(
            map_parts(each, lambda expression: expression, block) for each in inside if kept(each)
        )

    return block(body)
