"""How far the tool goes while a model runs: further, or it says where it ends. Never is a limit
of the tool told as an error of the model, or passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import Result, SpecError, check
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


def in_one_step(variable: str, statement: str, formula: str = "True") -> str:
    return (
        f"model: step\nvars:\n  x: {variable}\nprocesses:\n  p:\n    run: |\n      go:\n"
        f'          {statement}\nproperties:\n  asked: {{always: "{formula}"}}\n'
    )


@pytest.mark.parametrize("engine", ["python", "native"])
@pytest.mark.parametrize(
    ("variable", "statement", "limit"),
    [
        ("int = 3", "for i in range(40): x = x * x", "a number beyond 2**128"),
        ("int = 3", "for i in range(4000): x = x + x", "a number beyond 2**128"),
        ("int = 3", "for i in range(200): x += sum([x, x])", "a number beyond 2**128"),
        ("list[bool] = [True]", "for i in range(40): x = x + x", "a list of more than 4,096 items"),
        ("list[int] = [1]", "x = x + [i for i in range(4096)]", "a list of more than 4,096 items"),
        ("list[int]", "x = [i for i in range(5000)]", "a list of more than 4,096 items"),
        ("int = 5000", "x = sum(i for i in range(x))", "a range of more than 4,096 numbers"),
    ],
)
def test_a_step_whose_values_grow_too_large_ends_the_search_there(
    tmp_path: Path, variable: str, statement: str, limit: str, engine: Engine
) -> None:
    loop, colon, inner = statement.partition(": ")
    if colon:
        statement = f"{loop}:\n              {inner}"
    report = checked(tmp_path, in_one_step(variable, statement), engine)
    assert set(verdicts(report).values()) == {"undetermined"}
    assert report.space.stopped.startswith(f"{limit} ({tmp_path / 'limits.yaml'}:")


def test_temporaries_grow_no_further_than_variables(tmp_path: Path) -> None:
    statement = "t = x\n          for i in range(30):\n              t = t + t\n          x = t[:1]"
    report = checked(tmp_path, in_one_step("list[0..9] = [7]", statement))
    assert report.space.stopped.startswith("a list of more than 4,096 items (")


@pytest.mark.parametrize("engine", ["python", "native"])
def test_an_integer_may_be_as_large_as_the_documents_say(tmp_path: Path, engine: Engine) -> None:
    text = in_one_step("int = -2147483647", "x = x * x * x * x", "x < 0")
    trace = checked(tmp_path, text, engine).trace("asked")
    assert trace.steps[-1].state.variables["x"] == 2147483647**4


def test_a_formula_that_meets_a_limit_is_undetermined_and_no_error(tmp_path: Path) -> None:
    text = in_one_step("int = 5000", "x += 1", "sum(i for i in range(x)) >= 0")
    report = checked(tmp_path, text)
    assert verdicts(report) == {
        "asked": "undetermined",
        "no_deadlock": "holds",
        "no_error": "undetermined",
    }
    assert report["asked"].limit.startswith("a range of more than 4,096 numbers (")
    assert report.exit_code == 3
    assert "asked cannot be told of every state: a range of more" in report.text(width=200)


def test_a_known_range_may_be_as_long_as_loops_may_be(tmp_path: Path) -> None:
    text = in_one_step("int", "x = 1", "sum(1 for i in range(10000)) == 10000")
    assert verdicts(checked(tmp_path, text))["asked"] == "holds"


def test_lists_in_lists_are_refused_or_stopped_before_they_take_all_memory(tmp_path: Path) -> None:
    deep = in_one_step(f"{'list[' * 24}bool{']' * 24}", "pass")
    with pytest.raises(SpecError, match="a value of this type takes more than 8,388,608 bits"):
        checked(tmp_path, deep)
    grows = in_one_step(
        "list[list[list[bool]]]",
        "x = [[[True for i in range(2000)]]]\n          y = [z for z in x]\n"
        "          x = [x[0] + x[0] for i in range(2000)]",
    )
    report = checked(tmp_path, grows)
    assert set(verdicts(report).values()) == {"undetermined"}
    assert "takes more than 8,388,608 bits (" in report.space.stopped
