"""Random timed graphs: instances with a few places each, and steps that may wait for others."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import product

from likelihood.by_hand import Move, hand_made
from model_check.language.tree.timing import Distribution
from model_check.likelihood.timed_graph import Clock, TimedGraph


def random_graph(seed: int, draw: Callable[[random.Random], Distribution]) -> TimedGraph:
    """A graph of two or three instances, each of which goes forward through two or three places;
    what it may do may need that another one has come, or has not come, to a place."""
    source = random.Random(seed)
    lengths = [source.randint(2, 3) for _ in range(source.randint(2, 3))]
    clocks: list[Clock] = []
    instance_of: list[int] = []
    starts: list[tuple[int, ...]] = []
    step_moves: list[tuple[int, int, int, tuple[int, int, bool] | None]] = []
    for instance, length in enumerate(lengths):
        for place in range(length - 1):
            for _ in range(source.choice([1, 1, 2])):
                guard = None
                if source.random() < 0.5:
                    other = source.choice([e for e in range(len(lengths)) if e != instance])
                    guard = (other, source.randint(1, lengths[other] - 1), source.random() < 0.6)
                target = source.randint(place + 1, length - 1)
                step_moves.append((instance, place, target, guard))
                instance_of.append(instance)
                clocks.append(random_clock(source, draw))
                others = [e for e in range(len(lengths)) if source.random() < 0.1]
                starts.append(tuple(sorted({instance, *others})))
    nodes = {places: n for n, places in enumerate(product(*map(range, lengths)))}
    moves: list[Move] = []
    for places, node in nodes.items():
        for step, (instance, place, target, guard) in enumerate(step_moves):
            if places[instance] == place and (
                guard is None or (places[guard[0]] >= guard[1]) == guard[2]
            ):
                after = (*places[:instance], target, *places[instance + 1 :])
                moves.append((node, step, nodes[after]))
    renewing = random_renewals(seed, moves, clocks)
    begin_times = [draw(source) if source.random() < 0.3 else None for _ in lengths]
    marked = [node for node in nodes.values() if source.random() < 0.2]
    return hand_made(
        moves, clocks, instance_of=instance_of, starts=starts, begin_times=begin_times,
        marked=marked, renewing=renewing,
    )  # fmt: skip


def random_renewals(
    seed: int, moves: Sequence[Move], clocks: Sequence[Clock]
) -> dict[Move, tuple[int, ...]]:
    """Of some moves the steps whose clocks they start anew."""
    source = random.Random(f"renewals {seed}")
    steps = [n for n, clock in enumerate(clocks) if clock.since_possible and not clock.every]
    return {
        move: tuple(step for step in steps if source.random() < 0.7)
        for move in moves
        if source.random() < 0.4
    }


def random_clock(source: random.Random, draw: Callable[[random.Random], Distribution]) -> Clock:
    kind = source.random()
    weight = source.choice([1, 1, 1, 2, 0])
    if kind < 0.2:
        return Clock(weight=weight)
    if kind < 0.25:
        return Clock(never=True)
    if kind < 0.3:
        return Clock(last=True, weight=weight)
    return Clock(
        draw(source), every=source.random() < 0.15, since_possible=source.random() < 0.2,
        weight=weight,
    )  # fmt: skip
