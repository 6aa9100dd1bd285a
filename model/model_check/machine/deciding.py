"""From a body to the part of it that decides whether it gives a successor or a failure.

What a step does behind its last guard, and whatever no guard asks for, is left out; where both ways
of a condition end the same, so is the condition. A question about many steps is small then.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..language.records import replace
from .effects import locals_of
from .ir import Choice, Decision, Emit, Fail, If, Let, Loop, Note, Renewal, Require, Statement
from .rewrite import Block, expressions_of

__all__ = ["deciding"]

_REACHED = Emit(0)
"""Which successor it would be does not count."""


def deciding(body: Iterable[Statement]) -> Block:
    """A body that reaches an `Emit`, without a guard that is false before it, exactly where another
    one does."""
    return _Backwards().block(tuple(body))


class _Backwards:
    """The way back through a body. `live`: the locals whose values count behind the place that it
    has come to; `guarded`: whether a guard may come there, which a failure before it overrides."""

    def __init__(self) -> None:
        self.live: frozenset[str] = frozenset()
        self.guarded = False

    def block(self, body: Block) -> Block:
        found: list[Statement] = []
        for each in reversed(body):
            found += reversed(self.statement(each))
        return tuple(reversed(found))

    def statement(self, statement: Statement) -> Block:
        match statement:
            case Note() | Decision() | Renewal():
                return ()
            case Emit():
                return (_REACHED,)
            case Let(name):
                if name not in self.live:
                    return ()
                self.live -= {name}
            case Fail():
                if not self.guarded:
                    return ()
            case Require():
                self.guarded = True
            case If(test, then, orelse):
                behind = self.live, self.guarded
                first = self.block(then)
                after = self.live, self.guarded
                self.live, self.guarded = behind
                second = self.block(orelse)
                if first == second:
                    return first
                self.live |= after[0]
                self.guarded |= after[1]
                statement = If(test, first, second)
            case Loop() | Choice():
                inside = self._rounds(statement.body)
                if not inside:
                    return ()
                statement = replace(statement, body=inside)
        self._read(statement)
        return (statement,)

    def _rounds(self, body: Block) -> Block:
        """The body of a loop, behind which it may come again."""
        while True:
            behind = self.live, self.guarded
            inside = self.block(body)
            self.live |= behind[0]
            self.guarded |= behind[1]
            if (self.live, self.guarded) == behind:
                return inside

    def _read(self, statement: Statement) -> None:
        names: set[str] = set()
        for expression in expressions_of(statement):
            locals_of(expression, names)
        self.live |= names
