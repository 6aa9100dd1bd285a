"""What can be left out of a search, found late: z3 is loaded for large spaces alone."""

from __future__ import annotations

from collections.abc import Iterable

from ..budget.spending import Ask
from ..explore.reduction import Kind, Reducer, Reduction
from ..machine.python.program import Program
from ..verify.reducible import Asked, Finder

__all__ = ["LateFinder"]


class LateFinder:
    """A `verify.reducible.Finder`; `interrupted` is asked now and then while it looks."""

    def __init__(self, interrupted: Ask) -> None:
        self._interrupted = interrupted
        self._finder: Finder | None = None

    def __call__(self, asked: Asked, insisted: Iterable[str] = ()) -> Reducer:
        names = tuple(insisted)

        def reducer(program: Program, kinds: frozenset[Kind], *, around: bool) -> Reduction:
            if self._finder is None:
                from ..symbolic.finder import ReductionFinder

                self._finder = ReductionFinder(self._interrupted)
            return self._finder(asked, names)(program, kinds, around=around)

        return reducer
