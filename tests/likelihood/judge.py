"""Runs of a spec in the course of time, played by the definition: what the graph and the compiled
runs are judged by. It has nothing of them but the spec's own steps and formulas."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from likelihood.leases import given_time
from likelihood.plain_runs import drawn
from model_check.explore.space import Space
from model_check.language.tree.spec import Property
from model_check.language.tree.timing import (
    Distribution,
)
from model_check.likelihood.timed_graph import Clock
from model_check.verify.trace import Tracer

MOST_STEPS = 600
"""Of a run; one that goes on is taken to do for ever what it did in the second half of them."""
AT_ONCE = 1e-9
"""Nanoseconds, between two moments that are the same."""
Way = tuple[int, frozenset[str]]
"""The state behind a step, or below 0 for an error, and the keys that are given a time to live."""


class Judge:
    """Plays runs. `clocks` by step and `begin_times` by instance, as a timed graph has them."""

    def __init__(
        self,
        space: Space,
        clocks: Sequence[Clock],
        begin_times: Sequence[Distribution | None],
        seed: int,
    ) -> None:
        self.machine, self.program = space.machine, space.program
        self.initial = [space.states[number] for number in range(space.initial)]
        self.clocks, self.begin_times = clocks, begin_times
        self.source = random.Random(seed)
        self.tracer = Tracer(space)
        self.known: dict[int, dict[int, list[Way]]] = {}

    def drawn(self, time: Distribution | None) -> float:
        return drawn(time, self.source)

    def run(self) -> tuple[list[int], bool]:
        """The states of a run, and whether it ended by an error."""
        state = self.source.choice(self.initial)
        path = [state]
        now = 0.0
        began = [self.drawn(each) for each in self.begin_times]
        over: dict[int, float] = {}
        """When the clocks are over of steps that were asked, since their instances began."""
        while len(path) < MOST_STEPS:
            ways = self.ways(state)
            if not ways:
                return path, False
            due = {}
            for step, clock in enumerate(self.clocks):
                if clock.since_possible and not clock.every and step not in ways:
                    over.pop(step, None)
            for step in ways:
                clock, instance = self.clocks[step], self.machine.steps[step].instance
                if clock.since_possible and not clock.every and step not in over:
                    over[step] = max(now, began[instance]) + self.drawn(clock.time)
                if step not in over:
                    over[step] = began[instance] + (0 if clock.every else self.drawn(clock.time))
                due[step] = max(now, over[step])
            now = min(due.values())
            step = self.chosen([each for each in ways if due[each] - now < AT_ONCE])
            after, renewed = self.source.choice(ways[step])
            if after < 0:
                return path, True
            self.start(step, state, after, now, began, over)
            for each in self.machine.steps:
                if (
                    each.label == "expires"
                    and self.machine.instances[each.instance].name in renewed
                ):
                    over.pop(each.index, None)
            state = after
            path.append(state)
        return path, False

    def ways(self, state: int) -> dict[int, list[Way]]:
        """The steps that can come in a state, and where they lead."""
        if state not in self.known:
            self.known[state] = self.ways_from(state)
        return self.known[state]

    def ways_from(self, state: int) -> dict[int, list[Way]]:
        found: dict[int, list[Way]] = defaultdict(list)
        for instance in self.machine.instances:
            for after, step, notes in self.program.told_from(instance.index, state):
                if not self.clocks[step].never:
                    found[step].append((after, given_time(self.tracer.calls(notes))))
        if all(self.machine.steps[step].fault for step in found):
            return {}
        first = {step: each for step, each in found.items() if not self.clocks[step].last}
        return first or found

    def chosen(self, ready: Sequence[int]) -> int:
        """One of the steps that are due."""
        of = {step: self.machine.steps[step].instance for step in ready}
        instance = self.source.choice(sorted(set(of.values())))
        own = [step for step in ready if of[step] == instance]
        weights = [self.clocks[step].weight for step in own]
        return self.source.choices(own, weights if any(weights) else None)[0]

    def start(
        self, step: int, before: int, after: int, now: float, began: list[float],
        over: dict[int, float],
    ) -> None:  # fmt: skip
        """Start the clocks anew of whoever took a step, or begins by it."""
        moved = {self.machine.steps[step].instance}
        for instance in self.machine.instances:
            field = self.machine.fields[instance.location_field]
            if field.raw(before) != field.raw(after):
                moved.add(instance.index)
        for instance in moved:
            began[instance] = now
            for each in self.machine.steps:
                clock = self.clocks[each.index]
                if each.instance == instance and not (clock.every or clock.since_possible):
                    over.pop(each.index, None)
        if self.clocks[step].since_possible:
            over.pop(step, None)
        if self.clocks[step].every:
            over[step] = now + self.drawn(self.clocks[step].time)

    # --- what a run breaks ----------------------------------------------------------------------

    def broken(self, properties: Sequence[Property]) -> set[str]:
        """The properties that one more run breaks."""
        path, wrong = self.run()
        formulas = self.program.formulas
        found = set()
        ended = not wrong and not self.ways(path[-1])
        lasting = 1 if wrong or ended else MOST_STEPS // 2
        for each in properties:
            answers = [
                [one.answer(state) for state in path] for one in formulas.asked_of_runs(each.name)
            ]
            match each.form.name:
                case "always" | "never":
                    bad = each.form.wrong_answer in answers[0]
                case "finally":
                    bad = not wrong and 0 in answers[0][-lasting:]
                case "eventually":
                    bad = not wrong and 1 not in answers[0]
                case "leads_to":
                    after, comes = answers
                    bad = not wrong and any(
                        each == 1 and 1 not in comes[place:]
                        for place, each in enumerate(after[: len(after) + 1 - lasting])
                    )
                case "each_step":
                    ask = formulas.of_steps[each.name].answer
                    bad = any(ask(b, a) == 0 for a, b in pairwise(path))
                case "no_deadlock":
                    bad = ended and not self.is_final(path[-1])
                case "no_error":
                    bad = wrong or self.fails(path, ended=ended)
                case _:
                    raise ValueError(each.form.name)
            if bad:
                found.add(each.name)
        return found

    def is_final(self, state: int) -> bool:
        places = zip(self.machine.instances, self.machine.places(state), strict=True)
        return all(
            one.locations[place].ended or one.locations[place].rests for one, place in places
        )

    def fails(self, path: Sequence[int], *, ended: bool) -> bool:
        """Whether something that is asked on the way runs into an error."""
        formulas = self.program.formulas
        for each in self.machine.spec.properties:
            asked = path
            if each.form.name == "finally":
                asked = path[-1:] if ended else []
            for one in formulas.asked_of_runs(each.name):
                if any(one.answer(state) < 0 for state in asked):
                    return True
        for one in formulas.of_steps.values():
            if any(one.answer(b, a) < 0 for a, b in pairwise(path)):
                return True
        return False
