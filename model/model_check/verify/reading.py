"""What an automaton does with letters: which edge can be taken, and which runs that end it accepts.

In: an automaton, and what states say of its atoms. Out: whether it accepts a run whose last state
is repeated for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..explore.letters import Letters, wanted
from .automaton import Automaton, Edge

__all__ = ["accepts", "accepts_for_ever", "reads"]


def reads(edge: Edge, letter: int, atoms: int) -> bool:
    """Whether an edge can be taken on a letter, of this many atoms."""
    want = wanted(edge.must, edge.must_not, atoms)
    return letter & want == want


def accepts(automaton: Automaton, letters: Letters, states: Sequence[int]) -> bool:
    """Whether an automaton accepts the letters of these states, the last one repeated for ever."""
    places = {automaton.initial}
    for state in states[:-1]:
        ways = (each for place in places for each in automaton.edges[place])
        places = {e.target for e in ways if reads(e, letters.of[state], letters.atoms)}
    last = letters.of[states[-1]]
    return any(accepts_for_ever(automaton, place, last, letters.atoms) for place in places)


def accepts_for_ever(automaton: Automaton, place: int, letter: int, atoms: int) -> bool:
    """Whether an automaton accepts a word of one letter, repeated for ever, from a place on."""

    ways = {
        place: [each for each in edges if reads(each, letter, atoms)]
        for place, edges in enumerate(automaton.edges)
    }
    behind: dict[int, set[int]] = {}
    for start in ways:
        todo, seen = [start], set[int]()
        while todo:
            for each in ways[todo.pop()]:
                if each.target not in seen:
                    seen.add(each.target)
                    todo.append(each.target)
        behind[start] = seen
    all_marks = automaton.all_marks
    for start in behind[place]:
        if start not in behind[start]:
            continue
        around = {each for each in behind[start] if start in behind[each]}
        marks = 0
        for edge in (edge for each in around for edge in ways[each]):
            marks |= edge.marks if edge.target in around else 0
        if marks == all_marks:
            return True
    return False
