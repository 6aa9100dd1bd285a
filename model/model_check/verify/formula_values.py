"""What the formulas of properties say where a trace shows them: the values of their parts.

In: a space and its judgement. Out: the same judgement; of each property with a trace, the values
of the parts of its formulas at the end of that, and which variables they read. Of a run without an
end the moment that is told is the last one of the loop at which its formula is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..budget.spending import StopNow
from ..explore.space import Space
from ..language.records import replace
from ..language.tree.spec import Define, Property
from ..machine.effects import fields_read
from ..machine.make import asked_of
from ..machine.python.program import Evaluator
from ..machine.shapes import decode
from ..results.check import PropertyResult
from ..results.values import FormulaValues, TermValue
from .concretize import Concretizer
from .judgement import Judgement

__all__ = ["told_with_values"]


def told_with_values(space: Space, judgement: Judgement) -> Judgement:
    """The judgement whose results say what their formulas depend on; without that, where it was
    ended early."""
    specs = {each.name: each for each in space.machine.spec.properties}
    try:
        results = tuple(_told(space, judgement, specs[r.name], r) for r in judgement.results)
    except StopNow as stop:
        return replace(judgement, stopped=judgement.stopped or stop.why)
    return replace(judgement, results=results)


def _told(
    space: Space, judgement: Judgement, each: Property, result: PropertyResult
) -> PropertyResult:
    trace = result.trace
    if trace is None or not each.terms or trace.end == "error":
        return result
    at = _moment(result)
    states = _states(space, judgement, each.name)[: at + 1]
    terms = asked_of(space.program, space.layout, each.terms)
    values = tuple(_values(space, each.terms, [evaluator for evaluator, _ in terms], states))
    # What never changes is in no formula of the machine, but in the parts.
    asked = space.program.whole.machine.formulas.of_property(each.name)
    own = (*asked.properties.values(), *asked.of_steps.values(), *asked.atoms.get(each.name, ()))
    fields = frozenset[int]().union(*(read for _, read in terms), *map(fields_read, own))
    return replace(result, values=FormulaValues(at, values, _reads(space, fields)))


def _moment(result: PropertyResult) -> int:
    """After which step of its trace the formulas of a property are looked at."""
    trace = result.trace
    assert trace is not None
    last = len(trace.steps)
    if trace.loop_from is None or not result.moments:
        return last
    asked = result.moments[-1].true
    around = range(trace.loop_from + 1, last + 1)
    return max((at for at in around if asked[at] is False), default=last)


def _states(space: Space, judgement: Judgement, name: str) -> list[int]:
    """The whole states of a property's trace."""
    concretizer = Concretizer(space.program)
    path = [space.states[number] for number in judgement.paths[name]]
    lasso = judgement.lassos.get(name)
    if lasso is None:
        return concretizer.states_along(path)
    whole = [concretizer.initial_state(path[0])]
    taken = [*[None] * lasso.loop_from, *lasso.steps]
    for seen, step in zip(path[1:], taken, strict=True):
        whole.append(concretizer.successor(whole[-1], seen, step)[0])
    return whole


def _values(
    space: Space, terms: Sequence[Define], evaluators: Sequence[Evaluator], states: Sequence[int]
) -> Iterator[TermValue]:
    """The values of parts in the last of some states; one that speaks of the state before it says
    so itself."""
    before, state = states[-2:] if len(states) > 1 else (states[-1], states[-1])
    for each in evaluators:
        told, layout = each, space.layout
        while (answer := told.answer(state, before)) < 0:
            failure = told.failure(answer)
            if failure.kind != "growth":
                break
            # A formula that was decided without this part never asked for its room.
            layout = layout.for_failure(failure)
            again = asked_of(
                space.program, layout, [t for t in terms if t.text == each.formula.text]
            )
            if not again:
                break
            ((told, _),) = again
        else:
            yield TermValue(told.formula.text, decode(told.formula.shape, answer))


def _reads(space: Space, fields: frozenset[int]) -> tuple[str, ...]:
    """The variables that some fields are of."""
    return tuple(
        each.name
        for each in space.program.whole.machine.variables
        if not each.hidden and not fields.isdisjoint(each.fields)
    )
