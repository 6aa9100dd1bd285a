"""From where control leads to what the tasks of a process do there.

A process has a place for each of its tasks: its program, and the branches and backgrounds in it
that may be under way beside that. One that is not under way stands at its end. Where control comes
to a `both`, its branches begin; where the last of them ends, the control of the task that waits
goes on, in the same step.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial, reduce

from ..ir import Const, Expr, If, Let
from ..ir_builder import op
from ..names import field_local
from .control import lower_control
from .control_flow import Background, Both, Destination, End, Node
from .scope import LoweringScope

__all__ = ["all_ended", "arrive", "backgrounds", "begin_anew", "stop_tasks"]


def arrive(scope: LoweringScope, task: int, node: Node) -> None:
    """Write the control of a task from a node on, up to its new location."""
    lower_control(scope, node, partial(_settle, scope, task))


def begin_anew(scope: LoweringScope) -> None:
    """Write where a process begins."""
    stop_tasks(scope)
    arrive(scope, 0, scope.flows[0].entry)


def stop_tasks(scope: LoweringScope) -> None:
    """Write that nothing is under way beside the program."""
    for task, flow in enumerate(scope.flows):
        if task:
            _put(scope, task, flow.end)


def all_ended(scope: LoweringScope, tasks: Iterable[int]) -> Expr:
    """Write whether each of some tasks (one at least) stands at its end."""
    ended = [
        scope.world.at_any(scope.body, scope.location_field(task), {scope.flows[task].end})
        for task in tasks
    ]
    return scope.body.name(reduce(partial(op, "&"), ended))


def backgrounds(scope: LoweringScope) -> list[int]:
    """The tasks that nobody waits for."""
    return [task for task, flow in enumerate(scope.flows) if task and flow.waiting is None]


def _put(scope: LoweringScope, task: int, location: int) -> None:
    scope.body.emit(Let(field_local(scope.location_field(task)), Const(location)))


def _settle(scope: LoweringScope, task: int, place: Destination | Background) -> None:
    flow = scope.flows[task]
    if isinstance(place, Background):
        arrive(scope, place.task, scope.flows[place.task].entry)
        return
    _put(scope, task, flow.locations.index(place))
    match place:
        case Both(tasks):
            for each in tasks:
                arrive(scope, each, scope.flows[each].entry)
        case End() if flow.waiting is not None:
            waits, both = flow.waiting
            done = all_ended(scope, (each for each in both.tasks if each != task))
            with scope.body.block() as block:
                arrive(scope, waits, scope.after(both)[0])
            scope.body.emit(If(done, tuple(block)))
