"""What a search for repairs claims: of sets that make the same text, of what a limit stopped,
and of alternatives that ask where processes stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from model_check.budget.deadline import Deadline
from model_check.explore.limits import Limits
from model_check.language.draft import Draft
from model_check.language.tree.spec import Spec
from model_check.repairs import change_sets, search
from model_check.repairs.changes import Candidate
from model_check.repairs.search import search_repairs
from model_check.report.text.advice import render_repairs
from model_check.results.repair import Repairs
from repair_specs import written


def texts(found: Repairs) -> list[tuple[str, ...]]:
    return [tuple(str(change) for change in each.changes) for each in found.repairs]


SAME = """\
model: same
vars: {a: 0..1, b: 0..1, c: 0..1}
processes:
  p:
    run: |
      one: a = 1
      two: b = 1
      three: c = 1
  q:
    vars: {m: 0..1, n: 0..1}
    run: |
      four: m = 1
      five: n = 1
properties:
  c_then_b: {never: b == 1 and c == 0}
  b_then_a: {never: a == 1 and b == 0}
"""


@pytest.mark.parametrize("minimal", [False, True])
def test_sets_that_make_the_same_text_are_one_repair_and_none_is_minimal_that_contains_one(
    minimal: bool, tmp_path: Path
) -> None:
    draft = Draft.read(written(tmp_path, SAME))
    found = search_repairs(draft, minimal=minimal)
    assert found.complete
    # "three, two, one" is made in three ways of two changes: none of them needs q's change.
    assert [len(each.changes) for each in found.repairs] == [2]
    assert all(change.process == "p" for change in found.repairs[0].changes)
    assert found.alike > 0
    told = " ".join(render_repairs(found).split())
    assert "these are all, but for sets that make the same text as one of them; no set" in told


def test_a_set_in_the_middle_of_which_the_search_was_stopped_is_not_left_out_in_silence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Whoever asks before a set is explored, or when the next one is looked for, hears nothing.
    over = False
    numbers = iter(range(100))
    explore, look_for = search.check_spec, change_sets.ChangeSets.smallest

    def explored(spec: Spec, limits: Limits, **options: Any) -> Any:
        nonlocal over
        over = next(numbers) == 1
        space, judgement = explore(spec, limits, **options)
        if over:
            open_ = [replace(e, verdict="undetermined", trace=None) for e in judgement.results]
            judgement = replace(judgement, results=tuple(open_))
        return space, judgement

    def looked_for(solver: change_sets.ChangeSets, patience: Deadline) -> Candidate | None:
        nonlocal over
        over = False
        return look_for(solver, patience)

    monkeypatch.setattr(search, "check_spec", explored)
    monkeypatch.setattr(change_sets.ChangeSets, "smallest", looked_for)
    draft = Draft.read(written(tmp_path, SAME))
    found = search_repairs(draft, limits=Limits(interrupted=lambda: over))
    assert (found.complete, found.stopped) == (False, "interrupted")


STANDING = """\
model: standing
vars: {{x: 0..1, y: 0..1, z: 0..1, w: 0..1, bad: bool}}
processes:
  p:
    run: |
      pone: x = 1
      ptwo: y = 1
  r:
    run: |
      rone: z = 1
      rtwo: w = 1
  q:
    run: |
      go: bad = True
properties:
  fine: {{never: bad}}
alternatives:
  q looks:
    processes:
      q:
        run: |
          go: bad = {looks}
"""


def test_a_run_where_an_alternative_asks_where_processes_stand_is_not_mixed(
    tmp_path: Path,
) -> None:
    # At the beginning, p turned and r turned, q leaves bad as it was; with one of them, not.
    looks = "x + y + z + w == 0 and not (at(p, ptwo) and at(r, rtwo))"
    draft = Draft.read(written(tmp_path, STANDING.format(looks=looks)))
    found = search_repairs(draft, ["fine"])
    assert found.complete
    assert texts(found) == [("p: ptwo before pone", "r: rtwo before rone", "q looks")]
    assert found.alike == 0
    told = " ".join(render_repairs(found).split())
    assert "the only smallest repair among" in told
