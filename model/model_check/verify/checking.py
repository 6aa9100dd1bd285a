"""From a spec to its space and the verdicts on it: a formula may need more room than the states."""

from __future__ import annotations

from ..explore.limits import Limits, Progress
from ..explore.memo import GrowthNeededError
from ..explore.search import DEFAULT_OPTIONS, SearchOptions, explore
from ..explore.space import Space
from ..language.tree.spec import Spec
from ..machine.python.program import Program
from ..machine.shapes import Layout
from .formula_values import told_with_values
from .in_time import told_in_time
from .judgement import Judgement
from .verdicts import judge

__all__ = ["check_spec"]


def check_spec(
    spec: Spec,
    limits: Limits | None = None,
    progress: Progress | None = None,
    *,
    all_traces: bool = False,
    options: SearchOptions = DEFAULT_OPTIONS,
    layout: Layout | None = None,
    program: Program | None = None,
) -> tuple[Space, Judgement]:
    """Explore a spec and judge its properties. `layout`: the one to start with, where a spec like
    this one has needed the room; `program`: what `make_program` makes of the spec with it, where
    that is known.

    Where a formula computes a value that the layout has no room for (a sum of a list's
    items put into a list, say), everything is explored again under a larger layout.
    """
    while True:
        space = explore(spec, limits, progress, layout=layout, options=options, program=program)
        try:
            judgement = told_in_time(space, judge(space, all_traces=all_traces))
            return space, told_with_values(space, judgement)
        except GrowthNeededError as growth:
            failure = space.machine.failures[growth.code - 1]
        layout, program = space.layout.for_failure(failure), None
