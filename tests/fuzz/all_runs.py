"""The states of a small spec, the steps between them by name, and what violates.

All is the interpreter's (see `interpreter`): nothing of the machine, of the search or of the order
floor is used. `fates` walks over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import networkx
from model_check.language.tree.spec import Property, Spec

from .compare import SkippedError
from .evaluate import Frame, evaluate
from .in_time import InTime
from .interpreter import Interpreter
from .replay import owner_name, shown
from .run_graph import RunGraph
from .states import Fired
from .told_events import Matching, Step
from .world import FailedError, TooLargeError

__all__ = ["Runs"]

MOST_STATES = 600


@dataclass
class Runs:
    """All runs of a spec. Raises SkippedError where there are too many states."""

    spec: Spec
    moves: list[list[Step]] = field(init=False)
    """For each state the events that can happen, and where they lead."""

    def __post_init__(self) -> None:
        self.interpreter = Interpreter(self.spec)
        try:
            self.explored = self.interpreter.explore(MOST_STATES)
        except TooLargeError:
            raise SkippedError("too many states") from None
        index = self.explored.index
        self.moves = [
            [
                Step(
                    self._event(each),
                    None if each.after is None else index[each.after.key],
                    each.who,
                    each.label,
                    each.fault,
                )
                for each in self.interpreter.successors(state)
            ]
            for state in self.explored.states
        ]
        self.promised = RunGraph.of(self.spec, self.explored)
        self.ends = self.promised.ends
        self.matching = Matching(self.spec, self.interpreter.control)
        self.in_time = InTime(self.spec, self.explored)

    def _event(self, fired: Fired) -> str:
        """A step that fails on the way to the next one has no name."""
        owner = owner_name(self.spec, fired.who)
        if not fired.loops:
            return f"{owner}.{fired.label}"
        types = {each.name: each.type for each in self.spec.process(str(fired.who[0])).loops}
        turns = ", ".join(str(shown(value, types[name])) for name, value in fired.loops)
        return f"{owner}.{fired.label}[{turns}]"

    def is_open(self, event: str) -> bool:
        """Whether a step may lead from one state to several."""
        ways = ({step.target for step in row if step.event == event} for row in self.moves)
        return any(len(targets) > 1 for targets in ways)

    def property(self, name: str) -> Property:
        """A property that the spec has."""
        return next(each for each in self.spec.properties if each.name == name)

    # --- what violates ------------------------------------------------------------------------

    def on_the_way(self, kind: str, name: str) -> set[int]:
        """The states that violate wherever they are in a run."""
        if kind in ("always", "never"):
            return self.explored.violating[name]
        if kind == "no_error":
            asked = (each for each in self.spec.properties if each.form.name != "finally")
            return {n for each in asked for n in self._without_value(each)}
        return set()

    def _without_value(self, asked: Property) -> Iterator[int]:
        """The states in which a property, or an atom of one in time, has no value."""
        for number in range(len(self.explored.states)):
            if asked.formula is not None and self._is_false(asked.name, number) is None:
                yield number
        if asked.form.name in ("eventually", "leads_to", "ltl"):
            for number, letter in enumerate(self.in_time.letters(asked)):
                if None in letter.values():
                    yield number

    def breaks(self, kind: str, name: str, before: int, after: int) -> bool:
        """Whether a step from one state to another violates. Raises SkippedError where it has no
        answer."""
        if kind == "no_error":
            return (before, after) in self._steps_without_value
        if kind != "each_step":
            return False
        asked, states = self.property(name).of_steps, self.explored.states
        assert asked is not None
        try:
            return not evaluate(asked, Frame(states[after].world, before=states[before].world))
        except FailedError:
            raise SkippedError("no value") from None

    @cached_property
    def _steps_without_value(self) -> set[tuple[int, int]]:
        """The steps, by the states before and after, of which a property of steps has no value."""
        found = set()
        for each in (one for one in self.spec.properties if one.of_steps is not None):
            for move in self.explored.moves:
                try:
                    self.breaks("each_step", each.name, move.source, move.target)
                except SkippedError:
                    found.add((move.source, move.target))
        return found

    def at_the_end(self, kind: str, name: str) -> set[int]:
        """The ends that violate."""
        if kind == "finally":
            # A run may also rest where something can still happen that nobody promised.
            return {n for n in self.ends if self._is_false(name, n)}
        if kind == "no_deadlock":
            return self.explored.deadlocks
        if kind == "no_error":
            asked = [each for each in self.spec.properties if each.form.name == "finally"]
            return set().union(*(self.explored.undefined[each.name] for each in asked))
        return set()

    def never_last(self, kind: str, name: str) -> set[int]:
        """The states that a run without an end must leave for good."""
        if kind != "finally":
            return set()
        answers = {n: self._is_false(name, n) for n in range(len(self.explored.states))}
        if None in answers.values():
            raise SkippedError("no value")
        return {n for n, is_false in answers.items() if is_false}

    def _is_false(self, name: str, state: int) -> bool | None:
        """Whether a property is false of a state; None where it has no value."""
        asked = self.property(name)
        assert asked.formula is not None
        try:
            return not evaluate(asked.formula, Frame(self.explored.states[state].world))
        except FailedError:
            return None

    def lost(self, kind: str, name: str) -> set[int]:
        """The states from which every run violates: those from which some run escapes are
        taken away from all, until nothing changes."""
        bad, bad_ends = self.on_the_way(kind, name), self.at_the_end(kind, name)
        escaping = {n for n in self.ends if n not in bad_ends}
        if kind != "no_error":
            failing = (any(step.target is None for step in row) for row in self.moves)
            escaping |= {n for n, fails in enumerate(failing) if fails}
        ways: networkx.DiGraph[int] = networkx.DiGraph()
        ways.add_nodes_from(n for n in range(len(self.moves)) if n not in bad)
        ways.add_edges_from(
            (n, step.target)
            for n, row in enumerate(self.moves)
            for step in row
            if step.target is not None and n not in bad and step.target not in bad
            if not self.breaks(kind, name, n, step.target)
        )
        for part in networkx.strongly_connected_components(ways):
            if len(part) > 1 or any(ways.has_edge(n, n) for n in part):
                escaping |= part
        free = {n for n in escaping if n not in bad}
        for each in tuple(free):
            free |= networkx.ancestors(ways, each)
        return set(range(len(self.moves))) - free
