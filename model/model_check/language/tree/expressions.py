"""Typed expressions: what the checker makes of the text of one.

They are evaluated left to right. Commands called in an expression take effect in that order;
the checker lets them stand only where they are evaluated exactly once (never under `and`,
`or`, `if-else` or in a comprehension), and never in properties.
"""

from __future__ import annotations

from typing import Literal as OneOf

from ..records import dataclass, field
from ..source.diagnostics import Position
from ..types import Type

__all__ = [
    "At", "Binary", "Broken", "CallerIndex", "Choose", "ClientOf", "CommandCall", "Compare",
    "Comprehension", "Conditional", "Content", "DictLiteral", "Domain", "Done", "Expr", "Field",
    "Function", "Index", "KindVar", "Let", "ListLiteral", "Literal", "Logic", "NoneLiteral", "Not",
    "OtherVar", "OwnVar", "RecordLiteral", "SelfIndex", "SetLiteral", "SharedVar", "Slice",
    "Temporary",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Literal:
    """An integer, a boolean, or a member of an enum (its index is `value`)."""

    value: int
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class NoneLiteral:
    """`None`, of type OptionType(NOTHING)."""

    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SharedVar:
    """A shared variable."""

    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class OwnVar:
    """A variable of the running process instance (also a `for` variable)."""

    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class OtherVar:
    """A process's variable seen from outside: `client.shown`, `gateway[1].snapshot`, `w.x`.

    `instance` is an index (IntType) or a bound ProcessType temporary; a `Literal` 0 for
    the only instance of a process.
    """

    process: str
    instance: Expr
    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class KindVar:
    """State of the called resource, in the body of a kind's command. `of`: all that another one
    holds, which the command was given by this name, as a record; it has no name itself."""

    name: str
    type: Type
    at: Position = field(repr=False, compare=False)
    of: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """State of a resource seen from outside: `history.items`, `socket[0].closed`. In
    properties, `define`, `watch` and `prefer` only; a program calls commands.

    `instance` is the index for a resource with a count (else None).
    """

    resource: str
    instance: Expr | None
    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Temporary:
    """A name that lives within one step: a temporary, a parameter of a command, or what a
    comprehension or an in-step `for` binds."""

    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SelfIndex:
    """`self`: the running instance's index."""

    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CallerIndex:
    """`caller` in a kind: the process instance that calls, of the resource's Client type."""

    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ClientOf:
    """A process instance as a client of a resource: `browser` in `socket.inbox[browser]`. `type`
    is the resource's Client type; an instance that is no member is a run-time error. `instance`
    as in `OtherVar`."""

    process: str
    instance: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class At:
    """`at(gateway, subscribe)`: the instance's next step can be the one with this label."""

    process: str
    instance: Expr
    label: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Done:
    """`done(gateway)`: the instance has ended (resting in a `while True` is not ended)."""

    process: str
    instance: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Old:
    """`old(value)`: the value before the step, where an expression speaks of one."""

    value: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Integers: + - * // % (Python's floor semantics). Lists: + (and * by an integer is
    refused). Sets: | & - . Both sides of a list or set operation have an equal item type
    or one that the other's values fit in; `type` is the joined one."""

    operator: OneOf["+", "-", "*", "//", "%", "|", "&"]
    left: Expr
    right: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison; a chain is a `Logic("and")` of several. `<` and the like between
    integers, or enums by declaration order, or sets (subset); `==` between any two values of
    comparable types; `in` on a list or a set."""

    operator: OneOf["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
    left: Expr
    right: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` / `or` over booleans, left to right, stopping early."""

    operator: OneOf["and", "or"]
    items: tuple[Expr, ...]
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    item: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if test else orelse`."""

    test: Expr
    then: Expr
    orelse: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Index:
    """`list[i]` (negative from the end; out of range is a run-time error) or `dict[key]`."""

    base: Expr
    index: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """`list[start:stop]` as in Python (clamped, negative from the end); None: left out."""

    base: Expr
    start: Expr | None
    stop: Expr | None
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A record's field. On an optional record, or an optional used where its value is
    needed, the checker inserts `Function("value", ...)` first."""

    base: Expr
    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ListLiteral:
    items: tuple[Expr, ...]
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SetLiteral:
    items: tuple[Expr, ...]
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RecordLiteral:
    """`{id: 1, last: False}` (written with names, or strings, as keys); fields in the order
    of `type`. Written as a Python dict display in an expression, or `dict(id=1, ...)`."""

    fields: tuple[tuple[str, Expr], ...]
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class DictLiteral:
    """A total dict: `values` in the order of the key type's values. From `{k: v, ...}` with
    every key, or `{k: f(k) for k in K}` (expanded), or one value for all keys as the default."""

    values: tuple[Expr, ...]
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Domain:
    """All values of a finite type in order, as a list: `Chunk` in `for c in Chunk`,
    `worker` in `for w in worker`; `type` is ListType(T) (T may be a ProcessType)."""

    of: Type
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Function:
    """A builtin on values.

    len(list|set), min/max/sum(list|set), min/max(a, b, ...), sorted(list|set) -> list,
    set(list|set) -> set, list(set|list) -> list (a set in ascending order),
    range(start, stop) -> list of int, abs(int), all/any/count(list of bool),
    value(option) -> its item (run-time error on None), removed(set, item) -> the set without
    the item (run-time error if it is not in), number(union) -> its integer (run-time error on a
    name).
    `min`/`max` of an empty collection is a run-time error. Sorting is by integer value, or
    declaration order of an enum, or False < True.
    """

    name: OneOf[
        "len", "min", "max", "sum", "sorted", "set", "list", "range", "abs", "all", "any",
        "count", "value", "removed", "number",
    ]  # fmt: skip
    arguments: tuple[Expr, ...]
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[element for binder in source if condition]`, for every kind of bracket.

    `into` says what is made of the elements: a list, a set, or what all/any/count/sum/
    min/max give of a generator expression. `condition` joins several `if`s with `and`.
    Several `for` clauses: for all/any/count/sum the element of the outer one is the inner
    `Comprehension`; elsewhere they are refused.
    """

    into: OneOf["list", "set", "all", "any", "count", "sum", "min", "max"]
    element: Expr
    binder: str
    source: Expr
    condition: Expr | None
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Let:
    """A define with parameters, where it is used: `value` is its text, in which each of
    `parameters` (name, type, argument) is a `Temporary`. Arguments are computed first, once,
    in their order and without one another; one that its parameter's type does not hold is a
    run-time error. No other `Temporary` from outside stands in `value`."""

    define: str
    parameters: tuple[tuple[str, Type, Expr], ...]
    value: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A command of a resource. `instance` is the index for a resource with a count (else
    None); `arguments` are complete (defaults filled in) and fit the parameters' types. Without
    `wait` it is only sent, and answers nothing."""

    resource: str
    instance: Expr | None
    command: str
    arguments: tuple[Expr, ...]
    type: Type
    at: Position = field(repr=False, compare=False)
    wait: bool = True
    others: tuple[tuple[str, str, Expr | None], ...] = ()
    """The other resources that it is given: by what name, which one, and the index of that."""


@dataclass(frozen=True, slots=True)
class Choose:
    """`choose(S)`: any element of a list or set; none, and the step cannot fire. Only as
    the whole value of an assignment at the top level of a step, or as a variable's initial
    value."""

    source: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a mistake was reported: it stands for an expression that cannot be known, so that
    checking goes on, and for the program of a process in which there is any mistake. A spec with
    a mistake is never made, and the machine refuses to be made of a Broken: a mistake that got
    lost cannot become a meaning."""

    type: Type
    at: Position = field(repr=False, compare=False)


Expr = (
    Literal | NoneLiteral | SharedVar | OwnVar | OtherVar | KindVar | Content | Temporary
    | SelfIndex | CallerIndex | ClientOf | At | Done | Old | Binary | Compare | Logic | Not
    | Conditional | Index | Slice | Field | ListLiteral | SetLiteral | RecordLiteral | DictLiteral
    | Domain | Function | Comprehension | Let | CommandCall | Choose | Broken
)  # fmt: skip
Outside = SharedVar | OtherVar | At | Done
"""What another process can change."""
