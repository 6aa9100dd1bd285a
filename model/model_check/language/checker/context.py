"""What the checker knows while it looks at an expression: names, and what may stand here.

`Names` is the same for a whole spec (or for a kind, which has names of its own); a `Scope`
says what can be seen in one place of it; a `Context` is a scope with the expression that is
being checked. A mistake is reported and answered with a `Broken` of type NOTHING, which fits
everywhere: so one mistake gives one message, and the next one is still found.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from ...codes import Code
from ..records import dataclass, field, replace
from ..source.diagnostics import Diagnostics, Position, did_you_mean
from ..syntax.names import FUNCTIONS, WORDS
from ..syntax.nodes import ConstantDoc, Expression, Name, Relaxed
from ..tree.expressions import Broken, Expr, Literal
from ..tree.spec import LabelUse
from ..types import NOTHING, EnumType, Type
from .entries import ProcessEntry, ResourceEntry
from .on_demand import OnDemand, nothing

__all__ = [
    "MAX_INSTANCES", "MAX_INSTANCES_IN_ALL", "MAX_INTEGER", "Context", "Definition", "Names",
    "Scope", "broken", "never",
]  # fmt: skip

MAX_INTEGER = 1 << 31
"""Numbers in a spec lie between -2**31 and 2**31."""
MAX_INSTANCES = 64
MAX_INSTANCES_IN_ALL = 256
_MAX_DEPTH = 150  # of an expression; deeper ones are no text a person wrote


@dataclass
class Names:
    """Everything a spec declares, by name; no two of them may clash."""

    found: Diagnostics
    constants: OnDemand[ConstantDoc, Literal | str] = field(default_factory=nothing)
    defines: Mapping[str, Definition] = field(default_factory=dict)
    declared: dict[str, tuple[str, Position]] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    enums: dict[str, list[EnumType]] = field(default_factory=dict)
    shared: dict[str, Type] = field(default_factory=dict)
    processes: dict[str, ProcessEntry] = field(default_factory=dict)
    resources: dict[str, ResourceEntry] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)
    """Resources whose kind is wrong: nothing more is said about them."""
    relaxed: Relaxed = Relaxed()
    """What does not count of what the spec says."""
    sends: bool = False
    """Whether some command is sent and not waited for."""
    catches: bool = False
    """Whether something is caught but broken connections."""
    label_uses: dict[LabelUse, None] = field(default_factory=dict)
    """Where labels are named beside their steps; each once, however often it is looked at."""

    def declare(self, name: Name, what: str) -> bool:
        """Note what a name stands for; False, and a message, if it stands for something else."""
        if self.is_taken(name, what):
            return False
        self.declared[name.text] = (what, name.at)
        return True

    def is_taken(self, name: Name, what: str) -> bool:
        """Whether a name means something already; then that is reported."""
        if name.text in WORDS or name.text in FUNCTIONS:
            self.found.report(
                name.at, f"{name.text} is a word of the language and cannot name {what}"
            )
            return True
        if name.text in self.declared:
            other, at = self.declared[name.text]
            where = f"line {at.line}" if at.source == name.at.source else str(at)
            self.found.report(
                name.at, f"{name.text} is {what} here and {other} at {where}: rename one of them"
            )
            return True
        return False


@dataclass(frozen=True, slots=True)
class Scope:
    """What can be seen, and what may be done, in one place.

    `own` are the running process's variables by name, `loops` those of its loops. `locals`
    are names that stand for an expression (a temporary, what a quantifier binds, in a kind
    its state, options and parameters); `pending` are temporaries that have no value yet on
    some path. `shared`, `commands` and `choices` say why shared state cannot be read, a
    command not called and nothing chosen here, `steps` why nothing is said of a step; "" where
    it can be. `joins`: inside `with
    atomic:`; `repeated` says why nothing can wait in a loop of a step. `unrolled`: how often
    this place is written out, `rounds`: how often loops repeat it. `contents`: what resources
    hold can be looked at; `places`: why nobody can be asked where a process stands. `first`: in
    `initially`, which also sets the variables of processes. `missing`: state of a kind that is not
    there, for nothing asks for it: it stays what it is at first. `others`: what stands for several
    resources that a command is given; `touched`: which of them it speaks of here.
    """

    names: Names
    process: ProcessEntry | None = None
    own: Mapping[str, Type] = field(default_factory=dict)
    loops: frozenset[str] = frozenset()
    locals: Mapping[str, Expr] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()
    shared: str = ""
    commands: str = "only a step can call a command"
    choices: str = "write x = choose(...) as a statement of its own, directly in a step"
    steps: str = "only each_step speaks of one"
    contents: bool = False
    places: str = ""
    first: bool = False
    in_kind: bool = False
    missing: frozenset[str] = frozenset()
    untold: bool = False
    """Whether nobody listens to what becomes of keys."""
    joins: bool = False
    repeated: str = ""
    unrolled: int = 1
    rounds: int = 1
    others: Mapping[str, tuple[Expr, ...]] = field(default_factory=dict)
    touched: str | None = None

    def visible(self) -> list[str]:
        """All names that mean something here, for the hint of a message."""
        return [*self.locals, *self.own, *self.names.shared, *self.names.constants,
                *self.names.types, *self.names.processes, *self.names.resources,
                *self.names.defines, *self.names.enums]  # fmt: skip


Handler = Callable[["Context", Any, "Type | None"], Expr]


@dataclass(frozen=True, slots=True)
class Context:
    """A scope and the expression that is checked in it; `handlers` by kind of ast node."""

    scope: Scope
    expression: Expression
    handlers: Mapping[type[ast.expr], Handler]
    depth: int = 0

    def check(self, node: ast.expr, expected: Type | None = None) -> Expr:
        """The typed form of `node`; `expected` only helps to tell what a bare name, `{}` or a
        literal stands for: the caller still sees to it that the result fits."""
        if self.depth > _MAX_DEPTH:
            return self.wrong(node, "this expression is nested too deeply")
        handler = self.handlers.get(type(node))
        if handler is None:
            text = ast.unparse(node) if self.depth < 20 else ""
            shown = f": {text}" if text and len(text) <= 40 else ""
            return self.wrong(node, f"this is not part of the language{shown}")
        return handler(replace(self, depth=self.depth + 1), node, expected)

    def at(self, node: ast.expr | ast.comprehension | ast.keyword) -> Position:
        return self.expression.position_of(node)

    def wrong(
        self,
        node: ast.expr | ast.comprehension | ast.keyword,
        message: str,
        hint: str = "",
        code: Code | None = None,
    ) -> Expr:
        """Report a mistake; the answer stands for the value that cannot be known."""
        self.scope.names.found.report(self.at(node), message, hint, code)
        return broken(self.at(node))

    def no_such(self, node: ast.expr, what: str, name: str, known: list[str]) -> Expr:
        """Report a name that does not exist."""
        return self.wrong(node, f"no such {what}: {name}", did_you_mean(name, known))

    def within(self, **changes: Any) -> Context:
        """The same expression in a changed scope."""
        return replace(self, scope=replace(self.scope, **changes))

    def once(self, why: str) -> Context:
        """Where a value may be computed never or several times: no command can be called."""
        return self.within(commands=self.scope.commands or why)


class Definition(ABC):
    """A named expression, put in wherever it is used; `written` is its text."""

    written: Expression

    @abstractmethod
    def named(self, context: Context, node: ast.Name) -> Expr:
        """What it says where its name stands alone."""

    @abstractmethod
    def called(self, context: Context, node: ast.Call) -> Expr:
        """What it says of the arguments that it is given."""


def broken(at: Position) -> Broken:
    """What stands for a value that could not be checked: only where a mistake was reported."""
    return Broken(NOTHING, at)


def never(at: Position) -> Expr:
    """What a loop over nothing binds: no value, in a place that no run reaches."""
    return Literal(0, NOTHING, at)
