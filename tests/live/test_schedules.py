"""Complete schedules: all different, all possible, and together every transition."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import pytest
from live_runs import SPECS, explored
from model_check.live.errors import LiveError
from model_check.live.runs.schedules import ScheduleGraph, schedules

LOOP = """
model: loop
vars: {n: 0..2}
processes:
  p:
    run: |
      while True:
          either:
              up: n = (n + 1) % 3
          or:
              leave: pass
              break
properties:
  small: {always: n < 3}
"""
ENDLESS = """
model: endless
vars: {n: 0..2}
processes:
  p:
    run: |
      while True:
          up: n = (n + 1) % 3
properties:
  small: {always: n < 3}
"""


def graph_of(tmp_path: Path, text: str) -> ScheduleGraph:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return ScheduleGraph.of(explored(path)[0])


@pytest.mark.parametrize("name", ["fix-stream", "fix-atomic", "deadlock"])
def test_they_are_complete_runs_of_the_model_and_no_two_the_same(name: str) -> None:
    space, _ = explored(SPECS / f"{name}.yaml")
    found = [tuple(each) for each in islice(schedules(ScheduleGraph.of(space)), 150)]
    assert len(set(found)) == len(found)
    initial = set(space.states[: space.initial])
    ends = {space.states[number] for number in space.terminal}
    for run in found:
        assert run[0] in initial
        assert run[-1] in ends
        for before, after in pairwise(run):
            assert after in {target for target, _ in space.successors(before)}


@pytest.mark.parametrize("name", ["fix-stream", "fix-both", "legacy"])
def test_together_they_take_every_transition(name: str) -> None:
    space, _ = explored(SPECS / f"{name}.yaml")
    graph = ScheduleGraph.of(space)
    taken: set[tuple[int, int]] = set()
    for run in schedules(graph):
        taken.update(pairwise(run))
        if len(graph.taken) == graph.transitions:
            break
    known = space.states
    assert taken == {(known[a], known[b]) for a, b, _ in space.edges()}


def test_they_are_the_same_every_time() -> None:
    space, _ = explored(SPECS / "fix-stream.yaml")
    first, second = (list(islice(schedules(ScheduleGraph.of(space)), 90)) for _ in range(2))
    assert first == second


def test_random_ones_follow_when_every_transition_was_taken() -> None:
    space, _ = explored(SPECS / "fix-stream.yaml")
    graph = ScheduleGraph.of(space)
    found = list(islice(schedules(graph), 200))
    assert len(graph.taken) == graph.transitions
    assert len({tuple(each) for each in found}) == 200


def test_a_loop_is_gone_round_and_left(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, LOOP)
    found = [tuple(each) for each in schedules(graph)]
    assert len(graph.taken) == graph.transitions == 6
    assert len(set(found)) == len(found) >= 5
    assert max(map(len, found)) > len(graph.space.states)


def test_few_runs_are_all_there_are(tmp_path: Path) -> None:
    text = "model: two\nprocesses:\n  p: {count: 2, run: 'step: pass'}\n"
    assert len(list(schedules(graph_of(tmp_path, text)))) == 2


def test_a_model_that_never_ends_has_none(tmp_path: Path) -> None:
    with pytest.raises(LiveError, match="no run of this model is ever complete"):
        graph_of(tmp_path, ENDLESS)
