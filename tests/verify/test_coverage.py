"""A step that no run takes is named, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import check
from model_check.explore.space import Space
from model_check.language import load
from model_check.verify.checking import check_spec
from model_check.verify.coverage import untaken_steps

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
CONSUMER = """\
model: consumer
about: The guard is written the wrong way round.
resources:
  jobs: {kind: "redis.list[1..2]", key: jobs}
processes:
  producer:
    run: |
      for n in range(1, 3):
          push: jobs.rpush(n)
  consumer:
    count: 2
    vars: {got: "list[1..2]"}
    run: |
      start: pass
      while len(got) > 3:
          pop: got.append(jobs.blpop())
      if self == 1:
          second: pass
properties:
  few: {always: "len(consumer[0].got) <= 2"}
"""


def by_every_state(space: Space) -> set[str]:
    """The same by asking every process in every state."""
    machine = space.machine
    name = {
        each.index: f"{machine.instances[each.instance].process}.{each.label}"
        for each in machine.steps
    }
    taken = set()
    for state in space.states:
        out: list[tuple[int, int]] = []
        for labelled in space.program.labelled:
            labelled(state, out)
        taken |= {name[step] for _, step in out}
    return set(name.values()) - taken


def test_a_step_behind_a_wrong_guard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "consumer.yaml"
    path.write_text(CONSUMER, encoding="utf-8")
    result = check(path)
    assert result["few"].verdict == "holds"
    assert result.report.untaken is not None
    assert [(each.name, each.line) for each in result.report.untaken] == [("consumer.pop", 16)]
    assert "no run ever takes consumer.pop (line 16)" in result.text()


def test_a_step_that_only_fails_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "fails.yaml"
    path.write_text(
        "model: fails\nvars: {x: 0..1}\nprocesses:\n  p:\n    run: |\n      a: x = 1 // x\n",
        encoding="utf-8",
    )
    assert untaken_steps(check_spec(load(path))[0]) == ()


def test_nothing_is_said_of_what_was_not_explored(tmp_path: Path) -> None:
    path = tmp_path / "consumer.yaml"
    path.write_text(CONSUMER, encoding="utf-8")
    assert check(path, max_states=2).report.untaken is None
    assert untaken_steps(check_spec(load(path))[0], most=3) is None


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_step_of_the_specs_is_taken(path: Path) -> None:
    space, _ = check_spec(load(path))
    named = untaken_steps(space)
    assert named is not None
    assert {each.name for each in named} == by_every_state(space) == set()
