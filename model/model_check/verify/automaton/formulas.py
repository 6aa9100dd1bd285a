"""Formulas in negation normal form, each a number, simplified while they are made.

In: a formula. Out: its parts as numbered nodes, operands before what is made of them, equal ones
once. So sets of formulas are bit masks, and whatever goes through the nodes needs no recursion.

The simplifications are equivalences that keep automata small. Those of eventual formulas (true of
a run if true of any of its ends: F p, G F p) and universal ones (then true of every end: G p) are
from Etessami, Holzmann, Optimizing Buechi Automata, CONCUR 2000.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import NamedTuple

from ...language import temporal
from ...language.temporal import Formula, negation_normal_form, parts_of

__all__ = ["FALSE", "TRUE", "Kind", "Node", "Nodes"]


class Kind(Enum):
    """What a node is. `parts` of a LITERAL are the number of its atom, and 1 for the atom or 0
    for its negation; those of all others are nodes."""

    FALSE = auto()
    TRUE = auto()
    LITERAL = auto()
    AND = auto()
    OR = auto()
    NEXT = auto()
    EVENTUALLY = auto()
    ALWAYS = auto()
    UNTIL = auto()
    WEAK_UNTIL = auto()
    RELEASE = auto()
    STRONG_RELEASE = auto()


class Node(NamedTuple):
    kind: Kind
    parts: tuple[int, ...]


FALSE, TRUE = 0, 1
"""The numbers of the two constants."""


class Nodes:
    """The nodes made so far, by number. `atoms`: the numbers of atoms, by name."""

    def __init__(self, atoms: Mapping[str, int]) -> None:
        self.all: list[Node] = []
        self._atoms = atoms
        self._numbers: dict[Node, int] = {}
        self._eventual: list[bool] = []
        self._universal: list[bool] = []
        self._number(Kind.FALSE)
        self._number(Kind.TRUE)

    def add(self, formula: Formula) -> int:
        """The node of a formula."""
        return self._add(negation_normal_form(formula), {})

    def _add(self, formula: Formula, known: dict[int, int]) -> int:
        number = known.get(id(formula))
        if number is None:
            number = known[id(formula)] = self._added(formula, known)
        return number

    def _added(self, formula: Formula, known: dict[int, int]) -> int:
        match formula:
            case temporal.Constant(value):
                return TRUE if value else FALSE
            case temporal.Atom(name):
                return self._number(Kind.LITERAL, self._atoms[name], 1)
            case temporal.Not(temporal.Atom(name)):
                return self._number(Kind.LITERAL, self._atoms[name], 0)
        parts = [self._add(each, known) for each in parts_of(formula)]
        match formula:
            case temporal.And():
                return self.all_of(parts)
            case temporal.Or():
                return self.any_of(parts)
            case temporal.Next():
                return self.next(*parts)
            case temporal.Eventually():
                return self.eventually(*parts)
            case temporal.Always():
                return self.always(*parts)
            case temporal.Until():
                return self.until(*parts)
            case temporal.WeakUntil():
                return self.weak_until(*parts)
            case temporal.Release():
                return self.release(*parts)
            case temporal.StrongRelease():
                return self.strong_release(*parts)
        raise AssertionError(f"not in negation normal form: {formula}")

    def _number(self, kind: Kind, *parts: int) -> int:
        node = Node(kind, parts)
        if node not in self._numbers:
            self._numbers[node] = len(self.all)
            self.all.append(node)
            self._eventual.append(self._is_lasting(node, self._eventual, _EVENTUAL))
            self._universal.append(self._is_lasting(node, self._universal, _UNIVERSAL))
        return self._numbers[node]

    def _is_lasting(
        self, node: Node, known: list[bool], by_nature: Mapping[Kind, Iterable[int]]
    ) -> bool:
        """Whether a node is eventual, or universal: it is if those of its operands are that
        `by_nature` names."""
        places = by_nature.get(node.kind)
        if places is None:
            return node.kind is not Kind.LITERAL and all(known[part] for part in node.parts)
        return all(known[node.parts[place]] for place in places)

    # --- one for each operator -------------------------------------------------------------------

    def all_of(self, parts: Iterable[int]) -> int:
        """Their conjunction."""
        return self._joined(Kind.AND, parts, neutral=TRUE, absorbing=FALSE)

    def any_of(self, parts: Iterable[int]) -> int:
        """Their disjunction."""
        return self._joined(Kind.OR, parts, neutral=FALSE, absorbing=TRUE)

    def _joined(self, kind: Kind, parts: Iterable[int], neutral: int, absorbing: int) -> int:
        flat = dict[int, None]()
        for part in parts:
            node = self.all[part]
            flat.update(dict.fromkeys(node.parts if node.kind is kind else (part,)))
        flat.pop(neutral, None)
        if absorbing in flat or any(self._opposite(part) in flat for part in flat):
            return absorbing
        if not flat:
            return neutral
        return next(iter(flat)) if len(flat) == 1 else self._number(kind, *sorted(flat))

    def _opposite(self, number: int) -> int | None:
        """The negation of a literal, if it is a node."""
        kind, parts = self.all[number]
        if kind is not Kind.LITERAL:
            return None
        return self._numbers.get(Node(kind, (parts[0], 1 - parts[1])))

    def next(self, of: int) -> int:
        """`X of`."""
        if of in (TRUE, FALSE) or (self._eventual[of] and self._universal[of]):
            return of
        return self._number(Kind.NEXT, of)

    def eventually(self, of: int) -> int:
        """`F of`."""
        if self._eventual[of]:
            return of
        kind, parts = self.all[of]
        match kind:
            case Kind.UNTIL:
                return self.eventually(parts[1])
            case Kind.STRONG_RELEASE:
                return self.eventually(self.all_of(parts))
            case Kind.NEXT:
                return self.next(self.eventually(parts[0]))
        return self._number(Kind.EVENTUALLY, of)

    def always(self, of: int) -> int:
        """`G of`."""
        if self._universal[of]:
            return of
        kind, parts = self.all[of]
        match kind:
            case Kind.RELEASE:
                return self.always(parts[1])
            case Kind.WEAK_UNTIL:
                return self.always(self.any_of(parts))
            case Kind.NEXT:
                return self.next(self.always(parts[0]))
        return self._number(Kind.ALWAYS, of)

    def until(self, left: int, right: int) -> int:
        """`left U right`."""
        if self._eventual[right] or left in (FALSE, right):
            return right
        if left == TRUE:
            return self.eventually(right)
        return self._number(Kind.UNTIL, left, right)

    def weak_until(self, left: int, right: int) -> int:
        """`left W right`."""
        if TRUE in (left, right):
            return TRUE
        if left in (FALSE, right):
            return right
        if right == FALSE:
            return self.always(left)
        return self._number(Kind.WEAK_UNTIL, left, right)

    def release(self, left: int, right: int) -> int:
        """`left R right`."""
        if self._universal[right] or left in (TRUE, right):
            return right
        if left == FALSE:
            return self.always(right)
        return self._number(Kind.RELEASE, left, right)

    def strong_release(self, left: int, right: int) -> int:
        """`left M right`."""
        if FALSE in (left, right):
            return FALSE
        if left in (TRUE, right):
            return right
        if right == TRUE:
            return self.eventually(left)
        return self._number(Kind.STRONG_RELEASE, left, right)


_EVENTUAL: dict[Kind, tuple[int, ...]] = {
    Kind.EVENTUALLY: (),
    Kind.UNTIL: (1,),
    Kind.RELEASE: (1,),
    Kind.STRONG_RELEASE: (1,),
}
_UNIVERSAL: dict[Kind, tuple[int, ...]] = {
    Kind.ALWAYS: (),
    Kind.RELEASE: (1,),
    Kind.UNTIL: (1,),
    Kind.WEAK_UNTIL: (1,),
}
"""Of which operands it is enough; of the operators that are not here, all are needed."""
