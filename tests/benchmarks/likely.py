"""How fast runs are simulated: a million runs of legacy on one core, and what is rare by splitting.

Printed are the CPU time of exploring, of compiling and of simulating, and a row for each gambler
whose luck is rarer than the one before, beside what is computed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from model_check.explore.space import Space
from model_check.language import load
from model_check.likelihood.clocks import clocks_of
from model_check.likelihood.exploring import told_of_space
from model_check.likelihood.graph_of import timed_graph
from model_check.likelihood.remembered import left_out
from model_check.likelihood.runs.runner import Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.splitting import split
from model_check.likelihood.timed_graph import TimedGraph

from .processes import BenchmarkError

__all__ = ["likely"]

SPECS = Path(__file__).parents[2] / "specs"
LONGEST = 10.0
"""Seconds of CPU time for a million runs of legacy."""
RUNS = 1_000_000
WIDER = 2.0
"""So many times as wide, an interval has what is computed in it but for one in ten thousand."""
LEGACY = """\
extends: {path}
model: legacy-timed
timing:
  ai_service.publish: every 50ms
  ai_service.save: 5ms
  gateway: 0..400ms
  gateway.subscribe: exp 5ms
"""
GAMBLER = """\
model: gambler
constants: {TOP: 3}
vars: {has: 0..TOP = 1}
processes:
  player:
    run: |
      while True:
          wins:
              await 0 < has < TOP
              has = has + 1
  bank:
    run: |
      while True:
          wins:
              await 0 < has < TOP
              has = has - 1
properties:
  stays_poor: {never: has == TOP}
timing:
  player.wins: exp 10ms
  bank.wins: exp 1ms
"""


def graph_of(text: str, constants: Mapping[str, str]) -> TimedGraph:
    """The graph of a spec, asked all it can be."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timed.yaml"
        path.write_text(text, encoding="utf-8")
        spec = load(path, constants, allow_outside=True)

    def tell(space: Space) -> TimedGraph:
        clocks, begins = clocks_of(space.machine, spec.timing)
        out = {each.name for each, _ in left_out(spec.properties)}
        asked = [each for each in spec.properties if each.name not in out]
        return timed_graph(space, clocks, begins, asked, [each.name for each in spec.defines])

    return told_of_space(spec, tell)


def likely(*, quick: bool) -> None:
    """Print how fast runs are simulated, and what splitting finds. `quick`: with fewer runs. Raises
    BenchmarkError where runs take too long, or splitting finds something else."""
    runs = RUNS // 20 if quick else RUNS
    begun = time.process_time()
    graph = graph_of(LEGACY.format(path=SPECS / "legacy.yaml"), {})
    explored = time.process_time()
    tables = Tables(graph)
    simulate(tables, most=1, workers=1)
    compiled = time.process_time()
    found = simulate(tables, most=runs, workers=1)
    taken = time.process_time() - compiled
    share, low, high = found.broken["no_loss"]
    print(f"legacy: {graph.count:,} states in {explored - begun:.2f} s, kernel ready in")
    print(f"{compiled - explored:.2f} s, {runs:,} runs of {found.steps / runs:.1f} steps in")
    print(f"{taken:.2f} s on one core ({taken / found.steps * 1e9:.0f} ns a step);")
    print(f"no_loss is broken by {share:.3%} of them ({low:.3%} to {high:.3%})\n")
    wrong = taken * RUNS / runs > LONGEST
    print("| top | computed | by splitting | interval | trials | CPU s |")
    print("| --: | --: | --: | --- | --: | --: |")
    for top in range(3, 13):
        exact = 9 / (10**top - 1)
        begun = time.process_time()
        rare = split(
            Tables(graph_of(GAMBLER, {"TOP": str(top)})), "stays_poor", seed=top, workers=1
        )
        if rare is None:
            print(f"| {top} | {exact:.3e} | no level is reached | | | |")
            wrong = True
            continue
        share, low, high = rare.broken["stays_poor"]
        spent = time.process_time() - begun
        print(
            f"| {top} | {exact:.3e} | {share:.3e} | {low:.3e} to {high:.3e} | {rare.runs:,}", end=""
        )
        print(f" | {spent:.1f} |", flush=True)
        wrong |= abs(share - exact) > WIDER * (high - low) / 2
    if wrong:
        raise BenchmarkError(f"slower than {LONGEST:g} s, or not what is computed")
