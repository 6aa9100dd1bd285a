"""What is only half so is not so: a trace with other values, and a repair of half of it."""

from __future__ import annotations

from pathlib import Path

from model_check.language.draft import Draft
from model_check.language.forms import FORMS
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout
from model_check.repairs.counterexample_learning import Counterexample, Variant, run_again
from model_check.repairs.search import search_repairs
from model_check.verify.checking import check_spec
from repair_specs import written

VALUES = """\
model: values
constants: {K: 1}
vars: {x: 0..3, y: 0..3}
processes:
  p:
    run: |
      one: x = K
      two: y = 1
properties:
  none: {finally: y == 0}
"""


def test_a_trace_does_not_run_where_its_steps_leave_other_values(tmp_path: Path) -> None:
    spec = Draft.read(written(tmp_path, VALUES)).spec()
    results = {each.name: each for each in check_spec(spec)[1].results}
    trace = results["none"].trace
    assert trace is not None
    counterexample = Counterexample(trace, "none", FORMS["finally"])
    for text, runs in (
        (VALUES, True),
        (VALUES.replace("K: 1", "K: 2"), False),  # the same steps, other values
        (VALUES.replace("one: x", "first: x"), True),  # the same values, by other steps
        (VALUES.replace("two: y = 1", "two: await y == 1"), False),  # it does not get there
    ):
        other = Draft.read(written(tmp_path, text, "other.yaml")).spec()
        again = run_again(counterexample, Variant(make_program(other, Layout())))
        assert (again is not None) is runs


def test_a_repair_after_which_something_wanted_is_not_known_is_none(tmp_path: Path) -> None:
    text = """\
model: half
vars: {x: 0..1, y: 0..1}
processes:
  p:
    run: |
      one: x = 1
      two: y = 1
properties:
  ordered: {never: x == 1 and y == 0}
  asked: {always: 1 // x >= 0}
"""
    found = search_repairs(Draft.read(written(tmp_path, text)), ["ordered", "asked"])
    assert found.broken == ("ordered",)
    assert found.repairs == ()
    assert found.undecided > 0
    assert not found.complete
    alone = search_repairs(Draft.read(written(tmp_path, text)), ["ordered"])
    assert [[str(each) for each in repair.changes] for repair in alone.repairs] == [
        ["p: two before one"]
    ]
