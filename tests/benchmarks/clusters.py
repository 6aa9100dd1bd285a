"""What a search in many parts costs, beside one search alone: CPU time of all processes.

The chat family at 18 million states, in one run of this command; compiling and Ray's start are no
part of it. Of Ray, all processes count: the actors, this one, and Ray's own.

Each searches twice, one alone and the actors, in memory that is taken anew for each search, and the
second one counts: for where the machine is a virtual one, its host may be slow to give it memory
that it never had, or had given back (some seconds a gigabyte), and that is told as the system's
time of whoever writes there first. What the first one took is told beside.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
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
TIMES = 2
"""Searches of each, of which the last one counts."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock, and of the CPU: of all, of it the system's, and of the actors alone."""

    wall: float
    cpu: float
    system: float
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

    for _ in range(TIMES):
        alone = NativeRun(task(), library)
        one = _taken(alone.run)
        expected = len(alone.states), alone.space().transitions, len(alone.space().levels)
        alone.arena.close()
    states, transitions, levels = expected
    record = KEY + 8 * library.words
    print(
        f"{states:,} states, {transitions:,} transitions, {levels} levels,"
        f" {8 * library.words} bytes a state"
    )
    print(
        f"one search alone: {one.cpu:.1f} s of CPU, {one.system:.1f} s of it the system's,"
        f" {1e6 * one.cpu / states:.2f} us a state"
    )
    print("actors    wall     CPU  system  a state  ratio  of actors  at first  bytes sent a state")
    for size in SIZES:
        with RayCluster(AUTO, size) as cluster:
            found = []
            for _ in range(TIMES):
                run = ClusterRun(task(), library, cluster, fold=True)
                found.append(_taken(run.run))
                counts = (
                    sum(mark.states for mark in run.marks),
                    sum(mark.transitions for mark in run.marks),
                    len(run.levels),
                )
                if counts != expected:
                    raise BenchmarkError(f"{size} actors found {counts}, not {expected}")
        first, taken = found[0], found[-1]
        sent = (size - 1) / size * (record * run.handed + KEY + RANK)
        print(
            f"{size:6} {taken.wall:6.1f}s {taken.cpu:6.1f}s {taken.system:6.1f}s"
            f" {1e6 * taken.cpu / states:5.2f} us {taken.cpu / one.cpu:6.2f}"
            f" {taken.actors / one.cpu:10.2f} {first.cpu / one.cpu:9.2f} {sent:19.0f}"
        )


def _taken(search: Callable[[], object]) -> Taken:
    before, begun = dict(_cpu()), time.monotonic()
    search()
    wall = time.monotonic() - begun
    user = system = actors = 0.0
    for (number, name), (of_user, of_system) in _cpu():
        had = before.get((number, name), (0.0, 0.0))
        user += of_user - had[0]
        system += of_system - had[1]
        if name.startswith("ray::Part"):
            actors += of_user - had[0] + of_system - had[1]
    return Taken(wall, user + system, system, actors)


def _cpu() -> Iterator[tuple[tuple[int, str], tuple[float, float]]]:
    """The CPU seconds, the user's and the system's, of this process and of all that it has started,
    by number and name (proc(5), /proc/pid/stat)."""
    tick = os.sysconf("SC_CLK_TCK")
    children: dict[int, list[int]] = {}
    found: dict[int, tuple[str, tuple[float, float]]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                told = (folder / "stat").read_text(encoding="utf-8")
            except OSError:
                continue
            name, _, rest = told[told.index("(") + 1 :].rpartition(")")
            fields = rest.split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
            found[int(folder.name)] = name, (int(fields[11]) / tick, int(fields[12]) / tick)
    waiting = [os.getpid()]
    while waiting:
        number = waiting.pop()
        name, cpu = found[number]
        yield (number, name), cpu
        waiting += [each for each in children.get(number, []) if each in found]
