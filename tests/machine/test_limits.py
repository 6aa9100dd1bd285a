"""How far the tool goes while a model runs: further, or it says where it ends. Never is a limit
of the tool told as an error of the model, or passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import Result, check
from model_check.explore.search import Engine


def checked(tmp_path: Path, text: str, engine: Engine = "python") -> Result:
    path = tmp_path / "limits.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, reason=False, engine=engine)


def verdicts(report: Result) -> dict[str, str]:
    return {each.name: each.verdict for each in report.properties}


SKIPPING = """\
model: skipping
vars:
  x: 0..1 = 0
processes:
  p:
    run: |
      a: pass
      for i in range(OUTER):
          for j in range(INNER):
              if i == OUTER - 1 and j == INNER - 1:
                  s: x = 1
properties:
  never_one: {never: x == 1}
"""


@pytest.mark.parametrize("engine", ["python", "native"])
@pytest.mark.parametrize(("outer", "inner"), [(2, 3), (1, 3000), (100, 100)])
def test_a_loop_comes_to_its_step_however_many_turns_it_skips(
    tmp_path: Path, outer: int, inner: int, engine: Engine
) -> None:
    text = SKIPPING.replace("OUTER", str(outer)).replace("INNER", str(inner))
    report = checked(tmp_path, text, engine)
    assert verdicts(report) == {
        "never_one": "violated",
        "no_deadlock": "holds",
        "no_error": "holds",
    }
    assert report.trace("never_one").steps[-1].event == f"p.s[{outer - 1}, {inner - 1}]"


@pytest.mark.parametrize("engine", ["python", "native"])
def test_loops_that_skip_more_than_a_million_turns_decide_nothing_and_say_where(
    tmp_path: Path, engine: Engine
) -> None:
    text = SKIPPING.replace("OUTER", "3000").replace("INNER", "3000")
    report = checked(tmp_path, text, engine)
    assert set(verdicts(report).values()) == {"undetermined"}
    place = f"{tmp_path / 'limits.yaml'}:8:7"
    assert report.space.stopped == (
        f"loops that skip more than 1,048,576 turns without a step ({place})"
    )
    assert report.space.growth is not None
    assert report.space.grew == ""


def test_long_chains_of_silent_tests_are_written_once(tmp_path: Path) -> None:
    tests = "".join(f"      if x == {i}:\n          if y == {i}:\n              s{i}: n = {i}\n"
                    for i in range(1, 30))  # fmt: skip
    text = (
        "model: chain\nvars: {n: int}\nprocesses:\n  p:\n    vars: {x: 0..30, y: 0..30}\n"
        f"    run: |\n      set: |\n          x = 29\n          y = 29\n{tests}"
        "properties:\n  last: {finally: n == 29}\n"
    ).replace("set: |", "set:")
    report = checked(tmp_path, text)
    assert verdicts(report) == {"last": "holds", "no_deadlock": "holds", "no_error": "holds"}
    assert report.space.states == 3
