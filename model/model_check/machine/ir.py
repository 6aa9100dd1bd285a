"""The language of the machine: what formulas, guards and effects are written in.

It is the one meaning of a spec: the generated source, the native engine, z3 and the traces
all read it. Everything is an integer: a list is a length and its items packed into one
number, a set is a bit mask, a truth is 0 or 1. Integers are unbounded and signed as in Python
(`//`, `%` floor; `>>` is arithmetic; shift counts are never negative).

A body is a sequence of statements over locals. The fields of the state are locals too
(see `names`): they hold the state's values when the body starts, and `Emit`
makes a successor of the values they have then. A body has one implicit local, `halt`,
0 at the start: `Require` sets it to -1 (the step cannot fire), `Fail` to a failure's code
(positive); the first one wins. `Emit` gives a successor when halt is 0, the failure when
it is positive, and nothing when it is -1. Evaluation goes on after a halt, with values that
do not matter but are always defined (no zero divisor, no negative shift, bounded loops).
Except through `Choice`, a body emits at most once on any path.
"""

from __future__ import annotations

from typing import Literal as OneOf

from ..language.records import dataclass

__all__ = [
    "BitCount",
    "Choice",
    "Const",
    "Decision",
    "Emit",
    "Expr",
    "Fail",
    "If",
    "Let",
    "Local",
    "Loop",
    "Note",
    "Operation",
    "Renewal",
    "Require",
    "Select",
    "Statement",
]  # fmt: skip

Operator = OneOf[
    "+", "-", "*", "//", "%", "<<", ">>", "&", "|", "^", "==", "!=", "<", "<=", ">", ">="
]


# --- integer expressions ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Const:
    value: int


@dataclass(frozen=True, slots=True)
class Local:
    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Comparisons give 0 or 1. `&` and `|` of truths are `and` and `or`."""

    operator: Operator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Select:
    """`then` where `test` is not 0, else `orelse`."""

    test: Expr
    then: Expr
    orelse: Expr


@dataclass(frozen=True, slots=True)
class BitCount:
    """The number of one bits of a value that is not negative."""

    value: Expr


Expr = Const | Local | Operation | Select | BitCount


# --- statements ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Let:
    """Give a local a value; locals may be given values again, also of fields."""

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class If:
    test: Expr
    then: tuple[Statement, ...]
    orelse: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """`for name in range(count)`. The count is at most `bound` on every state of the layout
    (None where nothing bounds it before run time)."""

    name: str
    count: Expr
    bound: int | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The free choice of `name` in `range(count)`: the body happens for any one of them.
    Executed like a Loop whose rounds each start from the locals' values before it."""

    name: str
    count: Expr
    bound: int | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Require:
    """The step can fire only if `test` is not 0. `wait`: which of the machine's waits that is;
    none below 0."""

    test: Expr
    wait: int = -1


@dataclass(frozen=True, slots=True)
class Fail:
    """If `test` is not 0, the step runs into failure number `code` (from 1). `limit`: it is
    one of this tool, and what would have happened is not known."""

    code: int
    test: Expr
    limit: bool = False
    value: Expr | None = None
    """The number that is wrong, for the trace."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a trace tells: call number `call` with these values (arguments, then the result
    if there is one), each encoded as `Shape.encode` would. No effect. `sent`:
    it was sent with these arguments; the note of its answer comes in its place, unless the step
    fails before."""

    call: int
    values: tuple[Expr, ...]
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Condition number `condition` of the machine comes out as `test` here. No effect: only who
    asks what no run ever does reads it."""

    condition: int
    test: Expr


@dataclass(frozen=True, slots=True)
class Renewal:
    """The time to live of which `field` is the first is given anew here, be it as long as it was.
    No effect: only who asks for how long it has been running reads it."""

    field: int


@dataclass(frozen=True, slots=True)
class Emit:
    """The successor by step `step`; for an initial state, step is -1."""

    step: int


Statement = Let | If | Loop | Choice | Require | Fail | Note | Decision | Renewal | Emit
