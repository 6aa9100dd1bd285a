"""From a process that dies to where it is then, and what is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..core import Instance
from ..ir import Const, Let
from ..names import field_local
from .connections import Line, close_connections
from .control import left_name, left_type, loops_of
from .first_values import own_starts, put_first_values
from .scope import LoweringScope
from .storage import write
from .values import default

__all__ = ["Start", "dies"]

Start = Callable[[Instance, LoweringScope], None]
"""Writes where an instance begins."""


def dies(
    scope: LoweringScope,
    instance: Instance,
    start: Start,
    rest: Callable[[], None],
    spared: Line | None = None,
) -> None:
    """Write the crash of an instance, in whose `scope` that is: its connections go, but for one
    that is `spared`, its variables are lost, and it begins anew or stays where it is; and the
    `rest`."""
    world, body = scope.world, scope.body
    process = world.spec.process(instance.process)
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
            start(instance, scope)
        else:
            where = field_local(instance.location_field)
            body.emit(Let(where, Const(len(instance.locations) - 1)))
        rest()

    starts = own_starts(scope, (*forgotten, *process.loops))
    begin = partial(put_first_values, starts, lambda at: None, arrive)
    close_connections(scope, process.client_name(instance.number), crashes.at, begin, spared)
