"""Program text as it is written: the statements of processes and commands, untyped.

The program parser builds them, the checker reads them.
"""

from __future__ import annotations

from ..records import dataclass
from ..source.diagnostics import Position
from .written import Expression, Name

__all__ = [
    "Assign", "Atomic", "Await", "Background", "Both", "Break", "Continue", "Either", "Evaluate",
    "For", "If", "Labelled", "Notify", "Pass", "Refuse", "Return", "Statement", "Try", "Watching",
    "While", "blocks_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """`label: statement` or a label with an indented block: one atomic step.

    The body is never empty. `inline`: it is one statement on the label's own line, such as an
    `If` (`check: if stream.llen() > 0:`); False for a block.
    """

    label: Name
    body: tuple[Statement, ...]
    inline: bool
    at: Position


@dataclass(frozen=True, slots=True)
class Assign:
    """`target = value`; `target += value` has `operator` "+" (one of + - * // % | &)."""

    target: Expression
    value: Expression
    operator: str | None
    at: Position


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression for its effect: a command call, or `shown.append(x)`."""

    value: Expression
    at: Position


@dataclass(frozen=True, slots=True)
class Await:
    condition: Expression
    at: Position


@dataclass(frozen=True, slots=True)
class Pass:
    at: Position


@dataclass(frozen=True, slots=True)
class Break:
    at: Position


@dataclass(frozen=True, slots=True)
class Continue:
    at: Position


@dataclass(frozen=True, slots=True)
class Return:
    """Only in the commands of a kind."""

    value: Expression | None
    at: Position


@dataclass(frozen=True, slots=True)
class Refuse:
    """`refuse "ERR ..."`: the command answers this error. Only in the commands of a kind."""

    error: str
    at: Position


@dataclass(frozen=True, slots=True)
class Watching:
    """`touch`: whoever watches the key will know; `watch`, `unwatch`: the caller does, and no more.
    Only in the commands of a kind."""

    word: str
    at: Position


@dataclass(frozen=True, slots=True)
class Notify:
    """`notify "set"`: the server tells of this event of the key; `notify to "lpush"`: of the key of
    another resource that the command is given. Only in the commands of a kind."""

    event: str
    of: str
    at: Position


@dataclass(frozen=True, slots=True)
class For:
    target: Name
    iterable: Expression
    body: tuple[Statement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class While:
    condition: Expression
    body: tuple[Statement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class If:
    """`if/elif/else`: branches in order, then the `else` (empty where there is none)."""

    branches: tuple[tuple[Expression, tuple[Statement, ...]], ...]
    orelse: tuple[Statement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Either:
    """`either:` and its `or:` branches (two at least): a free choice; the last one may be an
    `or timeout:`."""

    branches: tuple[tuple[Statement, ...], ...]
    at: Position
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """`both:` and its `and:` branches (two at least), which run beside each other."""

    branches: tuple[tuple[Statement, ...], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Background:
    """`background:`: the block runs beside what follows."""

    body: tuple[Statement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Try:
    """`try:` around labelled steps, and what is done for each thing that is caught, by its word:
    `except disconnected:`."""

    body: tuple[Statement, ...]
    handlers: tuple[tuple[str, tuple[Statement, ...]], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Atomic:
    """`with atomic:`: the labelled steps inside become one. `watch`: the keys that it names; it
    fails where what is watched was touched."""

    body: tuple[Statement, ...]
    at: Position
    watch: tuple[Expression, ...] = ()


Statement = (
    Labelled | Assign | Evaluate | Await | Pass | Break | Continue | Return | Refuse | Watching
    | Notify | For | While | If | Either | Both | Background | Try | Atomic
)  # fmt: skip


def blocks_of(statement: Statement) -> tuple[tuple[Statement, ...], ...]:
    """The blocks that a statement is directly made of."""
    match statement:
        case Labelled(body=body) | For(body=body) | While(body=body):
            return (body,)
        case Atomic(body) | Background(body):
            return (body,)
        case If(branches, orelse):
            return (*(body for _, body in branches), orelse)
        case Either(branches) | Both(branches):
            return branches
        case Try(body, handlers):
            return (body, *(handler for _, handler in handlers))
    return ()
