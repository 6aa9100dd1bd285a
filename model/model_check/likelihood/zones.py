"""How likely several moments that are still to come lie where, exactly.

A density over some moments p1, p2, ..., counted from now (p0 = 0): a polynomial on a zone, which is
what bounds on the differences of two moments leave. What begins with uniform times stays of this
kind while time passes, and moments are compared and forgotten; where a moment is forgotten, what is
left falls into zones with a polynomial each (Carnevali, Grassi, Vicario, State-density functions
over DBM domains in the analysis of non-Markovian models, IEEE Transactions on Software Engineering
35, 2009; zones: Dill, Timing assumptions and verification of finite-state concurrent systems,
1989). All numbers are whole numbers and fractions, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from ..language.records import dataclass

__all__ = ["CERTAIN", "Bounds", "Density", "Polynomial"]

Bounds = tuple[tuple[int, ...], ...]
"""At i, j: what p_i - p_j is at most; as tight as they are together."""
Polynomial = Mapping[tuple[int, ...], Fraction]
"""For each term its factor, by the powers of p1, p2, ..."""


@dataclass(frozen=True, slots=True)
class Density:
    """How likely some moments lie where: outside of `bounds` not at all, inside as the `polynomial`
    says. It need not add up to 1."""

    bounds: Bounds
    polynomial: Polynomial

    @property
    def count(self) -> int:
        """How many moments there are beside now."""
        return len(self.bounds) - 1

    def and_uniform(self, low: int, high: int) -> Density:
        """With one more moment, the last one, at any time from `low` to `high` from now."""
        bounds = [
            [*row, upper - low] for row, upper in zip(self.bounds, self._uppers(), strict=True)
        ]
        bounds.append([high + row for row in self.bounds[0]] + [0])
        factor = Fraction(1, high - low)
        terms = {(*powers, 0): each * factor for powers, each in self.polynomial.items()}
        return Density(_frozen(bounds), terms)

    def _uppers(self) -> list[int]:
        return [row[0] for row in self.bounds]

    def where(self, first: int, second: int, most: int) -> Density | None:
        """Where p_first - p_second is at most so much; None: that is never so, or with probability
        0 alone."""
        bounds = _tightened(self.bounds, first, second, most)
        return None if bounds is None else Density(bounds, self.polynomial)

    def later(self, time: int) -> Density:
        """When so much time has passed."""
        found = self
        for moment in range(1, self.count + 1):
            found = found.moved(moment, -time)
        return found

    def moved(self, moment: int, by: int) -> Density:
        """With a moment that is so much later in place of one."""
        if not by:
            return self
        bounds = [list(row) for row in self.bounds]
        for each in range(len(bounds)):
            if each != moment:
                bounds[moment][each] += by
                bounds[each][moment] -= by
        place = moment - 1
        return Density(_frozen(bounds), _substituted(self.polynomial, place, {place: 1}, -by))

    def at(self, moment: int) -> Density:
        """When p_moment has come, which is then now; what was now takes its place."""
        order = list(range(len(self.bounds)))
        order[0], order[moment] = moment, 0
        bounds = tuple(tuple(self.bounds[i][j] for j in order) for i in order)
        # p_each was q_each - q_moment, where q_moment is what was now, and q is counted from then.
        terms = _substituted(self.polynomial, moment - 1, {moment - 1: -1}, 0)
        for each in range(self.count):
            if each != moment - 1:
                terms = _substituted(terms, each, {each: 1, moment - 1: -1}, 0)
        return Density(bounds, terms)

    def in_order(self, moments: Sequence[int]) -> Density:
        """With the moments in another order: those with these numbers, from 1 on."""
        order = [0, *moments]
        bounds = tuple(tuple(self.bounds[i][j] for j in order) for i in order)
        terms = {
            tuple(powers[each - 1] for each in moments): factor
            for powers, factor in self.polynomial.items()
        }
        return Density(bounds, terms)

    def without(self, moment: int) -> Iterator[Density]:
        """With one moment forgotten: densities whose sum it is."""
        place = moment - 1
        whole = _integral(self.polynomial, place)
        others = [each for each in range(len(self.bounds)) if each != moment]
        upper = {each: self.bounds[moment][each] for each in others}
        lower = {each: -self.bounds[each][moment] for each in others}
        uppers = [each for each in others if not self._is_implied(moment, each)]
        lowers = [each for each in others if not self._is_implied(each, moment)]
        for high in uppers:
            # It is the first one to come of those that it is at most so much behind.
            below = self._with_first(high, uppers, upper)
            if below is None:
                continue
            at_high = _at(whole, place, high, upper[high])
            for low in lowers:
                bounds = self._with_last(below, low, lowers, lower)
                if bounds is not None:
                    terms = _sum(at_high, _at(whole, place, low, lower[low]), -1)
                    yield Density(bounds, terms)._cut(moment)

    def _is_implied(self, first: int, second: int) -> bool:
        """Whether the bound of p_first - p_second follows from others."""
        bounds = self.bounds
        return any(
            bounds[first][third] + bounds[third][second] == bounds[first][second]
            for third in range(len(bounds))
            if third not in (first, second)
        )

    def _with_first(self, one: int, of: Sequence[int], behind: Mapping[int, int]) -> Bounds | None:
        """The bounds where p_one + behind[one] is the least of such sums."""
        bounds: Bounds | None = self.bounds
        for each in of:
            if each != one and bounds is not None:
                bounds = _tightened(bounds, one, each, behind[each] - behind[one])
        return bounds

    @staticmethod
    def _with_last(
        given: Bounds, one: int, of: Sequence[int], behind: Mapping[int, int]
    ) -> Bounds | None:
        """The bounds where p_one + behind[one] is the greatest of such sums."""
        bounds: Bounds | None = given
        for each in of:
            if each != one and bounds is not None:
                bounds = _tightened(bounds, each, one, behind[one] - behind[each])
        return bounds

    def _cut(self, moment: int) -> Density:
        """Without a moment that the polynomial does not speak of."""
        left = [each for each in range(len(self.bounds)) if each != moment]
        bounds = tuple(tuple(self.bounds[i][j] for j in left) for i in left)
        place = moment - 1
        terms = {
            powers[:place] + powers[place + 1 :]: factor
            for powers, factor in self.polynomial.items()
        }
        return Density(bounds, terms)

    def times(self, chance: Fraction) -> Density:
        """So many times as likely."""
        if chance == 1:
            return self
        return Density(self.bounds, {p: each * chance for p, each in self.polynomial.items()})

    def plus(self, other: Density) -> Density:
        """Together with one within the same bounds."""
        return Density(self.bounds, _sum(self.polynomial, other.polynomial, 1))

    def total(self) -> Fraction:
        """How likely it is that the moments lie anywhere."""
        left = [self]
        found = Fraction(0)
        while left:
            each = left.pop()
            if each.count:
                left.extend(each.without(each.count))
            else:
                found += each.polynomial.get((), Fraction(0))
        return found


CERTAIN = Density(((0,),), {(): Fraction(1)})
"""No moment beside now, and sure."""


# --- bounds ---------------------------------------------------------------------------------------


def _frozen(bounds: Sequence[Sequence[int]]) -> Bounds:
    return tuple(map(tuple, bounds))


def _tightened(bounds: Bounds, first: int, second: int, most: int) -> Bounds | None:
    """Bounds with p_first - p_second at most so much; None where they leave nothing, or a zone
    without a volume."""
    if bounds[first][second] <= most:
        return bounds
    if -bounds[second][first] >= most:
        return None
    to_first = [row[first] for row in bounds]
    from_second = bounds[second]
    return tuple(
        tuple(
            min(each, before + most + behind) for each, behind in zip(row, from_second, strict=True)
        )
        for row, before in zip(bounds, to_first, strict=True)
    )


# --- polynomials ----------------------------------------------------------------------------------


def _sum(first: Polynomial, second: Polynomial, factor: int) -> dict[tuple[int, ...], Fraction]:
    found = dict(first)
    for powers, each in second.items():
        total = found.get(powers, 0) + factor * each
        if total:
            found[powers] = Fraction(total)
        else:
            found.pop(powers, None)
    return found


def _integral(polynomial: Polynomial, place: int) -> Polynomial:
    """The antiderivative by the variable at a place that is 0 where that is 0."""
    return {
        _raised(powers, place, 1): factor / (powers[place] + 1)
        for powers, factor in polynomial.items()
    }


def _raised(powers: tuple[int, ...], place: int, by: int) -> tuple[int, ...]:
    return (*powers[:place], powers[place] + by, *powers[place + 1 :])


def _at(polynomial: Polynomial, place: int, moment: int, behind: int) -> Polynomial:
    """With the variable at a place as much behind another moment (0: now) as is said."""
    return _substituted(polynomial, place, {moment - 1: 1} if moment else {}, behind)


def _substituted(
    polynomial: Polynomial, place: int, factors: Mapping[int, int], constant: int
) -> Polynomial:
    """With the variable at a place replaced by a sum of variables with factors, and a constant."""
    width = len(next(iter(polynomial), ()))
    zero = (0,) * width
    linear = {_raised(zero, each, 1): Fraction(factor) for each, factor in factors.items()}
    if constant:
        linear[zero] = Fraction(constant)
    powers_of = [{zero: Fraction(1)}]
    found: dict[tuple[int, ...], Fraction] = {}
    for powers, factor in polynomial.items():
        power = powers[place]
        while len(powers_of) <= power:
            powers_of.append(_product(powers_of[-1], linear))
        rest = _raised(powers, place, -power)
        for others, each in powers_of[power].items():
            key = tuple(map(sum, zip(rest, others, strict=True)))
            found[key] = found.get(key, Fraction(0)) + factor * each
    return {powers: factor for powers, factor in found.items() if factor}


def _product(first: Polynomial, second: Polynomial) -> dict[tuple[int, ...], Fraction]:
    found: dict[tuple[int, ...], Fraction] = {}
    for powers, factor in first.items():
        for others, each in second.items():
            key = tuple(map(sum, zip(powers, others, strict=True)))
            found[key] = found.get(key, Fraction(0)) + factor * each
    return found
