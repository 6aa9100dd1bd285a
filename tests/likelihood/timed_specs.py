"""Specs whose steps take time, for tests of what computes with them: a spec, and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fuzz.repair import load_text
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.language.tree.spec import Spec
from model_check.language.tree.timing import (
    Distribution,
    Exponential,
    Fixed,
    Normal,
    Uniform,
)
from model_check.likelihood import clocks
from model_check.likelihood.graph_of import timed_graph
from model_check.likelihood.remembered import left_out
from model_check.likelihood.timed_graph import Clock, TimedGraph
from model_check.machine.core import Machine

SPECS = Path(__file__).parent.parent.parent / "specs"
MS = 1_000_000
"""Nanoseconds."""

Times = Mapping[str, Clock | Distribution]
"""By the name of a step (`gateway.subscribe`), or of an instance that begins later (`gateway`)."""


def fixed(milliseconds: float) -> Fixed:
    return Fixed(round(milliseconds * MS))


def exponential(milliseconds: float) -> Exponential:
    return Exponential(round(milliseconds * MS))


def uniform(low: float, high: float) -> Uniform:
    return Uniform(round(low * MS), round(high * MS))


def normal(mean: float, deviation: float) -> Normal:
    return Normal(round(mean * MS), round(deviation * MS))


LEGACY: Times = {
    "ai_service.publish": Clock(fixed(50), every=True),
    "ai_service.save": fixed(5),
    "gateway": uniform(0, 400),
    "gateway.subscribe": fixed(5),
}


def ruin(top: int) -> str:
    """A gambler that begins with 1 and plays until there is nothing left, or `top`."""
    return f"""\
model: ruin
vars: {{n: 0..{top} = 1}}
processes:
  up:
    run: |
      while True:
          wins:
              await 0 < n < {top}
              n = n + 1
  down:
    run: |
      while True:
          loses:
              await 0 < n < {top}
              n = n - 1
properties:
  poor:
    never: n == {top}
"""


def clocks_of(machine: Machine, times: Times) -> tuple[list[Clock], list[Distribution | None]]:
    """The clocks of steps, and when instances begin. What may go wrong never comes, where nothing
    is said of it; a timeout comes last."""
    found = []
    for step in machine.steps:
        name = f"{machine.instances[step.instance].name}.{step.label}"
        said = times.get(name)
        if isinstance(said, Clock):
            found.append(said)
        elif said is not None:
            found.append(Clock(said))
        else:
            found.append(Clock(never=step.fault, last=step.timeout))
    begin_times = []
    for instance in machine.instances:
        begins = None if instance.task else times.get(instance.name)
        assert not isinstance(begins, Clock)
        begin_times.append(begins)
    return found, begin_times


def space_of(spec: Spec) -> Space:
    """All of a spec's states."""
    return explore(spec, options=SearchOptions(engine="python", reduce="none", forget_from=None))


def said(text: str) -> TimedGraph:
    """The graph of a spec by its text, whose own `timing` says the times, asked all it can be."""
    spec = load_text(text)
    space = space_of(spec)
    times, begin_times = clocks.clocks_of(space.machine, spec.timing)
    out = {each.name for each, _ in left_out(spec.properties)}
    asked = [each for each in spec.properties if each.name not in out]
    return timed_graph(space, times, begin_times, asked, [each.name for each in spec.defines])


def graph_of(
    source: str | Path, times: Times, asked: Sequence[str] = (), defines: Sequence[str] = ()
) -> TimedGraph:
    """The graph of a spec, by its path or its text. asked: properties (all that can be, where none
    is named); defines: likewise."""
    spec = load(source) if isinstance(source, Path) else load_text(source)
    space = space_of(spec)
    own, begin_times = clocks_of(space.machine, times)
    out = {each.name for each, _ in left_out(spec.properties)}
    properties = [
        each for each in spec.properties if (each.name in asked if asked else each.name not in out)
    ]
    names = defines or [each.name for each in spec.defines]
    return timed_graph(space, own, begin_times, properties, names)
