"""From a violated formula to the values that say why, and what everything holds at the end."""

from __future__ import annotations

from collections.abc import Container

from ...results.check import PropertyResult, Trace, Value
from ...results.values import TermValue
from ...verify.show import printable
from .columns import together
from .phrases import final_state, instances, is_empty, owner_of, resources
from .values import fit_value

__all__ = ["end_values", "read_text", "reads_of", "values_text"]

TERMS_TOLD = 6
VALUE_WIDTH = 40
"""Columns of one value."""
LONGEST_FORMULA = 60
"""Columns of a formula that is told again beside its values."""


def values_text(result: PropertyResult) -> str:
    """`charges <= 1: charges = 2`: the parts of a property's formulas with their values, where the
    trace shows them; "" where there are none."""
    values, trace = result.values, result.trace
    if values is None or trace is None or not values.terms:
        return ""
    text = " ".join(printable(result.text).split())
    one = not result.form.parts and not result.form.asks_runs and len(text) <= LONGEST_FORMULA
    told = [_term(each) for each in values.terms[:TERMS_TOLD] if not _says_nothing(text, each)]
    rest = len(values.terms) - TERMS_TOLD
    told += [f"and {rest} more in result.json"] if rest > 0 else []
    where = "" if values.step == len(trace.steps) else f"after step {values.step:,} "
    where = "at the start " if not values.step and trace.steps else where
    head = f"{where}{text}: " if one else where and f"{where.rstrip()}: "
    return head + ", ".join(told) if told else ""


def read_text(result: PropertyResult, told: Container[str] = ()) -> str:
    """`the property reads seen = {1, 2}, done = True`: what a property's formulas depend on, at
    the end of its trace, but for what is `told` elsewhere or by `values_text`; "" where nothing is
    left."""
    if result.trace is None or result.values is None:
        return ""
    end = final_state(result.trace).variables
    terms = [each.text for each in result.values.terms[:TERMS_TOLD]]
    # A resource with one variable is shown by its name, and read as `lock.value`.
    known = {*terms, *(text.rpartition(".")[0] for text in terms)}
    texts = [
        together(f"{printable(name)} = {fit_value(end[name], VALUE_WIDTH)}")
        for name in reads_of(result)
        if name in end and name not in known and printable(name) not in told
    ]
    return f"the property reads {', '.join(texts)}" if texts else ""


def _says_nothing(text: str, each: TermValue) -> bool:
    """Whether a part is the whole formula: a violation says by itself that it is false."""
    return each.text == text and isinstance(each.value, bool)


def _term(each: TermValue) -> str:
    sign = "in" if each.text.startswith(("false for ", "true for ")) else "="
    return together(f"{printable(each.text)} {sign} {fit_value(each.value, VALUE_WIDTH)}")


def reads_of(result: PropertyResult) -> tuple[str, ...]:
    """The variables that a property's formulas depend on, by shown name."""
    return () if result.values is None else result.values.reads


def end_values(trace: Trace, reads: tuple[str, ...] = ()) -> list[tuple[str, Value]]:
    """What the processes hold at the end, then the resources and shared variables. What is empty
    there says nothing, unless the property `reads` it, or a truth or an option has become so."""
    actors = instances(trace)
    changed = {name for step in trace.steps for name in step.changed}
    owners = (*resources(trace), *actors)

    def tells(name: str, value: Value) -> bool:
        single = value is None or value is False
        return not is_empty(value) or name in reads or (single and name in changed)

    values = [
        (name, value)
        for name, value in final_state(trace).variables.items()
        if owner_of(name, owners) in actors or tells(name, value)
    ]
    return sorted(values, key=lambda item: owner_of(item[0], owners) not in actors)
