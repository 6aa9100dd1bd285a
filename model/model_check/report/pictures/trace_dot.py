"""A trace in DOT: a table of its steps, one column a process.

The sequence diagram is drawn by us in SVG; this is for what only a layout program writes
(PNG, PDF) and for a trace in a document made with Graphviz. It is one node
with a table as its label, which every engine draws alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ...results.check import CheckReport, PropertyResult, Trace, TraceStep, trace_of
from ...verify.show import printable
from ..words.actors import acting
from ..words.columns import shorten_middle
from ..words.faults import fault_text
from ..words.formula import values_text
from ..words.keys import Keys
from ..words.phrases import (
    WAITED,
    ValueChange,
    call_text,
    changes,
    end_line,
    instances,
    is_hole,
    label_text,
    looked,
    no_return_text,
    outcome_text,
    sealing_step,
    went_wrong,
)
from ..words.runs import fairness_text, loop_text, moments_text
from ..words.values import fit_value, name_of_bindings
from ..words.waiting import cycle_text, end_places
from .fonts import text_width
from .palette import ACTOR, BLUE, INK, MUTED, ON_ACTOR, PALE_BLUE, PALE_RED, PAPER, RED, STRIPE

__all__ = ["trace_dot"]

FONT = "Helvetica,Arial,sans-serif"
CELL = 46
"""Characters of a command or of a content in a cell."""


def trace_dot(report: CheckReport, result: PropertyResult) -> str:
    """The trace of a property as a DOT graph."""
    import graphviz

    trace = trace_of(result)
    graph = graphviz.Digraph(name="trace", graph_attr={"bgcolor": "white", "margin": "0.2"})
    graph.node("trace", label=f"<{_table(report, result, trace)}>", shape="plain", fontname=FONT)
    return str(graph.source)


def _table(report: CheckReport, result: PropertyResult, trace: Trace) -> str:
    names, keys = instances(trace), Keys(report.resources)
    span = len(names) + 3
    found = changes(trace)
    rows = [
        _wide(f"{report.model}: {outcome_text(result)}", span, INK, 16),
        "<TR>" + "".join(_head(text) for text in ("", *names, "command", "holds after")) + "</TR>",
        _row(trace, None, found[0], keys),
        *_steps(result, trace, span, keys),
        _wide(end_line(trace, result.form), span, INK, 12),
        *(_wide(text, span, RED, 12) for text in (values_text(result),) if text),
        *(_wide(text, span, INK, 11) for text in moments_text(result)),
        *(_wide(text, span, INK, 11) for text in fairness_text(result)),
        *(_wide(keys.told(f"{name} {at}"), span, INK, 11) for name, at in _waiting(trace)),
        *(_wide(text, span, RED, 11) for text in (cycle_text(trace),) if text),
    ]
    for name, value in trace.watch.items():
        hole = is_hole(result, name, value)
        text = name_of_bindings({name: value})
        rows.append(_wide(text, span, RED if hole else INK, 16 if hole else 12))
    body = "".join(rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4">{body}</TABLE>'


def _waiting(trace: Trace) -> tuple[tuple[str, str], ...]:
    return end_places(trace) if trace.end == "deadlock" else ()


def _steps(result: PropertyResult, trace: Trace, span: int, keys: Keys) -> Iterator[str]:
    """A row a step, and one where the violation becomes certain, or where a loop begins."""
    found = changes(trace)
    sealed = sealing_step(result)
    for step in trace.steps:
        if step.number - 1 == sealed:
            yield _wide(no_return_text(result), span, RED, 12)
        if step.number - 1 == trace.loop_from:
            yield _wide(f"from here on for ever: {loop_text(trace)}", span, RED, 12)
        yield _row(trace, step, found[step.number], keys)


def _font(text: str, colour: str, size: int, bold: bool = False) -> str:
    """`text` in its looks; a blank for none, since an empty label is an error."""
    shown = escape(printable(text)) or " "
    if bold:
        shown = f"<B>{shown}</B>"
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{shown}</FONT>'


def _room(lines: Sequence[str], size: int, bold: bool = False) -> str:
    """The least width of a cell: layout programs measure other fonts than are shown."""
    widest = max((text_width(line, size, "bold" if bold else "sans") for line in lines), default=0)
    return f' WIDTH="{int(widest) + 8}"'


def _wide(text: str, span: int, colour: str, size: int) -> str:
    room = _room([printable(text)], size, bold=True)
    font = _font(text, colour, size, bold=True)
    return f'<TR><TD COLSPAN="{span}" ALIGN="LEFT"{room}>{font}</TD></TR>'


def _head(text: str) -> str:
    font = _font(text, ON_ACTOR, 11, bold=bool(text))
    return f'<TD BGCOLOR="{ACTOR}"{_room([text], 11, bold=True)}>{font}</TD>'


def _row(trace: Trace, step: TraceStep | None, found: tuple[ValueChange, ...], keys: Keys) -> str:
    number = step.number if step else 0
    ground = STRIPE if number % 2 else PAPER
    cells = [_cell(str(number) if step else "start", MUTED, ground)]
    names = instances(trace)
    for name in names:
        acts = step is not None and name == acting(step, names)
        text = label_text(step) if step is not None and acts else ""
        wrong = step is not None and (step.fault or step.crashes)
        paper = (PALE_RED if wrong else PALE_BLUE) if acts else ground
        cells.append(_cell(text, RED if wrong else INK, paper, bold=acts))
    calls = [
        (shorten_middle(keys.told(call_text(call)), CELL), RED if went_wrong(call) else BLUE)
        for call in (step.calls if step and not step.fault else ())
    ]
    if step is not None:
        calls += [(shorten_middle(text, CELL), BLUE) for text in looked(step)]
    if step is not None and step.timeout:
        calls.insert(0, (WAITED, INK))
    if step is not None and step.fault:
        calls = [(shorten_middle(f"✗ {fault_text(step)}", CELL), RED)]
    contents = [(f"{printable(c.name)} {fit_value(c.value, CELL)}", MUTED) for c in found]
    return f"<TR>{''.join(cells)}{_lines(calls, ground)}{_lines(contents, ground)}</TR>"


def _cell(text: str, colour: str, ground: str, bold: bool = False) -> str:
    room = _room([text], 11, bold)
    return f'<TD BGCOLOR="{ground}"{room}>{_font(text, colour, 11, bold and bool(text))}</TD>'


def _lines(texts: Sequence[tuple[str, str]], ground: str) -> str:
    """A cell of several lines, each in its colour."""
    body = "".join(_font(text, colour, 10) + '<BR ALIGN="LEFT"/>' for text, colour in texts)
    room = _room([text for text, _ in texts], 10)
    return f'<TD ALIGN="LEFT" BALIGN="LEFT" BGCOLOR="{ground}"{room}>{body or " "}</TD>'
