"""What lies too deep for one function of Python is written as several, which do the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.machine.python import source
from model_check.verify.verdicts import judge

SPEC = """\
model: deep
resources:
  q:
    kind: queue[0..5]
vars:
  a: 0..5 = choose([1, 3])
  b: int? = choose([None, 2])
  seen: list[0..5]
processes:
  p:
    count: 2
    run: |
      for i in range(2):
          take:
              x = choose([0, 1, 2])
              await x != a
              if x == 1:
                  for y in range(4):
                      if y == a or (y > 1 and b is not None and y == b):
                          seen = [z for z in seen if z != y]
                          t = y
                      else:
                          seen.append(y)
                          t = 5 - y
                      a = t
              elif x == 2:
                  a = 5 // (a - 1) if a > 0 else seen[0]
              else:
                  q.put(a)
          either:
              get: a = q.get()
          or:
              pass_on: await len(seen) < 3
properties:
  small: {always: sum(s for s in seen if s != a) < 14}
  end: {finally: a != 2}
"""


def seen(space: Space) -> object:
    judged = judge(space)
    whole = [list(space.states), list(space.parents), space.errors, list(space.terminal)]
    told = [(r.verdict, r.violating_states, r.trace) for r in judged.results]
    return whole, told, list(space.edges())


def test_steps_of_many_small_functions_do_what_one_function_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(SPEC, encoding="utf-8")
    spec = load(path)
    whole = seen(explore(spec, options=SearchOptions(engine="python", remember=False)))
    monkeypatch.setattr(source, "MOST_LOOPS", 0)
    monkeypatch.setattr(source, "DEEPEST", 1)
    monkeypatch.setattr(source, "TOGETHER", 2)
    space = explore(spec, options=SearchOptions(engine="python", remember=False))
    assert "def apart_9(" in source.source_of(space.machine)
    assert seen(space) == whole
