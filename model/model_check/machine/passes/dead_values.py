"""The machine without what no later step reads.

Two states that differ only in fields that are not live (see `liveness`) have the same future:
whatever can happen in one can happen in the other, with the same names, failures and answers.
So they need not be told apart. Where an instance comes to a location at which a field of its
own is not live, the step gives the field the value that it had in the beginning; and what only
computes values that nobody needs is not computed at all.

Every engine reads the machine that comes out, and none knows of it. What a person is shown is
told by the machine that went in, run along (see `verify.concretize`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...language.records import dataclass, replace
from ..core import Action, Machine
from ..effects import fields_written
from ..names import field_local
from .liveness import BackwardPass, LiveLocals, Liveness, liveness

__all__ = ["DeadValues", "forget_dead"]


@dataclass(frozen=True, slots=True)
class DeadValues:
    """`machine` forgets what is not `live`; `whole` is the same machine before, with all its
    values and notes."""

    whole: Machine
    machine: Machine
    live: Liveness
    first: Mapping[int, int]
    """By field, the value that it is given back."""

    def forgets(self, fields: Iterable[int], places: Sequence[int]) -> bool:
        """Whether some of the fields have lost their values while each instance stands at its
        place."""
        changing = {i for i in fields if self.whole.fields[i].constant is None}
        return not self.live.fields(places) >= changing


def forget_dead(machine: Machine, initial: Iterable[int]) -> DeadValues | None:
    """Let a machine forget dead fields; `initial` are its initial states. None where every
    field is live always."""
    states = list(initial)
    live = liveness(machine, states)
    if _always_live(live) >= {each.index for each in machine.fields if each.mask}:
        return None
    first = {each.index: min(map(each.raw, states)) for each in machine.fields}
    actions = tuple(_forgetful(machine, live, action, first) for action in machine.actions)
    return DeadValues(machine, replace(machine, actions=actions), live, first)


def _always_live(live: Liveness) -> frozenset[int]:
    everywhere = (places[0].intersection(*places) for places in live.at)
    return live.always.union(*everywhere)


def _forgetful(
    machine: Machine, live: Liveness, action: Action, first: Mapping[int, int]
) -> Action:
    i = action.instance
    ends = LiveLocals.of(live.always, live.at[i])
    location = field_local(machine.instances[i].location_field)
    body = BackwardPass(ends, location).body(action.body, LiveLocals(set()))
    # What is neither live here nor written here has its first value already.
    held = live.private[i].intersection({*live.at[i][action.location], *fields_written(body)})
    resets = {field_local(index): first[index] for index in sorted(held)}
    return replace(action, body=BackwardPass(ends, location, resets).body(body, LiveLocals(set())))
