"""Sequence diagrams as plain values, for the page's script to draw in the room that there is.

A trace's diagram is the one of its picture, row by row. For a walk of one's own, what happens along
each edge of the space is a row by itself, and the script puts those of the walk together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ...results.check import CheckReport, PropertyResult, StateView, Trace, TraceStep, trace_of
from ...verify.page_tables import Column, EdgeEvent, PageTables
from ...verify.show import printable
from ..sequence.below import waiting_rows
from ..sequence.diagram import Diagram, Group, folded_text, sequence_of
from ..sequence.lifelines import HeldValue, Lifeline, Lifelines
from ..sequence.messages import Arrows, Message, arrows_of
from ..sequence.rows import Row
from ..words.columns import display_width
from ..words.phrases import ValueChange, no_return_text, owner_of
from ..words.reasons import window_text
from ..words.runs import again_text
from ..words.values import fit_value, short_value

__all__ = ["as_step", "diagram_data", "walk_data"]

SORTS = ("command", "reply", "push", "frame", "write", "wait", "cycle")
"""How an arrow is told to the script: by its place here."""
HELD_WIDTH = 72
"""Columns of a value beside a lifeline; the script breaks them into lines."""
NOBODY = -1
"""Instead of the place of a lifeline: there is none."""


def diagram_data(report: CheckReport, result: PropertyResult) -> dict[str, Any]:
    """The sequence diagram of a property's trace.

    `lanes` are [name, sort, keys], and elsewhere a lane is its place there. `groups` are [first,
    last, times, rows]; a row has its `actor` (a lane, -1: the start), its `label`, `messages`
    [source, target, text, answer, sort, lost, told, read], `asides`, `held` [lane, text, read,
    whole], and what it looks like: `several` steps, a `fault`, a lifeline that is `broken`, a step
    that `fails`, one that the reason speaks of (`marked`). Below the last step are the rows of
    `outside`, events that the trace does not have, and of `waits`, who waits for whom.
    `ends` are [lane, step, crashed]: after which step a process has ended, or crashed for good.
    """
    diagram, trace = sequence_of(report, result), trace_of(result)
    lanes = diagram.lifelines
    failing = len(trace.steps) if trace.end == "error" else NOBODY

    def rows(group: Group) -> list[dict[str, Any]]:
        return [_row(row, lanes, diagram, failing) for row in group.rows]

    return {
        "lanes": _lanes(lanes),
        "groups": [[each.first, each.last, each.times, rows(each)] for each in diagram.groups],
        "outside": [_plain(row, lanes) for row in diagram.outside],
        "waits": [_plain(row, lanes) for row in diagram.waits],
        "window": diagram.window,
        "caption": list(window_text(result)),
        "orderings": [list(pair) for pair in diagram.orderings],
        "sealed": diagram.sealed,
        "noReturn": no_return_text(result) if diagram.sealed is not None else "",
        "loop": diagram.loop,
        "again": again_text(trace) if diagram.loop is not None else "",
        "ends": _ends(diagram),
        "folded": folded_text(diagram),
    }


def walk_data(report: CheckReport, tables: PageTables) -> dict[str, Any]:
    """What a diagram of any walk through the space is put together from: the `lanes`, a row for
    each of the acts, `holders`: for each variable's column a lane (-1: whoever acts) and its name
    there, and `waits`: for each row of the space that is a deadlock, its place among the `ends`,
    which are the rows that tell who waits."""
    space = _as_trace(tables)
    # Whatever has a value somewhere is told of in some walk.
    lifelines = Lifelines(report, space, tuple(column.name for column in tables.variables))
    lanes = lifelines.in_order
    ends: dict[tuple[Row, ...], int] = {}  # many deadlocks are of the same waits
    waits = {}
    for row, (held_back, cycle) in tables.waits.items():
        end = replace(space, waits=held_back, cycle=cycle)
        waits[row] = ends.setdefault(waiting_rows(end, lifelines), len(ends))
    return {
        "lanes": _lanes(lanes),
        "waits": waits,
        "ends": [[_plain(row, lanes) for row in each] for each in ends],
        "acts": [
            _act(step, act, arrows, lifelines)
            for step, act, arrows in zip(
                space.steps, tables.acts, _arrows(space, lifelines), strict=True
            )
        ],
        "holders": [_holder(column, lifelines) for column in tables.variables],
    }


def _lanes(lanes: Sequence[Lifeline]) -> list[list[Any]]:
    return [[printable(each.name), each.sort, list(each.keys)] for each in lanes]


def _ends(diagram: Diagram) -> list[list[int]]:
    places = {line: place for place, line in enumerate(diagram.lifelines)}
    return [
        [places[line], step, int(line in diagram.crashed)]
        for line, step in diagram.ends.items()
        if line in places
    ]


def _row(row: Row, lanes: Sequence[Lifeline], diagram: Diagram, failing: int) -> dict[str, Any]:
    last = row.steps[-1].number if row.steps else NOBODY
    looks = {
        "several": len(row.steps) > 1,
        "fault": row.fault,
        "broken": row.broken,
        "fails": last == failing != NOBODY,
        "marked": last in diagram.marked,
    }
    return _plain(row, lanes) | {look: 1 for look, is_so in looks.items() if is_so}


def _plain(row: Row, lanes: Sequence[Lifeline]) -> dict[str, Any]:
    return {
        "actor": NOBODY if row.actor is None else lanes.index(row.actor),
        "label": row.boxed,
        "messages": [_message(each, lanes) for each in row.messages],
        "asides": list(row.asides),
        "held": [_held(each, lanes) for each in row.held],
        "told": "\n".join(row.told),
    }


def _message(each: Message, lanes: Sequence[Lifeline]) -> list[Any]:
    return [
        lanes.index(each.source), lanes.index(each.target), each.text, each.answer,
        SORTS.index(each.sort), 2 if each.refused else int(each.lost), "\n".join(each.told),
        int(each.read),
    ]  # fmt: skip


def _held(each: HeldValue, lanes: Sequence[Lifeline]) -> list[Any]:
    value = short_value(each.change.value)
    if display_width(value) > HELD_WIDTH:
        value = fit_value(each.change.value, HELD_WIDTH)
    text = f"{each.name} {printable(value)}"
    return [lanes.index(each.holder), text, int(each.read), each.whole]


# --- the acts of a space ---------------------------------------------------------------------


def _as_trace(tables: PageTables) -> Trace:
    """Everything that happens anywhere in the space, one after the other. It is no run: it tells
    who takes part, and what goes between them."""
    nowhere = StateView(
        {column.name: None for column in tables.variables},
        {column.name: "" for column in tables.places},
    )
    steps = (
        replace(as_step(act), number=number, state=nowhere)
        for number, act in enumerate(tables.acts, start=1)
    )
    return Trace(nowhere, tuple(steps), "final", "", "", {}, ())


def as_step(act: EdgeEvent) -> TraceStep:
    """What happens along an edge as a step of no run, without what it found."""
    return TraceStep(
        number=1,
        instance=act.instance,
        label=act.event.removeprefix(f"{act.instance}."),
        indices=(),
        occurrence=1,
        calls=act.calls,
        state=StateView({}, {}),
        changed=(),
        source=act.source,
        line=act.line,
        fault=act.fault,
        timeout=act.timeout,
        crashes=act.crashes,
    )


def _arrows(space: Trace, lifelines: Lifelines) -> Iterator[Arrows]:
    """The arrows of each act. One that takes the answer to what was sent before has that before
    it, wherever the space has it."""
    sent = {
        (step.instance, call.resource, call.wire): step
        for step in space.steps
        for call in step.calls
        if call.sending
    }
    nothing = [()] * (len(space.steps) + 1)  # an act has no values of its own
    for step in space.steps:
        before = {
            asked.number: asked
            for call in step.calls
            if not call.sending
            and (asked := sent.get((step.instance, call.resource, call.wire))) is not None
            and asked is not step
        }
        known = replace(space, steps=(*before.values(), step))
        yield arrows_of(known, lifelines, nothing)[step.number]


def _act(step: TraceStep, act: EdgeEvent, arrows: Arrows, lifelines: Lifelines) -> dict[str, Any]:
    lanes = lifelines.in_order
    return {
        "actor": lanes.index(lifelines.of(step)),
        "messages": [_message(each, lanes)[:-2] for each in arrows.messages],
        "asides": list(arrows.asides),
        "broken": int(step.crashes),
    }


def _holder(column: Column, lifelines: Lifelines) -> list[Any]:
    owner = owner_of(column.name, (*lifelines.of_resource, *lifelines.links, *lifelines.processes))
    held = lifelines.held(ValueChange(column.name, owner, None), None)
    if held is None:
        return [NOBODY, printable(column.name)]
    return [lifelines.in_order.index(held.holder), held.name]
