"""The sorts in the expressions, the statements and the control of a program, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Command, Process, Spec
from ...language.tree.walk import blocks_of
from ...language.types import DictType, ListType, OptionType, ProcessType, RecordType, SetType, Type
from .sorts import NONE, Sorts, Tree

__all__ = ["Known", "Scope"]

ARITHMETIC = {
    "+": "added to a number", "-": "subtracted from a number, or one from it",
    "*": "multiplied", "//": "divided", "%": "divided",
}  # fmt: skip


class Known(Protocol):
    """What is known of a spec while its sorts are found."""

    spec: Spec
    sorts: Sorts
    counts: bool
    """Whether numbers that are written count: not where they are first values."""
    others: dict[tuple[str, str, str], set[str]]
    """The resources that a command is given by a name."""

    def called(self, resource: str, command: str) -> None:
        """A command is called."""

    def parameter(self, resource: str, command: str, name: str, kind: Type) -> Tree:
        """What a command is given by a name; "": what it answers."""


class Scope:
    """Where an expression stands."""

    def __init__(
        self,
        inference: Known,
        process: Process | None = None,
        resource: str = "",
        command: Command | None = None,
        names: Mapping[str, Tree] | None = None,
    ) -> None:
        self.inference = inference
        self.sorts = inference.sorts
        self.process = process
        self.resource = resource
        self.command = command
        self.names = dict(names or {})

    def inside(self, **names: Tree) -> Scope:
        """The same with more names."""
        return Scope(
            self.inference, self.process, self.resource, self.command, {**self.names, **names}
        )

    # --- control --------------------------------------------------------------------------------

    def controls(self, run: Iterable[stmts.Control]) -> None:
        for each in run:
            self.control(each)

    def control(self, control: stmts.Control) -> None:
        match control:
            case stmts.Step():
                # A temporary lives within one step.
                self.inside().block(control.body)
                if control.issue is not None:
                    self.inside().tree(control.issue)
            case stmts.For(variable, source):
                item = self.item(source)
                assert self.process is not None
                self.sorts.unify(self.sorts.variables[self.process.name, variable], item)
                if not isinstance(source.type, ListType) or _in_order(source):
                    self.sorts.mark(item, "gone through in order", control.at)
            case stmts.While(condition) if condition is not None:
                self.tree(condition)
            case stmts.Switch(branches):
                for test, _ in branches:
                    self.tree(test)
        for block in blocks_of(control):
            self.controls(block)

    # --- statements -----------------------------------------------------------------------------

    def block(self, body: Iterable[stmts.StepStatement]) -> None:
        for each in body:
            self.statement(each)

    def statement(self, statement: stmts.StepStatement) -> None:
        match statement:
            case stmts.Assign(target, value):
                found = self.tree(value)
                if isinstance(target, exprs.Temporary) and target.name not in self.names:
                    self.names[target.name] = self.sorts.tree(target.type)
                self.sorts.unify(self.tree(target), found)
            case stmts.Evaluate(value):
                self.tree(value)
            case stmts.Return(value):
                assert self.command is not None
                name, kind = self.command.name, self.command.result
                answer = self.inference.parameter(self.resource, name, "", kind)
                self.sorts.unify(answer, self.tree(value))
            case stmts.Await(condition):
                self.tree(condition)
            case stmts.If(branches, orelse):
                for test, body in branches:
                    self.tree(test)
                    self.block(body)
                self.block(orelse)
            case stmts.Branch(branches):
                for body in branches:
                    self.block(body)
            case stmts.ForEach(binder, source, body):
                self.names[binder] = self.item(source)
                self.block(body)

    # --- expressions ----------------------------------------------------------------------------

    def item(self, source: exprs.Expr) -> Tree:
        """The items of a list or a set."""
        tree = self.tree(source)
        return tree.parts[0] if tree.parts else NONE

    def tree(self, expr: exprs.Expr) -> Tree:
        """The sorts in what an expression gives."""
        sorts, variables = self.sorts, self.sorts.variables
        match expr:
            case exprs.Literal(value, kind):
                found = sorts.tree(kind)
                if found.leaf is not None and self.inference.counts:
                    sorts.sort(found.leaf).literals.setdefault(value, expr.at)
                return found
            case exprs.SharedVar(name):
                return variables["", name]
            case exprs.OwnVar(name):
                assert self.process is not None
                return variables[self.process.name, name]
            case exprs.OtherVar(process, instance, name):
                self.instance(process, instance)
                return variables[process, name]
            case exprs.KindVar(name, kind, of=of):
                return self.other(of, kind) if of else variables[self.resource, name]
            case exprs.Content(resource, instance, name):
                if instance is not None:
                    sorts.unify(sorts.of_resource(resource), self.tree(instance))
                return variables[resource, name]
            case exprs.Temporary(name, kind):
                if name not in self.names:
                    self.names[name] = sorts.tree(kind)
                return self.names[name]
            case exprs.SelfIndex():
                assert self.process is not None
                return sorts.of_process(self.process.name)
            case exprs.ClientOf(process, instance) | exprs.At(process, instance):
                self.instance(process, instance)
            case exprs.Done(process, instance):
                self.instance(process, instance)
            case exprs.Old(value):
                return self.tree(value)
            case exprs.Domain(ProcessType(process)):
                return Tree(parts=(sorts.of_process(process),))
            case exprs.Let(_, parameters, value):
                given = {}
                for name, kind, argument in parameters:
                    given[name] = sorts.tree(kind)
                    sorts.unify(given[name], self.tree(argument))
                return self.inside(**given).tree(value)
            case exprs.CommandCall():
                return self.call(expr)
            case exprs.Choose(source):
                return self.item(source)
            case exprs.Comprehension():
                return self.comprehension(expr)
            case exprs.Function():
                return self.function(expr)
            case _:
                return self.operation(expr)
        return NONE

    def instance(self, process: str, instance: exprs.Expr) -> None:
        """An instance of a process is named; the only one of its kind is by no number."""
        if self.inference.spec.process(process).count > 1:
            self.sorts.unify(self.sorts.of_process(process), self.tree(instance))

    def other(self, of: str, kind: Type) -> Tree:
        """All that another resource holds that the command was given."""
        assert self.command is not None
        found = self.sorts.tree(kind)
        assert isinstance(kind, RecordType)
        key = (self.resource, self.command.name, of)
        for resource in sorted(self.inference.others.get(key, ())):
            for (name, _), part in zip(kind.fields, found.parts, strict=True):
                if (resource, name) in self.sorts.variables:
                    self.sorts.unify(self.sorts.variables[resource, name], part)
        return found

    def call(self, call: exprs.CommandCall) -> Tree:
        inference, sorts = self.inference, self.sorts
        resource = inference.spec.resource(call.resource)
        if call.instance is not None:
            sorts.unify(sorts.of_resource(call.resource), self.tree(call.instance))
        for name, other, instance in call.others:
            inference.others.setdefault((call.resource, call.command, name), set()).add(other)
            if instance is not None:
                sorts.unify(sorts.of_resource(other), self.tree(instance))
        arguments = [self.tree(each) for each in call.arguments]
        command = resource.any_command(call.command)
        for (name, kind), given in zip(command.parameters, arguments, strict=True):
            parameter = inference.parameter(call.resource, call.command, name, kind)
            sorts.unify(parameter, given)
        inference.called(call.resource, call.command)
        return inference.parameter(call.resource, call.command, "", command.result)

    def comprehension(self, expr: exprs.Comprehension) -> Tree:
        inside = self.inside(**{expr.binder: self.item(expr.source)})
        if expr.condition is not None:
            inside.tree(expr.condition)
        element = inside.tree(expr.element)
        match expr.into:
            case "list" | "set":
                return Tree(parts=(element,))
            case "min" | "max":
                self.sorts.mark(element, "put in order", expr.at)
                return element
            case "sum":
                self.sorts.mark(element, "added to a number", expr.at)
        return self.sorts.tree(expr.type)

    def function(self, expr: exprs.Function) -> Tree:
        sorts = self.sorts
        given = [self.tree(each) for each in expr.arguments]
        match expr.name:
            case "set" | "value" | "removed":
                first = given[0]
                if expr.name == "removed":
                    sorts.unify(first.parts[0], given[1])
                return first.parts[0] if expr.name == "value" and first.option else first
            case "list" | "sorted":
                if expr.name == "sorted" or isinstance(expr.arguments[0].type, SetType):
                    sorts.mark(given[0], "put in order", expr.at)
                return given[0]
            case "number":
                return given[0]
            case "min" | "max":
                items = given[0].parts if len(given) == 1 else tuple(given)
                for each in items:
                    sorts.mark(each, "put in order", expr.at)
                    sorts.unify(items[0], each)
                return items[0]
            case "sum":
                sorts.mark(given[0], "added to a number", expr.at)
            case "abs":
                sorts.mark(given[0], "compared with 0", expr.at)
        return sorts.tree(expr.type)

    def operation(self, expr: exprs.Expr) -> Tree:
        sorts = self.sorts
        match expr:
            case exprs.Binary(operator, left, right):
                a, b = self.tree(left), self.tree(right)
                if a.parts:
                    sorts.unify(a, b)
                    return a
                for each in (a, b):
                    sorts.mark(each, ARITHMETIC[operator], expr.at)
            case exprs.Compare(operator, left, right):
                a, b = self.tree(left), self.tree(right)
                if operator in ("in", "not in"):
                    sorts.unify(a, b.parts[0] if b.parts else NONE)
                elif operator in ("==", "!=") or a.parts:
                    sorts.unify(a, b)
                else:
                    for each in (a, b):
                        sorts.mark(each, "compared with a number by order", expr.at)
            case exprs.Logic(_, items):
                for item in items:
                    self.tree(item)
            case exprs.Not(item):
                self.tree(item)
            case exprs.Conditional(test, then, orelse):
                self.tree(test)
                a, b = self.tree(then), self.tree(orelse)
                sorts.unify(a, b)
                return a if a is not NONE else b
            case exprs.Index(base, index):
                of, place = self.tree(base), self.tree(index)
                if isinstance(base.type, DictType):
                    sorts.unify(of.parts[0], place)
                    return of.parts[1]
                sorts.mark(place, "used as a place in a list", expr.at)
                return of.parts[0] if of.parts else NONE
            case exprs.Slice(base, start, stop):
                for bound in (start, stop):
                    if bound is not None:
                        sorts.mark(self.tree(bound), "used as a place in a list", expr.at)
                return self.tree(base)
            case exprs.Field(base, name):
                of = self.tree(base)
                kind = base.type.item if isinstance(base.type, OptionType) else base.type
                assert isinstance(kind, RecordType)
                names = [each for each, _ in kind.fields]
                return of.parts[names.index(name)]
            case exprs.ListLiteral(items) | exprs.SetLiteral(items):
                found = sorts.tree(expr.type)
                for item in items:
                    sorts.unify(found.parts[0], self.tree(item))
                return found
            case exprs.RecordLiteral(fields):
                return Tree(parts=tuple(self.tree(each) for _, each in fields))
            case exprs.DictLiteral(values):
                found = sorts.tree(expr.type)
                for value in values:
                    sorts.unify(found.parts[1], self.tree(value))
                return found
        return sorts.tree(expr.type)


def _in_order(source: exprs.Expr) -> bool:
    """Whether the items of a list come in the order of their numbers."""
    match source:
        case exprs.Domain():
            return True
        case exprs.Function(name):
            return name in ("range", "sorted", "list")
        case exprs.Comprehension():
            return True
    return False
