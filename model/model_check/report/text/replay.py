"""What replays and free runs measured, as text for a terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from ...live.runs.screens import ranges_text
from ...results.check import Trace, Value
from ...results.replay import Disagreement, ReplayedRun, ScheduleReplay, Screen, TraceReplay
from ...verify.show import printable
from ..words.columns import display_width, wrap
from ..words.keys import Keys
from ..words.phrases import steps_text
from ..words.values import fit_value
from .faults import render_faults
from .inspections import render_inspections
from .style import Style, pad
from .timeline import Telling, render_timeline

__all__ = [
    "checklist_lines", "render_schedules", "render_trace_replay", "server_text", "title_lines",
]  # fmt: skip

NARROWEST = 48


def server_text(name: str, own: bool) -> str:
    """`Redis 7.0.15, started for this`."""
    return f"{name}, started for this" if own else name


def render_trace_replay(
    found: TraceReplay, path: str, width: int, *, color: bool, unicode: bool
) -> str:
    """A replayed trace: its steps with the real answers, what was shown and what stored, and
    the checklist."""
    width = max(width, NARROWEST)
    style = Style(color, unicode)
    keys = Keys(found.first.resources)
    sections = [
        title_lines(found.model, path, server_text(found.server, found.own), style),
        render_faults(found.faults, width, style),
        _steps(found.first, width, style),
        _ending(found.first, found.screens, width, style),
        *(checklist_lines(each, keys, width, style) for each in found.screens if each.checklist),
        render_inspections(found.first.inspections, width, style),
        _endless(found, width),
        _verdict(found, width, style),
    ]
    return style.finish("\n\n".join("\n".join(lines) for lines in sections if lines))


def title_lines(model: str, path: str, server: str, style: Style) -> list[str]:
    """`legacy  specs/legacy.yaml  on Redis 7.0.15`."""
    rest = f"  {printable(path)}  on {printable(server)}"
    return [style.paint(printable(model), "bold") + style.paint(rest, "dim")]


def _steps(run: ReplayedRun, width: int, style: Style) -> list[str]:
    real = _real_trace(run)
    failed = run.disagreement.number if run.disagreement is not None else -1
    head = f"{steps_text(len(real.steps))} by real processes, in this order"
    telling = Telling(resources=run.resources, mark=failed)
    return [*wrap(head, width), *render_timeline(real, width, style, telling)]


def _real_trace(run: ReplayedRun) -> Trace:
    """The trace as far as it was carried out, with the answers that really came."""
    steps = tuple(
        dataclasses.replace(step, calls=real.calls)
        for step, real in zip(run.trace.steps, run.steps, strict=False)
    )
    return dataclasses.replace(run.trace, steps=steps)


def _ending(run: ReplayedRun, screens: Sequence[Screen], width: int, style: Style) -> list[str]:
    shown: dict[str, str] = {}
    for each in screens:
        shown[f"{each.display} really shows"] = ranges_text(each.shown)
    for each in screens[:1]:
        shown[f"{each.store} really holds"] = ranges_text(each.stored)
    told = {each.display for each in screens} | {each.store for each in screens}
    rest: Mapping[str, Value] = {**run.stored, **run.variables, **run.watch}
    for name, value in rest.items():
        if name not in told:
            shown[name] = fit_value(value, width // 2)
    if not shown:
        return []
    longest = max(map(display_width, shown))
    lines = ["measured at the end"]
    for name, text in shown.items():
        line = f"  {pad(printable(name), longest)}  {printable(text)}"
        lines.append(style.paint(line, "bold") if "really" in name else line)
    return lines


def checklist_lines(
    screen: Screen, keys: Keys, width: int, style: Style, how: str = "measured"
) -> list[str]:
    """What a reproduction must show, each line ticked where it was so. `how` that is known."""
    head = f"what a reproduction must show, {how} ({printable(screen.display)})"
    lines = wrap(head, width)
    for number, line in enumerate(screen.checklist, start=1):
        sign = style.paint("✓", "green", "bold") if line.ticked else style.paint("✗", "red", "bold")
        text = wrap(keys.told(printable(line.text)), width - 7)
        lines.append(f"  {sign} {number}. {text[0]}")
        lines += [f"       {each}" for each in text[1:]]
    return lines


def _verdict(found: TraceReplay, width: int, style: Style) -> list[str]:
    if found.disagreement is not None:
        return _disagreement(found.disagreement, width, style)
    lost = [m for screen in found.screens for m in screen.missing]
    times = "once" if found.times == 1 else f"{found.same} of {found.times} times"
    what = f"lost {ranges_text(lost)}" if lost else "every answer as the model says"
    if found.first.ran_down:
        what += f"; but for times that ran down: {', '.join(map(printable, found.first.ran_down))}"
    return wrap(f"replayed {times}, in {found.seconds:.2f} s: {what}", width)


def _endless(found: TraceReplay, width: int) -> list[str]:
    """That a run without an end was left, and when."""
    if found.rounds is None or (found.disagreement is not None and not found.rounds):
        return []
    times = "once" if found.rounds == 1 else f"{found.rounds} times"
    return wrap(
        f"went round {times} as the model does; a run without an end cannot be shown to its end",
        width,
    )


def _disagreement(found: Disagreement, width: int, style: Style) -> list[str]:
    return style.wrapped(printable(str(found)), width, "red", "bold", hanging="")


def render_schedules(
    found: ScheduleReplay, path: str, width: int, *, color: bool, unicode: bool
) -> str:
    """Many complete schedules in a few lines; of one that disagrees, its steps."""
    width = max(width, NARROWEST)
    style = Style(color, unicode)
    sections = [title_lines(found.model, path, server_text(found.server, found.own), style)]
    sections += [faults] if (faults := render_faults(found.faults, width, style)) else []
    if found.disagreement is not None:
        sections += [_steps(found.last, width, style)]
        sections += [_disagreement(found.disagreement, width, style)]
    else:
        sections += [list(_told(found, width))]
    return style.finish("\n\n".join("\n".join(lines) for lines in sections))


def _told(found: ScheduleReplay, width: int) -> Iterator[str]:
    covered = f"{found.taken:,} of {found.transitions:,} transitions"
    yield from wrap(
        f"{found.done:,} different complete schedules, {found.steps:,} steps by real processes,"
        f" {covered} of the model; every answer as the model says"
        + ", but for times that ran down"
        * found.ran_down,
        width,
    )
    if found.asked is not None and found.done < found.asked:
        yield f"there are hardly any others: {found.asked:,} were asked for"
    if found.losing:
        what = ", ".join(f"{name} ({times:,} times)" for name, times in found.lost.items())
        yield from wrap(f"{found.losing:,} of them lose something: {printable(what)}", width)
    else:
        yield "none loses anything"
    for name, times in found.violated.items():
        said = "true at the end of each" if not times else f"not true at the end of {times:,}"
        yield f"  {printable(name)}: {said}"
    for name, times in found.broken.items():
        said = "broken by none of them" if not times else f"broken by {times:,} of them"
        yield f"  {printable(name)}: {said}"
    yield f"in {found.seconds:.1f} s"
