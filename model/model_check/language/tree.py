"""The checked spec: every name resolved, every expression typed.

What the checker hands to the machine. Constants, named types and `define`s are gone
(constants became literals, a define that is used inside another expression is expanded);
kinds are instantiated for each resource. Nothing here can be wrong in a way that a user
could mend: later floors may assume it.

Expressions are evaluated left to right. Commands called in an expression take effect in
that order; the checker lets them stand only where they are evaluated exactly once (never
under `and`, `or`, `if-else` or in a comprehension), and never in properties.
"""

from __future__ import annotations

from typing import Literal as OneOf

from .forms import Form
from .records import dataclass, field
from .source.diagnostics import Diagnostic, Position
from .source.text import Text
from .syntax.nodes import ServerState
from .types import EnumType, Type

__all__ = [
    "Assign", "At", "Await", "Binary", "Break", "Broken", "CallerIndex", "Choose", "Command",
    "CommandCall", "Compare", "Comprehension", "Conditional", "Content", "Continue", "Control",
    "Define", "DictLiteral", "Domain", "Done", "Either", "Evaluate", "Expr", "Field", "For",
    "ForEach", "Function", "If", "Index", "ListLiteral", "Literal", "Logic", "NoneLiteral", "Not",
    "Of", "Own", "Pass", "Process", "Property", "RecordLiteral", "Resource", "Return", "SelfIndex",
    "SetLiteral", "Shared", "Slice", "Spec", "Step", "StepStatement", "Stored", "Switch",
    "Temporary", "Variable", "While",
]  # fmt: skip


# --- what is no part of a checked spec ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a mistake was reported: it stands for an expression that cannot be known, so that
    checking goes on, and for the program of a process in which there is any mistake. A spec with
    a mistake is never made, and the machine refuses to be made of a Broken: a mistake that got
    lost cannot become a meaning."""

    type: Type
    at: Position = field(repr=False, compare=False)


# --- expressions ---------------------------------------------------------------------------


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
class Shared:
    """A shared variable."""

    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Own:
    """A variable of the running process instance (also a `for` variable)."""

    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Of:
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
class Stored:
    """State of the called resource, in the body of a kind's command."""

    name: str
    type: Type
    at: Position = field(repr=False, compare=False)


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
    the item (run-time error if it is not in).
    `min`/`max` of an empty collection is a run-time error. Sorting is by integer value, or
    declaration order of an enum, or False < True.
    """

    name: OneOf[
        "len", "min", "max", "sum", "sorted", "set", "list", "range", "abs", "all", "any",
        "count", "value", "removed",
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
class CommandCall:
    """A command of a resource. `instance` is the index for a resource with a count (else
    None); `arguments` are complete (defaults filled in) and fit the parameters' types."""

    resource: str
    instance: Expr | None
    command: str
    arguments: tuple[Expr, ...]
    type: Type
    at: Position = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Choose:
    """`choose(S)`: any element of a list or set; none, and the step cannot fire. Only as
    the whole value of an assignment at the top level of a step, or as a variable's initial
    value."""

    source: Expr
    type: Type
    at: Position = field(repr=False, compare=False)


Expr = (
    Literal | NoneLiteral | Shared | Own | Of | Stored | Content | Temporary | SelfIndex
    | CallerIndex | At | Done | Binary | Compare | Logic | Not | Conditional | Index | Slice | Field
    | ListLiteral | SetLiteral | RecordLiteral | DictLiteral | Domain | Function | Comprehension
    | CommandCall | Choose | Broken
)  # fmt: skip


# --- statements inside a step, and in the commands of kinds ----------------------------------


@dataclass(frozen=True, slots=True)
class Assign:
    """`target` is Shared, Own, Stored or Temporary, or an Index or Field of a target.

    `shown.append(x)` is `shown = shown + [x]` here, `s.add(x)` is `s = s | {x}`, and so on:
    there is one way to change a variable. A value that its target's type does not hold is a
    run-time error.
    """

    target: Expr
    value: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Evaluate:
    value: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Await:
    condition: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Pass:
    at: Position


@dataclass(frozen=True, slots=True)
class If:
    """Branches in order, the first true one runs; then `orelse`."""

    branches: tuple[tuple[Expr, tuple[StepStatement, ...]], ...]
    orelse: tuple[StepStatement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class ForEach:
    """A loop inside one step, over the value `source` has when it starts. No `await`, no
    `choose`, no command call inside, and no break or continue. Over a `Domain` it may hold
    anything: it is unrolled."""

    binder: str
    source: Expr
    body: tuple[StepStatement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Return:
    """The last statement of a command's `run`, if it answers anything."""

    value: Expr
    at: Position


StepStatement = Assign | Evaluate | Await | Pass | If | ForEach | Return


# --- control: what a process does between its steps -----------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One atomic step. `indices` are the variables of the `for` loops around it, outermost
    first: with their values they name an event (`ai_service.save[7]`). `issue` is the call
    whose command has an `issue` part (at most one a step): the machine splits such a step in
    two, sending and answer. `joined` are the labels inside a `with atomic:`."""

    label: str
    body: tuple[StepStatement, ...]
    indices: tuple[str, ...]
    issue: CommandCall | None
    joined: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class For:
    """A loop over steps: `variable` (an Own variable of the process) takes each item of the
    value that `source` has when the loop is entered; the source reads constants and the
    process's own variables only. After the loop the variable is out of scope."""

    variable: str
    source: Expr
    body: tuple[Control, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class While:
    """`condition` is None for `while True`. With a `label` the test is a step of its own
    and may read anything; without, it reads the process's own variables only."""

    condition: Expr | None
    body: tuple[Control, ...]
    label: str | None
    indices: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Switch:
    """`if/elif/else` over steps; `label` as for While (one test step for all branches)."""

    branches: tuple[tuple[Expr, tuple[Control, ...]], ...]
    orelse: tuple[Control, ...]
    label: str | None
    indices: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Either:
    """A free choice, made when the first step of a branch fires. Every branch has a step
    before its end (the checker sees to it)."""

    branches: tuple[tuple[Control, ...], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Break:
    at: Position


@dataclass(frozen=True, slots=True)
class Continue:
    at: Position


Control = Step | For | While | Switch | Either | Break | Continue | Broken


# --- the whole -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; `initial` None means the type's first value (0 or the interval's low end,
    False, the first enum member, empty, None). A process's initial may read `self`."""

    name: str
    type: Type
    initial: Expr | None
    at: Position


@dataclass(frozen=True, slots=True)
class Command:
    """A kind's command, checked for one resource. Parameters and temporaries are
    `Temporary`s in its statements; `result` is UNIT where it answers nothing. `blocking`:
    it contains an `await`. `joins`: the server that can make it part of one atomic step with
    other commands of the same server ("" if none can). `carries`: the parameters whose type
    speaks of one of the kind's own type parameters, so what the user sends and not what the
    command is told to do. `afterwards`: what the server does when the step that has the call
    is done, however often it calls; done a second time, it changes nothing. `wire_text`: the
    `wire` with its places in the kind's file; the command's name where there is no `wire`.
    `local`: the process does it in its own memory."""

    name: str
    about: str
    reference: str
    parameters: tuple[tuple[str, Type], ...]
    issue: tuple[StepStatement, ...]
    run: tuple[StepStatement, ...]
    result: Type
    blocking: bool
    wire: str
    answer: str
    joins: str
    carries: frozenset[str] = frozenset()
    afterwards: tuple[StepStatement, ...] = ()
    wire_text: Text | None = field(default=None, repr=False, compare=False)
    local: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource (with `count` None: one, called `history`; else `socket[0]`, ...).

    `clients[i]` is the Client enum of instance i. `state[i]` are the variables of instance
    i and `commands[i]` its commands by name (they differ where Client differs).
    `key` is as written, with `{session}` and the like left in; "" where there is none.
    `arguments` are the kind's type arguments as the user wrote them (`Chunk`), "" for a
    record that is written as a mapping. `ends` is how many clients an instance can have, None
    where its kind does not say. `names` is what its key names at a server (a key, a channel),
    `stored` how a server keeps it.
    """

    name: str
    kind: str
    key: str
    about: str
    count: int | None
    clients: tuple[EnumType, ...]
    state: tuple[tuple[Variable, ...], ...]
    commands: tuple[dict[str, Command], ...]
    arguments: tuple[str, ...] = ()
    ends: int | None = None
    names: str = "key"
    stored: ServerState = ServerState()


@dataclass(frozen=True, slots=True)
class Process:
    """`count` instances; `single` where the spec gave no count (shown without an index)."""

    name: str
    about: str
    count: int
    single: bool
    vars: tuple[Variable, ...]
    loops: tuple[Variable, ...]
    """The `for` variables, with the type of their items."""
    run: tuple[Control, ...]
    labels: tuple[str, ...]
    """In the order of the text."""


@dataclass(frozen=True, slots=True)
class Define:
    """`text` is what the user wrote; for a watched expression without a name, also `name`."""

    name: str
    text: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Property:
    """`formula` is None where the form is built in."""

    name: str
    about: str
    form: Form
    formula: Expr | None
    text: str
    expect: OneOf["holds", "violated"]
    prefer: tuple[Expr, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Spec:
    """A checked spec. Properties are in the order of the file, the built-in ones last
    (always there, unless the spec removed one with `null`)."""

    name: str
    about: str
    path: str
    sources: tuple[str, ...]
    """The paths of all files it was read from, the named one last."""
    constants: dict[str, int | bool | str]
    vars: tuple[Variable, ...]
    resources: tuple[Resource, ...]
    processes: tuple[Process, ...]
    defines: tuple[Define, ...]
    watch: tuple[Define, ...]
    """What a trace shows at its end; all defines where the spec names none."""
    properties: tuple[Property, ...]
    views: tuple[Define, ...] = ()
    """What is asked of every state beside the spec's own expressions."""
    warnings: tuple[Diagnostic, ...] = ()
    """What is no mistake, and hardly what was meant, by its place."""

    def process(self, name: str) -> Process:
        return next(p for p in self.processes if p.name == name)

    def resource(self, name: str) -> Resource:
        return next(r for r in self.resources if r.name == name)
