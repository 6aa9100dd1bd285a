"""Named expressions: put in wherever they are used, and checked for each place of use.

A define knows the names of the spec and its own parameters, and nothing of the process that
uses it. What may be looked at differs: a property sees what resources hold, a step does not,
and a condition without a label nothing that is shared. So a define is checked anew for each
kind of place and for each kind of argument, and a mistake is told where it stands, with the
use that shows it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from ...codes import Code
from ..records import dataclass, field, replace
from ..source.diagnostics import Diagnostic, Position
from ..syntax.nodes import DefineDoc
from ..tree.expressions import Expr, Let, Literal, OwnVar, SelfIndex, SharedVar, Temporary
from ..tree.spec import Define
from ..tree.walk import is_deeper, size_of
from ..types import (
    BoolType,
    EnumType,
    IntType,
    NothingType,
    ProcessType,
    Type,
    UnionType,
    UnitType,
)
from .adapting import adapt
from .context import Context, Definition, Scope, broken
from .expressions import check
from .rounds import refuse_rounds
from .types_of import TypeReader

__all__ = ["checked_defines", "defines_of", "warn_of_unused"]

_MAX_CHAIN = 40
"""How many defines may refer to each other in a row."""
_MAX_SIZE = 20_000
"""Parts of an expression after its defines are put in: doubling thirty times makes a billion."""
_MAX_NESTING = 150
"""Depth of an expression after its defines are put in; all later passes recurse."""
_MAX_PUT_IN = 400_000
"""Parts of a whole spec that come from defines, counted wherever one is used."""
_TOO_LARGE = "this spec is too large"
_EACH = 200
"""Parts that a use counts for at the least: looking at it takes time."""

_STABLE = (Literal, SharedVar, OwnVar, SelfIndex)
"""What means the same wherever it stands in an expression."""
_COMMANDS = "a define calls no command"
_CHOICES = "a define chooses nothing"
_ARGUMENT = "what a define is given calls no command: x = ... in a statement before it"


@dataclass
class _Table:
    """What all defines of a spec share: those that are being checked, what they were found to
    be, and how much was put in so far, by place of use."""

    view: Scope
    open: list[str] = field(default_factory=list)
    noted: set[Diagnostic] = field(default_factory=set)
    used: dict[Position, int] = field(default_factory=dict)
    put_in: int = 0

    @property
    def is_full(self) -> bool:
        """Whether the spec has become too large."""
        return self.put_in > _MAX_PUT_IN

    def made(self, size: int) -> None:
        """Note that a define of this size was checked for a kind of place and arguments."""
        self.put_in += max(size, _EACH)

    def count(self, at: Position, size: int) -> None:
        """Note a use of something of this size. A place that is looked at again is one use."""
        self.put_in += max(0, size - self.used.get(at, 0))
        self.used[at] = max(size, self.used.get(at, 0))


@dataclass(frozen=True, slots=True)
class _Checked:
    value: Expr
    size: int
    mistakes: tuple[Diagnostic, ...]


class _Define(Definition):
    def __init__(self, doc: DefineDoc, table: _Table) -> None:
        self.doc = doc
        self.name = doc.name.text
        self.written = doc.value
        self.table = table
        self.names = table.view.names
        self.checked: dict[Any, _Checked] = {}
        reader = TypeReader(self.names)
        self.parameters: list[tuple[str, Type | None]] = []
        for name, kind in doc.parameters:
            self.names.is_taken(name, f"a parameter of {self.name}")
            self.parameters.append((name.text, None if kind is None else reader.read(kind)))

    @property
    def shown(self) -> str:
        names = ", ".join(name for name, _ in self.parameters)
        return f"{self.name}({names})" if names else self.name

    def named(self, context: Context, node: ast.Name) -> Expr:
        if self.parameters:
            return context.wrong(node, f"{self.name} needs {_arguments(len(self.parameters))}",
                                 f"write {self.shown}")  # fmt: skip
        return self._put_in(context, node, {}) or broken(context.at(node))

    def called(self, context: Context, node: ast.Call) -> Expr:
        wanted, given = len(self.parameters), len(node.args)
        if not wanted:
            return context.wrong(node, f"{self.name} takes no argument", f"write {self.name}")
        if node.keywords:
            return context.wrong(node, f"{self.name} takes plain arguments only",
                                 f"write {self.shown}")  # fmt: skip
        if given != wanted:
            return context.wrong(node, f"{self.name} takes {_arguments(wanted)}, {given} given",
                                 f"write {self.shown}")  # fmt: skip
        locals_: dict[str, Expr] = {}
        computed: list[tuple[str, Type, Expr]] = []
        for (name, kind), part in zip(self.parameters, node.args, strict=True):
            value = self._argument(context, part, name, kind)
            fixed = value.type if kind is None else kind
            if isinstance(value.type, NothingType):
                return value  # told already, or in a loop that goes through nothing
            if isinstance(value, _STABLE) and value.type == fixed:
                locals_[name] = value
            else:
                locals_[name] = Temporary(name, fixed, value.at)
                computed.append((name, fixed, value))
        result = self._put_in(context, node, locals_)
        if result is None:
            return broken(context.at(node))
        if not computed:
            return result
        return Let(self.name, tuple(computed), result, result.type, context.at(node))

    def _argument(self, context: Context, node: ast.expr, name: str, kind: Type | None) -> Expr:
        context = context.once(_ARGUMENT)
        value = context.check(node, kind)
        if isinstance(value.type, UnitType):
            return context.wrong(node, "this has no value")
        if kind is None:
            return value
        value = adapt(value, kind, node, context, f"{name} of {self.name}")
        if isinstance(value, Literal) and isinstance(
            kind, IntType | BoolType | EnumType | UnionType
        ):
            return replace(value, type=kind)
        return value

    def _put_in(self, context: Context, node: ast.expr, locals_: Mapping[str, Expr]) -> Expr | None:
        """The define's expression for a place of use; None where a mistake was told."""
        at = context.at(node)
        checked = self._body(context.scope, locals_, at)
        if checked is None or self._tell(checked):
            return None
        if refuse_rounds(context, node, self.name, checked.value):
            return None
        self.table.count(at, checked.size)
        return None if self._is_too_much(at) else checked.value

    def _is_too_much(self, at: Position) -> bool:
        found, full = self.names.found, self.table.is_full
        if full and not any(each.message.endswith(_TOO_LARGE) for each in found.found):
            hint = f"{_MAX_PUT_IN:,} parts may come from defines"
            found.report(at, f"with {self.name} put in, {_TOO_LARGE}", hint)
        return full

    def _tell(self, checked: _Checked) -> bool:
        """Tell what is wrong, unless it was told for another use; whether there is anything."""
        found = self.names.found
        told = {(each.position, each.message) for each in found.found}
        for each in checked.mistakes:
            if (each.position, each.message) not in told:
                found.report(each.position, each.message, each.hint)
        return bool(checked.mistakes)

    def alone(self, view: Scope, at: Position) -> Expr:
        """What it says where it stands, without arguments."""
        checked = self._body(view, {}, at)
        if checked is None:
            return broken(at)
        self._tell(checked)
        return checked.value

    def _body(self, scope: Scope, locals_: Mapping[str, Expr], at: Position) -> _Checked | None:
        key = (tuple(locals_.values()), scope.shared, scope.contents, scope.places)
        if key in self.checked:
            return self.checked[key]
        table, found = self.table, self.names.found
        if self._is_too_much(at):
            return None
        if self.name in table.open:
            circle = " -> ".join([*table.open[table.open.index(self.name) :], self.name])
            found.report(at, f"defines refer to each other in a circle: {circle}")
            return None
        if len(table.open) >= _MAX_CHAIN:
            found.report(at, f"more than {_MAX_CHAIN} defines refer to each other in a row")
            return None
        inner = replace(
            table.view, locals={**table.view.locals, **locals_}, shared=scope.shared,
            contents=scope.contents, places=scope.places,
            commands=table.view.commands if scope.contents else _COMMANDS,
        )  # fmt: skip
        mark = found.count
        table.open.append(self.name)
        value, size = self._compute(inner)
        table.made(size)
        table.open.pop()
        mistakes = tuple(found.found[mark:])
        found.forget(mark)
        if locals_ or scope.shared or scope.places or not scope.contents:
            mistakes = tuple(self._noted(each, at) for each in mistakes)
        self.checked[key] = _Checked(value, size, mistakes)
        return self.checked[key]

    def _compute(self, scope: Scope) -> tuple[Expr, int]:
        doc, found = self.doc, self.names.found
        value = check(doc.value, scope)
        if isinstance(value.type, ProcessType | UnitType):
            found.report(doc.value.at, f"{self.name} has no value")
            value = broken(doc.value.at)
        size = size_of(value, _MAX_SIZE)
        if size >= _MAX_SIZE or is_deeper(value, _MAX_NESTING):
            found.report(doc.value.at, f"{self.name} is too large with all defines put in")
        return value, size

    def _noted(self, mistake: Diagnostic, at: Position) -> Diagnostic:
        """A mistake with the use of the define that shows it."""
        if mistake in self.table.noted:
            return mistake
        where = f"line {at.line}" if at.source == mistake.position.source else str(at)
        hint = "; ".join(filter(None, [mistake.hint, f"{self.shown} is used in {where}"]))
        noted = replace(mistake, hint=hint)
        self.table.noted.add(noted)
        return noted


def _arguments(number: int) -> str:
    return "1 argument" if number == 1 else f"{number} arguments"


def defines_of(docs: Iterable[DefineDoc], view: Scope) -> dict[str, Definition]:
    """The defines of a spec by name; `view` is the scope of a property."""
    table = _Table(replace(view, choices=_CHOICES))
    return {doc.name.text: _Define(doc, table) for doc in docs}


def checked_defines(docs: Iterable[DefineDoc], view: Scope) -> tuple[Define, ...]:
    """Those of these defines that have no parameters, in their order."""
    found = []
    for doc in docs:
        define = view.names.defines[doc.name.text]
        if not doc.parameters and isinstance(define, _Define):
            value = define.alone(view, doc.name.at)
            found.append(Define(doc.name.text, doc.value.text, value))
    return tuple(found)


def warn_of_unused(defines: Iterable[Definition]) -> None:
    """Tell of each define with parameters that is used nowhere: nobody has looked at it."""
    for each in defines:
        if isinstance(each, _Define) and not each.checked and each.parameters:
            message = f"{each.shown} is used nowhere: nobody looked whether it is right"
            each.names.found.warn(Code.UNUSED_DEFINE, each.doc.name.at, message)
