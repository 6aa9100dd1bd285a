"""From a spec to its space and the verdicts on it: a formula may need more room than the states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explore.limits import Limits, Progress
from ..explore.memo import GrowthNeededError
from ..explore.reduction import Reducer
from ..explore.search import DEFAULT_OPTIONS, SearchOptions, explore
from ..explore.space import Space
from ..language.records import replace
from ..language.tree.spec import Spec
from ..machine.python.program import Program
from ..machine.shapes import Layout
from .formula_values import told_with_values
from .in_time import told_in_time
from .judgement import Judgement
from .reducible import Finder, asked_of
from .verdicts import judge

if TYPE_CHECKING:
    from ..explore.stored.checkpoint import Checkpoints

__all__ = ["check_spec"]

SHORTER = "shorter"
"""What the second search is called, where both are kept."""
MAY_BE_SHORTER = "of the steps that can change places, some were left out: a shorter run may be \
there, and it was not found in time"


def check_spec(
    spec: Spec,
    limits: Limits | None = None,
    progress: Progress | None = None,
    *,
    all_traces: bool = False,
    options: SearchOptions = DEFAULT_OPTIONS,
    layout: Layout | None = None,
    program: Program | None = None,
    finder: Finder | None = None,
    checkpoints: Checkpoints | None = None,
) -> tuple[Space, Judgement]:
    """Explore a spec and judge its properties. `layout`: the one to start with, where a spec like
    this one has needed the room; `program`: what `make_program` makes of the spec with it, where
    that is known. `finder` finds what can be left out; None: nothing is. `checkpoints`: where all
    searches are written down, and gone on with.

    Of what is violated in a space from which steps are left out, a shorter run may be in the whole
    one: it is looked for in one that keeps how far that is. Where a formula computes a value that
    the layout has no room for (a sum of a list's items put into a list, say), everything is
    explored again under a larger layout.
    """
    asked = asked_of(spec)
    reducer = None if finder is None else finder(asked)

    def checked(
        reducer: Reducer | None, name: str = "", insisted: tuple[str, ...] = ()
    ) -> tuple[Space, Judgement]:
        nonlocal layout, program
        checkpoint = None if checkpoints is None else checkpoints.search(name, insisted)
        while True:
            space = explore(
                spec, limits, progress,
                layout=layout, options=options, program=program, reducer=reducer,
                checkpoint=checkpoint,
            )  # fmt: skip
            try:
                judgement = told_in_time(space, judge(space, all_traces=all_traces))
                return space, told_with_values(space, judgement)
            except GrowthNeededError as growth:
                failure = space.machine.failures[growth.code - 1]
            layout, program = space.layout.for_failure(failure), None

    space, judgement = checked(reducer)
    names = _perhaps_shorter(space, judgement)
    if finder is None or not names:
        return space, judgement
    layout, program = space.layout, None
    shorter = checked(finder(asked, names), SHORTER, names)
    if shorter[0].complete and not _perhaps_shorter(*shorter):
        return shorter
    noted = (
        replace(each, note=MAY_BE_SHORTER) if each.name in names and each.trace else each
        for each in judgement.results
    )
    return space, replace(judgement, results=tuple(noted))


def _perhaps_shorter(space: Space, judgement: Judgement) -> tuple[str, ...]:
    """The properties of which a trace is shown that is a shortest one of what is left of the space,
    but need not be one of the whole."""
    order = None if space.reduction is None else space.reduction.order
    if order is None:
        return ()
    kept = {goal.name for i, goal in enumerate(order.goals) if order.insists >> i & 1}
    shown = {each.name for each in judgement.results if each.trace is not None}
    if any(goal.kind == "error" and goal.name in shown for goal in order.goals):
        # That a formula has no value is an error, too.
        shown |= {each.name for each in order.goals if each.kind == "step" or each.wrong is None}
    names = dict.fromkeys(goal.name for goal in order.goals if goal.name in shown)
    return tuple(name for name in names if name not in kept)
