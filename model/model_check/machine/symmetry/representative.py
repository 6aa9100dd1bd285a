"""Of all states that differ only in which of some alike instances is which, one: as a body.

The numbers of a class are sorted by what the state tells of them alone (see `observations`), then
by what it tells of them and others, of which it is known what it tells of these alone. Sorting
exchanges neighbours: two that are the wrong way round change places in the whole state. So whatever
a key forgets, the result is the state with its numbers changed; where two numbers with equal keys
are not alike all the same, some states may have more than one that stands for them. Each exchange
is noted, by number: the changes of the classes one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ..ir import Const, Emit, Expr, If, Let, Local, Loop, Note, Statement
from ..ir_builder import ONE, ZERO, all_of, both, equal, op, union
from ..names import field_local, temporary_local
from .observations import Number, Observation, observations
from .places import Places
from .transpositions import Alike, Transposition

__all__ = ["representative"]

WORD = 62
"""Bits of a key that are compared at once: a signed number of a processor holds them."""
CHUNK = 31
"""Bits that are multiplied by a number of as many without that the product is longer than that."""
MOST_PAIRED = 16
"""Numbers of a class of which it is looked at what is told of each two."""
COLOR = 24
"""Bits of what stands for a key."""
FACTORS = (0x5BD1E995, 0x2545F491, 0x7FEB352D, 0x45D9F3B3)
"""Odd numbers of 31 bits that mix well."""


def representative(places: Places, found: Sequence[Alike]) -> tuple[Statement, ...]:
    """The body that makes of a state the one that stands for it."""
    writer = _Writer(places, found)
    for which in range(len(found)):
        writer.sort(which)
    return (*writer.statements, Emit(-1))


class _Writer:
    def __init__(self, places: Places, found: Sequence[Alike]) -> None:
        self.found = found
        self.statements: list[Statement] = []
        self.count = 0
        self.changes = 0
        observed = observations(places, [(each.group, each.numbers) for each in found])
        self.observed = sorted(observed, key=lambda each: each.path)

    def fresh(self, value: Expr, into: list[Statement]) -> str:
        """A new local with a value, which may be given others."""
        self.count += 1
        name = temporary_local("v", self.count)
        into.append(Let(name, value))
        return name

    def sort(self, which: int) -> None:
        """Put the numbers of a class into order."""
        alike = self.found[which]
        keys, ties = self.keys(which)
        pairs = list(pairwise(keys))
        inside: list[Statement] = []
        again = self.fresh(ONE if ties else union(_less(b, a) for a, b in pairs), self.statements)
        inside.append(Let(again, ZERO))
        for (one, other), change in zip(pairs, alike.changes, strict=True):
            inside += self._exchange(one, other, change, again, ties)
            self.changes += 1
        # Where keys tie, a number may have to go back and forth.
        rounds = len(pairs) + (len(pairs) if ties else 0)
        self.count += 1
        name = temporary_local("i", self.count)
        body = (If(Local(again), tuple(inside)),)
        self.statements.append(
            If(Local(again), (Loop(name, Const(rounds), rounds, body),) if rounds > 1 else body)
        )

    def _exchange(
        self, one: list[str], other: list[str], change: Transposition, again: str, ties: bool
    ) -> list[Statement]:
        """Let two neighbours change places where they are the wrong way round."""
        statements: list[Statement] = []
        wrong = self.fresh(_less(other, one), statements)
        if ties:
            # Of two states, the one with the lesser fields.
            then: list[Statement] = []
            fields = sorted(change.fields)
            made = [self.fresh(change.fields[index], then) for index in fields]
            then.append(Let(wrong, _less(made, list(map(field_local, fields)))))
            statements.append(If(_same(one, other), tuple(then)))
        exchange: list[Statement] = [Let(again, ONE), Note(self.changes, ())]
        for a, b in zip(one, other, strict=False):
            kept = self.fresh(Local(a), exchange)
            exchange += [Let(a, Local(b)), Let(b, Local(kept))]
        moved = [
            (field_local(index), self.fresh(value, exchange))
            for index, value in sorted(change.fields.items())
        ]
        exchange += [Let(name, Local(local)) for name, local in moved]
        return [*statements, If(Local(wrong), tuple(exchange))]

    # --- keys -----------------------------------------------------------------------------------

    def keys(self, which: int) -> tuple[list[list[str]], bool]:
        """For each number of a class, the locals that its key is in, first more important; and
        whether two numbers with one key may not be alike."""
        numbers = self.found[which].numbers
        alone: dict[int, list[Observation]] = {number: [] for number in numbers}
        pairs: dict[tuple[int, int], list[Observation]] = {}
        others: dict[int, dict[tuple[Number, ...], list[Observation]]] = {n: {} for n in numbers}
        for each in self.observed:
            own = tuple(dict.fromkeys(n for c, n in each.about if c == which))
            # Of classes that are sorted already, the numbers are told.
            later = tuple(dict.fromkeys((c, n) for c, n in each.about if c > which))
            if len(own) == 1 and not later:
                alone[own[0]].append(each)
            elif len(own) == 1:
                others[own[0]].setdefault(later, []).append(each)
            elif len(own) == 2 and not later:
                pairs.setdefault((own[0], own[1]), []).append(each)
        keys = []
        for number in numbers:
            words = [self.fresh(word, self.statements) for word in _words(alone[number])]
            if others[number]:
                sums = (_hash(group) for group in others[number].values())
                words.append(self.fresh(_sum(sums), self.statements))
            keys.append(words)
        if not pairs or len(numbers) > MOST_PAIRED:
            return keys, False
        self._refine(numbers, keys, pairs)
        return keys, len(numbers) > 2

    def _refine(
        self,
        numbers: Sequence[int],
        keys: list[list[str]],
        pairs: dict[tuple[int, int], list[Observation]],
    ) -> None:
        """Add to each key what is told of the number and others, by the keys of those."""
        told = {pair: self.fresh(_hash(pairs[pair]), self.statements) for pair in sorted(pairs)}
        for _ in range(2 if len(numbers) > 3 else 1):
            colors = [
                self.fresh(_mixed(list(map(Local, words))), self.statements) for words in keys
            ]
            for k, number in enumerate(numbers):
                terms = []
                for j, other in enumerate(numbers):
                    both_ways = [told.get((number, other)), told.get((other, number))]
                    known = [ZERO if each is None else Local(each) for each in both_ways]
                    if j != k and both_ways != [None, None]:
                        terms.append(_mixed([*known, Local(colors[j])]))
                keys[k].append(self.fresh(_sum(terms), self.statements))


def _less(one: Sequence[str], other: Sequence[str]) -> Expr:
    """Whether a key is less than another."""
    result: Expr = ZERO
    for a, b in reversed(list(zip(one, other, strict=False))):
        same = both(equal(Local(a), Local(b)), result)
        result = op("|", op("<", Local(a), Local(b)), same)
    return result


def _same(one: Sequence[str], other: Sequence[str]) -> Expr:
    """Whether two keys are equal."""
    return all_of(equal(Local(a), Local(b)) for a, b in zip(one, other, strict=False))


def _words(told: Sequence[Observation]) -> Iterator[Expr]:
    """All that is told, as few numbers."""
    parts: list[Expr] = []
    width = 0
    for each in told:
        if parts and width + each.width > WORD:
            yield union(parts)
            parts, width = [], 0
        parts.append(op("<<", each.value, Const(width)))
        width += each.width
    if parts:
        yield union(parts)


def _hash(told: Sequence[Observation]) -> Expr:
    """A number of `COLOR` bits for what is told: itself, where that is no longer."""
    width = sum(each.width for each in told)
    if width <= COLOR:
        return next(_words(told))
    chunks = []
    for each in told:
        for offset in range(0, each.width, CHUNK):
            value = op(">>", each.value, Const(offset))
            chunks.append(op("&", value, Const((1 << CHUNK) - 1)))
    return _mixed(chunks)


def _mixed(values: Sequence[Expr]) -> Expr:
    """A number of `COLOR` bits for some of `WORD` bits at most."""
    result: Expr = ONE
    for i, value in enumerate(values):
        folded = op("^", value, op(">>", value, Const(CHUNK)))
        small = op("&", op("+", folded, result), Const((1 << CHUNK) - 1))
        product = op("*", small, Const(FACTORS[i % len(FACTORS)]))
        high = op("^", op(">>", product, Const(CHUNK - COLOR // 2)), product)
        result = op("&", high, Const((1 << COLOR) - 1))
    return result


def _sum(terms: Iterable[Expr]) -> Expr:
    """A sum, whatever the order."""
    total: Expr = ZERO
    for each in terms:
        total = op("+", total, each)
    return op("&", total, Const((1 << COLOR) - 1))
