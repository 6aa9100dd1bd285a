"""What the page's script works with: the tables of the space as one JSON text.

Rows are lists of numbers, edges pairs of numbers one after the other, texts stand once. So
a space of some thousand states takes some hundred kilobytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...results.check import CheckReport, PropertyResult, trace_of, with_trace
from ...verify.page_tables import Column, EdgeEvent, PageTables
from ...verify.show import printable
from ..pictures.check import STEPS_DRAWN
from ..sequence.messages import commands_of
from ..words.faults import edge_text
from ..words.formula import reads_of
from ..words.keys import Keys
from ..words.phrases import is_hole, looked, sealing_step, went_wrong
from .copies import copies_data
from .diagrams import as_step, diagram_data, walk_data

__all__ = ["MOST_BYTES", "json_for_script", "page_data"]

MOST_BYTES = 1_000_000
"""A larger text of a whole space makes the page slow to open: then only traces are told."""
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def page_data(report: CheckReport, tables: PageTables, nodes: Sequence[int] = ()) -> dict[str, Any]:
    """The tables as plain values.

    `columns` are [kind, name, owner, texts], with the kinds "variable", "place" and "watch"; a
    row has the place of a value in each column's texts. `acts` are [instance, event, commands,
    file, line, lost, fault, looked]: the place of a file, whether a command reached nobody, what
    goes wrong, in words ("" where nothing does), and what a step found that does nothing else,
    which is told where nothing changes. `faulty` are ends where faults can happen. `edges` of
    a row are act, target, act, target, ...; a target below 0 is minus the place of an error,
    less 1. `traces` are start, and edge, row, edge, row, ... in `hops`; one without an end goes
    round from the step after `loop` on. `judged` says of what a violated property is asked: of
    states, of the ends of runs, of steps, of whole runs. `nodes` are by row the node that shows it
    in the picture of the space, from those by number of a state. `diagrams` are those of the traces
    that are not too long to be drawn, `walk` is what that of any walk is made of, and `copies` are
    texts to take along.
    """
    errors = list(dict.fromkeys(e.error for edges in tables.edges for e in edges if e.error))
    place_of_error = {error: place for place, error in enumerate(errors)}
    files = [source.path for source in tables.sources]
    keys = Keys(report.resources)
    return {
        "whole": tables.whole,
        "complete": tables.whole and tables.expanded == len(tables.rows),
        "initial": tables.initial,
        "expanded": tables.expanded if tables.whole else 0,
        "columns": [
            *_columns("place", tables.places),
            *_columns("variable", tables.variables),
            *_columns("watch", tables.watch),
        ],
        "rows": [_row(tables, row) for row in tables.rows],
        "nodes": [nodes[number] for number in tables.numbers] if nodes else [],
        "acts": [_act(act, files, keys) for act in tables.acts],
        "edges": [
            [
                number
                for edge in edges
                for number in (
                    edge.act,
                    -1 - place_of_error[edge.error] if edge.target is None else edge.target,
                )
            ]
            for edges in tables.edges
        ],
        "errors": [printable(error) for error in errors],
        "files": [printable(path) for path in files],
        "final": [row for row, end in enumerate(tables.ends) if end == "final"],
        "faulty": sorted(tables.may_go_wrong),
        "deadlock": [row for row, end in enumerate(tables.ends) if end == "deadlock"],
        "violates": {
            result.name: [row for row, names in enumerate(tables.violates) if result.name in names]
            for result in report.results
            if result.violating_states
        },
        "judged": {r.name: _judged(r) for r in report.results if r.violating_states},
        "lost": {name: sorted(rows) for name, rows in tables.lost.items()},
        "traces": {r.name: _trace(r, tables) for r in with_trace(report)},
        "diagrams": {
            r.name: diagram_data(report, r)
            for r in with_trace(report)
            if len(trace_of(r).steps) <= STEPS_DRAWN
        },
        "walk": walk_data(report, tables) if tables.whole else None,
        "copies": copies_data(report),
    }


def _row(tables: PageTables, row: tuple[int, ...]) -> list[int]:
    """The places of processes first: the page shows who stands where before what is held."""
    start, stop = len(tables.variables), len(tables.variables) + len(tables.places)
    return [*row[start:stop], *row[:start], *row[stop:]]


def _columns(kind: str, columns: Sequence[Column]) -> list[list[Any]]:
    return [[kind, printable(c.name), printable(c.owner), list(c.texts)] for c in columns]


def _act(act: EdgeEvent, files: Sequence[str], keys: Keys) -> list[Any]:
    lost = any(went_wrong(call) for call in act.calls)
    place = files.index(act.source) if act.source in files else -1
    step = as_step(act)
    calls = [] if act.fault else commands_of(step, keys)
    wrong = edge_text(act.instance, act.event, act.calls) if act.fault else ""
    event = printable(act.event)
    found = looked(replace(step, found=act.found))
    return [printable(act.instance), event, calls, place, act.line, int(lost), wrong, found]


def _judged(result: PropertyResult) -> str:
    """Of what a property is asked; a script must not say of a state what is true of runs."""
    form = result.form
    if result.by_then:
        return "beginnings"
    if form.asks_runs:
        return "runs"
    if form.of_steps:
        return "steps"
    return "ends" if form.asks_ends else "states"


def _trace(result: PropertyResult, tables: PageTables) -> dict[str, Any]:
    trace = trace_of(result)
    return {
        "start": tables.starts[result.name],
        "hops": [number for hop in tables.traces[result.name] for number in (hop.edge, hop.row)],
        "loop": tables.loops.get(result.name),
        "sealed": sealing_step(result),
        "reads": [printable(name) for name in reads_of(result)],
        "holes": [printable(n) for n, value in trace.watch.items() if is_hole(result, n, value)],
    }


def json_for_script(data: object) -> str:
    """JSON that can stand in a `<script>` element: nothing in it ends the element, opens a
    comment, or is a line's end to a script but not to JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_UNSAFE)
