"""From a space to the one in which a property's lasso is looked for: without what nobody reads.

A run that goes round must come back to where it was. Values that neither a step nor the property
reads any more need not come back: with them a lasso would be longer than what it shows, by as many
rounds as they need. So the lasso is looked for among the states without them, and then told, and
numbered, as a run of the space.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..explore.engine import Task
from ..explore.limits import Limits
from ..explore.portable import PortableRun
from ..explore.space import Space
from ..language.tree.spec import Property
from ..machine.python.program import Program
from .asking import letters_for
from .concretize import Concretizer
from .fair_runs import FairRuns
from .preferences import preferred_in
from .same_state import SameState
from .shorter_lasso import LassoRun
from .temporal import breaking

__all__ = ["LassoSpace"]

MOST_TRANSITIONS = 500_000
"""Of a space that is explored once more: a second or two. Of a larger one the lasso is that of the
space as it is, which has forgotten most of what nobody reads."""


class LassoSpace:
    """Of one property: among which states its lasso is looked for; `same` says which count as
    one."""

    def __init__(self, space: Space, same: SameState) -> None:
        self._space = space
        self._same = same

    def shortest(self, each: Property, found: Callable[[], LassoRun]) -> LassoRun:
        """A lasso that breaks the property, with the fewest steps that can be told, as a run of the
        given space: its last state is the same as the one in which it begins to go round, and may
        differ from it in what nobody reads. `found` gives one that comes back in the given space,
        which has one."""
        if not self._tells_more():
            return found()
        assert self._same.forgetting is not None
        space = self._explored(self._same.forgetting)
        refuted = FairRuns(space).refuted(
            breaking(each), letters_for(space, each.name, doubted=False), ends=False,
            preferred=preferred_in(space, each),
        )  # fmt: skip
        assert refuted.lasso is not None, "what nobody reads makes no difference"
        return self._in_given(space, refuted.lasso())

    def _tells_more(self) -> bool:
        """Whether the given space tells states apart that are the same, and is small."""
        ours, theirs = self._same.forgetting, self._space.program.forgetting
        if ours is None or not self._space.complete or self._space.transitions > MOST_TRANSITIONS:
            return False
        assert ours.forgetting is not None
        return theirs is None or theirs.live != ours.forgetting.live

    def _explored(self, program: Program) -> Space:
        task = Task(program, self._space.layout, Limits(), None, time.monotonic())
        run = PortableRun(task, None)
        failure = run.run()
        assert failure is None, "what forgets needs no more room than what does not"
        return run.space()

    def _in_given(self, space: Space, run: LassoRun) -> LassoRun:
        states = [space.states[number] for number in run.states]
        whole = self._same.along(states, [*[None] * run.loop_from, *run.steps])
        seen = map(Concretizer(self._space.program).forget, whole)
        numbers = tuple(self._space.index[state] for state in seen)
        return LassoRun(numbers, run.steps, run.loop_from)
