"""One schedule on two specs as text: two timelines side by side, what differs marked.

A row is a turn: who acts, what the step is in each spec, and what it sent and got (or, where
it sends nothing, what it changed). Where the terminal is narrow, that goes below the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import zip_longest

from ...results.check import Trace, TraceStep, Value
from ...results.comparison import CompareReport, Difference, Side
from ...verify.show import printable
from ..words.columns import counted, display_width, shorten, shorten_middle, wrap
from ..words.faults import fault_text, faults_text
from ..words.formula import end_values
from ..words.keys import Keys
from ..words.phrases import (
    call_text,
    changes,
    is_hole,
    label_text,
    steps_text,
    went_wrong,
)
from ..words.values import fit_value
from ..words.verdicts import bounded_verdict
from .rows import with_short_answer
from .short_keys import keys_text
from .style import Style, pad
from .timeline import fit_call

__all__ = ["render_compare"]

NARROWEST = 60
"""Below this many columns nothing can be laid out side by side: lines get longer than asked."""
GAP = "  "
MARKED, UNMARKED = " ≠ ", "   "
WIDEST_NAME, WIDEST_LABEL = 16, 18
NARROWEST_STORY = 28
"""Columns that must be left beside a label, or what happened goes below it."""
REST_SHOWN = 60
"""Steps after the schedule that are shown."""
END_VALUES_SHOWN = 12
_TURN, _END = "turn", "at the end"


def render_compare(
    report: CompareReport, width: int = 100, color: bool = False, unicode: bool = True
) -> str:
    """The whole comparison, in lines of at most `width` columns, without a final newline."""
    style = Style(color, unicode)
    width = max(width, NARROWEST)
    page = _Page(report, width, style)
    sections = (page.title(), page.timelines(), page.ends(), page.verdicts(), page.foot())
    return style.finish("\n\n".join("\n".join(s) for s in sections if s))


class _Page:
    """The comparison laid out for one width."""

    def __init__(self, report: CompareReport, width: int, style: Style) -> None:
        self.report = report
        self.width = width
        self.style = style
        self.first, self.second = report.first, report.second
        self.number = max(len(_TURN), len(str(len(report.turns))))
        actors = [turn.instance for turn in report.turns]
        actors += [step.instance for step in report.rest]
        self.who = min(max((display_width(printable(a)) for a in actors), default=0), WIDEST_NAME)
        margin = self.number + len(GAP) + self.who + len(GAP)
        self.cell = (width - margin - len(MARKED)) // 2
        self.margin = " " * margin
        steps = [*self.first.trace.steps, *self.second.trace.steps]
        widest = max((display_width(label_text(step)) for step in steps), default=0)
        self.label = min(widest, WIDEST_LABEL)
        self.beside = self.cell - self.label - len(GAP) >= NARROWEST_STORY

    def title(self) -> list[str]:
        shown, turns = self.report.shown, len(self.report.turns)
        first, second = printable(self.first.name), printable(self.second.name)
        why = f", {self._why(shown)}" if shown else ""
        once = " until it has gone round once" if self.first.trace.loop_from is not None else ""
        told = (
            f"The schedule of a trace of {first}{why}: {counted(turns, 'turn')}{once}. At each turn"
            f" the same process acts in {second}, with its own next step, if it can."
        )
        head = self.style.paint(shorten(f"{first} and {second}", self.width), "bold")
        faults = [(faults_text(side.report.faults), side.name) for side in self._sides()]
        notes = [f"{printable(name)}: {text}" for text, name in faults if text]
        keys = keys_text([_patterns(side) for side in self._sides()])
        return [
            head,
            *wrap(told, self.width),
            *(line for note in notes for line in wrap(note, self.width)),
            *self.style.wrapped(keys, self.width, "dim"),
        ]

    def _why(self, shown: str) -> str:
        """What the trace has to do with the property that the comparison is about."""
        result = self.first.result(shown)
        if result is not None and result.form.somewhere:
            return f"which shows what {printable(shown)} asks for"
        return f"in which {printable(shown)} is violated"

    # --- the timelines ----------------------------------------------------------------------

    def timelines(self) -> list[str]:
        head = f"{_TURN:>{self.number}}{GAP}{pad('who', self.who)}{GAP}"
        lines = [self.style.paint(head + self._names(), "dim")]
        stories = [_stories(side.trace, Keys(side.report.resources)) for side in self._sides()]
        for turn in self.report.turns:
            left = self._step(turn.first, stories[0])
            if turn.second is not None:
                right = self._step(turn.second, stories[1])
            else:
                right = [self._piece(f"({turn.why})", self.cell, "yellow")]
            lines += self._rows(str(turn.number), turn.instance, left, right, turn.difference)
        if self.report.rest:
            lines += self._rest(stories[1])
        return [line.rstrip() for line in lines]

    def _names(self) -> str:
        first, second = (shorten(printable(side.name), self.cell) for side in self._sides())
        return pad(first, self.cell) + UNMARKED + second

    def _sides(self) -> tuple[Side, Side]:
        return self.first, self.second

    def _rest(self, stories: _Stories) -> Iterator[str]:
        rest = self.report.rest
        to_its_end = "" if self.second.endless else " to its end"
        goes = f"{printable(self.second.name)} goes on{to_its_end}, each process in turn"
        line = shorten(f"-- the schedule is over: {goes} ", self.width)
        yield self.style.paint(line + "-" * (self.width - display_width(line)), "yellow")
        for step in rest[:REST_SHOWN]:
            yield from self._rows("", step.instance, [], self._step(step, stories), "")
        if len(rest) > REST_SHOWN:
            more = f"… and {steps_text(len(rest) - REST_SHOWN)} more (--json has them)"
            yield self.margin + self.style.paint(more, "dim")

    def _rows(
        self,
        number: str,
        who: str,
        left: Sequence[str],
        right: Sequence[str],
        difference: Difference,
    ) -> Iterator[str]:
        name = pad(shorten(printable(who), self.who), self.who)
        head = self.style.paint(f"{number:>{self.number}}", "dim") + GAP + name + GAP
        mark = self.style.paint(MARKED, "yellow", "bold") if difference else UNMARKED
        blank = " " * self.cell
        for turn, (ours, theirs) in enumerate(zip_longest(left, right, fillvalue="")):
            start, between = (head, mark) if turn == 0 else (self.margin, UNMARKED)
            yield start + (ours or blank) + between + theirs

    def _step(self, step: TraceStep, stories: _Stories) -> list[str]:
        """A step in the lines of a cell, each filled up to its width."""
        label = label_text(step)
        told = stories(step)
        if not self.beside:
            lines = [self._piece(label, self.cell, "bold")]
            room = self.cell - len(GAP)
            return lines + [GAP + self._piece(fit(room), room, *looks) for fit, looks in told]
        room = self.cell - self.label - len(GAP)
        start = self._piece(label, self.label, "bold") + GAP
        if not told:
            return [start + " " * room]
        blank = " " * (self.label + len(GAP))
        return [
            (start if turn == 0 else blank) + self._piece(fit(room), room, *looks)
            for turn, (fit, looks) in enumerate(told)
        ]

    def _piece(self, text: str, width: int, *looks: str) -> str:
        """Text in its looks, cut or filled up to a width."""
        shown = shorten(text, width)
        return self.style.paint(shown, *looks) + " " * (width - display_width(shown))

    # --- the ends ---------------------------------------------------------------------------

    def ends(self) -> list[str]:
        sides = [[name for name, _ in end_values(side.trace)] for side in self._sides()]
        watched = list(dict.fromkeys(n for side in self._sides() for n in side.trace.watch))
        others = [name for name in dict.fromkeys((*sides[0], *sides[1])) if name not in watched]
        names = [*watched, *others[:END_VALUES_SHOWN]]
        if not names:
            return []
        column = min(max(display_width(n) for n in (*names, _END)), self.width // 4)
        cell = (self.width - column - len(GAP) - len(MARKED)) // 2
        heads = [shorten(printable(side.name), cell) for side in self._sides()]
        head = pad(_END, column) + GAP + pad(heads[0], cell) + UNMARKED + heads[1]
        lines = [self.style.paint(head, "dim")]
        for name in names:
            # What is not among the values of an end is empty there, if it is there at all.
            known = [_all_values(side.trace) for side in self._sides()]
            ours, theirs = ((name in values, values.get(name)) for values in known)
            values = [self._value(side, name, cell) for side in self._sides()]
            mark = self.style.paint(MARKED, "yellow", "bold") if ours != theirs else UNMARKED
            shown = pad(shorten(printable(name), column), column)
            shown = self.style.paint(shown, "bold") if name in watched else shown
            lines.append((shown + GAP + values[0] + mark + values[1]).rstrip())
        if len(others) > END_VALUES_SHOWN:
            more = f"… and {len(others) - END_VALUES_SHOWN} more (--json has them)"
            lines.append(self.style.paint(more, "dim"))
        return lines

    def _value(self, side: Side, name: str, room: int) -> str:
        """A value at the end as it is shown."""
        known = _all_values(side.trace)
        if name not in known:
            return self._piece("-", room, "dim")
        value = known[name]
        shown = self.report.shown
        result = side.result(shown) if shown else None
        wrong = name in side.trace.watch and result is not None and is_hole(result, name, value)
        looks = ("red", "bold") if wrong else ()
        return self._piece(fit_value(value, room), room, *looks)

    # --- what it means ----------------------------------------------------------------------

    def verdicts(self) -> list[str]:
        lines: list[str] = []
        for name in self._told():
            on_run = [side.verdicts.get(name) for side in self._sides()]
            told = [_in_every_interleaving(side, name) for side in self._sides()]
            lines += self._verdict(f"{name} on this schedule", on_run, lambda side: "")
            lines += self._verdict(f"{name} in every interleaving", told, _explored)
        for side in self._sides():
            if side.endless:
                lines += wrap(
                    f"{side.name} goes round for ever on this schedule: it has no end there",
                    self.width, "", "  ",
                )  # fmt: skip
            if side.left:
                steps = steps_text(len(side.trace.steps))
                lines += wrap(f"{side.name} was left after {steps}: it goes on", self.width)
            if side.alone:
                lines += wrap(f"only in {side.name}: {', '.join(side.alone)}", self.width, "", "  ")
        return lines

    def _told(self) -> list[str]:
        """The property that it is about, and those that a run violates."""
        names = [self.report.shown] if self.report.shown else []
        for side in self._sides():
            names += [name for name, verdict in side.verdicts.items() if verdict == "violated"]
        return list(dict.fromkeys(names))

    def _verdict(
        self, what: str, verdicts: Sequence[str | None], told: Callable[[Side], str]
    ) -> list[str]:
        parts = []
        for side, verdict in zip(self._sides(), verdicts, strict=True):
            if verdict is None:
                parts.append(f"{side.name} has no such property")
            else:
                parts.append(f"{verdict} in {side.name}{told(side)}")
        good = (verdicts[1] or "").startswith("holds")
        look = "red" if verdicts[1] == "violated" else "green" if good else "dim"
        return self.style.wrapped(f"{what}: {', '.join(parts)}", self.width, look, "bold")

    def foot(self) -> list[str]:
        lines = wrap(_differing(self.report), self.width, "", "  ")
        return lines + self.style.written(self.report.files, self.report.notes, self.width)


_StoryLines = list[tuple[Callable[[int], str], tuple[str, ...]]]
"""Lines, each as what fits it into a number of columns, and its looks."""
_Stories = Callable[[TraceStep], _StoryLines]


def _stories(trace: Trace, keys: Keys) -> _Stories:
    """What a step of a trace sent and got, by short names; of one without commands, what it
    changed."""
    found = changes(trace)

    def of(step: TraceStep) -> _StoryLines:
        lines: _StoryLines = []
        if step.fault:
            return [(partial(shorten, fault_text(step)), ("red", "bold"))]
        for call in step.calls:
            looks = ("red", "bold") if went_wrong(call) else ("cyan",)
            text = keys.short(call_text(call), call.resource)
            lines.append((partial(_fit_call, text, with_short_answer(text, call)), looks))
        if not step.calls:
            for change in found[step.number]:
                name, value = printable(change.name), change.value
                lines.append((partial(_fit_change, name, value), ("dim",)))
        return lines

    return of


def _patterns(side: Side) -> tuple[str, ...]:
    """Which names stand for which keys in what is told of a spec."""
    called = dict.fromkeys(call.resource for step in side.trace.steps for call in step.calls)
    return Keys(side.report.resources).patterns(called)


def _fit_call(text: str, short: str, room: int) -> str:
    return fit_call(text if display_width(text) <= room else short, room)


def _fit_change(name: str, value: Value, room: int) -> str:
    shown = shorten_middle(name, max(room // 2, room - 12))
    return f"{shown} {fit_value(value, max(room - display_width(shown) - 1, 1))}"


def _all_values(trace: Trace) -> dict[str, Value]:
    state = trace.steps[-1].state if trace.steps else trace.initial
    return {**state.variables, **trace.watch}


def _in_every_interleaving(side: Side, name: str) -> str | None:
    """The verdict on a property, if the spec has it, and that it is one within `within`."""
    result = side.result(name)
    return None if result is None else bounded_verdict(result, side.report.space)


def _explored(side: Side) -> str:
    space = side.report.space
    states = counted(space.states, "state")
    return f" ({states})" if space.complete else f" ({states} looked at: {space.stopped})"


def _differing(report: CompareReport) -> str:
    turns, differing = len(report.turns), report.differing
    if not turns:
        return "the schedule has no turn"
    passing = sum(turn.second is None for turn in report.turns)
    told = f"{differing:,} of {counted(turns, 'turn')} differ" if differing else "no turn differs"
    if passing:
        told += f", {passing:,} of them without a step in {printable(report.second.name)}"
    return told
