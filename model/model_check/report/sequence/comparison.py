"""Two runs of one schedule as sequence diagrams whose rows stand beside each other.

A row is a turn, or several that are alike in both runs and in how they differ. Where a turn
passes in the second run, its row says why.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ...language.records import replace
from ...results.check import TraceStep
from ...results.comparison import ComparedTurn, CompareReport
from .diagram import Diagram, Group, Parts
from .folding import Fold, folds
from .rows import Row

__all__ = ["side_by_side"]


def side_by_side(report: CompareReport) -> tuple[Diagram, Diagram]:
    """The diagrams of both runs. Groups with the same first number have the same rows, and are
    numbered by turns. What the participants hold is left out: the ends tell it."""
    first = Parts(report.first.report, report.first.trace)
    second = Parts(report.second.report, report.second.trace)
    turns, over = report.turns, len(report.turns)
    at = {0: 0}
    at |= {turn.second.number: turn.number for turn in turns if turn.second is not None}
    at |= {step.number: over + number for number, step in enumerate(report.rest, start=1)}
    loops = (first.loop, _moved(second.loop, at))
    cuts = [loop[0] - 1 for loop in loops if loop is not None]
    ours = [Group(0, 0, 1, (_bare(first.start()),))]
    theirs = [Group(0, 0, 1, (_bare(second.start()),))]
    alike = [_likeness(turn, first, second) for turn in turns]
    for fold in folds(alike, frozenset(), (cut for cut in cuts if cut < over)):
        together = turns[fold.start : fold.stop]
        ours.append(_group(fold, [turn.first for turn in together], first))
        theirs.append(_group(fold, [turn.second or turn for turn in together], second))
    rest = [second.likeness(step) for step in report.rest]
    for fold in folds(rest, frozenset(), (cut - over for cut in cuts if cut > over)):
        steps = report.rest[fold.start : fold.stop]
        theirs.append(_group(fold.moved(over), steps, second))
    ends = {line: at[number] for line, number in second.ends().items()}
    return (
        Diagram(
            first.lifelines, tuple(ours), (), None, None, first.ends(), loops[0], first.crashed()
        ),
        Diagram(second.lifelines, tuple(theirs), (), None, None, ends, loops[1], second.crashed()),
    )


def _moved(loop: tuple[int, int] | None, at: Mapping[int, int]) -> tuple[int, int] | None:
    """What goes round, by turns instead of steps."""
    return None if loop is None else (at[loop[0]], at[loop[1]])


def _likeness(turn: ComparedTurn, first: Parts, second: Parts) -> Hashable:
    other = (turn.instance, turn.why) if turn.second is None else second.likeness(turn.second)
    return first.likeness(turn.first), other, turn.difference


def _group(fold: Fold, drawn: Sequence[TraceStep | ComparedTurn], parts: Parts) -> Group:
    rows = tuple(_row([drawn[at - fold.start] for at in each], parts) for each in fold.rows)
    return Group(fold.start + 1, fold.stop, fold.times, rows)


def _row(drawn: Sequence[TraceStep | ComparedTurn], parts: Parts) -> Row:
    steps = [each for each in drawn if isinstance(each, TraceStep)]
    if steps:
        return _bare(parts.row(steps))
    passing = [each for each in drawn if isinstance(each, ComparedTurn)]
    return Row((), parts.process(passing[0].instance), f"({passing[0].why})", (), (), ())


def _bare(row: Row) -> Row:
    return replace(row, held=())
