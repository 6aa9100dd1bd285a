"""Which states are lost, by a search that shares nothing with the tool's."""

from __future__ import annotations

from model_check.explore.space import Space
from model_check.results.check import PropertyResult
from model_check.verify.verdicts import Judgement


def lost_by_brute_force(space: Space, judgement: Judgement, result: PropertyResult) -> set[int]:
    """From all transitions: the lost states are the least set that has what violates, and every
    state that can go on, and whose every way on leads into the set."""
    after: dict[int, list[int]] = {number: [] for number in range(len(space.states))}
    for number, target, _ in space.edges():
        after[number].append(target)
    failing = {number for number, _, _ in space.errors}
    wrong = set(judgement.violating[result.name])
    lost = set(wrong)
    if result.kind == "no_error":
        # Where a step fails others may go on; where a property has no value, it is too late.
        formulas = space.program.formulas.properties.values()
        lost -= {n for n in failing if all(f.answer(space.states[n]) >= 0 for f in formulas)}
    grown = True
    while grown:
        more = {
            number
            for number, targets in after.items()
            if number not in lost
            and (targets or (result.kind == "no_error" and number in failing))
            and (result.kind == "no_error" or number not in failing)
            and lost.issuperset(targets)
        }
        grown = bool(more)
        lost |= more
    return lost
