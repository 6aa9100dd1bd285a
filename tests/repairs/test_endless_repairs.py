"""Repairs of what asks whole runs, steps or one state, against exhausting all sets of changes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from model_check import check
from model_check.language.draft import Draft
from model_check.language.forms import FORMS
from model_check.repairs import counterexample_learning, search
from model_check.repairs.changes import plan_of
from model_check.repairs.counterexample_learning import is_run_again
from model_check.repairs.search import search_repairs
from model_check.report.documents.advice import REPAIRS
from model_check.report.documents.advice_files import write_repairs
from model_check.report.text.advice import render_repairs
from repair_specs import IN_TIME, Known, minimal_repairs, random_spec, text_of, written

SWAP = """\
model: swap
types: {V: 0..2}
resources:
  flag: {kind: "redis.string[V]", key: "s:flag:{session}", initially: 0}
  value: {kind: "redis.string[V]", key: "s:value:{session}", initially: 0}
processes:
  writer:
    run: |
      tell: flag.set(1)
      write: value.set(2)
  reader:
    vars: {seen: "V?", got: "V?"}
    run: |
      while seen != 1:
          poll: seen = flag.get()
      read: got = value.get()
      while got != 2:
          again: pass
define: {has_it: reader.got == 2}
properties:
  at_last: {finally: has_it}
  some_time: {eventually: has_it}
  told: {leads_to: {after: reader.seen == 1, comes: has_it}}
  formula: {ltl: "F has_it"}
  can: {possible: has_it}
"""


def test_a_poll_that_gets_nothing_for_ever_is_repaired_by_a_swap(tmp_path: Path) -> None:
    found = search_repairs(Draft.read(written(tmp_path, SWAP)))
    assert found.broken == ("at_last", "some_time", "told", "formula")
    assert found.complete
    assert [str(change) for each in found.repairs for change in each.changes] == [
        "writer: write before tell", "writer: tell and write in one atomic step",
    ]  # fmt: skip
    for each in write_repairs(found, tmp_path / "out").files:
        assert check(each, reason=False, allow_outside=True), each


def test_the_best_set_is_told_with_the_run_that_never_ends(tmp_path: Path) -> None:
    text = SWAP.replace("      write: value.set(2)\n", "      write: value.set(1)\n")
    found = search_repairs(Draft.read(written(tmp_path, text)))
    assert found.complete
    assert not found.repairs
    assert found.best is not None
    told = render_repairs(found, 100, color=False, unicode=True)
    assert "at_last by a run that never ends, step" in told
    assert json.loads(REPAIRS.text(found))["best"]["trace"]["end"] == "loop"


def test_what_no_run_can_show_is_told_without_a_trace(tmp_path: Path) -> None:
    text = SWAP.replace("      write: value.set(2)\n", "      write: value.set(1)\n")
    found = search_repairs(Draft.read(written(tmp_path, text)), ["can"])
    assert found.best is not None
    assert found.best.trace is None
    told = render_repairs(found, 100, color=False, unicode=True)
    assert "can is still violated: no run comes to a state that it asks for" in told or (
        "can is violated: no run comes to a state that it asks for" in told
    )
    assert json.loads(REPAIRS.text(found))["best"]["trace"] is None


def test_only_what_one_state_violates_is_asked_of_other_sets(tmp_path: Path) -> None:
    path = written(tmp_path, SWAP)
    lasso = check(path, reason=False).trace("at_last")
    assert lasso.end == "loop"
    asked = {name for name, form in FORMS.items() if is_run_again(form, lasso)}
    assert asked == set()


def wrong(folder: Path, seed: int, counts: Counter[str]) -> list[str]:
    """What is said of the repairs of a random spec, and is not so."""
    draft = Draft.read(random_spec(folder, seed, IN_TIME))
    plan = plan_of(draft)
    found = search_repairs(draft, minimal=True)
    known: Known = {}
    expected = minimal_repairs(plan, found.wanted, known)
    counts["repaired"] += bool(expected) and expected != [frozenset()]
    counts["lassos"] += found.best is not None and (
        found.best.trace is not None and found.best.trace.end == "loop"
    )
    counts["replayed"] += found.replayed
    assert found.complete
    texts = {text_of(plan, each) for each in expected if each}
    numbers = {change: i for i, change in enumerate(plan.changes)}
    ours = {text_of(plan, frozenset(numbers[c] for c in each.changes)) for each in found.repairs}
    return [] if texts == ours else [f"{seed}: {texts} and not {ours}"]


SEEDS = (*range(7), *range(8, 11), *range(12, 20))
"""Of these, all sets are exhausted in less than a second each."""


@pytest.mark.thorough
def test_random_specs_have_the_repairs_that_exhausting_all_sets_finds(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    assert [each for seed in SEEDS for each in wrong(tmp_path, seed, counts)] == []
    assert counts["repaired"] > 0
    assert counts["lassos"] > 2


STARVING = """\
model: starving
vars: {n: 0..1, got: bool}
processes:
  ticker:
    run: |
      while True:
          tick: n = 1 - n
  waiter:
    run: |
      take:
          await n == 1
          got = True
properties:
  served: {finally: got}
alternatives:
  the waiter comes to its turn:
    processes:
      waiter:
        fairness: strong
"""


def test_a_lasso_that_another_set_makes_unfair_does_not_refute_it(tmp_path: Path) -> None:
    found = search_repairs(Draft.read(written(tmp_path, STARVING)))
    assert found.broken == ("served",)
    assert [str(each.changes[0]) for each in found.repairs] == ["the waiter comes to its turn"]


def test_the_judge_sees_a_lasso_that_refutes_other_sets_by_its_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted mistake: a run that goes round refutes whatever can do its steps."""
    monkeypatch.setattr(search, "is_run_again", lambda form, trace: True)
    monkeypatch.setattr(counterexample_learning, "_violates", lambda *_: True)
    with pytest.raises(AssertionError):
        test_a_lasso_that_another_set_makes_unfair_does_not_refute_it(tmp_path)
