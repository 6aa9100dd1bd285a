"""What a test or a notebook calls: `check()` gives a `Result`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..budget.spending import StopNow, never, telling
from ..explore.limits import Limits, Progress
from ..explore.search import FORGET_FROM, SearchOptions
from ..explore.space import Space
from ..explore.walks.seen import WalkedSpace
from ..language import load
from ..language.records import dataclass, field, replace
from ..report.text.terminal import render_text
from ..report.text.violation import render_violation
from ..report.words.brief import found_text
from ..report.words.size import which_states
from ..results.check import (
    CheckReport,
    PropertyResult,
    SpaceSummary,
    exit_code_for,
)
from ..verify.checking import check_spec
from ..verify.coverage import coverage_of
from ..verify.judgement import Judgement
from ..verify.resources import resource_views, shared_views
from ..verify.summary import summarize
from .clustering import clustered
from .drawn import MOST_DRAWN, DrawnTrace, SpacePicture
from .faults import faults_of
from .going_on import goes_on, kept_searches, trouble_with
from .options import CheckOptions, chosen
from .reducing import LateFinder
from .simulating import asked_for_reasons, simulation_of, words_of

if TYPE_CHECKING:
    import networkx

    from ..explore.walks.simulate import Told
    from ..report.documents.files import Outputs
    from ..report.pictures.check import PictureFormat
    from ..verify.page_tables import PageTables
    from ..verify.state_graph import StateGraph
    from .explaining import Stage

__all__ = ["Result", "check"]

TOLD_AFTER = 0.2
"""Seconds between two words on walks."""
GROUP_BY = "--group-by"
"""What mistakes in `group_by` are told of: its option on the command line."""
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
        wrong = [f"{p.name} {found_text(p.verdict)}" for p in self.properties if not p.as_expected]
        told = ", ".join(wrong) or "as expected"
        return f"<Result of {self.model}: {told}; {self.space.states:,} states>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from ..report.page.cell import result_html

        return result_html(self.report)

    def __getitem__(self, name: str) -> PropertyResult:
        for each in self.properties:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.properties)
        raise KeyError(f"no property {name}; there is {known}")

    def __iter__(self) -> Iterator[PropertyResult]:
        return iter(self.properties)

    def trace(self, name: str) -> DrawnTrace:
        """The trace that violates a property, or shows how what it asks for is possible; a
        notebook draws it. Raises ValueError where there is none."""
        from ..report.pictures.trace import trace_svg

        result = self[name]
        found = result.trace
        if found is None:
            why = "is not violated"
            if result.verdict == "violated":
                why = "is violated because no reachable state has it"
            raise ValueError(f"{name} {why}: there is no trace")
        return DrawnTrace.of(found, name, partial(trace_svg, self.report, result))

    def text(self, *, width: int = 100, color: bool = False, whole: bool = False) -> str:
        """What the command prints. whole: each step of a trace, as with `--verbose`."""
        return render_text(self.report, width=width, color=color, whole=whole)

    def timeline(self, name: str, *, width: int = 100) -> str:
        """The timeline of a violated property's trace."""
        return render_violation(
            self[name], width=width, color=False, which=which_states(self.report.space)
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

        graph = networkx_of(self.states)
        # IPython looks for it at the object, too. A copy is another graph, and has none.
        vars(graph)["_repr_svg_"] = SpacePicture(self.report, self.states)
        return graph

    def graph(self) -> networkx.MultiDiGraph[int]:
        """The explored space, which a notebook draws: its attributes are told by
        `verify.state_graph.networkx_of`."""
        return self._graph

    def explained(self, *names: str) -> Result:
        """The same with the reasons and the points of no return of violated properties, of those
        of these `names` or of all, where they were not asked for before (`reason=False`). Raises
        KeyError for a name that is none."""
        from .explaining import with_reasons

        asked = [self[name].name for name in names] or [each.name for each in self.properties]
        results = with_reasons(self._space, self._judgement, self.properties, asked, None, never)
        return replace(self, report=replace(self.report, results=results))

    def write(
        self,
        directory: Path | str = "out",
        *,
        formats: Sequence[PictureFormat] = ("svg",),
        draw: bool = True,
        graph: bool = False,
    ) -> Result:
        """Write what the command writes, into `directory`/model: the page, pictures, traces and
        `result.json`; the result that knows the files (`result.report.files`).

        formats: of the pictures (svg, png, pdf, mermaid). draw: False leaves out pictures and
        page. graph: also the space, as GraphML. Raises OutputError.
        """
        from ..report.documents.files import Outputs

        return self.written(Path(directory), Outputs(formats, draw=draw, graphml=graph))

    def written(self, directory: Path, wanted: Outputs) -> Result:
        """The same, with all that the command can ask for."""
        from ..report.documents.files import write_outputs

        graph = self._drawn_states(wanted)
        done = write_outputs(self.report, graph, directory, wanted, tables=self.tables)
        files = tuple(os.fspath(path) for path in done.files)
        notes = (*self.report.notes, *done.notes)
        return replace(self, report=replace(self.report, files=files, notes=notes))

    def _drawn_states(self, wanted: Outputs) -> StateGraph | None:
        """All states, where they are drawn or written; None where there is no time for it."""
        drawn = wanted.draw and self._is_whole and self.space.states <= MOST_DRAWN
        try:
            return self.states if drawn or wanted.graphml else None
        except StopNow:
            return None

    @property
    def _is_whole(self) -> bool:
        """Whether a picture of the space shows what was explored: nothing was left out, and it is
        more than some walks."""
        return self._space.keeps_all and not isinstance(self._space, WalkedSpace)

    def tables(self, most: int) -> PageTables:
        """The explored space as tables; those of its traces alone if it has more than `most`
        states, or something was left out of it."""
        from ..verify.page_tables import page_tables_of

        most = most if self._is_whole else 0
        return page_tables_of(self._space, self._judgement, most)


def check(
    path: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    options: CheckOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    stage: Stage = None,
    **changes: Any,
) -> Result:
    """Check a spec: explore every state and judge every property.

    path: the spec's file. constants: values instead of the spec's own, as `--set`. options: see
    `CheckOptions`; each of them can be named here as well (`reason=False`). limits: all limits at
    once, instead of those of the options. progress: called now and then with depth, states and
    states waiting. stage: told in words what is done after the search.

    Raises SpecError (its text is what the command prints) where the spec is wrong, StoredError (as
    SpecError, a ModelCheckError) where the directory of a checkpoint cannot be used, and StopNow
    (see `model_check.budget.spending`) where a limit was reached before anything was known. In
    another thread than the main one, limits hold between two pieces of work only.
    """
    began = time.monotonic()
    asked = chosen(CheckOptions, options, constants, changes)
    simulation = simulation_of(asked)
    views = {GROUP_BY: asked.group_by} if asked.group_by else {}
    with (limits or asked.limits).guarded() as limits:
        spec = load(
            path, asked.overrides, views, allow_outside=asked.allow_outside, faults=asked.faults
        )
        forget_from = None if asked.keep_dead else FORGET_FROM
        how = SearchOptions(
            asked.engine, asked.workers, asked.lean, forget_from, reduce=asked.reduce,
            disk=asked.disk is not None,
        )  # fmt: skip
        if asked.reduce != "auto":
            how = replace(how, symmetry_from=0, order_from=0)
        space: Space
        with (
            clustered(asked, stage, limits.budget) as parts,
            kept_searches(spec, asked, stage) as checkpoints,
        ):
            if simulation is not None:
                from ..verify.simulated import simulate_spec

                space, judgement = simulate_spec(
                    spec, simulation, limits, _walks_told(stage), all_traces=asked.all_traces,
                    options=how,
                )  # fmt: skip
            else:
                space, judgement = check_spec(
                    spec, limits, progress, all_traces=asked.all_traces,
                    options=replace(how, cluster=parts.cluster),
                    finder=LateFinder(limits.interrupted), checkpoints=checkpoints,
                )  # fmt: skip
                parts.keep_for(space)
        results = judgement.results
        if asked.reason:
            with suppress(StopNow):  # between two pieces of work; in one it is told
                from .explaining import with_reasons

                names = [each.name for each in results]
                ask = asked_for_reasons(simulation, limits)
                results = with_reasons(space, judgement, results, names, stage, ask)
        if asked.bounded:
            from .explaining import judged_again

            results = judged_again(space, judgement, results, stage, limits.interrupted)
        coverage = None
        with suppress(StopNow):
            if stage is not None:
                stage("looking for what never happens")
            coverage = coverage_of(space)
    with telling():
        grouped = [GROUP_BY, asked.group_by] if asked.group_by and judgement.views else []
        report = CheckReport(
            model=spec.name,
            about=spec.about,
            path=os.fspath(path),
            constants=spec.constants,
            results=results,
            space=_summary(space),
            exit_code=exit_code_for(results),
            command=asked.command(path, *_again(space, asked), *grouped, *asked.outside),
            resources=resource_views(spec),
            notes=(*_notes(space, asked), *parts.notes, *trouble_with(checkpoints)),
            group_by=asked.group_by if grouped else "",  # the judging may end before the values
            untaken=None if coverage is None else coverage.untaken,
            unseen=None if coverage is None else coverage.unseen,
            warnings=spec.warnings,
            faults=faults_of(path, asked, spec),
            unjudged=judgement.stopped if space.complete else "",
            goes_on=goes_on(path, asked, checkpoints, space, judgement),
            seconds=time.monotonic() - began,
            shared=shared_views(space.machine),
        )
    return Result(report, space, judgement)


def _summary(space: Space) -> SpaceSummary:
    """The size of what was looked at."""
    if isinstance(space, WalkedSpace):
        from ..verify.simulated import summarize_simulation

        return summarize_simulation(space)
    return summarize(space)


def _again(space: Space, asked: CheckOptions) -> list[str]:
    """The words that ask for the same walks, where walks were taken."""
    walks = space.simulated.tally.walks if isinstance(space, WalkedSpace) else 0
    return words_of(asked, max(walks, 1))


def _walks_told(stage: Stage) -> Told | None:
    """Tells of walks in words, a few times in a second."""
    if stage is None:
        return None
    following = time.monotonic()

    def tell(walks: int, steps: int) -> None:
        nonlocal following
        if time.monotonic() >= following:
            following = time.monotonic() + TOLD_AFTER
            stage(f"{walks:,} walks, {steps:,} steps")

    return tell


def _notes(space: Space, asked: CheckOptions) -> tuple[str, ...]:
    forgotten = FORGOTTEN if space.program.forgetting is not None else ""
    notes = [space.note, forgotten]
    if asked.reduce != "auto" and space.reduction is not None:
        notes += [f"nothing is left out: {why}" for why in space.reduction.why_not]
    return tuple(note for note in notes if note)
