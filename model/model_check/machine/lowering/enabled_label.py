"""From a label to whether the next step of a process can be the one that it names.

At an `either`, tests and loops at the beginning of a branch are not decided before the branch
is chosen. `at(p, step)` asks what they would decide now: control goes on as when the choice
is made, on copies of what it changes.
"""

from __future__ import annotations

from ..effects import assigned
from ..ir import Const, Expr, If, Let, Local
from ..ir_builder import ONE, ZERO, equal, op
from ..names import field_local, is_field
from ..rewrite import renamed
from .control import lower_control
from .control_flow import Background, ControlFlow, Destination, Fork, Join, Stop
from .scope import LoweringScope

__all__ = ["label_enabled"]


def label_enabled(scope: LoweringScope, process: str, number: int, label: str) -> Expr:
    """Write whether the next step of an instance can be the one with this label."""
    world = scope.world
    result: Expr = ZERO
    for flow, location in zip(
        world.flows[process], world.location_fields[process, number], strict=True
    ):
        asking = LoweringScope(world, scope.body, process, number)
        result = op("|", result, _enabled_in(asking, flow, location, label))
    return result


def _enabled_in(scope: LoweringScope, flow: ControlFlow, location: int, label: str) -> Expr:
    """Write whether the next step of a task, whose location is in a field, can be the one with
    this label."""
    world, body = scope.world, scope.body
    here = Local(field_local(location))
    certain: set[int] = set()
    asked: list[tuple[int, Fork]] = []
    for index, node in enumerate(flow.locations):
        if isinstance(node, Stop) and node.label == label:
            certain.add(index)
        elif isinstance(node, Fork) and label in flow.labels(node):
            if _is_certain(flow, node, label):
                certain.add(index)
            else:
                asked.append((index, node))
    result = world.at_any(body, location, certain)
    for index, node in asked:
        found = body.fresh("v")
        body.emit(Let(found, ZERO))
        with body.block() as question:
            _ask(scope, node, label, found)
        body.emit(If(equal(here, Const(index)), tuple(question)))
        result = op("|", result, Local(found))
    return result


def _is_certain(flow: ControlFlow, place: Fork, label: str) -> bool:
    """Whether a branch begins with the step, without a test or a loop before it."""
    for node in flow.after[place]:
        while isinstance(node, Join):
            (node,) = flow.after[node]
        if isinstance(node, Stop) and node.label == label:
            return True
        if isinstance(node, Fork) and _is_certain(flow, node, label):
            return True
    return False


def _ask(scope: LoweringScope, place: Fork, label: str, found: str) -> None:
    body = scope.body

    def arrive(node: Destination | Background) -> None:
        match node:
            case Stop(label=here) if here == label:
                body.emit(Let(found, ONE))
            case Fork():
                _ask(scope, node, label, found)

    for branch in scope.after(place):
        with body.block() as way:
            lower_control(scope, branch, arrive)
        copies = {name: body.fresh("v") for name in sorted(filter(is_field, assigned(way)))}
        for name, copy in copies.items():
            body.emit(Let(copy, Local(name)))
        for statement in renamed(way, copies):
            body.emit(statement)
