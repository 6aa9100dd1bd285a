"""From what a spec asks to what a reduced space must keep: which goals, and whether it may be used.

A reduced space keeps the ends of runs always. What is asked of states and steps by themselves is
kept as a goal. What speaks of whole runs needs all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..explore.reduction import Goal, Reducer
from ..language.records import dataclass
from ..language.tree.spec import Property, Spec

__all__ = ["Asked", "Finder", "asked_of", "goals_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a spec asks. `goals`: what must stay reachable; `forward`: what is asked of ends is all
    that there is to ask only where nothing goes round; `why_whole`: why every state is needed, in
    words, `why_in_order`: why every order of steps is, and `why_told_apart`: why alike instances
    are; "" where that is not so."""

    goals: tuple[Goal, ...]
    forward: bool
    why_whole: str = ""
    why_in_order: str = ""
    why_told_apart: str = ""


class Finder(Protocol):
    """Gives what finds out what can be left out of a search, by what is asked of it. `insisted`:
    the properties of which the depth of each goal must be kept."""

    def __call__(self, asked: Asked, insisted: Iterable[str] = ()) -> Reducer: ...


def goals_of(each: Property) -> tuple[Goal, ...]:
    """What must stay reachable for a property; nothing where ends of runs decide it. Whether a
    formula is wrong somewhere, and whether it has no value somewhere, are told apart: the one is
    another verdict than the other."""
    if each.form.on_error:
        return (Goal("error", each.name),)
    if each.form.of_steps:
        return (Goal("step", each.name),)
    if not (each.form.asks_all or each.form.somewhere):
        return ()
    wrong = each.form.wrong_answer
    return (
        Goal("state", each.name, 1 - wrong if each.form.somewhere else wrong),
        Goal("state", each.name, None),
    )


def asked_of(spec: Spec) -> Asked:
    """What a spec asks of its space."""
    goals = tuple(goal for each in spec.properties for goal in goals_of(each))
    of_runs = next((each.name for each in spec.properties if each.form.asks_runs), "")
    ends = any(each.form.asks_ends for each in spec.properties)
    unfair = next((each.name for each in spec.processes if each.fairness == "none"), "")
    whole = f"{of_runs} speaks of whole runs" if of_runs else ""
    if not whole and unfair and ends:
        whole = f"{unfair} may rest anywhere (fairness: none)"
    if not whole and spec.views:
        whole = "the states are grouped by a value"
    choosy = next((each.name for each in spec.properties if each.prefer and goals_of(each)), "")
    in_order = f"{choosy} prefers some states among all that violate it" if choosy else ""
    if spec.within is not None:
        in_order = "runs are cut off outside of `within`"
    # What stands for the state after a step need not be named as what stands for the one before.
    of_steps = next((each.name for each in spec.properties if each.form.of_steps), "")
    apart = f"{of_steps} speaks of two states at once" if of_steps else ""
    return Asked(goals, ends, whole, in_order, apart)
