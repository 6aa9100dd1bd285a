"""Which event comes before which: what is certain, and what z3 has to decide.

Slots of one instance follow each other. Between slots of different instances a truth `x`
says that the first comes before the second. What follows from the program and the facts
assumed is known here already.

Which of two events comes first is asked only where one can notice it: they touch the same
field, or a fact names them. Call two instances neighbours if that is ever asked of
their events, and add neighbours until the graph of them is chordal (every cycle of four or
more has a shortcut). Then it is enough that the truths are an order of the events of any two
neighbours, and of any three: a longest way round in a circle of events could always be cut
short. So what was not asked is left open, and every answer is that of some order of all
events (Fulkerson and Gross, Incidence matrices and interval graphs, 1965, on chordal graphs
and the order in which their vertices can be taken away).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Literal

from .events import Skeleton
from .facts import Pair
from .terms import Condition, Term, all_true, any_true, boolean, not_true

__all__ = ["Extent", "Key", "Precedence"]

Extent = Literal["complete", "fixed", "begun"]
"""Which runs are meant: complete ones, those in which every slot happens, or all that can be
begun, however far they have come."""

Key = tuple[int, int]
"""A slot: instance and number. A negative instance stands for the end of the run."""


NOTHING: Mapping[Key, int] = MappingProxyType({})


class Precedence:
    """The order of the slots of a skeleton. Slots that are `late` come after those that are
    not, and after those with a smaller number, as far as they happen."""

    def __init__(
        self,
        skeleton: Skeleton,
        facts: Sequence[Pair],
        extent: Extent,
        late: Mapping[Key, int] = NOTHING,
    ) -> None:
        self._late = late
        self.counts = [len(slots) for slots in skeleton.slots]
        self.keys = [(p, i) for p, count in enumerate(self.counts) for i in range(count)]
        self._active: dict[Key, Condition] = {
            key: boolean(f"active {key[0]} {key[1]}") for key in self.keys
        }
        self._truths: dict[tuple[Key, Key], Term] = {}
        self._asked = {
            _pair(a.label.instance, b.label.instance)
            for a, b in facts
            if a is not None and b is not None and a.label.instance != b.label.instance
        }
        self._certain = self._closure(skeleton, facts)
        if extent == "complete":
            self._must_happen(skeleton)
        elif extent == "fixed":
            self._active = dict.fromkeys(self.keys, True)

    def _closure(self, skeleton: Skeleton, facts: Sequence[Pair]) -> dict[Key, set[Key]]:
        """For each slot those that surely happen before it, if it happens."""
        earlier: dict[Key, set[Key]] = {(p, i): {(p, j) for j in range(i)} for p, i in self.keys}
        for first, second in facts:
            a = None if first is None else skeleton.place(first)
            b = None if second is None else skeleton.place(second)
            if a is not None:
                # The first event of a fact happens: so does all its process did before.
                for i in range(a.number + 1):
                    self._active[a.instance, i] = True
                if b is not None and a.instance != b.instance:
                    earlier[b.instance, b.number].add((a.instance, a.number))
        changed = True
        while changed:
            changed = False
            for key in self.keys:
                mine = earlier[key]
                more = set().union(*(earlier[each] for each in mine)) - mine
                if more:
                    mine |= more
                    changed = True
        return earlier

    def _must_happen(self, skeleton: Skeleton) -> None:
        for slots in skeleton.slots:
            for slot in slots:
                key = (slot.instance, slot.number)
                before = slot.number == 0 or self._active[slot.instance, slot.number - 1] is True
                if before and slot.certain:
                    self._active[key] = True
                elif self._active[key] is not True:
                    break

    def active(self, key: Key) -> Condition:
        """Whether the event happens."""
        return self._active[key]

    def stops_after(self, instance: int, count: int) -> Condition:
        """Whether an instance has exactly `count` events."""
        begun = True if count == 0 else self._active[instance, count - 1]
        more = False if count == self.counts[instance] else self._active[instance, count]
        return all_true(begun, not_true(more))

    def before(self, first: Key, second: Key) -> Condition:
        """Whether the first happens, and before the second, given that the second does."""
        if second[0] < 0:
            return self._active[first]
        if first[0] == second[0]:
            return all_true(self._active[first]) if first[1] < second[1] else False
        if second[1] < self.counts[second[0]]:
            if first in self._certain[second]:
                return True
            if second in self._certain[first]:
                return False
            later = self._later(first, second)
            if later:
                return self._active[first] if later > 0 else False
        return all_true(self._active[first], self._truth(first, second))

    def _surely_follows(self, second: Key, first: Key) -> bool:
        """Whether the first does not come after the second if both happen."""
        if first in self._certain[second]:
            return True
        if first[0] == second[0]:
            return first[1] < second[1]
        return self._later(first, second) > 0

    def _later(self, first: Key, second: Key) -> int:
        """Above 0 where the second is put off further than the first, below where less far."""
        return self._late.get(second, 0) - self._late.get(first, 0)

    def _truth(self, first: Key, second: Key) -> Condition:
        self._asked.add(_pair(first[0], second[0]))
        return self._term(first, second)

    def _term(self, first: Key, second: Key) -> Condition:
        later = self._later(first, second)
        if later:
            return later > 0
        if first[0] > second[0]:
            return not_true(self._term(second, first))
        if (first, second) not in self._truths:
            name = f"{first[0]} {first[1]} before {second[0]} {second[1]}"
            self._truths[first, second] = boolean(name)
        return self._truths[first, second]

    def can_be_before(self, first: Key, second: Key) -> bool:
        """Whether it is not certain that the first does not happen before the second."""
        if first[0] == second[0]:
            return first[1] < second[1]
        if second[0] < 0 or second[1] >= self.counts[second[0]]:
            return True
        return self._later(first, second) >= 0 and second not in self._certain[first]

    def axioms(self) -> Iterator[Condition]:
        """What makes the truths asked for so far an order, and the active slots of an instance
        its first."""
        for p, i in self.keys:
            if i:
                yield any_true(not_true(self._active[p, i]), self._active[p, i - 1])
        neighbours = _chordal(self._asked)
        for p, q in sorted(neighbours):
            for i in range(self.counts[p]):
                for j in range(self.counts[q]):
                    yield from self._ordered((p, i), (q, j))
        for p, q, r in combinations(range(len(self.counts)), 3):
            if {(p, q), (q, r), (p, r)} <= neighbours:
                yield from self._no_cycles(p, q, r)

    def _ordered(self, a: Key, b: Key) -> Iterator[Condition]:
        truth = self._term(a, b)
        if a in self._certain[b]:
            yield any_true(not_true(self._active[b]), truth)
        if b in self._certain[a]:
            yield any_true(not_true(self._active[a]), not_true(truth))
        # Along each program: what is before the earlier is before the later.
        if b[1] + 1 < self.counts[b[0]]:
            yield any_true(not_true(truth), self._term(a, (b[0], b[1] + 1)))
        if a[1] > 0:
            yield any_true(not_true(truth), self._term((a[0], a[1] - 1), b))
        if isinstance(truth, bool):
            return
        # An event that never happens comes after all that do, of those that are as late.
        yield any_true(self._active[a], not_true(self._active[b]), not_true(truth))
        yield any_true(self._active[b], not_true(self._active[a]), truth)

    def _no_cycles(self, p: int, q: int, r: int) -> Iterator[Condition]:
        for i in range(self.counts[p]):
            for j in range(self.counts[q]):
                for k in range(self.counts[r]):
                    x = self._term((p, i), (q, j))
                    y = self._term((q, j), (r, k))
                    z = self._term((p, i), (r, k))
                    yield any_true(not_true(x), not_true(y), z)
                    yield any_true(x, y, not_true(z))

    # --- the last of several ------------------------------------------------------------------

    def surely_before(self, first: Key, second: Key) -> bool:
        """Whether the first happens before the second whenever the second does."""
        if second[0] < 0:
            return self._active[first] is True
        if second[1] >= self.counts[second[0]]:
            return first[0] == second[0]
        if first[0] != second[0] and self._later(first, second) > 0:
            return self._active[first] is True
        return first in self._certain[second]

    def relevant(self, writers: Sequence[Key], at: Key) -> list[Key]:
        """Without those that are surely followed by another before `at`."""
        return [
            w
            for w in writers
            if not any(
                self._surely_follows(other, w) and self.surely_before(other, at)
                for other in writers
                if other != w
            )
        ]

    def surely_last(self, writers: Sequence[Key], at: Key) -> Key | None:
        """The writer that is certainly the last before `at`, if that is certain."""
        left = self.relevant(writers, at)
        if len(left) == 1 and self.surely_before(left[0], at):
            return left[0]
        return None

    def last_before(self, sources: Sequence[Key | None], at: Key) -> list[Condition]:
        """For each source, when it is the last of them before `at`, given that `at`
        happens; the source None is the beginning."""
        keys = [key for key in sources if key is not None]
        before = {key: self.before(key, at) for key in keys}
        found = []
        for source in sources:
            others = [key for key in keys if key != source]
            if source is None:
                found.append(all_true(*(not_true(before[key]) for key in others)))
                continue
            between = [not_true(all_true(before[key], self.before(source, key))) for key in others]
            found.append(all_true(before[source], *between))
        return found


def _pair(p: int, q: int) -> tuple[int, int]:
    return (p, q) if p < q else (q, p)


def _chordal(edges: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """The edges, and more of them, so that every cycle of four or more has a shortcut: vertices
    are taken away one by one, each after its neighbours were joined."""
    found = set(edges)
    left = {vertex for edge in found for vertex in edge}
    while left:
        around = {
            vertex: [other for other in sorted(left) if _pair(vertex, other) in found]
            for vertex in sorted(left)
        }
        vertex = min(around, key=lambda each: (len(around[each]), each))
        found |= set(combinations(around[vertex], 2))
        left.remove(vertex)
    return found
