"""What a test or a notebook calls: `check()` gives a `Result`."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..budget.spending import Ask, StopNow, telling, why_of
from ..explore.limits import Limits, Progress
from ..explore.search import FORGET_FROM, SearchOptions
from ..explore.space import Space
from ..language import load
from ..language.records import dataclass, field
from ..report.text.terminal import render_text
from ..report.text.violation import render_violation
from ..results.check import (
    CheckReport,
    NoReturn,
    PropertyResult,
    SecondOpinion,
    SpaceSummary,
    Trace,
    exit_code_for,
)
from ..results.reasons import Reason
from ..verify.checking import check_spec
from ..verify.coverage import coverage_of
from ..verify.judgement import Judgement
from ..verify.no_return import point_of_no_return
from ..verify.page_tables import PageTables, page_tables_of
from ..verify.resources import resource_views, shared_views
from ..verify.summary import summarize
from .faults import faults_of
from .options import CheckOptions, chosen

if TYPE_CHECKING:
    import networkx

    from ..explain.reason import Explainer
    from ..verify.state_graph import StateGraph

__all__ = ["Result", "check"]

GROUP_BY = "--group-by"
"""What mistakes in `group_by` are told of: its option on the command line."""
REASON_TIMEOUT = 5.0
"""Seconds of work, counted in units, that a property's reason may take."""
BOUNDED_TIMEOUT = 30.0
"""Seconds of work, counted in units, that z3 may take to judge one property."""
FORGOTTEN = "states that differ only in values that no step reads any more count as one"


@dataclass(frozen=True)
class Result:
    """What a check found: every verdict with its trace, and the explored space.

    `result["no_loss"]` is a property's result; a Result is true if every verdict is as its
    spec expects.
    """

    report: CheckReport
    _space: Space = field(repr=False)
    _judgement: Judgement = field(repr=False)

    @property
    def model(self) -> str:
        """The spec's name."""
        return self.report.model

    @property
    def properties(self) -> tuple[PropertyResult, ...]:
        """All properties, in the order of the spec, the built-in ones last."""
        return self.report.results

    @property
    def space(self) -> SpaceSummary:
        """The size of what was explored."""
        return self.report.space

    @property
    def exit_code(self) -> int:
        """0 all as expected, 1 not, 3 undetermined: what the command would exit with."""
        return self.report.exit_code

    @property
    def as_expected(self) -> bool:
        """Whether every property has the verdict that its spec expects."""
        return all(each.as_expected for each in self.properties)

    def __bool__(self) -> bool:
        return self.as_expected

    def __repr__(self) -> str:
        """What a failed `assert result` shows: the verdicts that were not expected."""
        wrong = [f"{p.name} is {p.verdict}" for p in self.properties if not p.as_expected]
        told = ", ".join(wrong) or "as expected"
        return f"<Result of {self.model}: {told}; {self.space.states:,} states>"

    def __getitem__(self, name: str) -> PropertyResult:
        for each in self.properties:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.properties)
        raise KeyError(f"no property {name}; there is {known}")

    def __iter__(self) -> Iterator[PropertyResult]:
        return iter(self.properties)

    def trace(self, name: str) -> Trace:
        """The trace that violates a property, or shows how what it asks for is possible. Raises
        ValueError where there is none."""
        result = self[name]
        found = result.trace
        if found is None:
            why = "is not violated"
            if result.verdict == "violated":
                why = "is violated because no reachable state has it"
            raise ValueError(f"{name} {why}: there is no trace")
        return found

    def text(self, *, width: int = 100, color: bool = False, whole: bool = False) -> str:
        """What the command prints. whole: each step of a trace, as with `--verbose`."""
        return render_text(self.report, width=width, color=color, whole=whole)

    def timeline(self, name: str, *, width: int = 100) -> str:
        """The timeline of a violated property's trace."""
        return render_violation(
            self[name], width=width, color=False, explored=self.report.space.complete
        )

    def svg(self, name: str) -> str:
        """The sequence diagram of a violated property's trace, as the text of an SVG file.
        Raises ValueError where there is no trace."""
        from ..report.pictures.trace import trace_svg

        self.trace(name)
        return trace_svg(self.report, self[name])

    def mermaid(self, name: str) -> str:
        """The same as Mermaid text, which GitHub and GitLab draw. Raises ValueError where
        there is no trace."""
        from ..report.pictures.mermaid import mermaid_text

        self.trace(name)
        return mermaid_text(self.report, self[name])

    @cached_property
    def states(self) -> StateGraph:
        """Every explored state and transition, as plain values."""
        from ..verify.state_graph import state_graph_of

        return state_graph_of(self._space, self._judgement)

    @cached_property
    def _graph(self) -> networkx.MultiDiGraph[int]:
        from ..verify.state_graph import networkx_of

        return networkx_of(self.states)

    def graph(self) -> networkx.MultiDiGraph[int]:
        """The explored space: its attributes are told by `verify.state_graph.networkx_of`."""
        return self._graph

    def tables(self, most: int) -> PageTables:
        """The explored space as tables; those of its traces alone if it has more than `most`
        states."""
        return page_tables_of(self._space, self._judgement, most)


def check(
    path: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    options: CheckOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    stage: Callable[[str], None] | None = None,
    **changes: Any,
) -> Result:
    """Check a spec: explore every state and judge every property.

    path: the spec's file. constants: values instead of the spec's own, as `--set`. options: see
    `CheckOptions`; each of them can be named here as well (`reason=False`). limits: all limits at
    once, instead of those of the options. progress: called now and then with depth, states and
    states waiting. stage: told in words what is done after the search.

    Raises SpecError (its text is what the command prints) where the spec is wrong, and StopNow
    (see `model_check.budget.spending`) where a limit was reached before anything was known. In
    another thread than the main one, limits hold between two pieces of work only.
    """
    began = time.monotonic()
    asked = chosen(CheckOptions, options, constants, changes)
    views = {GROUP_BY: asked.group_by} if asked.group_by else {}
    with (limits or asked.limits).guarded() as limits:
        spec = load(
            path, asked.overrides, views, allow_outside=asked.allow_outside, faults=asked.faults
        )
        forget_from = None if asked.keep_dead else FORGET_FROM
        how = SearchOptions(asked.engine, asked.workers, asked.lean, forget_from)
        space, judgement = check_spec(
            spec, limits, progress, all_traces=asked.all_traces, options=how
        )
        results = judgement.results
        if asked.reason:
            results = _with_reasons(space, judgement, stage, limits.interrupted)
        if asked.bounded:
            results = _judged_again(space, judgement, results, stage, limits.interrupted)
    with telling():
        grouped = [GROUP_BY, asked.group_by] if asked.group_by and judgement.views else []
        coverage = coverage_of(space)
        report = CheckReport(
            model=spec.name,
            about=spec.about,
            path=os.fspath(path),
            constants=spec.constants,
            results=results,
            space=summarize(space),
            exit_code=exit_code_for(results),
            command=asked.command(path, *grouped, *asked.outside),
            resources=resource_views(spec),
            notes=_notes(space),
            group_by=asked.group_by if grouped else "",  # the judging may end before the values
            untaken=None if coverage is None else coverage.untaken,
            unseen=None if coverage is None else coverage.unseen,
            warnings=spec.warnings,
            faults=faults_of(path, asked, spec),
            unjudged=judgement.stopped if space.complete else "",
            seconds=time.monotonic() - began,
            shared=shared_views(space.machine),
        )
    return Result(report, space, judgement)


def _with_reasons(
    space: Space,
    judgement: Judgement,
    stage: Callable[[str], None] | None,
    interrupted: Ask,
) -> tuple[PropertyResult, ...]:
    if all(each.trace is None for each in judgement.results):
        return judgement.results
    from ..explain.reason import Explainer

    explainer = Explainer(space, judgement, interrupted)
    found = []
    for result in judgement.results:
        if result.trace is not None and result.trace.steps and result.verdict == "violated":
            if stage is not None:
                stage(f"asking why {result.name} is violated (some {REASON_TIMEOUT:g} s at most)")
            result = _with_reason(explainer, result, interrupted)
        found.append(result)
    return tuple(found)


def _with_reason(explainer: Explainer, result: PropertyResult, interrupted: Ask) -> PropertyResult:
    """A violated property with its reason and its point of no return, or with why it has none."""
    space, judgement = explainer.space, explainer.judgement
    why = why_of(interrupted)
    try:
        if not why:
            told = explainer.explain(result, timeout=REASON_TIMEOUT)
            result = dataclasses.replace(result, reason=told)
            if result.form.of_steps:
                return result
            point = point_of_no_return(space, judgement, result, interrupted=interrupted)
            return dataclasses.replace(result, no_return=point)
    except StopNow as stop:
        why = stop.why
    unknown = Reason((), "", "", f"why it happens is not known: {why}", 0.0)
    return dataclasses.replace(
        result, reason=result.reason or unknown, no_return=NoReturn(None, why)
    )


def _judged_again(
    space: Space,
    judgement: Judgement,
    results: tuple[PropertyResult, ...],
    stage: Callable[[str], None] | None,
    interrupted: Ask,
) -> tuple[PropertyResult, ...]:
    from ..symbolic.bounded_check import second_opinion

    found = []
    for result in results:
        if stage is not None:
            stage(f"judging {result.name} again with z3 (some {BOUNDED_TIMEOUT:g} s at most)")
        try:
            opinion = second_opinion(
                space, judgement, result, timeout=BOUNDED_TIMEOUT, interrupted=interrupted
            )
        except StopNow as stop:
            opinion = SecondOpinion("undetermined", 0, stop.why, 0.0)
        verdict = "undetermined" if opinion.answer == "disagrees" else result.verdict
        found.append(dataclasses.replace(result, bounded=opinion, verdict=verdict))
    return tuple(found)


def _notes(space: Space) -> tuple[str, ...]:
    forgotten = FORGOTTEN if space.program.forgetting is not None else ""
    return tuple(note for note in (space.note, forgotten) if note)
