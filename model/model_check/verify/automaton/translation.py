"""From a temporal formula to a small automaton."""

from __future__ import annotations

from ...language.temporal import Formula, atoms
from .buechi import Automaton
from .formulas import Nodes
from .reduction import reduced
from .tableau import tableau

__all__ = ["automaton_of"]


def automaton_of(formula: Formula) -> Automaton:
    """An automaton that accepts exactly the infinite words of which the formula is true.

    Its atoms are those of the formula in the order in which they first appear. States are
    numbered in the order in which a search from the initial one, which is 0, comes to them.
    Equal formulas have equal automata. Raises AutomatonTooLargeError where the formula asks for
    too many states or edges; no formula takes more than some seconds.
    """
    names = tuple(atom.name for atom in atoms(formula))
    nodes = Nodes({name: number for number, name in enumerate(names)})
    root = nodes.add(formula)
    edges, acceptance = tableau(nodes, root, len(names))
    return Automaton(names, 0, *reduced(edges, acceptance))
