"""Of one spec: what is asked of its runs, and what came of them, in values for people to read."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..budget.spending import StopNow, telling
from ..errors import ModelCheckError
from ..explore.limits import Limits, Progress
from ..explore.space import Space
from ..language import load
from ..language.source.diagnostics import did_you_mean
from ..language.tree.spec import Property, Spec
from ..language.tree.timing import FromLog, StepTime
from ..likelihood.clocks import clocks_of, said_of
from ..likelihood.coming import EndlessRunError
from ..likelihood.estimate import Asked, Estimate, estimate
from ..likelihood.exploring import WHOLE, told_of_space
from ..likelihood.graph_of import Kind, endings_of, endless, timed_graph
from ..likelihood.measured import MeasuredTimes, with_measured
from ..likelihood.remembered import UndecidedError, left_out
from ..likelihood.settling import takes_no_time
from ..likelihood.sweep import Sweep, read_sweep, with_mean
from ..likelihood.tally import Measured
from ..likelihood.timed_graph import TimedGraph
from ..likelihood.weights import idle_chances
from ..machine.core import Machine, Step
from ..report.documents.timing import read_times
from ..report.words.likelihood import ending_text
from ..results.likelihood import (
    Ending,
    Likelihood,
    LikelihoodReport,
    Mean,
    Share,
    SweepPoint,
    ToldTime,
)
from .options import LikelihoodOptions

__all__ = ["LikelihoodError", "Question"]

MORE_ROOM = "give the search more room (--max-states, --max-memory, --timeout), or make the spec"
MORE_ROOM += " smaller with --set"
UNTIMED = "the spec says no time at all (`timing:`): no step takes any, and only their order is"
UNTIMED += " drawn"


class LikelihoodError(ModelCheckError):
    """What is asked of a spec makes no sense; the text says why and what to do."""


@dataclass(frozen=True)
class _Subject:
    """What is asked about: the whole space, the times, the properties, and the defines that tell
    endings apart."""

    space: Space
    timing: tuple[StepTime, ...]
    asked: tuple[Property, ...]
    defines: tuple[str, ...]

    def graph(self, timing: Sequence[StepTime]) -> TimedGraph:
        """The graph if steps take these times. Raises SpecError and UndecidedError."""
        clocks, begin_times = clocks_of(self.space.machine, timing)
        return timed_graph(self.space, clocks, begin_times, self.asked, self.defines)

    def with_times(self, graph: TimedGraph, timing: Sequence[StepTime]) -> TimedGraph:
        """The same graph if the same steps take other times. Raises SpecError and UndecidedError
        where others of them take none: that decides where runs can go round without time."""
        clocks, begin_times = clocks_of(self.space.machine, timing)
        before = [takes_no_time(each.time) for each in graph.clocks]
        if before != [takes_no_time(each.time) for each in clocks]:
            return self.graph(timing)
        return replace(graph, clocks=clocks, begin_times=begin_times)


class Question:
    """What is asked of each spec, and within which limits."""

    def __init__(
        self,
        asked: LikelihoodOptions,
        limits: Limits,
        progress: Progress | None,
        told: Callable[[str], None] | None,
    ) -> None:
        self.asked = asked
        self.limits = limits
        self.progress = progress
        self.told = told
        self.measured = None if asked.timing is None else read_times(asked.timing)
        self.sweep = read_sweep(asked.sweep) if asked.sweep else None
        native = {"auto": None, "python": False, "native": True}[asked.engine]
        self.how = Asked(
            precision=asked.precision, most=asked.runs, seed=asked.seed, workers=asked.workers,
            native=native, exact=not asked.simulate, told=told, interrupted=limits.interrupted,
        )  # fmt: skip

    def read(self, path: Path) -> Spec:
        """A spec, as it is asked about. Raises SpecError, and LikelihoodError where it does not
        have a property that is asked for."""
        asked = self.asked
        spec = load(path, asked.overrides, allow_outside=asked.allow_outside, faults=asked.faults)
        known = [each.name for each in spec.properties]
        for name in asked.properties:
            if name not in known:
                hint = did_you_mean(name, known)
                raise LikelihoodError(f"{path}: {spec.name} has no property {name} ({hint})")
        return spec

    def undecided(self, path: Path, spec: Spec, why: str) -> LikelihoodReport:
        """A report that says nothing, and why."""
        return LikelihoodReport(
            name=spec.name, path=os.fspath(path), method="", runs=0, steps=0, seed=0,
            precision=self.asked.precision, times=(), unsaid=(), properties=(), means=(),
            undecided=why,
        )  # fmt: skip

    def report(self, path: Path, spec: Spec) -> LikelihoodReport:
        """What is found of a spec. Raises SpecError, StopNow."""
        timing = spec.timing
        if self.measured is not None:
            timing = with_measured(timing, self.measured)
        wanted = [
            each
            for each in spec.properties
            if not self.asked.properties or each.name in self.asked.properties
        ]
        out = {each.name: why for each, why in left_out(wanted)}
        asked = tuple(each for each in wanted if each.name not in out)
        watched = {each.name for each in spec.watch}
        defines = tuple(each.name for each in spec.defines if each.name in watched)

        def tell(space: Space) -> LikelihoodReport:
            return self._of_space(path, _Subject(space, timing, asked, defines))

        if not asked:
            why = "; ".join(f"{name} is left out: {why}" for name, why in out.items())
            return self.undecided(path, spec, why or "it has no properties")
        how = replace(WHOLE, engine=self.asked.engine, workers=self.asked.workers)
        report = told_of_space(spec, tell, self.limits, self.progress, how)
        return replace(report, left_out=tuple(out.items()))

    def _of_space(self, path: Path, subject: _Subject) -> LikelihoodReport:
        space = subject.space
        spec = space.machine.spec
        if not space.complete:
            why = space.stopped or "only a part of the space was explored"
            return self.undecided(path, spec, f"{why}: {MORE_ROOM}")
        try:
            graph = subject.graph(subject.timing)
            kinds = endings_of(space, graph, subject.defines)
            found = estimate(graph, self.how)
            report = self._told(path, subject, graph, kinds, found)
            return self._swept(report, subject) if self.sweep is not None else report
        except UndecidedError as error:
            return self.undecided(path, spec, str(error))
        except EndlessRunError as error:
            raise endless(space.machine, error) from error

    # --- a sweep --------------------------------------------------------------------------------

    def _swept(self, report: LikelihoodReport, subject: _Subject) -> LikelihoodReport:
        """The report with what becomes of the properties at each time; where it must end, with
        those that are known."""
        sweep = self.sweep
        assert sweep is not None
        times = sweep.times(self.asked.points)
        timing = subject.timing
        with_mean(timing, sweep, sweep.high)  # refuses what would be too long, before all work
        points: list[SweepPoint] = []
        graph: TimedGraph | None = None
        stopped = report.stopped
        exact = self.how.exact
        for place, time in enumerate(times):
            if stopped:
                break
            now = with_mean(timing, sweep, time)
            graph = subject.graph(now) if graph is None else subject.with_times(graph, now)
            try:
                found = estimate(graph, replace(self._at(sweep, place, len(times)), exact=exact))
            except StopNow as stop:
                stopped = stop.why
                break
            stopped = found.stopped
            exact = exact and found.is_exact  # what is too large once is not tried again
            shares = tuple((name, _share(name, found)) for name in found.outcomes.broken)
            methods = tuple(found.methods[name] for name in found.outcomes.broken)
            points.append(SweepPoint(time, shares, methods))
        with telling():
            return replace(report, swept=sweep.step.name, points=tuple(points), stopped=stopped)

    def _at(self, sweep: Sweep, place: int, count: int) -> Asked:
        told = self.told
        if told is None:
            return self.how

        def tell(text: str) -> None:
            told(f"{sweep.step.name}, point {place + 1} of {count}: {text}")

        return replace(self.how, told=tell)

    # --- in words -------------------------------------------------------------------------------

    def _told(
        self,
        path: Path,
        subject: _Subject,
        graph: TimedGraph,
        kinds: Sequence[Kind],
        found: Estimate,
    ) -> LikelihoodReport:
        machine, timing = subject.space.machine, subject.timing
        outcomes = found.outcomes
        said = said_of(machine, timing)
        unsaid = [step for step in machine.steps if said[step.index] is None]
        shares = []
        for name in outcomes.broken:
            endings = [
                Ending(kinds[kind].values, _measured(share), kinds[kind].changing)
                for kind, share in outcomes.endings[name].items()
            ]
            ranked = sorted(endings, key=_rank)
            share = _share(name, found)
            shares.append(Likelihood(name, share, tuple(ranked), found.methods[name]))
        counted = {
            name: not isinstance(value, int) for kind in kinds for name, value in kind.values
        }
        timeouts = [step for step in unsaid if step.timeout and not step.fault]
        return LikelihoodReport(
            name=machine.spec.name, path=os.fspath(path), method=outcomes.method,
            runs=outcomes.runs, steps=outcomes.steps, seed=outcomes.seed,
            precision=self.asked.precision, times=tuple(map(_time, timing)),
            unsaid=_names(machine, (s for s in unsaid if not s.fault and not s.timeout)),
            properties=tuple(shares),
            means=tuple(Mean(name, counted[name], *each) for name, each in outcomes.means.items()),
            never=_names(machine, (step for step in unsaid if step.fault)),
            notes=(
                *_notes(timing, self.measured, _names(machine, timeouts)),
                *map(_idle, idle_chances(graph, said)),
                *found.notes,
                *_without_mean(kinds, outcomes.means),
            ),
            stopped=found.stopped,
        )  # fmt: skip


def _names(machine: Machine, steps: Iterable[Step]) -> tuple[str, ...]:
    """Steps as `timing` names them, each once: all instances of a process together."""
    found = dict.fromkeys(
        f"{machine.instances[each.instance].owner}.{each.label}" for each in steps
    )
    return tuple(found)


def _rank(ending: Ending) -> tuple[float, int, str]:
    """The most likely first; of those alike likely, {7} before {10}."""
    text = ending_text(ending)
    return -ending.share.estimate, len(text), text


def _time(each: StepTime) -> ToldTime:
    text = each.text
    measured = isinstance(each.time, FromLog) and each.time.times
    return ToldTime(each.name, text, "log" if measured else "spec", _place(each))


def _place(each: StepTime) -> str:
    return f"{each.at.source.path}:{each.at.line}"


def _notes(
    timing: Sequence[StepTime], measured: MeasuredTimes | None, timeouts: Sequence[str]
) -> Iterable[str]:
    if not timing:
        yield UNTIMED
    if measured is not None and not any(isinstance(each.time, FromLog) for each in timing):
        yield f"nothing of {measured.path} was used: no time in this spec's `timing` is `from log`"
    if timeouts:
        verb = "comes" if len(timeouts) == 1 else "come"
        yield f"{', '.join(timeouts)} {verb} when no other step can: no time is said"


def _idle(given: StepTime) -> str:
    """What is to be said of a chance that makes no difference."""
    return (
        f"the chance of {given.name} ({_place(given)}) makes no difference: wherever it can come,"
        " it is the only one to choose from"
    )


def _without_mean(kinds: Sequence[Kind], told: Container[str]) -> tuple[str, ...]:
    """What is to be said of defines that have no last value in some runs."""
    names = dict.fromkeys(name for kind in kinds for name in kind.changing if name not in told)
    if not names:
        return ()
    listed = ", ".join(names)
    return (f"no mean is told of {listed}: some runs go on for ever, in which it can still change",)


def _measured(found: Measured, runs: int | None = None) -> Share:
    return Share(*found, runs)


def _share(name: str, found: Estimate) -> Share:
    """The share of runs that break a property, with how many did where they were simply counted."""
    counts = found.outcomes.counts
    simple = found.methods[name] == "simulation" and counts is not None
    return _measured(found.outcomes.broken[name], counts[name] if simple and counts else None)
