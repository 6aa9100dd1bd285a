"""What the traces of a judgement show in the course of time, told beside them.

In: a space and its judgement. Out: the same judgement; of each property that asks a run as a
whole, when its formulas are true along its trace, and who is passed over in a loop of it, and why
that is fair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..budget.spending import StopNow
from ..explore.space import Space
from ..language.records import replace
from ..machine.core import Instance
from ..results.check import CRASHED, ENDED, PropertyResult, Trace
from ..results.in_time import Moments, PassedOver
from .formulas import Answers
from .judgement import Judgement
from .trace import place_text, under_way

if TYPE_CHECKING:
    from .fair_runs import LassoRun

__all__ = ["told_in_time"]


def told_in_time(space: Space, judgement: Judgement) -> Judgement:
    """The judgement whose results say what their traces show in time; without that, where it was
    ended early."""
    try:
        results = tuple(_told(space, judgement, each) for each in judgement.results)
    except StopNow as stop:
        return replace(judgement, stopped=judgement.stopped or stop.why)
    return replace(judgement, results=results)


def _told(space: Space, judgement: Judgement, result: PropertyResult) -> PropertyResult:
    trace = result.trace
    if trace is None or not (result.form.asks_runs or trace.end == "loop"):
        return result
    lasso = judgement.lassos.get(result.name)
    moments = _moments(space, result.name, judgement.paths[result.name])
    passed = tuple(_passed_over(space, lasso, trace)) if lasso is not None else ()
    return replace(result, moments=moments, passed_over=passed)


def _moments(space: Space, name: str, path: Sequence[int]) -> tuple[Moments, ...]:
    """The truth of what a property asks, in each state of a path."""
    each = next(p for p in space.machine.spec.properties if p.name == name)
    texts = [(atom.name, atom.text) for atom in each.atoms]
    if each.formula is not None:
        texts = [("", each.text)]
    asked = map(Answers, space.program.formulas.asked_of_runs(name))
    return tuple(
        Moments(part, text, tuple(_truth(answers.of(space.states[number])) for number in path))
        for (part, text), answers in zip(texts, asked, strict=True)
    )


def _truth(answer: int) -> bool | None:
    return None if answer < 0 else answer == 1


def _passed_over(space: Space, lasso: LassoRun, trace: Trace) -> Iterator[PassedOver]:
    """Whom a loop leaves out, in the order of the machine's instances. The numbers of steps are
    those of the trace."""
    assert trace.loop_from is not None
    states = [space.states[number] for number in lasso.states[lasso.loop_from : -1]]
    taken = set(lasso.steps)
    for instance in space.machine.instances:
        if not instance.process:
            continue  # what may go wrong is passed over as often as not, and what is sent arrives
        there = [state for state in states if _is_under_way(space, instance, state)]
        if not there:
            continue
        ways = [_ways(space, instance, state) for state in states]
        # After the last step of a round everything is as it was where the loop began.
        inside = range(trace.loop_from + 1, trace.loop_from + len(ways))
        after = [len(trace.steps), *inside]
        if not any(step in taken for way in ways for step in way):
            yield _idle(space, instance, there[0], sorted(
                number for way, number in zip(ways, after, strict=True) if way
            ))  # fmt: skip
            continue
        yield from _choices(space, instance, ways, after, taken)


def _ways(space: Space, instance: Instance, state: int) -> set[int]:
    """The steps that an instance can take in a state, those that fail too; what may go wrong with
    it is none."""
    out: list[tuple[int, int]] = []
    space.program.labelled[instance.index](state, out)
    return {step for _, step in out if not space.machine.steps[step].fault}


def _is_under_way(space: Space, instance: Instance, state: int) -> bool:
    """Whether there is something to say of an instance: of a process, or of what runs beside it
    in its branch or background."""
    machine = space.machine
    tasks = next(each for each in machine.processes if instance in each)
    return instance in under_way(tasks, machine.places(state))


def _idle(space: Space, instance: Instance, state: int, can: Sequence[int]) -> PassedOver:
    machine = space.machine
    place = place_text(instance.locations[machine.places(state)[instance.index]])
    if place in (ENDED, CRASHED):
        return PassedOver(instance.name, place, "ended")
    if not can:
        return PassedOver(instance.name, place, "waits")
    fairness = space.machine.spec.process(instance.process).fairness
    return PassedOver(
        instance.name, place, "unfair" if fairness == "none" else "at times", tuple(can)
    )


def _choices(
    space: Space,
    instance: Instance,
    ways: Sequence[set[int]],
    after: Sequence[int],
    taken: set[int],
) -> Iterator[PassedOver]:
    """The steps that an instance could choose where it takes another one, and never does."""
    steps = space.machine.steps
    chosen = {steps[step].label for step in taken if steps[step].instance == instance.index}
    open_: dict[str, list[int]] = {}
    for way, number in zip(ways, after, strict=True):
        for label in sorted({steps[step].label for step in way} - chosen):
            open_.setdefault(label, []).append(number)
    for label, numbers in open_.items():
        yield PassedOver(instance.name, label, "choice", tuple(sorted(numbers)))
