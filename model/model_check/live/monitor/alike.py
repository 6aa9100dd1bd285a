"""From a spec to the processes whose instances are alike: nothing tells one from another but its
name.

A run stays a run where the names of such instances are changed, all over it: they begin in the same
way, do the same, and nobody speaks of one of them alone, or goes through them in an order that
matters (the scalarsets of Ip and Dill, Better verification through symmetry, 1996). What is not
surely so is taken not to be: a program that reads `self`, a property of `reader[0]`, a list made of
all readers. Kinds are looked at as programs are: to them, an instance is the client that calls.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Command, Process, Property, Resource, Spec
from ...language.types import DictType, EnumType, ListType, ProcessType, SetType, Type, parts_of

__all__ = ["alike_processes", "is_of"]

ORDERLESS = frozenset({"all", "any", "count", "sum", "set", "min", "max"})
"""What is made of elements in whatever order they come."""
STOPPING = frozenset({"all", "any"})
"""What may not look at all of them."""
FAILING = frozenset({"value", "min", "max", "removed", "number"})
"""Functions that may run into an error."""


def alike_processes(spec: Spec, judged: Iterable[Property]) -> tuple[str, ...]:
    """The processes whose instances are alike to each other, and to the properties that are asked
    of a log."""
    if spec.servers or spec.sends:
        return ()  # what a replica has not, and what is under way, is not looked at
    asked = [*judged]
    return tuple(
        each.name
        for each in spec.processes
        if each.count > 1 and not each.connection and _Alike(spec, each).holds(asked)
    )


def is_of(kind: Type, process: str, clients: frozenset[str]) -> bool:
    """Whether a value of a type is an instance of a process: of a quantifier, or a client."""
    match kind:
        case ProcessType(name):
            return name == process
        case EnumType(members):
            return not clients.isdisjoint(members)
    return False


class _Alike:
    """Whether the instances of one process are alike."""

    def __init__(self, spec: Spec, process: Process) -> None:
        self._spec = spec
        self._process = process
        self._clients = frozenset(map(process.instance_name, range(process.count)))

    def holds(self, judged: Sequence[Property]) -> bool:
        spec, mine = self._spec, self._process
        if any(isinstance(each, exprs.SelfIndex) for each in _nodes((mine.run, mine.vars))):
            return False
        for resource in spec.resources:
            if resource.name == mine.name:
                return False  # its instances could be called the same
            met = any(not self._clients.isdisjoint(each.members) for each in resource.clients)
            if met and (resource.heard is not None or not self._is_kept(resource)):
                return False
        programs = [(each.run, each.vars) for each in spec.processes]
        bodies = [each.body for each in _commands(spec.resources)]
        properties = [(each.formula, each.of_steps, each.atoms) for each in judged]
        return not any(
            self._differs(each)
            for each in (programs, spec.vars, spec.initially, properties, bodies)
        )

    def _is_kept(self, resource: Resource) -> bool:
        """Whether its clients stand in nothing that it holds but sets of them, and dicts with one
        value for each."""
        for variable in (each for state in resource.state for each in state):
            match variable.type:
                case SetType(item) if self._is_one(item):
                    continue
                case DictType(key, value) if self._is_one(key) and not self._speaks(value):
                    if self._differs(variable.initial):
                        return False
                    continue
            if self._speaks(variable.type) or self._differs(variable.initial):
                return False
        return True

    def _is_one(self, kind: Type) -> bool:
        return is_of(kind, self._process.name, self._clients)

    def _speaks(self, kind: Type) -> bool:
        """Whether there are instances of the process in values of a type."""
        return self._is_one(kind) or any(map(self._speaks, parts_of(kind)))

    def _goes_through(self, source: exprs.Expr) -> bool:
        """Whether the items of an expression are instances of the process."""
        kind = source.type
        return isinstance(kind, ListType | SetType) and self._is_one(kind.item)

    def _differs(self, node: object) -> bool:
        """Whether instances may not be alike to a part of a spec."""
        match node:
            case exprs.Comprehension() if self._goes_through(node.source):
                whole = (node.element, node.condition)
                if node.into not in ORDERLESS or (node.into in STOPPING and _may_fail(whole)):
                    return True
                return self._differs((*_source(node.source), *whole))
            case stmts.ForEach() if self._goes_through(node.source):
                return not _is_of_each(node) or self._differs((*_source(node.source), node.body))
            case exprs.Domain():
                return self._is_one(node.of)
            case exprs.Literal():
                return self._is_one(node.type)
            case exprs.OtherVar() | exprs.At() | exprs.Done() | exprs.ClientOf():
                if node.process == self._process.name and not _is_bound(node.instance):
                    return True
            case exprs.Compare():
                if node.operator in ("<", "<=", ">", ">=") and self._is_one(node.left.type):
                    return True
            case exprs.Function():
                ordered = node.name in ("sorted", "list", "min", "max")
                if ordered and any(self._speaks(each.type) for each in node.arguments):
                    return True
            case exprs.DictLiteral(values=values):
                of_each = isinstance(node.type, DictType) and self._speaks(node.type.key)
                if of_each and any(each != values[0] for each in values):
                    return True
            case exprs.Choose():
                if self._goes_through(node.source):
                    return True
            case stmts.Watching():
                return node.word == "watch"
            case _Body() if self._leaks(node):
                return True
        return any(map(self._differs, _inner(node)))

    def _leaks(self, body: _Body) -> bool:
        """Whether what a loop over clients has worked out is read elsewhere."""
        names = [each.name for each in _nodes(body) if isinstance(each, exprs.Temporary)]
        for loop in _nodes(body):
            if not isinstance(loop, stmts.ForEach) or not self._goes_through(loop.source):
                continue
            inside = [*_nodes(loop.body)]
            for each in inside:
                if isinstance(each, stmts.Assign) and isinstance(each.target, exprs.Temporary):
                    name = each.target.name
                    if names.count(name) > sum(_is_named(node, name) for node in inside):
                        return True
        return False


@dataclasses.dataclass(frozen=True)
class _Body:
    """All that a command of a kind does."""

    body: tuple[tuple[stmts.StepStatement, ...], ...]


def _commands(resources: Iterable[Resource]) -> Iterator[_Body]:
    for resource in resources:
        found: list[Command | None] = [*resource.disconnected, *resource.broken]
        found += [each for group in resource.commands for each in group.values()]
        found += [each.command for group in resource.faults for each in group]
        for each in found:
            if each is not None:
                yield _Body((each.issue, each.run, each.afterwards, each.gives_up))


def _is_bound(instance: exprs.Expr) -> bool:
    """Whether it is each instance in turn, and no number."""
    return isinstance(instance, exprs.Temporary) and isinstance(instance.type, ProcessType)


def _source(source: exprs.Expr) -> tuple[exprs.Expr, ...]:
    """What is to be looked at of what is gone through; all instances are."""
    return () if isinstance(source, exprs.Domain) else (source,)


def _may_fail(node: object) -> bool:
    """Whether an expression may run into an error."""
    for each in _nodes(node):
        match each:
            case exprs.Index() if not isinstance(each.base.type, DictType):
                return True
            case exprs.Function() if each.name in FAILING:
                return True
            case exprs.Binary() if each.operator in ("//", "%"):
                return True
            case exprs.Comprehension() if each.into in FAILING:
                return True
    return False


def _is_of_each(loop: stmts.ForEach) -> bool:
    """Whether each turn of a loop over clients writes what is its own client's alone, and reads
    nothing that another turn writes."""
    nodes = [*_nodes(loop.body)]
    stops = stmts.Return | stmts.Refuse | stmts.Await | exprs.Choose | exprs.CommandCall
    if any(isinstance(each, stops) for each in nodes):
        return False
    written: set[str] = set()
    for each in nodes:
        if not isinstance(each, stmts.Assign):
            continue
        match each.target:
            case exprs.Index(exprs.KindVar(name, of=""), exprs.Temporary(loop.binder)):
                written.add(name)
            case exprs.Temporary(name) if _is_set_first(name, loop.body):
                continue
            case _:
                return False
    own = [
        each.base
        for each in nodes
        if isinstance(each, exprs.Index) and _is_named(each.index, loop.binder)
    ]
    return not any(
        isinstance(each, exprs.KindVar)
        and each.name in written
        and not any(each is base for base in own)
        for each in nodes
    )


def _is_set_first(name: str, body: Sequence[stmts.StepStatement]) -> bool:
    """Whether a temporary is given a value in each turn, before anything reads it."""
    for each in body:
        match each:
            case stmts.Assign(exprs.Temporary(target), value) if target == name:
                return not any(_is_named(node, name) for node in _nodes(value))
        if any(_is_named(node, name) for node in _nodes(each)):
            return False
    return False


def _is_named(node: object, name: str) -> bool:
    return isinstance(node, exprs.Temporary) and node.name == name


def _nodes(node: object) -> Iterator[object]:
    """A node and all in it, whatever they are."""
    if dataclasses.is_dataclass(node):
        yield node
    for each in _inner(node):
        yield from _nodes(each)


def _inner(node: object) -> Iterator[object]:
    """What is directly in a node, but types and places in files."""
    if isinstance(node, tuple | list):
        yield from node
    elif isinstance(node, dict):
        yield from node.values()
    elif dataclasses.is_dataclass(node) and not isinstance(node, Position):
        for each in dataclasses.fields(node):
            if each.name not in ("type", "at", "of"):
                yield getattr(node, each.name)
