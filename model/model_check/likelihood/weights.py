"""From the chances that a spec says to weights: how likely each of several steps is chosen.

A chance is that of a step among those from which its process may choose at a place of its program.
What is left of 100 % there is shared alike by the steps without a chance. A step may stand at
several such places, so the weights of all steps of an instance are found together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm

from ..language.source.diagnostics import Diagnostic, SpecError
from ..language.tree.timing import StepTime
from ..machine.core import Machine, Step
from .timed_graph import TimedGraph

__all__ = ["idle_chances", "small_weights", "weights_of"]

MOST_WEIGHT = 1 << 40
"""No weight is above it: sums of them are numbers of 64 bits."""

_Shares = Mapping[int, Fraction]
"""How likely each of some steps is chosen among them."""


def weights_of(machine: Machine, said: Sequence[StepTime | None]) -> tuple[int, ...]:
    """The weight of each step of a machine, by its number, where `said` is what is said of each.

    What may go wrong and a timeout, of which no chance is said, come when their time is over and
    are chosen from no others: where one comes at the same moment, it weighs as much as 100 %.

    Raises SpecError where the chances at a place are above 100 % together, or where no weights can
    be found that are right at all places.
    """
    weights: dict[int, Fraction] = {}
    for instance in machine.instances:
        places = list(_places(machine, instance.index, said))
        for start in sorted({step for shares in places for step in shares}):
            if start not in weights:
                weights |= _joined(start, places, weights)
        for shares in places:
            _require_kept(shares, weights, said)
    scale = lcm(*(each.denominator for each in weights.values()))
    found = [int(weights.get(step.index, Fraction(1)) * scale) for step in machine.steps]
    if max(found, default=0) > MOST_WEIGHT:
        raise _refusal(range(len(said)), said, "the chances differ by too much to be weighed")
    return tuple(found)


def small_weights(weights: Sequence[int]) -> list[int]:
    """Weights, none of which is above `MOST_WEIGHT`, in the same proportions, as near as whole
    numbers can be."""
    largest = max(weights, default=0)
    if largest <= MOST_WEIGHT:
        return list(weights)
    return [max(1, round(Fraction(each * MOST_WEIGHT, largest))) if each else 0 for each in weights]


def idle_chances(graph: TimedGraph, said: Sequence[StepTime | None]) -> tuple[StepTime, ...]:
    """The entries whose chance makes no difference: wherever one of their steps can come, no other
    step of its instance can."""
    given = dict.fromkeys(each for each in said if each is not None and each.chance is not None)
    among: set[int] = set()
    for node in range(graph.count if given else 0):
        first: dict[int, int] = {}
        for place in range(graph.begins[node], graph.begins[node + 1]):
            step = graph.steps[place]
            other = first.setdefault(graph.instance_of[step], step)
            if other != step:
                among |= {other, step}
    chosen = {said[step] for step in among}
    return tuple(each for each in given if each not in chosen)


def _places(machine: Machine, instance: int, said: Sequence[StepTime | None]) -> Iterator[_Shares]:
    """For each place of an instance, how likely each of its steps is chosen there."""
    for _, actions in machine.actions_by_location(instance):
        steps = {step for action in actions for step in action.steps}
        chances = {}
        for step in sorted(steps):
            entry = said[step]
            if entry is not None and entry.chance is not None:
                chances[step] = entry.chance
        rest = [s for s in sorted(steps) if s not in chances and _is_chosen(machine.steps[s])]
        left = 1 - sum(chances.values(), start=Fraction(0))
        if left < 0:
            total = float(100 * (1 - left))
            raise _refusal(chances, said, f"the chances of these steps are {total:g}% together")
        if rest:
            yield chances | dict.fromkeys(rest, left / len(rest) if chances else Fraction(1))
        else:
            yield chances


def _is_chosen(step: Step) -> bool:
    return not step.fault and not step.timeout


def _joined(
    start: int,
    places: Sequence[_Shares],
    known: Mapping[int, Fraction],
) -> dict[int, Fraction]:
    """The weights of a step and of all that are weighed against it, at one place or over others."""
    first = next(shares for shares in places if start in shares)
    found = {start: first[start]}
    todo = [start]
    while todo:
        step = todo.pop()
        for shares in places:
            if not shares.get(step):
                continue
            for other, share in shares.items():
                if other not in found and other not in known and found[step]:
                    found[other] = found[step] * share / shares[step]
                    todo.append(other)
    return found


def _require_kept(
    shares: _Shares, weights: Mapping[int, Fraction], said: Sequence[StepTime | None]
) -> None:
    total, all_of_it = sum(shares.values()), sum(weights[step] for step in shares)
    for step, share in shares.items():
        if share * all_of_it != weights[step] * total:
            message = "this chance is another one where its process chooses from other steps"
            raise _refusal(shares, said, message)


def _refusal(steps: Iterable[int], said: Sequence[StepTime | None], message: str) -> SpecError:
    """At the first chance among steps; where there is none among them, at the first of all."""
    entries = [*(said[step] for step in steps), *said]
    found = [each for each in entries if each is not None and each.chance is not None]
    return SpecError([Diagnostic(found[0].at, message, "say other chances")])
