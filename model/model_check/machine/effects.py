"""What a step reads and writes, and which two steps commute.

Who asks this, asks here: the memory of the search, what is dead, what native code loads, which
events can be put off, and which steps of a program can change places. It is a question about
the text of a step; whether two that have to do with each other can change places all the same
is for z3 to say (see `symbolic.movers`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from ..language.records import dataclass
from .core import Formula, Machine
from .ir import Decision, Emit, Expr, If, Let, Local, Note, Statement
from .names import fields_of, is_old
from .rewrite import Block, blocks_of, children, expressions_of, map_parts, statements_in

__all__ = [
    "Effects", "assigned", "effects_of", "fields_naming", "fields_read", "fields_written",
    "leading_to", "locals_in", "locals_of", "union",
]  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Effects(Generic[T]):
    """What something reads, and what it writes: fields of a state by index, or whatever else
    two things can share."""

    reads: frozenset[T]
    writes: frozenset[T]

    @property
    def touches(self) -> frozenset[T]:
        """What it reads or writes."""
        return self.reads | self.writes

    def conflicts(self, other: Effects[T]) -> frozenset[T]:
        """What one of the two writes, and the other reads or writes."""
        return self.writes & other.touches | self.reads & other.writes

    def commutes_with(self, other: Effects[T]) -> bool:
        """Whether the two surely do the same in either order."""
        return not self.conflicts(other)


def union(effects: Iterable[Effects[T]]) -> Effects[T]:
    """What several together read and write."""
    found = tuple(effects)
    return Effects(
        frozenset[T]().union(*(each.reads for each in found)),
        frozenset[T]().union(*(each.writes for each in found)),
    )


def effects_of(body: Iterable[Statement], *, notes: bool = True) -> Effects[int]:
    """The fields that a body reads and writes; `notes` counts what only traces read."""
    body = tuple(body)
    return Effects(fields_of(locals_in(body, notes=notes)), fields_written(body))


def fields_written(body: Iterable[Statement]) -> frozenset[int]:
    """The fields that a body may give a value to."""
    return fields_of(assigned(body))


def fields_read(formula: Formula, *, old: bool | None = None) -> frozenset[int]:
    """The fields that a formula may read; `old`: those of the state before a step alone (True),
    or those of its own state alone (False)."""
    names = locals_in(formula.body)
    locals_of(formula.value, names)
    return fields_of(name for name in names if old is None or is_old(name) is old)


def fields_naming(machine: Machine, steps: Iterable[int]) -> frozenset[int]:
    """The fields of the loop variables that stand in the names of the events of some steps."""
    return frozenset(
        field
        for step in steps
        for variable in machine.steps[step].indices
        for field in machine.variables[variable].fields
    )


def leading_to(body: Block, step: int) -> Block:
    """A body without the branches that always give a successor by another step, or none: whoever
    takes this step has been in none of them (on a path a body emits once)."""

    def inside(block: Block) -> Block:
        if _always_emits(block) and not any(
            isinstance(each, Emit) and each.step == step for each in statements_in(block)
        ):
            return ()
        return leading_to(block, step)

    return tuple(map_parts(each, lambda expression: expression, inside) for each in body)


def _always_emits(block: Block) -> bool:
    """Whether every path through a block comes by an `Emit`."""
    return any(
        isinstance(each, Emit)
        or (isinstance(each, If) and all(map(_always_emits, blocks_of(each))))
        for each in block
    )


def locals_of(expression: Expr, into: set[str]) -> None:
    """Add the names of all locals that an expression reads."""
    if isinstance(expression, Local):
        into.add(expression.name)
    for part in children(expression):
        locals_of(part, into)


def locals_in(body: Iterable[Statement], *, notes: bool = True) -> set[str]:
    """The names of all locals that a body reads; `notes` counts those only traces read."""
    names: set[str] = set()
    for statement in statements_in(body):
        if notes or not isinstance(statement, Note | Decision):
            for expression in expressions_of(statement):
                locals_of(expression, names)
    return names


def assigned(body: Iterable[Statement]) -> set[str]:
    """The names of all locals that a body gives a value to (loop variables not counted)."""
    return {s.name for s in statements_in(body) if isinstance(s, Let)}
