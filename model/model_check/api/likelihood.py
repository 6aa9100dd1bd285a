"""How likely runs of a spec go wrong, given how long its steps take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..budget.spending import StopNow, telling
from ..errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED
from ..explore.limits import Limits, Progress
from ..language.source.recognize import spec_named
from ..likelihood.sweep import MOST_POINTS
from ..results.likelihood import Likelihood, LikelihoodReport, Likelihoods
from .likelihood_report import LikelihoodError, Question
from .options import LikelihoodOptions, chosen

__all__ = ["LikelihoodError", "LikelihoodResult", "how_likely"]


@dataclass(frozen=True, repr=False)
class LikelihoodResult:
    """How likely runs go wrong, of one spec or several. True if all that was asked was found out
    as precisely as it was asked; how likely it is makes no difference to that.

    `result["no_loss"].share.estimate` is the share of runs of the first spec that break a property.
    """

    found: Likelihoods

    @property
    def reports(self) -> tuple[LikelihoodReport, ...]:
        """Of each spec, in the order in which they were named."""
        return self.found.reports

    @property
    def exit_code(self) -> int:
        """0 told, 3 nothing can be said of a spec, or it was ended before it was precise."""
        return EXIT_AS_EXPECTED if self else EXIT_UNDETERMINED

    def __bool__(self) -> bool:
        return all(each.is_told for each in self.reports)

    def __getitem__(self, name: str) -> Likelihood:
        """What is said of a property of the first spec. Raises KeyError."""
        for each in self.reports[0].properties:
            if each.property == name:
                return each
        known = ", ".join(each.property for each in self.reports[0].properties)
        raise KeyError(f"nothing is said of a property {name}; there is {known}")

    def __repr__(self) -> str:
        from ..report.words.likelihood import share_text

        told = [
            f"{report.name}.{each.property} {share_text(each.share)}"
            for report in self.reports
            for each in report.properties
        ]
        return f"<LikelihoodResult: {', '.join(told) or 'nothing'}>"

    def text(self, *, width: int = 100, color: bool = False, unicode: bool = True) -> str:
        """What the command prints."""
        from ..report.text.likelihood import render_likelihoods

        return render_likelihoods(self.found, width, color, unicode)

    def document(self) -> str:
        """The text of `likelihood.json`."""
        from ..report.documents.likelihood import LIKELIHOODS

        return LIKELIHOODS.text(self.found)

    def pictures(self) -> dict[str, str]:
        """The curve of each property that is broken somewhere in a sweep, by its name, as the text
        of an SVG file; none where nothing is swept."""
        from ..report.pictures.curve import curves

        return curves(self.found)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from ..report.page.likelihood import cell_html

        return cell_html(self.found, self.text(), self.pictures())

    def write(self, directory: Path | str = "out") -> LikelihoodResult:
        """Write `likelihood.json`, and of a sweep its curves and a page with them, into
        `directory`/model, the first spec's; the result that knows the files. Raises
        OutputError."""
        from ..report.documents.likelihood_files import write_likelihoods

        return replace(self, found=write_likelihoods(self.found, Path(directory)))


def how_likely(
    specs: Path | str | Sequence[Path | str],
    constants: Mapping[str, int | bool | str] | None = None,
    options: LikelihoodOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    told: Callable[[str], None] | None = None,
    **changes: Any,
) -> LikelihoodResult:
    """How likely a run of a spec breaks its properties, if its steps take the times that its
    `timing` says; of several specs, of each.

    specs: the specs' files. constants: of all of them. options: see `LikelihoodOptions`; each of
    them can be named here as well (`sweep="gateway.subscribe=1ms..50ms"`). limits, progress: as of
    `check`, of each spec. told: told in words what is done after the search.

    Raises SpecError where a spec is wrong, or of a run that goes on for ever it cannot be known
    what is asked; LikelihoodError where there is no such property; StopNow where a limit was
    reached before anything was known.
    """
    asked = chosen(LikelihoodOptions, options, constants, changes)
    named = [specs] if isinstance(specs, (str, os.PathLike)) else [*specs]
    if not named:
        raise LikelihoodError("name a spec")
    _check(asked)
    paths = [_file(Path(each)) for each in named]
    with (limits or asked.limits).guarded() as limits:
        reports = [*_reports(paths, asked, limits, progress, told)]
    with telling():
        after = [word for each in asked.properties for word in ("--property", each)]
        command = asked.command(
            "likelihood", *paths, after=[*after, *_words(asked), *asked.outside]
        )
        return LikelihoodResult(Likelihoods(tuple(reports), command))


def _file(path: Path) -> Path:
    found = spec_named(path)
    if found.is_dir():
        raise LikelihoodError(f"{found}: this is a folder; name one spec")
    return found


def _check(asked: LikelihoodOptions) -> None:
    """Raises LikelihoodError for numbers that cannot be meant."""
    if not 0 < asked.precision < 1:
        raise LikelihoodError(f"precision: {asked.precision} does not lie between 0 and 1")
    if asked.runs < 1:
        raise LikelihoodError(f"runs: {asked.runs} runs tell nothing: it takes at least one")
    if not 0 <= asked.seed < 1 << 64:
        raise LikelihoodError(f"seed: {asked.seed} does not lie between 0 and 2 ** 64 - 1")
    if not 2 <= asked.points <= MOST_POINTS:
        raise LikelihoodError(f"points: a sweep has from 2 to {MOST_POINTS:,}, not {asked.points}")


def _words(asked: LikelihoodOptions) -> Iterator[str]:
    """The words that ask for the same again, where they are not what is meant anyway."""
    plain = LikelihoodOptions()
    if asked.timing is not None:
        yield from ("--timing", os.fspath(asked.timing))
    if asked.precision != plain.precision:
        yield from ("--precision", f"{100 * asked.precision:.10g}%")
    if asked.runs != plain.runs:
        yield from ("--runs", str(asked.runs))
    if asked.seed != plain.seed:
        yield from ("--seed", str(asked.seed))
    if asked.simulate:
        yield "--simulate"
    if asked.sweep:
        yield from ("--sweep", asked.sweep)
        if asked.points != plain.points:
            yield from ("--points", str(asked.points))


def _reports(
    paths: Sequence[Path],
    asked: LikelihoodOptions,
    limits: Limits,
    progress: Progress | None,
    told: Callable[[str], None] | None,
) -> Iterator[LikelihoodReport]:
    question = Question(asked, limits, progress, told)
    # A mistake in the last one is told before the first one is looked at.
    for place, (path, spec) in enumerate([(path, question.read(path)) for path in paths]):
        try:
            found = question.report(path, spec)
        except StopNow as stop:
            if not place:
                raise
            with telling():  # what is known of those before
                found = question.undecided(path, spec, stop.why)
        yield found
