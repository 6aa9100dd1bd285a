"""Runs of a timed graph as `timed_graph` and `Clock` say in words, with floating-point times: slow,
plain, and sharing nothing with what it judges."""

from __future__ import annotations

import random
from collections import Counter

from model_check.language.tree.timing import (
    Distribution,
    Exponential,
    Fixed,
    FromLog,
    Normal,
    Uniform,
)
from model_check.likelihood.timed_graph import TimedGraph

LATER = float("inf")


def drawn(time: Distribution | None, source: random.Random) -> float:
    match time:
        case Fixed(each):
            return each
        case Uniform(low, high):
            return source.uniform(low, high)
        case Exponential(mean):
            return source.expovariate(1 / mean)
        case Normal(mean, deviation):
            found = -1.0
            while found < 0:
                found = source.gauss(mean, deviation)
            return found
        case FromLog(times):
            return source.choice(times)
    return 0.0


class Run:
    """One run, from its begin to its end."""

    def __init__(self, graph: TimedGraph, source: random.Random) -> None:
        self.graph, self.source = graph, source
        self.node = source.randrange(graph.initial)
        self.memory = graph.flags.first[self.node]
        self.now = 0.0
        self.begun = [drawn(time, source) for time in graph.begin_times]
        self.over: dict[int, float] = {}
        """When the clock of a step is over; those of `every` stay when others are started anew."""

    def moves(self) -> list[tuple[int, int]]:
        """The step and the place of each transition that can come."""
        graph = self.graph
        if graph.is_over[self.node]:
            return []
        places = range(graph.begins[self.node], graph.begins[self.node + 1])
        found = [(graph.steps[place], place) for place in places]
        found = [each for each in found if not graph.clocks[each[0]].never]
        return [each for each in found if not graph.clocks[each[0]].last] or found

    def comes(self, step: int) -> float:
        """When a step's clock is over."""
        clock, instance = self.graph.clocks[step], self.graph.instance_of[step]
        if step not in self.over:
            if clock.every:
                self.over[step] = 0.0
            elif clock.since_possible:
                start = max(self.now, self.begun[instance])
                self.over[step] = start + drawn(clock.time, self.source)
            else:
                self.over[step] = self.begun[instance] + drawn(clock.time, self.source)
        return max(self.over[step], self.begun[instance])

    def go_on(self) -> bool:
        """Let the next step come; False: the run has ended."""
        moves = self.moves()
        steps = {step for step, _ in moves}
        for step, clock in enumerate(self.graph.clocks):
            if clock.since_possible and not clock.every and step not in steps:
                self.over.pop(step, None)
        if not moves:
            return False
        when = {step: max(self.comes(step), self.now) for step in sorted(steps)}
        self.now = min(when.values())
        ready = [step for step, time in when.items() if time <= self.now + 1e-6]
        instance = self.source.choice(sorted({self.graph.instance_of[each] for each in ready}))
        own = [each for each in ready if self.graph.instance_of[each] == instance]
        weights = [self.graph.clocks[each].weight for each in own]
        step = self.source.choices(own, weights if any(weights) else None)[0]
        self.take(step, self.source.choice([place for each, place in moves if each == step]))
        return True

    def take(self, step: int, place: int) -> None:
        graph, flags = self.graph, self.graph.flags
        self.node = graph.targets[place]
        if flags.of_transition is not None:
            self.memory |= flags.of_transition[place]
        self.memory = (self.memory & flags.keep[self.node]) | flags.found[self.node]
        for each in graph.starts[step]:
            self.begun[each] = self.now
        for each in () if graph.renewals is None else graph.renewals.at(place):
            self.over.pop(each, None)
        for other, clock in enumerate(graph.clocks):
            if graph.instance_of[other] in graph.starts[step] and not (
                clock.every or clock.since_possible
            ):
                self.over.pop(other, None)
        self.over.pop(step, None)
        if graph.clocks[step].every:
            self.over[step] = self.now + drawn(graph.clocks[step].time, self.source)


def counted(graph: TimedGraph, runs: int, seed: int) -> Counter[tuple[int, int]]:
    """How many runs end at each node, with each memory."""
    source = random.Random(seed)
    found: Counter[tuple[int, int]] = Counter()
    for _ in range(runs):
        run = Run(graph, source)
        while run.go_on():
            pass
        found[run.node, run.memory] += 1
    return found
