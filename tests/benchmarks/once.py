"""Explores one spec in this process, and prints what it took as JSON.

    python -m tests.benchmarks.once '{"spec": PATH, "constants": {}, "engine": "native",
                                      "workers": 1, "again": 2}'

A process of its own, so that its memory is that of one search. The native search runs once
as a user starts it; then the machine is compiled once more, and searched `again` times in
the same memory: that is the search alone, without compiling and without fresh pages.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from model_check.budget.memory import memory_in_use
from model_check.explore.engine import Task
from model_check.explore.limits import Limits
from model_check.explore.native.bodies import words_of
from model_check.explore.native.engine import NativeRun
from model_check.explore.native.library import Library
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.language import load
from model_check.language.tree.spec import Spec
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout
from model_check.verify.verdicts import judge

from .processes import BenchmarkError, peak_of

__all__ = ["Once", "Times"]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one search, by the clock and of the CPU (all threads)."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Once:
    """What exploring a spec gave. `bits` and 64-bit `words` of a state; `wrong`: the
    properties whose verdict is not the expected one. `compile`: CPU seconds of LLVM (0 in
    Python); `searches`: the first in fresh memory, the others in the same. `memory`: bytes
    that the first search added to the process."""

    states: int
    transitions: int
    depth: int
    bits: int
    words: int
    wrong: list[str]
    compile: float
    searches: list[Times]
    memory: int


def explored(spec: Spec, engine: Engine, workers: int, again: int) -> Once:
    """Explore a spec with one engine, and natively again as often as told."""
    first, layout = _first(spec, engine, workers)
    if engine == "python":
        return first
    gc.collect()
    seconds, searches = _searched(spec, layout, workers, again)
    for _, found in searches:
        if found != (first.states, first.transitions):
            raise BenchmarkError(f"a second search found {found}, not what the first did")
    return replace(first, compile=seconds, searches=[times for times, _ in searches])


def _first(spec: Spec, engine: Engine, workers: int) -> tuple[Once, Layout]:
    """What a user's search finds, and the layout it ends with."""
    if engine == "native":
        # LLVM takes a hundred megabytes, which are not the states'.
        Library(make_program(spec, Layout()).machine)
    before = memory_in_use() or 0
    start = _now()
    # SPIN is told to visit every state: so do we.
    space = explore(spec, options=SearchOptions(engine=engine, workers=workers, forget_from=None))
    took = _since(start)
    memory = peak_of(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) - before
    if space.note or not space.complete:
        raise BenchmarkError(space.note or space.stopped)
    wrong = [each.name for each in judge(space).results if not each.as_expected]
    machine = space.machine
    once = Once(
        len(space.states), space.transitions, space.depth, machine.width, words_of(machine),
        wrong, 0.0, [took], memory,
    )  # fmt: skip
    return once, space.layout


def _searched(
    spec: Spec, layout: Layout, workers: int, again: int
) -> tuple[float, list[tuple[Times, tuple[int, int]]]]:
    """Compile once and search 1 + `again` times: the seconds of each, and what was found."""
    program = make_program(spec, layout)
    start = _now()
    library = Library(program.machine)
    compiled = _since(start)
    searches = []
    arena = None
    for _ in range(1 + again):
        task = Task(program, layout, Limits(), None, time.monotonic())
        run = NativeRun(task, library, workers=workers, arena=arena)
        start = _now()
        failure = run.run()
        times = _since(start)
        if failure is not None:
            raise BenchmarkError(failure.message)
        space = run.space()
        searches.append((times, (len(space.states), space.transitions)))
        arena = run.arena
    return compiled.cpu, searches


def _now() -> Times:
    return Times(time.perf_counter(), time.process_time())


def _since(start: Times) -> Times:
    now = _now()
    return Times(now.wall - start.wall, now.cpu - start.cpu)


def main(request: Mapping[str, Any]) -> None:
    spec = load(Path(request["spec"]), request["constants"])
    found = explored(spec, request["engine"], request["workers"], request["again"])
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
