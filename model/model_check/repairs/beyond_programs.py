"""Violations that no other program can mend: what is wrong before any process has taken a step.

In: a property, and a run that shows that it is violated. Out: in a word, why no program helps, or
nothing where one might.
"""

from __future__ import annotations

from ..language.tree.expressions import At, Content, Done, OtherVar, OwnVar, SharedVar
from ..language.tree.spec import Spec
from ..language.tree.walk import inner_expressions
from ..results.check import Trace
from ..results.repair import Beyond

__all__ = ["beyond_programs"]

_PLACES = (At, Done)
_READING = (SharedVar, OwnVar, OtherVar, Content, *_PLACES)


def beyond_programs(spec: Spec, name: str, trace: Trace | None) -> Beyond | None:
    """Why no program of the processes of a spec can help a property, which is violated; None where
    that is not known. `trace` is a shortest one to a state that violates it, where a state by
    itself does."""
    asked = next(each for each in spec.properties if each.name == name)
    if asked.formula is None or not asked.form.asks_states:
        return None
    parts = tuple(inner_expressions(asked.formula))
    if not any(isinstance(each, _READING) for each in parts):
        return "formula"
    # Where processes stand at first, their programs say.
    if not asked.form.asks_all or any(isinstance(each, _PLACES) for each in parts):
        return None
    if trace is None or trace.end in ("error", "loop"):
        return None
    if not trace.steps:
        return "start"
    # What happens to one client happens only where a program calls the resource.
    things = {each.name for each in spec.resources}
    alone = all(
        each.fault and each.instance.partition("[")[0] in things and "[" not in each.label
        for each in trace.steps
    )
    return "faults" if alone else None
