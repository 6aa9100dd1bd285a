"""Whether some fair run goes on for ever through certain states, by another way than the tool's.

The greatest fixed point of Emerson and Lei (Efficient Model Checking in Fragments of the
Propositional Mu-Calculus, 1986): the states from which, for every demand, some way through such
states alone leads to where the demand is met, again and again. No components are looked for.
"""

from __future__ import annotations

from .interpreter import Explored, Who

__all__ = ["goes_on_for_ever"]

_Edge = tuple[int, int]


def goes_on_for_ever(explored: Explored, seen_again: set[int]) -> bool:
    """Whether a fair run comes through one of these states again and again, without an end.

    Fair: whoever has a step in every state from some moment on takes one.
    """
    if not seen_again:
        return False
    edges: dict[_Edge, set[Who]] = {}
    for source, who, target in explored.moves:
        edges.setdefault((source, target), set()).add(who)
    everybody = {who for able in explored.able for who in able}
    left = set(range(len(explored.states)))
    while True:
        kept = _leads_to(left, edges, {e for e in edges if e[1] in seen_again})
        for who in everybody:
            served = {
                (source, target)
                for (source, target), acting in edges.items()
                if who in acting or who not in explored.able[target]
            }
            kept &= _leads_to(left, edges, served)
        if kept == left:
            return bool(left)
        left = kept


def _leads_to(inside: set[int], edges: dict[_Edge, set[Who]], wanted: set[_Edge]) -> set[int]:
    """The states of `inside` from which a way through `inside` takes one of the wanted edges."""
    within = [(a, b) for a, b in edges if a in inside and b in inside]
    found = {a for a, b in within if (a, b) in wanted}
    grown = True
    while grown:
        more = {a for a, b in within if b in found} - found
        grown = bool(more)
        found |= more
    return found
