"""Two specs on the same schedule: what the second does where the first goes wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ModelCheckError
from ..explore.limits import Limits, Progress
from ..explore.space import Space
from ..language.source.diagnostics import did_you_mean
from ..language.source.recognize import spec_named
from ..report.words.brief import found_text
from ..results.check import (
    CheckReport,
    PropertyResult,
    Trace,
    TraceStep,
    violated_with_trace,
)
from ..results.comparison import ComparedTurn, CompareReport, Difference, Side
from ..verify.judgement import Judgement
from ..verify.schedule import CutShortError, ScheduleRun, TurnResult, follow_schedule, schedule_of
from ..verify.told_run import ToldRun, verdicts_of
from ..verify.trace import Tracer, numbers_of_steps
from .check import check
from .options import CheckOptions, CompareOptions, chosen

__all__ = ["CompareError", "CompareResult", "compare"]


class CompareError(ModelCheckError):
    """Nothing can be compared; the text says why and what to do."""


@dataclass(frozen=True, repr=False)
class CompareResult:
    """The same schedule on two specs. True if every property that the first one has and the
    second one too holds there on this schedule."""

    report: CompareReport

    def __bool__(self) -> bool:
        verdicts = self.report.second.verdicts
        return all(verdicts.get(name, "holds") == "holds" for name in self.report.first.verdicts)

    def __repr__(self) -> str:
        first, second = self.report.first, self.report.second
        verdicts = ", ".join(f"{name} {found_text(v)}" for name, v in second.verdicts.items())
        return f"<CompareResult of {first.name} and {second.name}: there, {verdicts}>"

    def text(self, *, width: int = 100, color: bool = False, unicode: bool = True) -> str:
        """What the command prints."""
        from ..report.text.compare import render_compare

        return render_compare(self.report, width, color, unicode)

    def picture(self) -> str:
        """Both runs side by side, as the text of an SVG file."""
        from ..report.pictures.compare import compare_svg

        return compare_svg(self.report)

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        return self.picture()

    def write(self, directory: Path | str = "out") -> CompareResult:
        """Write the picture into `directory`/model, the first spec's; the result that knows the
        file. Raises OutputError."""
        from ..report.folder import Folder, OutputError, folder_of
        from ..report.pictures.compare import TURNS_DRAWN

        steps = max(len(self.report.turns), len(self.report.second.trace.steps))
        if steps > TURNS_DRAWN:
            note = f"no picture: {steps:,} steps are too many for one"
            return replace(self, report=replace(self.report, notes=(note,)))
        first, second = self.report.first.name, self.report.second.name
        folder_of(second, Path(directory))  # its name must be one of a file, too
        folder = Folder(folder_of(first, Path(directory)))
        try:
            folder.make(Path(directory))
            folder.write(f"compare-{first}-{second}.svg", self.picture())
        except OSError as error:
            raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
        files = tuple(os.fspath(path) for path in folder.written)
        return replace(self, report=replace(self.report, files=files))

    def document(self) -> str:
        """The comparison as JSON, as `--json` prints it."""
        from ..report.documents.compare import COMPARISON

        return COMPARISON.text(self.report)


@dataclass(frozen=True)
class _CheckedSpec:
    """A spec with its check: its report, and what that was found in."""

    report: CheckReport
    space: Space
    judgement: Judgement


def compare(
    first: Path | str,
    second: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    options: CompareOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> CompareResult:
    """Follow one schedule on two specs: which process acts when, of a trace of the first.

    first, second: the specs' files; a name without a folder is also looked for in `specs`, and
    beside the other one. constants: of both. options: see `CompareOptions`; each of them can be
    named here as well. limits, progress: as for `check`, of each.

    Raises SpecError where a spec is wrong, CompareError where the two have nothing to compare,
    and LiveError where the file holds no trace of the first.
    """
    asked = chosen(CompareOptions, options, constants, changes)
    paths = _named_specs(first, second)
    # A schedule is followed through states with all values.
    each = CheckOptions(
        constants=asked.constants, allow_outside=asked.allow_outside, faults=asked.faults,
        reason=False, keep_dead=True,
    )  # fmt: skip
    with (limits or asked.limits).guarded() as limits:
        results = [check(path, None, each, limits=limits, progress=progress) for path in paths]
        sides = [_CheckedSpec(done.report, done._space, done._judgement) for done in results]
        words: list[Path | str] = ["compare", *paths]
        words += ["--property", asked.violating] if asked.violating else []
        words += ["--trace", asked.trace] if asked.trace is not None else []
        command = asked.command(*words, *asked.outside)
        return CompareResult(_compared(sides[0], sides[1], command, asked.violating, asked.trace))


def _named_specs(first: Path | str, second: Path | str) -> tuple[Path, Path]:
    """The files of two specs, of which each may be called by its name. Raises CompareError for a
    folder, and NoSuchSpecError."""
    places = (Path(first), Path(second))
    found = spec_named(places[0], places[1]), spec_named(places[1], places[0])
    for each in found:
        if each.is_dir():
            raise CompareError(f"{each}: this is a folder; name one spec")
    return found


def _compared(
    first: _CheckedSpec,
    second: _CheckedSpec,
    command: str,
    shown: str,
    trace: Path | None,
) -> CompareReport:
    """Follow a trace of the first spec on the second: that of the property `shown` (the first
    one that is violated), or the one in the file `trace`. Raises CompareError, LiveError where
    the file holds no trace of the first spec, and CutShortError."""
    _check_processes(first, second)
    if shown and all(each.name != shown for each in first.report.results):
        known = [each.name for each in first.report.results]
        hint = did_you_mean(shown, known) or f"there is {', '.join(known)}"
        raise CompareError(f"{first.report.model} has no property {shown}; {hint}")
    if trace is None:
        found = _violated(first, second, shown)
        assert found.trace is not None
        shown, told = found.name, found.trace
        states = [first.space.states[n] for n in first.judgement.paths[shown]]
    else:
        told, states = _written(first, trace, shown)
    followed = follow_schedule(second.space, schedule_of(first.space, told))
    again = () if told.loop_from is None else told.steps[told.loop_from :]
    run = ToldRun(told, states, told.loop_from, numbers_of_steps(first.space.machine, again))
    endless = told.loop_from is not None
    ours = Side(
        first.report,
        told,
        verdicts_of(first.space, first.judgement, run),
        endless,
        _alone(first, second),
    )
    run = ToldRun(followed.trace, followed.states, followed.loop_from, followed.around)
    theirs = Side(
        second.report,
        followed.trace,
        verdicts_of(second.space, second.judgement, run),
        followed.endless,
        _alone(second, first),
        followed.left,
    )
    if not shown:
        violated = (name for name, verdict in ours.verdicts.items() if verdict == "violated")
        shown = next(violated, "")
    return CompareReport(ours, theirs, shown, _turns(told, followed), followed.rest, command)


def _check_processes(first: _CheckedSpec, second: _CheckedSpec) -> None:
    ours, theirs = (
        [each.name for each in side.space.machine.spec.processes] for side in (first, second)
    )
    if not set(ours) & set(theirs):
        names = (first.report.model, second.report.model)
        raise CompareError(
            f"{names[0]} and {names[1]} have no process in common, so there is no schedule for "
            f"both: {names[0]} has {', '.join(ours)}; {names[1]} has {', '.join(theirs)}"
        )


def _violated(first: _CheckedSpec, second: _CheckedSpec, shown: str) -> PropertyResult:
    """The property whose trace is followed."""
    with_trace = [each for each in first.report.results if each.trace is not None]
    if shown:
        with_trace = [each for each in with_trace if each.name == shown]
    else:
        with_trace = [each for each in with_trace if each.verdict == "violated"]
    if with_trace:
        return with_trace[0]
    space = first.report.space
    if not space.complete:
        name = first.report.model
        raise CutShortError(f"no violation was found in {name} so far: {space.stopped}")
    if unjudged := first.report.unjudged:
        name = first.report.model
        raise CutShortError(f"no violation was found in {name} so far: {unjudged}")
    what = f"{shown} is not" if shown else "nothing is"
    hint = "name another trace with --trace"
    if violated_with_trace(second.report):
        hint = f"compare {second.report.model} with {first.report.model} instead, or {hint}"
    raise CompareError(
        f"{what} violated in {first.report.model}, so there is no trace to follow: {hint}"
    )


def _written(first: _CheckedSpec, path: Path, shown: str) -> tuple[Trace, list[int]]:
    """The trace in a file, told by the machine, and its states."""
    from ..live.runs.follow import follow
    from ..report.documents.trace_file import read_trace

    written = read_trace(path, shown)
    states = follow(first.space, written)
    tracer = Tracer(first.space)
    if written.loop_from is not None:
        return tracer.going_round(states, written.loop_from), states
    if not first.space.program.is_end(states[-1]):
        return tracer.along(states, "state"), states
    final = first.space.is_final(states[-1])
    return tracer.along(states, "final" if final else "deadlock"), states


def _alone(side: _CheckedSpec, other: _CheckedSpec) -> tuple[str, ...]:
    there = {(each.process, each.number) for each in other.space.machine.instances}
    return tuple(
        each.name
        for each in side.space.machine.instances
        if each.process and not each.task and (each.process, each.number) not in there
    )


def _turns(told: Trace, followed: ScheduleRun) -> tuple[ComparedTurn, ...]:
    return tuple(
        ComparedTurn(
            step.number,
            played.instance or step.instance,
            step,
            played.step,
            played.why,
            _difference(step, played),
        )
        for step, played in zip(told.steps, followed.turns, strict=True)
    )


def _difference(step: TraceStep, played: TurnResult) -> Difference:
    other = played.step
    if other is None:
        return "passes"
    if (step.label, step.indices) != (other.label, other.indices):
        return "step"
    calls = [[(call.wire, call.answer) for call in each.calls] for each in (step, other)]
    return "" if calls[0] == calls[1] else "answer"
