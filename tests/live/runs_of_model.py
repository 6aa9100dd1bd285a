"""Whether what a free run did is a run of the model: a judge that knows nothing of how it ran.

Steps that went on at the same time may have taken effect in either order. So all orders are
tried in which none is before one that was over when it began; of the explored space, those
transitions are gone along that have the name of the step, and leave its process with what it
really has. What goes wrong is not among the steps of a recording, so it may have happened
anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from model_check.explore.space import Space
from model_check.live.brokers.payload import Value
from model_check.live.runs.open_system import agree
from model_check.verify.trace import Tracer

SENT = "_send"
"""Behind the label of a step that waits at the server; in the model it is not taken where it is
answered at once."""


@dataclass(frozen=True)
class Taken:
    """A step that was taken: by whom, its name, how many were over when it began, and what the
    process has afterwards."""

    thread: int
    name: str
    begun: int
    held: Mapping[str, Value]


class RunsOfModel:
    """All runs of a space."""

    def __init__(self, space: Space) -> None:
        self._tracer = Tracer(space)
        self._space = space
        machine = space.machine
        self._successors: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._faults: dict[int, set[int]] = defaultdict(set)
        for source, target, step in space.edges():
            taken = machine.steps[step]
            name = f"{machine.instances[taken.instance].name}.{taken.label}"
            self._successors[source].append((target, name))
            if taken.fault:
                self._faults[source].add(target)
        self._shown: dict[int, Mapping[str, Value]] = {}

    def _variables(self, number: int) -> Mapping[str, Value]:
        if number not in self._shown:
            self._shown[number] = self._tracer.view(self._space.states[number]).variables
        return self._shown[number]

    def _with_faults(self, numbers: Iterable[int]) -> set[int]:
        found, waiting = set(numbers), list(numbers)
        while waiting:
            new = self._faults[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    def _after(self, there: set[int], step: Taken) -> set[int]:
        gone = {
            target
            for number in there
            for target, taken in self._successors[number]
            if taken == step.name and agree(step.held, self._variables(target))
        }
        return self._with_faults(gone | there if step.name.endswith(SENT) else gone)

    def fits(
        self, initial: Mapping[str, Value], steps: Sequence[Taken], *, rests: bool
    ) -> tuple[int, str]:
        """How many of these steps the model can take, and the name of the first that it cannot, or
        "rests" if it can take all, they are said to be all, and it cannot end there; else ""."""
        starts = [n for n in range(self._space.initial) if self._variables(n) == initial]
        reached = {frozenset[int](): self._with_faults(starts)}
        best = 0
        for count in range(len(steps)):
            further: dict[frozenset[int], set[int]] = defaultdict(set)
            for done, there in reached.items():
                for number, step in enumerate(steps):
                    if number in done or not _may_be_next(number, done, steps):
                        continue
                    further[done | {number}] |= self._after(there, step)
            reached = {done: there for done, there in further.items() if there}
            if not reached:
                return count, steps[best].name
            best = min(n for done in reached for n in range(len(steps) + 1) if n not in done)
        (there,) = reached.values()
        if rests and there.isdisjoint(self._space.terminal):
            return len(steps), "rests"
        return len(steps), ""


def _may_be_next(number: int, done: frozenset[int], steps: Sequence[Taken]) -> bool:
    step = steps[number]
    return all(n in done for n in range(step.begun)) and all(
        n in done for n in range(number) if steps[n].thread == step.thread
    )
