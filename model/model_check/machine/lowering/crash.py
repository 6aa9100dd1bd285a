"""From a process that dies to where it is then, and what is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..ir import Const, Let
from ..names import field_local
from .connections import Line, close_connections
from .control import left_name, left_type, loops_of
from .first_values import own_starts, put_first_values
from .scope import LoweringScope
from .storage import write
from .tasks import begin_anew, stop_tasks
from .values import default

__all__ = ["dies"]


def dies(scope: LoweringScope, rest: Callable[[], None], spared: Line | None = None) -> None:
    """Write the crash of the instance in whose `scope` that is: all that runs beside it ends, its
    connections go, but for one that is `spared`, its variables are lost, and it begins anew or
    stays where it is; and the `rest`."""
    world, body = scope.world, scope.body
    process = world.spec.process(scope.process)
    crashes = process.crashes
    assert crashes is not None  # what may crash says how
    for loop in loops_of(process.run):
        kind = left_type(loop)
        if kind is not None:
            place = scope.own(left_name(loop))
            write(body, place, default(kind, body.layout), crashes.at)
    forgotten = [v for v in process.vars if v.name not in crashes.keeps]

    def arrive() -> None:
        if crashes.restarts:
            begin_anew(scope)
        else:
            stop_tasks(scope)
            where = field_local(scope.location_field(0))
            body.emit(Let(where, Const(scope.flows[0].crashed)))
        rest()

    starts = own_starts(scope, (*forgotten, *process.loops))
    begin = partial(put_first_values, starts, lambda at: None, arrive)
    close_connections(scope, process.client_name(scope.number), crashes.at, begin, spared)
