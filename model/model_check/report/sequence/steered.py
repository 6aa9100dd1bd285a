"""A steered run as a sequence diagram: the trace as far as it was carried out, with the time at
which each step that Redis sees went through, and how long it was held.

Where the services left the schedule, the turn that did not come stands below the last step, and
below that what they did instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...language.records import dataclass
from ...results.check import TraceStep
from ...results.monitor import LogVerdict
from ...results.steer import SteeredCommand, SteeredRun, SteerResult
from ...verify.show import printable
from ..words.columns import shorten
from ..words.phrases import label_text
from ..words.steered_session import session_of, steps_of_lines
from ..words.steering import sent_text
from .diagram import Diagram, Group, Parts
from .folding import folds
from .messages import Message
from .rows import Row

__all__ = ["SteeredDiagram", "steered_sequence"]

WIDEST_COMMAND = 34
"""Columns of what is told at an arrow of a command, or an answer, as it really was."""
MOST_FREE = 24
"""Rows of what the services did after they had left the schedule."""


@dataclass(frozen=True, slots=True)
class SteeredDiagram:
    """`went` and `held` are milliseconds, by the number of the trace's step, and `left` the same
    for the rows below the last step (None: it never came). `more`: commands that have no row.
    `open_for`: milliseconds of the diagram's window; None where it has none."""

    diagram: Diagram
    went: dict[int, tuple[float, float]]
    left: tuple[tuple[float, float] | None, ...]
    more: int
    open_for: float | None
    facts: tuple[str, ...]


def steered_sequence(found: SteerResult, run: SteeredRun) -> SteeredDiagram:
    """The diagram of a run."""
    parts = Parts(found, run.trace)
    by_turn = {each.turn: each for each in reversed(run.commands) if each.turn is not None}
    done = [turn for turn in run.turns[: run.done] if turn.number in by_turn]
    went = {t.step: (by_turn[t.number].went, by_turn[t.number].held) for t in done}
    whole = run.departure is None and run.done == len(run.turns)
    last = len(run.trace.steps) if whole else max(went, default=0)
    steps = _done_steps(run, last)
    groups = [Group(0, 0, 1, (parts.start(),))]
    loop = parts.loop if whole else None
    loud = {place for place, step in enumerate(steps, start=1) if step.number in went}
    alike = [parts.likeness(step) for step in steps]
    for fold in folds(alike, loud, () if loop is None else (loop[0] - 1,)):
        rows = tuple(parts.row([steps[at] for at in places]) for places in fold.rows)
        first, end = steps[fold.start].number, steps[fold.stop - 1].number
        groups.append(Group(first, end, fold.times, rows))
    free = [each for each in run.commands if each.turn is None]
    below: list[tuple[Row, tuple[float, float] | None]] = []
    if run.departure is not None:
        below.append((_missed_row(run, parts), None))
        after = free[:MOST_FREE]
        below += ((_free_row(found, each, parts), (each.went, each.held)) for each in after)
        free = free[MOST_FREE:]
    window, marked, open_for, facts = _window(found, run)
    diagram = Diagram(
        parts.lifelines, tuple(groups), (), window, None,
        {line: number for line, number in parts.ends().items() if number <= last},
        loop, parts.crashed() if whole else frozenset(), marked,
        tuple(row for row, _ in below), (), parts.keys,
    )  # fmt: skip
    return SteeredDiagram(
        diagram, went, tuple(times for _, times in below), len(free), open_for, facts
    )


def _done_steps(run: SteeredRun, last: int) -> list[TraceStep]:
    """The trace's steps up to number `last`, without those of a turn that was not carried out, and
    what its process does after it."""
    stopped: dict[str, int] = {}
    for turn in run.turns[run.done :]:
        stopped[turn.instance] = min(turn.step, stopped.get(turn.instance, turn.step))
    return [s for s in run.trace.steps[:last] if s.number < stopped.get(s.instance, last + 1)]


def _missed_row(run: SteeredRun, parts: Parts) -> Row:
    """The turn that did not come, and what came instead."""
    left = run.departure
    assert left is not None
    step: TraceStep = run.trace.steps[left.turn.step - 1]
    aside = f"did not come in {left.waited:.1f} s; then came:"
    return Row((), parts.process(left.turn.instance), label_text(step), (), (aside,), ())


def _free_row(found: SteerResult, each: SteeredCommand, parts: Parts) -> Row:
    """What went through and is no turn of the schedule."""
    said, answer = printable(" | ".join(each.commands)), printable(each.answer)
    text = shorten(sent_text(found, each), WIDEST_COMMAND)
    line, server = parts.process(each.instance), parts.server
    if line is None or server is None:
        who = printable(each.instance) or f"connection {each.connection}"
        return Row((), server or parts.lifelines[0], "", (), (f"{who}: {text}",), ())
    whole = (f"{said} → {answer}" if answer else said,)
    if each.delivered:
        message = Message(server, line, text, "", "push", False, whole)
    else:
        told = shorten(answer, WIDEST_COMMAND)
        message = Message(line, server, text, told, "command", False, whole)
    return Row((), line, "", (message,), (), ())


def _window(
    found: SteerResult,
    run: SteeredRun,
) -> tuple[tuple[int, int] | None, frozenset[int], float | None, tuple[str, ...]]:
    """The window of the reason that the lines kept, by the steps that are its events: the first and
    the last, those that the reason names, how long it was open, and the facts."""
    at = steps_of_lines(run)
    for each in _violated(found, run):
        for race in each.races if not each.open_races else ():
            window = race.window
            if window is None or window.milliseconds is None:
                continue
            first, last = (at.get(end.line or 0) for end in (window.opened, window.closed))
            named = frozenset(at[e.line] for e in race.events if e.line in at)
            if first is not None and last is not None and first <= last:
                return (first, last), named, window.milliseconds, race.facts
    return None, frozenset(), None, ()


def _violated(found: SteerResult, run: SteeredRun) -> Iterator[LogVerdict]:
    """What the lines say of the properties that they violate, the one whose trace it is first."""
    session = session_of(run)
    properties = session.properties if session is not None else ()
    violated = [each for each in properties if each.verdict == "violated"]
    yield from sorted(violated, key=lambda each: each.name != found.property)
