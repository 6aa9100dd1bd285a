"""From a trace to the rows of its timeline: who acts, what happened, and what it changed.

A row is a step, or several that are alike (`sequence.folding`): what differs in them is told as
a range, and of what they changed, what there is after the last of them. Where there is a picture,
its rows are these; a trace without one is folded by what its steps are.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

from ...language.records import dataclass
from ...results.check import CallRecord, Trace, TraceStep
from ...verify.show import format_value, printable
from ..sequence.diagram import Diagram
from ..sequence.folding import Fold, folds, merged_text
from ..words.actors import acting
from ..words.faults import fault_text
from ..words.phrases import (
    WAITED,
    ValueChange,
    call_text,
    changes,
    instances,
    label_text,
    looked,
    went_wrong,
)
from ..words.values import short_value

__all__ = ["Said", "TimelineRow", "folds_alone", "folds_of", "rows_of", "with_short_answer"]


@dataclass(frozen=True, slots=True)
class Said:
    """A line of what happened: its `text`, the same with lists in few words (`short`), whether it
    may lose its middle (`call`), and how it looks."""

    text: str
    short: str
    looks: tuple[str, ...]
    call: bool = False


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """What stands in a row, and maybe goes on below it.

    `number` is that of its step, or the first and the last of steps that are told together; ""
    where they stand in the row above. `last`: the last step that is told with this row and those
    above. `actor` is the instance in whose column the `label` stands, "" for none; `event` tells
    both where there are no columns. `wrong`: it is a fault, a crash, or what fails.
    """

    number: str
    last: int
    actor: str
    label: str
    event: str
    wrong: bool
    fault: bool
    said: tuple[Said, ...]
    changes: tuple[ValueChange, ...]


def folds_of(diagram: Diagram) -> list[Fold]:
    """Which steps a picture tells as one."""
    return [
        Fold(
            group.first - 1,
            group.last,
            tuple(tuple(step.number - 1 for step in row.steps) for row in group.rows),
            interleaved=not group.times,
        )
        for group in diagram.groups
        if group.first
    ]


def folds_alone(trace: Trace) -> list[Fold]:
    """Which steps of a trace that has no picture are told as one. A last one that is itself what
    is wrong is told by itself."""
    cut = () if trace.loop_from is None else (trace.loop_from,)
    loud = {len(trace.steps)} if trace.end in ("error", "state") else set()
    return folds([_likeness(step) for step in trace.steps], loud, cut)


def _likeness(step: TraceStep) -> Hashable:
    """What two steps share that may be told as one row."""
    calls = tuple(
        (call.resource, call.command, went_wrong(call), bool(call.answer), call.sending)
        for call in step.calls
    )
    return (
        step.instance,
        step.label,
        step.fault,
        step.timeout,
        step.crashes,
        calls,
        len(looked(step)),
    )


def rows_of(trace: Trace, folds: Sequence[Fold] | None, mark: int) -> list[TimelineRow]:
    """The rows of a trace, that of its start first; `mark` is the number of a step that fails.
    Without `folds`, each step is a row."""
    found = changes(trace)
    start = TimelineRow("0", 0, "", "", "", False, False, (), found[0])
    rows = [start]
    singles = (Fold(at, at + 1, ((at,),)) for at in range(len(trace.steps)))
    for fold in singles if folds is None else folds:
        single = fold.stop - fold.start == 1
        number = f"{fold.stop}" if single else f"{fold.start + 1}..{fold.stop}"
        for turn, places in enumerate(fold.rows):
            last = fold.stop if turn == len(fold.rows) - 1 else fold.start
            steps = [trace.steps[at] for at in places]
            rows.append(_row(trace, steps, number if turn == 0 else "", last, found, mark))
    return rows


def _row(
    trace: Trace,
    steps: Sequence[TraceStep],
    number: str,
    last: int,
    found: Sequence[Sequence[ValueChange]],
    mark: int,
) -> TimelineRow:
    names = instances(trace)
    first = steps[0]
    times = f" ×{len(steps)}" if len(steps) > 1 else ""
    label = "✗" if first.fault else _label(steps)
    event = f"{printable(first.instance)}.{_label(steps)}" if times else printable(first.event)
    after: dict[str, ValueChange] = {}
    for step in steps:
        for change in found[step.number]:
            after[change.name] = change
    return TimelineRow(
        number,
        last,
        acting(first, names),
        label + times,
        event + times,
        first.fault or first.crashes or first.number == mark,
        first.fault,
        _said(steps, names),
        tuple(after.values()),
    )


def _label(steps: Sequence[TraceStep]) -> str:
    """`publish[7]`; of several, `publish[8..10]` or `show`."""
    if len(steps) == 1:
        return label_text(steps[0])
    return merged_text([re.sub(r"#\d+$", "", label_text(step)) for step in steps])


def _said(steps: Sequence[TraceStep], names: tuple[str, ...]) -> tuple[Said, ...]:
    """What alike steps did, a line each."""
    lines = [_said_of(step, names) for step in steps]
    merged = []
    for alike in zip(*lines, strict=False):
        text = merged_text([each.text for each in alike])
        short = alike[0].short if len(alike) == 1 else text
        merged.append(Said(text, short, alike[0].looks, alike[0].call))
    return tuple(merged)


def _said_of(step: TraceStep, names: tuple[str, ...]) -> list[Said]:
    if step.fault:
        return [_plain(fault_text(step), "red", "bold")]
    said = []
    if not acting(step, names):
        said.append(_plain(printable(step.event), "bold"))
    if step.timeout:
        said.append(_plain(WAITED, "bold"))
    said += [_call(call, step) for call in step.calls]
    said += [_plain(text, "cyan") for text in looked(step)]
    return said


def with_short_answer(text: str, call: CallRecord) -> str:
    """The text of a command with a list in its answer in few words: `LRANGE h 0 -1 -> [1..6]`."""
    if not isinstance(call.result, list):
        return text
    return text.replace(format_value(call.result), short_value(call.result))


def _plain(text: str, *looks: str) -> Said:
    return Said(text, text, looks)


def _call(call: CallRecord, step: TraceStep) -> Said:
    text = call_text(call)
    short = with_short_answer(text, call)
    looks = ("red", "bold") if went_wrong(call) or step.crashes else ("cyan",)
    return Said(text, short, looks, call=True)
