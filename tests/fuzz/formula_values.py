"""The values that are shown of a formula's parts, computed once more by the interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from model_check.language.tree.spec import Define, Property
from model_check.results.check import PropertyResult

from .evaluate import evaluate
from .replay import Replay, shown
from .states import State
from .world import FailedError, Frame, Value

__all__ = ["wrong_values"]


def wrong_values(replay: Replay, asked: Property, result: PropertyResult) -> Iterator[str]:
    """What is wrong with the values of a property's parts, in words: in no state that looks as its
    trace shows it have all parts these values."""
    trace, told = result.trace, result.values
    if trace is None or not asked.terms or trace.end == "error":
        if told is not None:
            yield f"{asked.name}: values where there is nothing to show"
        return
    if told is None:
        yield f"{asked.name}: no values of {', '.join(each.text for each in asked.terms)}"
        return
    along = replay.along(trace)
    here, before = along[told.step], along[max(told.step - 1, 0)]
    claimed = {each.text: each.value for each in told.terms}
    found = [_values(asked.terms, *pair) for pair in product(here, before)]
    if found and claimed not in found:
        yield f"{asked.name}: {claimed} after step {told.step}, {found[0]} by the interpreter"


def _values(terms: tuple[Define, ...], state: State, before: State) -> dict[str, Value]:
    """The parts that have a value in a state, the one before it being known."""
    values = {}
    for each in terms:
        try:
            value = evaluate(each.value, Frame(state.world, before=before.world))
        except FailedError:
            continue
        values[each.text] = shown(value, each.value.type)
    return values
