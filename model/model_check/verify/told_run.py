"""What each property says of one run that is told: a trace, followed in the explored space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..explore.space import Space
from ..language.forms import Form
from ..language.tree.spec import Property
from ..results.check import Trace, Verdict
from .judgement import Judgement
from .one_run import Run, RunQuestion, is_fair
from .same_state import SameState

__all__ = ["ToldRun", "verdicts_of"]


@dataclass(frozen=True, slots=True)
class ToldRun:
    """A run of one spec: told, its states, and if it goes round for ever, from which one on and by
    which steps."""

    trace: Trace
    states: Sequence[int]
    loop_from: int | None
    around: Sequence[int]

    def seen_by(self, space: Space, asked: Property) -> ToldRun:
        """The run as far as it is known to a property: of one that comes back but for something
        that the property reads, what is shown and no more."""
        begin = self.loop_from
        if begin is None or self.states[begin] == self.states[-1]:
            return self
        same = SameState(space.program, asked.name).same(self.states[begin], self.states[-1])
        if same and not asked.form.on_error:  # which asks whatever all others do
            return self
        return replace(self, loop_from=None, trace=replace(self.trace, end="state"))


def verdicts_of(space: Space, judgement: Judgement, run: ToldRun) -> dict[str, Verdict]:
    """Whether each property holds on a run: what asks single states, from those that are known to
    violate it; what asks the run, from the run."""
    index = space.index
    properties = space.machine.spec.properties
    try:
        numbers = {index[state] for state in run.states}
    except KeyError:
        # The search was stopped before it came here.
        return {each.name: "undetermined" for each in judgement.results}
    told, found = run, dict[str, Verdict]()
    for each, asked in zip(judgement.results, properties, strict=True):
        run = told.seen_by(space, asked)
        trace, endless = run.trace, run.loop_from is not None
        whole = (endless or trace.end != "state") and max(numbers) < space.expanded
        if _asks_run(asked.form, told.loop_from is not None):
            found[each.name] = _on_run(space, asked, run)
            continue
        wrong = set(judgement.violating.get(each.name, ()))
        if each.form.on_error:
            # A state in which some step fails violates nothing while that step is not taken.
            wrong -= {number for number, _, _ in space.errors}
        if each.form.at_ends and trace.end not in ("final", "deadlock"):
            # It is broken where runs go round through these states: this one may go on otherwise.
            wrong.clear()
        failed = each.form.on_error and trace.end == "error"
        if failed or numbers & wrong:
            found[each.name] = "violated"
        else:
            found[each.name] = "holds" if whole else "undetermined"
    return found


def _asks_run(form: Form, endless: bool) -> bool:
    """Whether a form asks more of a run than its states one by one."""
    return form.asks_runs or form.of_steps or form.somewhere or (endless and form.asks_ends)


def _on_run(space: Space, asked: Property, run: ToldRun) -> Verdict:
    """What a property that asks a run says of this one. One that no fair run is breaks nothing
    that is said of fair runs."""
    if run.loop_from is not None:
        end = max(len(run.states) - 1, 1)
        verdict = RunQuestion(space.program, asked).verdict(
            Run(tuple(run.states[:end]), run.loop_from)
        )
        in_time = verdict == "violated" and asked.form.in_time
        if in_time and not is_fair(space.program, run.states[run.loop_from : end], run.around):
            return "undetermined"
        return verdict
    ended = run.trace.end in ("final", "deadlock")
    loop_from = len(run.states) - 1 if ended else None
    return RunQuestion(space.program, asked).verdict(Run(tuple(run.states), loop_from))
