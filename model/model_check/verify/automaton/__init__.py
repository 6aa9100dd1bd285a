"""From a temporal formula to an automaton that accepts exactly the runs it is true of."""

from .buechi import Automaton, AutomatonTooLargeError, Edge
from .translation import automaton_of

__all__ = ["Automaton", "AutomatonTooLargeError", "Edge", "automaton_of"]
