"""Times that a log has: written, and read back from a file that anybody may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from model_check.language import SpecError, load
from model_check.language.tree.timing import MOST_TIME, Fixed, FromLog
from model_check.likelihood.measured import MeasuredError, MeasuredTimes, with_measured
from model_check.report.documents.timing import MOST_TIMES, TIMED, read_times
from model_check.results.step_times import StepTimes, Timing


def written(path: Path, *steps: StepTimes) -> Path:
    path.write_text(TIMED.text(Timing("m", ("log",), 3, steps)), encoding="utf-8")
    return path


def test_what_is_written_is_read_back_in_nanoseconds(tmp_path: Path) -> None:
    path = written(
        tmp_path / "t.json",
        StepTimes("gateway", "begin", False, (0, 5), 0),
        StepTimes("gateway.read", "step", True, (1, 1, 7), 2),
        StepTimes("gateway.read", "same", False, (), 1),
    )
    assert read_times(path) == MeasuredTimes(
        str(path),
        {
            ("gateway", "begin"): (0, 5_000),
            ("gateway.read", "step"): (1_000, 1_000, 7_000),
            ("gateway.read", "same"): (),
        },
    )


def test_times_are_told_by_quantiles_and_their_mean(tmp_path: Path) -> None:
    times = tuple(range(1, 201))
    path = written(tmp_path / "t.json", StepTimes("p.a", "step", False, times, 4))
    (step,) = json.loads(path.read_text(encoding="utf-8"))["steps"]
    assert step["quantiles_us"] == {
        "0%": 1, "5%": 10, "25%": 50, "50%": 100, "75%": 150, "95%": 190, "99%": 198, "100%": 200,
    }  # fmt: skip
    assert (step["count"], step["left_out"], step["mean_us"]) == (200, 4, 100.5)
    none = written(tmp_path / "none.json", StepTimes("p.a", "step", False, (), 4))
    (step,) = json.loads(none.read_text(encoding="utf-8"))["steps"]
    assert (step["count"], step["mean_us"], step["quantiles_us"]) == (0, None, {})


@pytest.mark.parametrize("count", [MOST_TIMES, MOST_TIMES + 1, 3 * MOST_TIMES])
def test_of_very_many_times_evenly_chosen_ones_are_written(tmp_path: Path, count: int) -> None:
    path = written(tmp_path / "t.json", StepTimes("p.a", "step", False, tuple(range(count)), 0))
    (step,) = json.loads(path.read_text(encoding="utf-8"))["steps"]
    times = step["times_us"]
    assert (step["count"], len(times), len(set(times))) == (count, MOST_TIMES, MOST_TIMES)
    assert times == sorted(times)
    if count == MOST_TIMES:
        assert times == list(range(count))
    if count == 3 * MOST_TIMES:  # the middle one of every three
        assert times == list(range(1, count, 3))


GOOD: dict[str, Any] = {
    "schema": "model-check/timing/1",
    "steps": [{"step": "p.a", "since": "step", "times_us": [3, 1]}],
}


def changed(**step: object) -> dict[str, Any]:
    return GOOD | {"steps": [GOOD["steps"][0] | step]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "$: this must be an object, it is []"),
        ({}, "$.schema is missing"),
        (GOOD | {"schema": "model-check/timing/2"},
         '$.schema: this must be "model-check/timing/1", it is "model-check/timing/2"'),
        ({"schema": GOOD["schema"]}, "$.steps is missing"),
        (GOOD | {"steps": {}}, "$.steps: this must be a list, it is {}"),
        (GOOD | {"steps": GOOD["steps"] * 2}, "$.steps[1].step: this must be a step that does not"
         ' stand here before, it is "p.a"'),
        (changed(step=1), "$.steps[0].step: this must be text, it is 1"),
        (changed(since="start"),
         '$.steps[0].since: this must be one of begin, step, same, it is "start"'),
        (changed(times_us=None), "$.steps[0].times_us: this must be a list, it is null"),
        (changed(times_us=[1.5]), "$.steps[0].times_us[0]: this must be a whole number, it is 1.5"),
        (changed(times_us=[0, True]),
         "$.steps[0].times_us[1]: this must be a whole number, it is true"),
        (changed(times_us=[-1]), f"$.steps[0].times_us[0]: this must be from 0 to"
         f" {MOST_TIME // 1000}, it is -1"),
        (changed(times_us=[MOST_TIME // 1000 + 1]), f"$.steps[0].times_us[0]: this must be from 0"
         f" to {MOST_TIME // 1000}, it is {MOST_TIME // 1000 + 1}"),
        (changed(times_us=[0] * (MOST_TIMES + 1)),
         "$.steps[0].times_us: there are more than 10,000 of them"),
        (GOOD | {"steps": [changed(step=str(n))["steps"][0] for n in range(10_001)]},
         "$.steps: there are more than 10,000 of them"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_times_is_told_with_the_place(
    tmp_path: Path, document: object, message: str
) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(MeasuredError) as error:
        read_times(path)
    assert str(error.value) == f"{path}: {message}"
    assert error.value.exit_code == 2


def test_what_is_no_json_or_no_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    for text, message in (("{", "this is no JSON"), ("[NaN]", "NaN is no value")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(MeasuredError, match=message):
            read_times(path)
    with pytest.raises(MeasuredError, match=str(tmp_path)):
        read_times(tmp_path)
    with pytest.raises(MeasuredError, match="none"):
        read_times(tmp_path / "none.json")
    path.write_text(json.dumps(changed(times_us=[])), encoding="utf-8")
    assert read_times(path).times == {("p.a", "step"): ()}


SPEC = """\
processes:
  p:
    count: 2
    run: |
      a: pass
      b: pass
timing:
  p: from log
  p[1].a: from log
  p.a: every from log, 5%
  p.b: 5ms
"""


def test_what_was_measured_stands_in_the_place_of_from_log(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    timing = load(path).timing
    times = {
        ("p", "begin"): (1,),
        ("p.a", "step"): (2, 3),
        ("p.a", "same"): (4,),
        ("p.b", "step"): (5,),
    }
    found = with_measured(timing, MeasuredTimes("t.json", times))
    assert [each.time for each in found] == [
        FromLog((1,)), FromLog((2, 3)), FromLog((4,)), Fixed(5_000_000),
    ]  # fmt: skip
    assert [(each.name, each.every, each.chance) for each in found] == [
        (each.name, each.every, each.chance) for each in timing
    ]


def test_what_was_not_measured_is_told_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    times = {("p.aa", "step"): (1,), ("p.a", "same"): (), ("q", "begin"): (1,)}
    with pytest.raises(SpecError) as error:
        with_measured(load(path).timing, MeasuredTimes("t.json", times))
    told = [
        (d.position.line, d.position.column, d.message, d.hint) for d in error.value.diagnostics
    ]
    assert told == [
        (8, 3, "t.json has no times of when p begins", "there is q"),
        (9, 3, "t.json has no times of p.a since the step before", "did you mean p.aa?"),
        (10, 3, "t.json has no times of p.a since it came last", ""),
    ]
