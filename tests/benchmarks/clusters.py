"""What a search in many parts costs, beside one search alone: CPU time of all processes.

The chat family at 18 million states. Both explore in fresh memory, as a user's search does, in one
run of this command; compiling and Ray's start are no part of it. Of Ray, all processes count: the
actors, this one, and Ray's own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_check.explore.cluster.on_ray import AUTO, RayCluster
from model_check.explore.cluster.run import ClusterRun
from model_check.explore.engine import Task
from model_check.explore.limits import Limits
from model_check.explore.native.engine import NativeRun
from model_check.explore.native.library import Library
from model_check.explore.search import SearchOptions, explore
from model_check.language import load
from model_check.machine.make import make_program

from .families import HERE
from .processes import BenchmarkError

__all__ = ["clusters"]

CONSTANTS = {"CHUNKS": "4", "GATEWAYS": "2"}
RECONNECTS = {True: "1", False: "2"}
"""Quick: 2.3 million states; else 18 million."""
SIZES = (1, 2, 4)
KEY, RANK = 8, 4


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock, and of the CPU: of all, and of the actors alone."""

    wall: float
    cpu: float
    actors: float


def clusters(*, quick: bool) -> None:
    """Print what each number of actors takes. Raises BenchmarkError where a count is another
    one."""
    spec = load(HERE / "pubsub.yaml", {**CONSTANTS, "RECONNECTS": RECONNECTS[quick]})
    layout = explore(spec, options=SearchOptions(engine="native", forget_from=None)).layout
    program = make_program(spec, layout)
    library = Library(program.machine)

    def task() -> Task:
        return Task(program, layout, Limits(), None, time.monotonic())

    alone = NativeRun(task(), library)
    begun = time.process_time()
    alone.run()
    one = time.process_time() - begun
    states, transitions = len(alone.states), alone.space().transitions
    alone.arena.close()
    record = KEY + 8 * library.words
    print(f"{states:,} states, {transitions:,} transitions, {8 * library.words} bytes a state")
    print(f"one search alone: {one:.1f} s of CPU, {1e6 * one / states:.2f} us a state")
    print("actors    wall     CPU  a state  ratio  of actors  bytes sent a state")
    for size in SIZES:
        with RayCluster(AUTO, size) as cluster:
            run = ClusterRun(task(), library, cluster, fold=True)
            taken = _taken(run)
            counts = sum(mark.states for mark in run.marks), sum(m.transitions for m in run.marks)
        if counts != (states, transitions):
            raise BenchmarkError(f"{size} actors found {counts}, not {states, transitions}")
        ratio = taken.cpu / one
        away = (size - 1) / size
        sent = away * (record * transitions / states + KEY + RANK)
        print(
            f"{size:6} {taken.wall:6.1f}s {taken.cpu:6.1f}s {1e6 * taken.cpu / states:5.2f} us"
            f" {ratio:6.2f} {taken.actors / one:10.2f} {sent:19.0f}"
        )


def _taken(run: ClusterRun) -> Taken:
    before, begun = dict(_cpu()), time.monotonic()
    run.run()
    wall = time.monotonic() - begun
    spent = {each: cpu - before.get(each, 0.0) for each, cpu in _cpu()}
    actors = sum(cpu for (_, name), cpu in spent.items() if name.startswith("ray::Part"))
    return Taken(wall, sum(spent.values()), actors)


def _cpu() -> Iterator[tuple[tuple[int, str], float]]:
    """The CPU seconds of this process and of all that it has started, by number and name (proc(5),
    /proc/pid/stat)."""
    tick = os.sysconf("SC_CLK_TCK")
    children: dict[int, list[int]] = {}
    found: dict[int, tuple[str, float]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                told = (folder / "stat").read_text(encoding="utf-8")
            except OSError:
                continue
            name, _, rest = told[told.index("(") + 1 :].rpartition(")")
            fields = rest.split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
            found[int(folder.name)] = name, (int(fields[11]) + int(fields[12])) / tick
    waiting = [os.getpid()]
    while waiting:
        number = waiting.pop()
        name, cpu = found[number]
        yield (number, name), cpu
        waiting += [each for each in children.get(number, []) if each in found]
