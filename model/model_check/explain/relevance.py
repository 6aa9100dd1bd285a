"""Which steps can have to do with a violation at all: only those may stand in a reason.

In: a machine and the fields that a property reads. Out: the steps of all instances that can make a
difference to these: one that writes such a field can, and so can one that writes what another
that can reads for it, or waits for, or is led by. What shares no data with the property, directly
or through others, is named in no reason, wherever it comes in a run (a slice: Weiser, Program
slicing, ICSE 1981; here of whole processes, for their control flow is theirs).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..machine.core import Action, Formula, Machine
from ..machine.effects import fields_naming, fields_read, fields_written
from ..machine.ir import Fail
from ..machine.names import fields_of
from ..machine.passes.liveness import BackwardPass, LiveLocals
from ..machine.rewrite import statements_in
from ..symbolic.events import never_waits

__all__ = ["relevant_steps", "steps_that_matter"]


def steps_that_matter(
    machine: Machine, asked: Iterable[Formula], *, deadlocks: bool, errors: bool
) -> frozenset[int]:
    """The steps that can make a difference to what is asked of states: to formulas, to where a
    process may be stuck (`deadlocks`), to whether a step fails (`errors`)."""
    fields = frozenset[int]().union(*map(fields_read, asked))
    first: set[int] = set()
    for instance in machine.instances:
        by_place = machine.actions_by_location(instance.index)
        if errors and any(_can_fail(machine, a) for a in machine.actions_of(instance.index)):
            first.add(instance.index)
        if deadlocks and any(_may_stay(actions) for _, actions in by_place):
            first.add(instance.index)
    return relevant_steps(machine, fields, first)


def relevant_steps(
    machine: Machine, fields: Iterable[int], instances: Iterable[int] = ()
) -> frozenset[int]:
    """The steps of the instances that can make a difference to some fields, or that are among
    these `instances`."""
    needed, found = set(fields), set(instances)
    before = (-1, -1)
    while before != (len(needed), len(found)):
        before = (len(needed), len(found))
        for instance in machine.instances:
            actions = [*machine.actions_of(instance.index)]
            where = instance.location_field
            writes = frozenset[int]().union(*(fields_written(each.body) for each in actions))
            if instance.index in found or needed & writes:
                found.add(instance.index)
                needed.add(where)
                for each in actions:
                    needed |= _needs(machine, each, needed)
    return frozenset(step.index for step in machine.steps if step.instance in found)


def _needs(machine: Machine, action: Action, needed: Iterable[int]) -> frozenset[int]:
    """What an action reads to happen, to be what it is, and to compute what is needed."""
    wanted = LiveLocals.of((), ())
    BackwardPass(LiveLocals.of(needed, ()), "").body(action.body, wanted)
    return fields_of(wanted.names) | fields_naming(machine, action.steps)


def _can_fail(machine: Machine, action: Action) -> bool:
    return any(
        isinstance(each, Fail) and machine.failures[each.code - 1].kind == "error"
        for each in statements_in(action.body)
    )


def _may_stay(actions: Iterable[Action]) -> bool:
    """Whether an instance may have to wait where these are all that it can do."""
    return not any(never_waits(each.body) for each in actions if not each.fault)
