"""A trace as a timeline in text: a column for each process instance, what happened, and
what it changed.

The columns share the width of the terminal. Where it is too narrow for a column each, the
event's whole name (`ai_service.publish[7]`) stands in one; where command and content do
not fit side by side, the keys in commands become short, and if that is not enough, the content
goes below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from ...language.records import dataclass
from ...results.check import ResourceView, Trace
from ...verify.show import format_value, printable
from ..sequence.folding import Fold
from ..words.columns import display_width, shorten, shorten_middle
from ..words.phrases import ValueChange, instances, steps_text
from ..words.runs import loop_text
from ..words.values import fit_value, short_value
from .rows import Said, TimelineRow, rows_of
from .short_keys import with_short_keys, with_told_keys
from .style import Style, pad

__all__ = ["EVERY_STEP", "Telling", "fit_call", "render_timeline"]

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


@dataclass(frozen=True, slots=True)
class Telling:
    """How much of a trace is told.

    `folds`: which steps are told as one (None: each step is told); `resources`: those whose keys
    may be shortened, by their names. `mark` is the number of a step to show in red (the failing
    one, -1: none), `last` how many steps to show from the end (None: all). `notes` by step number
    stand below the step.
    """

    folds: Sequence[Fold] | None = None
    resources: Sequence[ResourceView] = ()
    mark: int = -1
    last: int | None = None
    notes: Mapping[int, str] = MappingProxyType({})


EVERY_STEP = Telling()
"""Every step, with whole keys."""


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
    trace: Trace, width: int, style: Style, telling: Telling = EVERY_STEP
) -> list[str]:
    """The trace as lines of at most `width` columns. Where the run has no end, a line says so at
    both ends of what goes round."""
    told = {number: [text] for number, text in telling.notes.items() if text}
    if trace.loop_from is not None:
        told.setdefault(trace.loop_from, []).append("from here on it goes round")
        told.setdefault(len(trace.steps), []).append(f"and so on for ever: {loop_text(trace)}")
    page, keys = _laid_out(trace, width, style, telling)
    lines = style.wrapped(keys, width, "dim")
    lines.append(style.paint(page.header().rstrip(), "dim"))
    rows = page.rows
    if telling.last is not None and telling.last < len(trace.steps):
        lines.append(style.paint(f"{'…':>{page.columns.number}}", "dim"))
        rows = rows[-telling.last :]
    for row in rows:
        lines += page.row(row)
        lines += _notes(told.pop(row.last, ()), width, style)
    lines += style.wrapped(_folded_text(telling.folds, len(trace.steps)), width, "dim")
    return [line.rstrip() for line in lines]


def _laid_out(trace: Trace, width: int, style: Style, telling: Telling) -> tuple[_Timeline, str]:
    """The timeline with whole keys where it has room for them, else with short ones, and a line
    that tells which these are."""
    page = _Timeline(with_told_keys(trace, telling.resources), width, style, telling)
    if page.columns.content and not page.cuts:
        return page, ""
    short, keys = with_short_keys(trace, telling.resources)
    other = _Timeline(short, width, style, telling)
    helps = page.cuts or other.columns.content
    return (other, keys) if keys and helps else (page, "")


def _notes(texts: Sequence[str], width: int, style: Style) -> Iterator[str]:
    for text in texts:
        line = shorten(f"-- {text} ", width)
        yield style.paint(line + "-" * (width - display_width(line)), "yellow")


def _folded_text(folds: Sequence[Fold] | None, steps: int) -> str:
    """What is folded, in a sentence; "" where nothing is."""
    folded = [each for each in folds or () if each.stop - each.start > 1]
    if not folded:
        return ""
    count = sum(each.stop - each.start for each in folded)
    mixed = [f"{each.start + 1}..{each.stop}" for each in folded if each.interleaved]
    order = f"; {', '.join(mixed)}: in another order than told" if mixed else ""
    told = f"{count:,} of the {steps_text(steps)}" if count < steps else f"all {steps_text(steps)}"
    return f"×n: n steps that are alike ({told}{order}; -v shows each)"


def _measure(trace: Trace, width: int, rows: Sequence[TimelineRow]) -> _Columns:
    number = max(4, *(len(row.number) for row in rows))
    names = instances(trace)
    actors = tuple(_actor_width(rows, name) for name in names)
    used = number + sum(w + len(GAP) for w in actors) + len(GAP)
    event = 0
    if width - used < NARROWEST_STORY:
        longest = max((display_width(row.event) for row in rows), default=0)
        event = min(longest, max(width // 3, len("event")))
        actors = ()
        used = number + len(GAP) + event + len(GAP)
    rest = max(width - used, NARROWEST_CELL)
    said = [display_width(each.text) for row in rows for each in row.said]
    story = max(len(STORY_HEAD), *said) if said else rest
    content = rest - story - len(GAP)
    wanted = _content_width(rows)
    if content < wanted and said:
        # Commands may lose their middle (a key, mostly) so that what changed fits beside them.
        content = wanted
        story = rest - content - len(GAP)
        if story < NARROWEST_CALL:
            content = 0
    if content < NARROWEST_CONTENT:
        return _Columns(number, actors, event, rest, 0)
    return _Columns(number, actors, event, story, content)


def _content_width(rows: Sequence[TimelineRow]) -> int:
    """Columns for every single change, in few words, but for very long ones."""
    widths = [_short_width(change) for row in rows for change in row.changes]
    return max(NARROWEST_CONTENT, min(max(widths, default=0), WIDEST_CONTENT))


def _short_width(change: ValueChange) -> int:
    return display_width(f"{printable(change.name)} {short_value(change.value)}")


def _actor_width(rows: Sequence[TimelineRow], name: str) -> int:
    labels = [display_width(row.label) for row in rows if row.actor == name and not row.fault]
    return min(max([display_width(printable(name)), *labels]), WIDEST_LABEL)


class _Timeline:
    """A trace laid out for one width."""

    def __init__(self, trace: Trace, width: int, style: Style, telling: Telling) -> None:
        self.trace = trace
        self.style = style
        self.rows = rows_of(trace, telling.folds, telling.mark)
        self.columns = _measure(trace, width, self.rows)
        self.blank = "".join(" " * w + GAP for w in self.columns.actors or (self.columns.event,))

    @property
    def cuts(self) -> bool:
        """Whether some command loses a part of it."""
        said = (each.short for row in self.rows for each in row.said)
        return any(display_width(text) > self.columns.story for text in said)

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
        any_said = any(row.said for row in self.rows)
        cells.append(pad(STORY_HEAD if any_said else CONTENT_HEAD, columns.story))
        if columns.content:
            cells.append(CONTENT_HEAD)
        return GAP.join(cells)

    def row(self, row: TimelineRow) -> Iterator[str]:
        """The lines of one row."""
        head = self.style.paint(f"{row.number:>{self.columns.number}}", "dim") + GAP
        cells = self._who(row) if row.event else self.blank
        margin = " " * self.columns.number + GAP + self.blank
        for turn, text in enumerate(self._story(row)):
            yield (head + cells if turn == 0 else margin) + text

    def _who(self, row: TimelineRow) -> str:
        columns = self.columns
        looks = ("bold", "red") if row.wrong else ("bold",)
        if not columns.actors:
            text = shorten_middle(row.event, columns.event)
            return self._painted(text, columns.event, looks) + GAP
        cells = []
        for name, width in zip(instances(self.trace), columns.actors, strict=True):
            text = shorten_middle(row.label, width) if name == row.actor else ""
            cells.append(self._painted(text, width, looks) + GAP)
        return "".join(cells)

    def _painted(self, text: str, width: int, looks: Sequence[str]) -> str:
        """Paint the text and not its padding, which ends a line unseen."""
        return self.style.paint(text, *looks) + " " * (width - display_width(text))

    def _story(self, row: TimelineRow) -> list[str]:
        """What the row's steps sent and got, and what they changed, side by side or one below the
        other."""
        columns = self.columns
        calls = []
        for said in row.said:
            text = _fit(said, columns.story)
            calls.append((display_width(text), self.style.paint(text, *said.looks)))
        content = _change_lines(row.changes, columns.content or columns.story)
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


def _fit(said: Said, width: int) -> str:
    """A line of what happened; a list in it that is too long for `width` columns in few words."""
    if not said.call:
        return shorten(said.text, width)
    text = said.text if display_width(said.text) <= width else said.short
    return fit_call(text, width)


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
