"""From a temporal formula to an automaton that accepts exactly the runs it is true of: what one
is. `translation` makes them, and is loaded where one is asked for."""

from .buechi import Automaton, AutomatonTooLargeError, Edge

__all__ = ["Automaton", "AutomatonTooLargeError", "Edge"]
