"""Where everything in the picture of a trace stands.

A trace is drawn like a sequence diagram: time runs down, each process instance and each
resource has a lane, each step a row. Here are only coordinates, in pixels; how it looks is
`trace_picture`'s business. The lanes are as far apart as the commands between them are
long, and each resource stands among the processes that use it, which keeps arrows short.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..language.records import dataclass
from ..verify.outcome import CallRecord, PropertyResult, Trace, TraceStep
from .story import Change, changes, instances, label_text, resources, sealing_step
from .svg import text_width
from .text import printable
from .values import format_value

__all__ = [
    "BOX_HEIGHT", "CALL_SIZE", "CAPTION_HEIGHT", "CHANGES_SHOWN", "CHANGE_LINE", "CHANGE_ROOM",
    "CHANGE_SIZE", "LABEL_SIZE", "LANE_SIZE", "MARGIN", "Arrow", "Bracket", "Lane", "Layout", "Row",
    "box_width", "change_text", "lay_out",
]  # fmt: skip

MARGIN = 28
NUMBER_ROOM = 30
BRACKET_STEP = 12
LANE_SIZE = 13.0
LABEL_SIZE = 11.5
CALL_SIZE = 10.5
CHANGE_SIZE = 10.5
CHANGE_LINE = 14
CHANGE_ROOM = 330
CHANGES_SHOWN = 3
BOX_HEIGHT = 19
ONE_LINE = 27
"""Height of an arrow with its answer beside the command."""
TWO_LINES = 38
"""Height of an arrow with its answer below it."""
LONGEST_CALL = 260
"""Pixels that a command may push two lanes apart."""
LONGEST_PAIR = 292
"""The same for a command together with its answer."""
CAPTION_HEIGHT = 22
BRACKETS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Lane:
    """A lifeline. `end` is the row after which its process has ended, None if it never does."""

    name: str
    process: bool
    x: float
    end: int | None


@dataclass(frozen=True, slots=True)
class Arrow:
    """A command between the acting process's lane and the resource's, at height `y`.

    `start` is the edge of the label's box. `stacked`: the answer stands below the line.
    """

    call: CallRecord
    y: float
    start: float
    end: float
    stacked: bool

    @property
    def room(self) -> float:
        return abs(self.end - self.start) - 18


@dataclass(frozen=True, slots=True)
class Row:
    """A step (None: the start) in the band between `top` and `bottom`."""

    step: TraceStep | None
    top: float
    bottom: float
    y: float
    arrows: tuple[Arrow, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Bracket:
    """An ordering beside the rows: from the row of its first event down to its second."""

    x: float
    first: float
    second: float
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """All coordinates. `window` are top and bottom of the risk window, None without one;
    `sealed` is the height of the line below which the violation is certain."""

    width: float
    foot: float
    header: float
    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    changes_x: float
    window: tuple[float, float] | None
    brackets: tuple[Bracket, ...]
    marked: frozenset[int]
    sealed: float | None


def box_width(step: TraceStep) -> float:
    """The width of the box that holds a step's label."""
    return text_width(label_text(step), LABEL_SIZE, "sans") + 14


def lay_out(result: PropertyResult, top: float) -> Layout:
    """The layout of the result's trace, its lanes' names starting at height `top`."""
    trace = result.trace
    assert trace is not None
    orderings = _orderings(result, trace)
    shown = min(len(orderings), BRACKETS_SHOWN)
    left = MARGIN + NUMBER_ROOM + BRACKET_STEP * shown
    lanes = _lanes(trace, left)
    places = {lane.name: lane.x for lane in lanes}
    events = [number for pair in orderings for number in pair]
    window = (min(events), max(events)) if orderings else None
    sealing = sealing_step(result)
    rows = _rows(trace, places, top + 44, window[0] if window else None, sealing)
    heights = {row.step.number if row.step else 0: row for row in rows}
    reason = result.reason
    brackets = [
        Bracket(
            MARGIN + NUMBER_ROOM + BRACKET_STEP * turn, heights[a].y, heights[b].y, str(ordering)
        )
        for turn, ((a, b), ordering) in enumerate(
            zip(orderings[:shown], reason.orderings if reason else (), strict=False)
        )
    ]
    changes_x = max(_right_edge(trace, lane) for lane in lanes) + 30 if lanes else left
    return Layout(
        width=changes_x + CHANGE_ROOM + MARGIN,
        foot=rows[-1].bottom + 12,
        header=top,
        lanes=lanes,
        rows=tuple(rows),
        changes_x=changes_x,
        window=(heights[window[0]].top - CAPTION_HEIGHT, heights[window[1]].bottom)
        if window
        else None,
        brackets=tuple(brackets),
        marked=frozenset(events),
        sealed=None if sealing is None else rows[sealing].bottom,
    )


def _orderings(result: PropertyResult, trace: Trace) -> list[tuple[int, int]]:
    """The step numbers of each ordering's events; none unless the trace has them all."""
    if result.reason is None:
        return []
    numbers = {step.event: step.number for step in trace.steps}
    pairs = [(numbers.get(o.first), numbers.get(o.second)) for o in result.reason.orderings]
    found = [(a, b) for a, b in pairs if a is not None and b is not None]
    return found if len(found) == len(pairs) else []


# --- lanes -----------------------------------------------------------------------------------


def _lanes(trace: Trace, left: float) -> tuple[Lane, ...]:
    names = _lane_order(trace)
    actors = instances(trace)
    ends = _ends(trace)
    places: list[float] = []
    needs = _needs(trace, names)
    for index, name in enumerate(names):
        half = text_width(printable(name), LANE_SIZE, "bold") / 2 + 12
        x = left + max(half, _widest_box(trace, name) / 2) if index == 0 else 0.0
        for before in range(index):
            x = max(x, places[before] + needs.get((before, index), 0))
        if index:
            previous = text_width(printable(names[index - 1]), LANE_SIZE, "bold") / 2 + 12
            x = max(x, places[-1] + previous + half + 10)
        places.append(x)
    return tuple(
        Lane(name, name in actors, x, ends.get(name)) for name, x in zip(names, places, strict=True)
    )


def _lane_order(trace: Trace) -> list[str]:
    """Processes in the order of the spec, each resource at the mean of those that use it."""
    actors = instances(trace)
    users: dict[str, set[int]] = {name: set() for name in resources(trace)}
    for step in trace.steps:
        for call in step.calls:
            users[call.resource].add(actors.index(step.instance))
    placed = [(float(index), 0, name) for index, name in enumerate(actors)]
    for turn, (name, indices) in enumerate(users.items(), start=1):
        mean = sum(indices) / len(indices)
        # Used by one process alone: beside it. On a process's own place: after it.
        placed.append((mean + (0.25 if mean == int(mean) else 0), turn, name))
    return [name for _, _, name in sorted(placed)]


def _ends(trace: Trace) -> dict[str, int]:
    """After which step each process that ends has ended."""
    ended: dict[str, int] = {}
    for number, state in enumerate([trace.initial, *(s.state for s in trace.steps)]):
        for name, place in state.locations.items():
            if place == "(end)":
                ended.setdefault(name, number)
    return ended


def _widest_box(trace: Trace, name: str) -> float:
    return max((box_width(s) for s in trace.steps if s.instance == name), default=0.0)


def _needs(trace: Trace, names: Sequence[str]) -> dict[tuple[int, int], float]:
    """How far apart two lanes must be (left index, right index) for what goes between them."""
    found: dict[tuple[int, int], float] = {}
    for step in trace.steps:
        actor = names.index(step.instance)
        for call in step.calls:
            other = names.index(call.resource)
            pair = (min(actor, other), max(actor, other))
            need = _call_room(call) + box_width(step) / 2 + 24
            found[pair] = max(found.get(pair, 0), need)
    return found


def _call_room(call: CallRecord) -> float:
    wire = text_width(printable(call.wire), CALL_SIZE, "mono")
    both = wire + _answer_width(call)
    if both <= LONGEST_PAIR:
        return both
    return min(max(wire, _answer_width(call)), LONGEST_CALL)


def _answer_width(call: CallRecord) -> float:
    text = f" → {printable(call.answer)}" if call.answer else ""
    return text_width(text, CALL_SIZE, "mono")


def _right_edge(trace: Trace, lane: Lane) -> float:
    half = text_width(printable(lane.name), LANE_SIZE, "bold") / 2 + 12
    return lane.x + max(half, _widest_box(trace, lane.name) / 2)


# --- rows ------------------------------------------------------------------------------------


def _rows(
    trace: Trace,
    places: dict[str, float],
    top: float,
    window_start: int | None,
    sealing: int | None,
) -> list[Row]:
    found = changes(trace)
    rows = [_row(None, found[0], places, top)]
    for step in trace.steps:
        top = rows[-1].bottom
        if sealing == step.number - 1:
            top += CAPTION_HEIGHT
        if step.number == window_start:
            top += CAPTION_HEIGHT
        rows.append(_row(step, found[step.number], places, top))
    return rows


def _row(
    step: TraceStep | None, changed: tuple[Change, ...], places: dict[str, float], top: float
) -> Row:
    lines = _lines_of_calls(step, places) if step else []
    arrows: list[Arrow] = []
    y = top
    centre = top + ONE_LINE / 2 + 2
    for turn, line in enumerate(lines):
        height = TWO_LINES if any(a.stacked for a in line) else ONE_LINE
        middle = y + ONE_LINE / 2 + 2
        arrows += [Arrow(a.call, middle, a.start, a.end, a.stacked) for a in line]
        if turn == 0:
            centre = middle
        y += height
    shown = min(len(changed), CHANGES_SHOWN + 1)
    bottom = max(y, top + ONE_LINE, top + 12 + CHANGE_LINE * shown)
    return Row(step, top, bottom, centre, tuple(arrows), changed)


def _lines_of_calls(step: TraceStep, places: dict[str, float]) -> list[list[Arrow]]:
    """The step's arrows by lines: two that go to different sides share one."""
    actor = places[step.instance]
    half = box_width(step) / 2
    lines: list[list[Arrow]] = []
    for call in step.calls:
        target = places[call.resource]
        side = 1 if target > actor else -1
        # Only the first line has the box; further ones start at the lifeline itself.
        beside = bool(lines) and all((a.end > actor) != (target > actor) for a in lines[-1])
        edge = half if not lines or (beside and len(lines) == 1) else 5
        arrow = Arrow(call, 0, actor + side * edge, target, False)
        together = text_width(printable(call.wire), CALL_SIZE, "mono") + _answer_width(call)
        stacked = bool(call.answer) and together > arrow.room
        arrow = Arrow(call, 0, arrow.start, arrow.end, stacked)
        if beside:
            lines[-1].append(arrow)
        else:
            lines.append([arrow])
    return lines


def change_text(change: Change) -> str:
    """`history [1, 2, 3]`, whole."""
    return f"{printable(change.name)} {format_value(change.value)}"
