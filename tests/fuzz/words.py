"""The definition of linear temporal logic on words that go round, place by place.

Nothing here uses automata, or normal forms: each operator looks at every place that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from model_check.language.temporal import (
    Always,
    And,
    Atom,
    Constant,
    Equivalent,
    Eventually,
    Formula,
    Implies,
    Next,
    Not,
    Or,
    Release,
    StrongRelease,
    Until,
    WeakUntil,
)

__all__ = ["true_at"]


def true_at(formula: Formula, word: Sequence[Mapping[str, bool]], loop: int, place: int) -> bool:
    """The definition of LTL on a word that goes round: every place behind is looked at."""
    last = len(word) - 1
    behind = [*range(place, last + 1), *range(min(loop, place), place)]
    if place < loop:
        behind = [*range(place, last + 1)]

    def at(part: Formula, where: int) -> bool:
        return true_at(part, word, loop, where)

    match formula:
        case Constant(value):
            return value
        case Atom(name):
            return word[place][name]
        case Not(of):
            return not at(of, place)
        case And(parts):
            return all(at(each, place) for each in parts)
        case Or(parts):
            return any(at(each, place) for each in parts)
        case Implies(left, right):
            return not at(left, place) or at(right, place)
        case Equivalent(left, right):
            return at(left, place) == at(right, place)
        case Next(of):
            return at(of, place + 1 if place < last else loop)
        case Eventually(of):
            return any(at(of, where) for where in behind)
        case Always(of):
            return all(at(of, where) for where in behind)
        case Until(left, right):
            return _until(at, left, right, behind)
        case WeakUntil(left, right):
            return _until(at, left, right, behind) or all(at(left, where) for where in behind)
        case StrongRelease(left, right):
            return _until(at, right, And((left, right)), behind)
        case Release(left, right):
            both = And((left, right))
            return _until(at, right, both, behind) or all(at(right, where) for where in behind)
    raise AssertionError(formula)


def _until(
    at: Callable[[Formula, int], bool], left: Formula, right: Formula, behind: list[int]
) -> bool:
    for where in behind:
        if at(right, where):
            return True
        if not at(left, where):
            return False
    return False
