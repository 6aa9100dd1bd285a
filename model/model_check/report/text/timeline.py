"""A trace as a timeline in text: a column for each process instance, what happened, and
what it changed.

The columns share the width of the terminal. Where it is too narrow for a column each, the
event's whole name (`ai_service.publish[7]`) stands in one; where command and content do
not fit side by side, the content goes below. Every step is always shown, with what it
changed, so that one can search the text for it: pictures fold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...language.records import dataclass
from ...results.check import CallRecord, Trace, TraceStep
from ...verify.show import format_value, printable
from ..words.actors import acting
from ..words.columns import display_width, shorten, shorten_middle
from ..words.faults import fault_text
from ..words.phrases import (
    WAITED,
    ValueChange,
    call_text,
    changes,
    happened,
    instances,
    label_text,
    looked,
    reached_nobody,
)
from ..words.runs import loop_text
from ..words.values import fit_value, short_value
from .style import Style, pad

__all__ = ["fit_call", "render_timeline"]

GAP = "  "
WIDEST_LABEL = 24
"""Columns a label may take before it is cut."""
NARROWEST_STORY = 36
"""Columns that must be left for what happened, or the processes share one column."""
NARROWEST_CELL = 12
STORY_HEAD, CONTENT_HEAD = "what happened", "what changed"
NARROWEST_CONTENT = 26
"""Columns worth a content column of its own."""
WIDEST_CONTENT = 36
"""Columns for which commands are cut to make room."""
NARROWEST_CALL = 40
"""Columns that a command keeps."""
HIT = "✗"
"""In the column of a process to which something happens that is wrong."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where everything stands. `actors` is empty where all share the column `event`;
    `content` is 0 where content is told below the commands."""

    number: int
    actors: tuple[int, ...]
    event: int
    story: int
    content: int


def render_timeline(
    trace: Trace,
    width: int,
    style: Style,
    mark: int = -1,
    last: int | None = None,
    notes: Mapping[int, str] | None = None,
) -> list[str]:
    """The trace as lines of at most `width` columns.

    `mark` is the number of a step to show in red (the failing one, -1: none), `last` how
    many steps to show from the end (None: all). `notes` by step number stand below the step. Where
    the run has no end, a line says so at both ends of what goes round.
    """
    page = _Timeline(trace, width, style, mark)
    told = {number: [text] for number, text in (notes or {}).items() if text}
    if trace.loop_from is not None:
        told.setdefault(trace.loop_from, []).append("from here on it goes round")
        told.setdefault(len(trace.steps), []).append(f"and so on for ever: {loop_text(trace)}")
    steps = trace.steps if last is None else trace.steps[-last:]
    lines = [style.paint(page.header().rstrip(), "dim")]
    if len(steps) == len(trace.steps):
        lines += page.row(None)
        lines += _notes(told.get(0, ()), width, style)
    else:
        lines.append(style.paint(f"{'…':>{page.columns.number}}", "dim"))
    for step in steps:
        lines += page.row(step)
        lines += _notes(told.get(step.number, ()), width, style)
    return [line.rstrip() for line in lines]


def _notes(texts: Sequence[str], width: int, style: Style) -> Iterator[str]:
    for text in texts:
        line = shorten(f"-- {text} ", width)
        yield style.paint(line + "-" * (width - display_width(line)), "yellow")


def _measure(trace: Trace, width: int, found: Sequence[Sequence[ValueChange]]) -> _Columns:
    number = max(4, len(str(len(trace.steps))))
    names = instances(trace)
    actors = tuple(_actor_width(trace, name) for name in names)
    used = number + sum(w + len(GAP) for w in actors) + len(GAP)
    event = 0
    if width - used < NARROWEST_STORY:
        longest = max((display_width(printable(s.event)) for s in trace.steps), default=0)
        event = min(longest, max(width // 3, len("event")))
        actors = ()
        used = number + len(GAP) + event + len(GAP)
    rest = max(width - used, NARROWEST_CELL)
    calls = [display_width(text) for s in trace.steps for text in _told(s)]
    story = max(len(STORY_HEAD), *calls) if calls else rest
    content = rest - story - len(GAP)
    wanted = _content_width(found)
    if content < wanted and calls:
        # Commands may lose their middle (a key, mostly) so that what changed fits beside them.
        content = wanted
        story = rest - content - len(GAP)
        if story < NARROWEST_CALL:
            content = 0
    if content < NARROWEST_CONTENT:
        return _Columns(number, actors, event, rest, 0)
    return _Columns(number, actors, event, story, content)


def _content_width(found: Sequence[Sequence[ValueChange]]) -> int:
    """Columns for every single change, in few words, but for very long ones."""
    widths = [_short_width(change) for each in found for change in each]
    return max(NARROWEST_CONTENT, min(max(widths, default=0), WIDEST_CONTENT))


def _short_width(change: ValueChange) -> int:
    return display_width(f"{printable(change.name)} {short_value(change.value)}")


def _actor_width(trace: Trace, name: str) -> int:
    labels = [
        display_width(label_text(s))
        for s in trace.steps
        if acting(s, (name,)) == name and not s.fault
    ]
    return min(max([display_width(printable(name)), *labels]), WIDEST_LABEL)


class _Timeline:
    """A trace laid out for one width."""

    def __init__(self, trace: Trace, width: int, style: Style, mark: int) -> None:
        self.trace = trace
        self.style = style
        self.mark = mark
        self.changes = changes(trace)
        self.columns = _measure(trace, width, self.changes)
        self.blank = "".join(" " * w + GAP for w in self.columns.actors or (self.columns.event,))

    def header(self) -> str:
        columns = self.columns
        cells = [f"{'step':>{columns.number}}"]
        if columns.actors:
            cells += [
                pad(shorten(printable(n), w), w)
                for n, w in zip(instances(self.trace), columns.actors, strict=True)
            ]
        else:
            cells.append(pad("event", columns.event))
        any_calls = any(_told(step) for step in self.trace.steps)
        cells.append(pad(STORY_HEAD if any_calls else CONTENT_HEAD, columns.story))
        if columns.content:
            cells.append(CONTENT_HEAD)
        return GAP.join(cells)

    def row(self, step: TraceStep | None) -> Iterator[str]:
        """The lines of one step; None is the start."""
        number = step.number if step else 0
        head = self.style.paint(f"{number:>{self.columns.number}}", "dim") + GAP
        cells = self._who(step) if step else self.blank
        margin = " " * self.columns.number + GAP + self.blank
        for turn, text in enumerate(self._story(step, self.changes[number])):
            yield (head + cells if turn == 0 else margin) + text

    def _who(self, step: TraceStep) -> str:
        columns = self.columns
        wrong = step.fault or step.crashes or step.number == self.mark
        looks = ("bold", "red") if wrong else ("bold",)
        if not columns.actors:
            text = shorten_middle(printable(step.event), columns.event)
            return self._painted(text, columns.event, looks) + GAP
        cells = []
        names = instances(self.trace)
        who = acting(step, names)
        for name, width in zip(names, columns.actors, strict=True):
            told = HIT if step.fault else label_text(step)
            text = shorten(told, width) if name == who else ""
            cells.append(self._painted(text, width, looks) + GAP)
        return "".join(cells)

    def _painted(self, text: str, width: int, looks: Sequence[str]) -> str:
        """Paint the text and not its padding, which ends a line unseen."""
        return self.style.paint(text, *looks) + " " * (width - display_width(text))

    def _story(self, step: TraceStep | None, found: Sequence[ValueChange]) -> list[str]:
        """What the step sent and got, and what it changed, side by side or one below the other."""
        columns, calls = self.columns, []
        if step is not None and (step.fault or not acting(step, instances(self.trace))):
            text = shorten(_head(step), columns.story)
            looks = ("red", "bold") if step.fault else ("bold",)
            calls.append((display_width(text), self.style.paint(text, *looks)))
        if step is not None and step.timeout:
            text = shorten(WAITED, columns.story)
            calls.append((display_width(text), self.style.paint(text, "bold")))
        for call in step.calls if step and not step.fault else ():
            text = fit_call(_call_text(call, columns.story), columns.story)
            wrong = reached_nobody(call) or (step is not None and step.crashes)
            looks = ("red", "bold") if wrong else ("cyan",)
            calls.append((display_width(text), self.style.paint(text, *looks)))
        for told in looked(step) if step else ():
            text = shorten(told, columns.story)
            calls.append((display_width(text), self.style.paint(text, "cyan")))
        content = _change_lines(found, columns.content or columns.story)
        if columns.content:
            return self._beside(calls, content)
        lines = [*(text for _, text in calls), *(self.style.paint(line, "dim") for line in content)]
        return lines or [""]

    def _beside(self, calls: Sequence[tuple[int, str]], content: Sequence[str]) -> list[str]:
        """The commands and, ending beside the last one where it can, what changed."""
        first = max(len(calls) - len(content), 0)
        rows = []
        for turn in range(max(len(calls), first + len(content), 1)):
            used, text = calls[turn] if turn < len(calls) else (0, "")
            beside = content[turn - first] if 0 <= turn - first < len(content) else ""
            rest = " " * (self.columns.story - used) + GAP + self.style.paint(beside, "dim")
            rows.append(text + rest)
        return rows


def _told(step: TraceStep) -> list[str]:
    """What stands in the column of what happened."""
    return [fault_text(step)] if step.fault else happened(step)


def _head(step: TraceStep) -> str:
    """What is told there of a step that is of no process, or of what goes wrong with one."""
    return fault_text(step) if step.fault else printable(step.event)


def _call_text(call: CallRecord, width: int) -> str:
    """A command and its answer; a list that is too long for `width` columns in few words."""
    text = call_text(call)
    if display_width(text) <= width or not isinstance(call.result, list):
        return text
    return text.replace(format_value(call.result), short_value(call.result))


def fit_call(text: str, width: int) -> str:
    """A command and its answer in `width` columns; a short answer is never cut."""
    wire, arrow, answer = text.partition(" -> ")
    if display_width(text) <= width or not arrow:
        return shorten_middle(text, width)
    room = width - display_width(arrow)
    cap = _cap([display_width(wire), display_width(answer)], room)
    kept = display_width(answer) if display_width(answer) <= room // 3 else cap
    answer = shorten_middle(answer, kept)
    return shorten_middle(wire, room - display_width(answer)) + arrow + answer


def _change_lines(found: Sequence[ValueChange], width: int) -> list[str]:
    """`history [1..7]  gateway.snapshot [1..6]`: as many in a line as fit uncut; values are cut
    before names."""
    lines = []
    while found:
        names = [printable(change.name) for change in found]
        wanted = [
            display_width(f"{name} {format_value(change.value)}")
            for name, change in zip(names, found, strict=True)
        ]
        least = [min(w, _short_width(c)) for w, c in zip(wanted, found, strict=True)]
        fitting = 1
        while fitting < len(found) and sum(least[: fitting + 1]) + len(GAP) * fitting <= width:
            fitting += 1
        room = width - len(GAP) * (fitting - 1)
        cap = _cap(wanted[:fitting], room, least[:fitting])
        texts = []
        for name, change, low in list(zip(names, found, least, strict=True))[:fitting]:
            value = fit_value(change.value, max(cap, low) - display_width(name) - 1)
            texts.append(f"{name} {value}")
        lines.append(shorten(GAP.join(texts), width))
        found = found[fitting:]
    return lines


def _cap(wanted: Sequence[int], room: int, least: Sequence[int] = ()) -> int:
    """The greatest width to cut each at so that all together fit in `room`, where none has to
    become smaller than its `least`."""
    low = least or [0] * len(wanted)
    for cap in range(min(max(wanted), room), 0, -1):
        if sum(max(min(w, cap), at) for w, at in zip(wanted, low, strict=True)) <= room:
            return cap
    return 0
