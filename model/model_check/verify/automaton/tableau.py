"""From a formula to an automaton: what must be true now, and what is left for the next state.

In: the nodes of a formula. Out: states and edges, not yet small. A state is a set of nodes that
all must be true of the run from here on. Each way to make them true is an edge: literals for the
present letter, nodes for the next state, and the promises that are put off. A promise is the right
operand of U (F, M): `p U q` is q, or p now, and the same next, and q promised. Acceptance set i
holds the edges that do not put promise i off, so that no accepting run puts it off for ever.

Method: the tableau of Couvreur, On-the-fly Verification of Linear Temporal Logic, FM 1999, which is
that of Gerth, Peled, Vardi, Wolper, Simple On-the-fly Automatic Verification of Linear Temporal
Logic, PSTV 1995, with acceptance on edges. A way that asks for all that another asks for, and
more, is left out, as in Gastin, Oddoux, Fast LTL to Buechi Automata Translation, CAV 2001.
"""

from __future__ import annotations

from collections.abc import Iterable

from .buechi import MOST_EDGES, MOST_STATES, MOST_WORK, AutomatonTooLargeError, Edge
from .formulas import FALSE, TRUE, Kind, Nodes

__all__ = ["tableau"]

Way = int
"""One way to make a node true, as one mask: from the lowest bit on, atoms that must be true, those
that must be false, nodes for the next state, promises that are put off. Of two ways the one whose
mask is a subset of the other's asks for less."""


def tableau(nodes: Nodes, root: int, atoms: int) -> tuple[list[list[Edge]], int]:
    """The edges of each state, state 0 the initial one, and how many acceptance sets there are.

    `atoms`: how many there are. Raises AutomatonTooLargeError."""
    ways = _Ways(nodes, root, atoms)
    numbers = {ways.state((root,)): 0}
    waiting, edges, count = [*numbers], list[list[Edge]](), 0
    while len(edges) < len(waiting):
        found = [ways.edge(each) for each in ways.of_state(waiting[len(edges)])]
        count += len(found)
        if count > MOST_EDGES:
            raise _too_large(f"grows to more than {MOST_EDGES:,} edges")
        out = []
        for must, must_not, members, marks in found:
            state = ways.reduced(members)
            if state not in numbers:
                numbers[state] = len(numbers)
                waiting.append(state)
            out.append(Edge(must, must_not, numbers[state], marks))
        if len(numbers) > MOST_STATES:
            raise _too_large(f"grows to more than {MOST_STATES:,} states")
        edges.append(out)
    return edges, len(ways.promises)


def _too_large(why: str) -> AutomatonTooLargeError:
    return AutomatonTooLargeError(f"the automaton of this formula {why}")


class _Ways:
    """The ways to make nodes true, and sets of them."""

    def __init__(self, nodes: Nodes, root: int, atoms: int) -> None:
        self._nodes = nodes.all
        self._work = 0
        self._atoms = (1 << atoms) - 1
        self._falses = atoms
        self._members = 2 * atoms
        self._promised = 2 * atoms + len(nodes.all)
        used = self._used(root)
        self.promises = self._numbered_promises(used)
        """The bit of each promise, by the node that is promised."""
        # The body of each `G body`: in a state that has both, G alone says all.
        self._said_by_always = [
            (1 << number, 1 << part)
            for number in used
            if nodes.all[number].kind is Kind.ALWAYS
            for part in (nodes.all[number].parts[0], *self._conjuncts(nodes.all[number].parts[0]))
        ]
        self._of: dict[int, list[Way]] = {}
        for number in used:
            self._of[number] = self._least(self._ways(number))

    def _used(self, root: int) -> list[int]:
        """The nodes in the root, operands first."""
        seen, waiting = {root}, [root]
        while waiting:
            node = self._nodes[waiting.pop()]
            new = () if node.kind is Kind.LITERAL else set(node.parts) - seen
            seen.update(new)
            waiting += new
        return sorted(seen)

    def _numbered_promises(self, used: Iterable[int]) -> dict[int, int]:
        bits: dict[int, int] = {}
        for number in used:
            promise = self._promise(number)
            if promise is not None:
                bits.setdefault(promise, 1 << (self._promised + len(bits)))
        return bits

    def _promise(self, number: int) -> int | None:
        """What stands for the promise of a node: equal operands share one. None: no promise."""
        kind, parts = self._nodes[number]
        match kind:
            case Kind.EVENTUALLY | Kind.UNTIL:
                return parts[-1]
            case Kind.STRONG_RELEASE:
                return number
        return None

    def _conjuncts(self, number: int) -> tuple[int, ...]:
        """The nodes that say together what a node says."""
        kind, parts = self._nodes[number]
        if kind is Kind.AND:
            return parts
        return () if number == TRUE else (number,)

    # --- ways of one node ------------------------------------------------------------------------

    def _ways(self, number: int) -> list[Way]:
        """The ways to make a node true, of which those of its operands are known."""
        kind, parts = self._nodes[number]
        of = self._of
        again = 1 << (self._members + number)
        promise = self._promise(number)
        put_off = again if promise is None else again | self.promises[promise]
        match kind:
            case Kind.FALSE:
                return []
            case Kind.TRUE:
                return [0]
            case Kind.LITERAL:
                return [1 << (parts[0] if parts[1] else self._falses + parts[0])]
            case Kind.AND:
                return self._all(parts)
            case Kind.OR:
                return [way for part in parts for way in of[part]]
            case Kind.NEXT:
                if parts[0] == FALSE:
                    return []
                return [sum(1 << (self._members + each) for each in self._conjuncts(parts[0]))]
            case Kind.EVENTUALLY:
                return [*of[parts[0]], put_off]
            case Kind.ALWAYS:
                return [way | again for way in of[parts[0]]]
            case Kind.UNTIL | Kind.WEAK_UNTIL:
                return [*of[parts[1]], *(way | put_off for way in of[parts[0]])]
            case Kind.RELEASE | Kind.STRONG_RELEASE:
                return [*self._all(parts), *(way | put_off for way in of[parts[1]])]

    def _all(self, numbers: Iterable[int]) -> list[Way]:
        """The ways to make several nodes true together."""
        found = [0]
        for number in numbers:
            other = self._of[number]
            self._spend(len(found) * len(other))
            both = (a | b for a in found for b in other)
            found = self._least(way for way in both if self._possible(way))
        return found

    def _possible(self, way: Way) -> bool:
        return not way & (way >> self._falses) & self._atoms

    def _least(self, ways: Iterable[Way]) -> list[Way]:
        """Without those that ask for all that another one asks for."""
        least: list[Way] = []
        # Subsets have smaller numbers than what they are subsets of.
        for way in sorted(set(ways)):
            self._spend(len(least))
            if not any(each & way == each for each in least):
                least.append(way)
        return least

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > MOST_WORK:
            raise _too_large(f"takes more than {MOST_WORK:,} comparisons to make")

    # --- states ----------------------------------------------------------------------------------

    def state(self, numbers: Iterable[int]) -> int:
        """The state in which these nodes must be true, as a mask."""
        mask = 0
        for number in numbers:
            for each in self._conjuncts(number):
                mask |= 1 << each
        return self.reduced(mask)

    def reduced(self, state: int) -> int:
        """A state without what its `G` say already."""
        for always, body in self._said_by_always:
            if state & always:
                state &= ~body
        return state

    def of_state(self, state: int) -> list[Way]:
        """The ways to make all of a state true."""
        return self._all(number for number in self._of if state >> number & 1)

    def edge(self, way: Way) -> tuple[int, int, int, int]:
        """What a way says: must, must not, the next state's members, marks."""
        promised = way >> self._promised
        marks = ((1 << len(self.promises)) - 1) & ~promised
        members = (way >> self._members) & ((1 << (self._promised - self._members)) - 1)
        return way & self._atoms, (way >> self._falses) & self._atoms, members, marks
