"""Whether a process's next step can be a certain one, where that is for a choice to say.

At an `either`, tests and loops at the beginning of a branch are not decided before the branch
is chosen. `at(p, step)` asks what they would decide now: control is walked as when the choice
is made, on copies of what it changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..effects import assigned
from ..ir import Const, Expr, If, Let, Local, Statement
from ..ir_builder import ONE, ZERO, equal, op
from ..names import field_local, is_field
from ..rewrite import map_children, map_parts
from .control import walk
from .control_flow import Choosing, End, Graph, Head, Node, Stop
from .ir_writer import Body
from .scope import Scope, World

__all__ = ["standing"]


def standing(world: World, graph: Graph, body: Body, process: str, number: int, label: str) -> Expr:
    """Write whether the next step of an instance can be the one with this label."""
    here = Local(field_local(world.location_fields[process, number]))
    certain: set[int] = set()
    asked: list[tuple[int, Choosing]] = []
    for index, node in enumerate(graph.locations):
        if isinstance(node, Stop) and node.label == label:
            certain.add(index)
        elif isinstance(node, Choosing) and label in graph.labels(node):
            if _is_certain(node, label):
                certain.add(index)
            else:
                asked.append((index, node))
    result = world.at_any(body, process, number, certain)
    for index, node in asked:
        found = body.fresh("v")
        body.emit(Let(found, ZERO))
        with body.block() as question:
            _ask(Scope(world, body, process, number), node, label, found)
        body.emit(If(equal(here, Const(index)), tuple(question)))
        result = op("|", result, Local(found))
    return result


def _is_certain(place: Choosing, label: str) -> bool:
    """Whether a branch begins with the step, without a test or a loop before it."""
    for branch in place.branches:
        node: Node | None = branch
        while isinstance(node, Head):
            node = node.next
        if isinstance(node, Stop) and node.label == label:
            return True
        if isinstance(node, Choosing) and _is_certain(node, label):
            return True
    return False


def _ask(scope: Scope, place: Choosing, label: str, found: str) -> None:
    body = scope.body

    def arrive(node: Stop | Choosing | End) -> None:
        match node:
            case Stop(label=here) if here == label:
                body.emit(Let(found, ONE))
            case Choosing():
                _ask(scope, node, label, found)

    for branch in place.branches:
        with body.block() as way:
            walk(scope, branch, arrive)
        copies = {name: body.fresh("v") for name in sorted(filter(is_field, assigned(way)))}
        for name, copy in copies.items():
            body.emit(Let(copy, Local(name)))
        for statement in _renamed(way, copies):
            body.emit(statement)


def _renamed(body: Iterable[Statement], names: Mapping[str, str]) -> tuple[Statement, ...]:
    def expr(value: Expr) -> Expr:
        if isinstance(value, Local):
            return Local(names.get(value.name, value.name))
        return map_children(value, expr)

    def statement(each: Statement) -> Statement:
        if isinstance(each, Let):
            return Let(names.get(each.name, each.name), expr(each.value))
        return map_parts(each, expr, lambda inside: _renamed(inside, names))

    return tuple(map(statement, body))
