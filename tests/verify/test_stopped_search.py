"""What is said of states where the search was stopped: true, however the rest may be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Never

import pytest
from fuzz.repair import load_text
from model_check import Result, check
from model_check.budget.spending import StopNow, is_telling
from model_check.explore import portable, trace_choice
from model_check.explore.limits import Limits
from model_check.explore.native import questions
from model_check.explore.native import rows as native_rows
from model_check.explore.search import SearchOptions
from model_check.verify import coverage, no_return
from model_check.verify.checking import check_spec
from model_check.verify.page_tables import page_tables_of
from model_check.verify.state_graph import state_graph_of
from model_check.verify.trace import Tracer

FAILING = """\
model: failing
vars:
  n: 0..2
  m: 0..6
  k: 0..1 = choose({0, 1})
processes:
  up:
    run: |
      while True:
          either:
              add:
                  await n < 2
                  n = n + 1
          or:
              leave: pass
              break
  odd:
    run: |
      begin: m = 1
      divide: m = 6 // (n - 2 * k)
      end: pass
  late:
    run: |
      wait: await n == 2
      back: m = 0
properties:
  small: {finally: m < 2}
"""


def test_wherever_the_search_stops_only_what_it_looked_into_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portable, "CHUNK", 1)
    spec = load_text(FAILING)
    whole, judgement = check_spec(spec, options=SearchOptions(forget_from=None))
    nodes = state_graph_of(whole, judgement).nodes
    lost = {node.number for node in nodes if "small" in node.lost}
    found = set()
    for most in range(1, len(whole.states)):
        space, judgement = check_spec(
            spec, Limits(max_states=most), options=SearchOptions(forget_from=None)
        )
        told = {
            node.number for node in state_graph_of(space, judgement).nodes if "small" in node.lost
        }
        assert told <= lost
        found |= told
        tables = page_tables_of(space, judgement)
        assert tables.expanded == space.expanded
        ways = Counter(number for number, *_ in (*space.edges(), *space.errors))
        assert [len(each) for each in tables.edges] == [ways[n] for n in tables.numbers]
    assert found


HOLDING = """\
model: holding
vars: {n: 0..9}
processes:
  p:
    run: |
      for i in range(9):
          add: n += 1
properties:
  small: {always: n < 10}
  full: {finally: n == 9}
"""


@pytest.mark.parametrize("most", [1, 5, 9])
def test_nothing_holds_of_a_space_that_was_not_explored_to_its_end(most: int) -> None:
    _, judged = check_spec(load_text(HOLDING), Limits(max_states=most))
    assert {each.verdict for each in judged.results} == {"undetermined"}
    _, judged = check_spec(load_text(HOLDING))
    assert {each.verdict for each in judged.results} == {"holds"}


GROWING = """\
model: growing
vars: {n: 0..9, m: 0..9}
processes:
  p:
    run: |
      for i in range(9):
          add: n += 1
  q:
    run: |
      for i in range(9):
          more: m += 1
properties:
  small: {always: n + m < 7}
  full: {finally: n < 9}
  slow: {each_step: n < 5}
  comes: {leads_to: {after: n == 9, comes: n == 1}}
"""


def stopping(*_asked: object, **_more: object) -> Never:
    raise StopNow("for a test")


def checked(folder: Path) -> Result:
    path = folder / "growing.yaml"
    path.write_text(GROWING, encoding="utf-8")
    return check(path, engine="native", keep_dead=True, reduce="none")


@pytest.fixture
def everything_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_choice, "PATIENCE", -1)
    monkeypatch.setattr(no_return, "FEW_LOOKED_AT", 1)
    monkeypatch.setattr(coverage, "PATIENCE", -1)


@pytest.mark.usefixtures("everything_is_compiled")
def test_a_violation_stays_one_where_no_time_is_left_to_choose_among_its_traces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = checked(tmp_path)
    monkeypatch.setattr(questions, "fewest_changes", stopping)
    part = checked(tmp_path)
    assert part["small"].verdict == "violated"
    assert len(part.trace("small").steps) == len(whole.trace("small").steps)
    assert {part[name].verdict for name in ("full", "slow", "comes")} == {"undetermined"}
    assert part.report.unjudged == "for a test"
    assert "is violated after step 7" in part.text()


@pytest.mark.usefixtures("everything_is_compiled")
def test_a_violation_stays_one_where_no_time_is_left_to_tell_its_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tracer, "along", stopping)
    part = checked(tmp_path)
    assert (part["small"].verdict, part["small"].trace) == ("violated", None)
    assert "small" in part.text()
    written = part.write(tmp_path / "out", graph=True)
    assert any(path.endswith("result.json") for path in written.report.files)
    assert "small" in part._repr_html_()


@pytest.mark.usefixtures("everything_is_compiled")
@pytest.mark.parametrize(
    ("place", "name"),
    [
        (native_rows.NativeRows, "leading_to"),
        (native_rows.NativeRows, "ask"),
        (questions, "native_alike"),
        (questions, "rows_of"),
        (questions.Questions, "happening"),
        (questions.Questions, "letters"),
        (questions.Questions, "wrong_steps"),
        (questions.Questions, "scan"),
    ],
)
def test_wherever_the_work_after_a_search_ends_what_is_said_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: object, name: str
) -> None:
    whole, right = checked(tmp_path), getattr(place, name)
    stopped = False

    def stopping_outside(*asked: object, **more: object) -> object:
        nonlocal stopped
        if is_telling():
            return right(*asked, **more)
        stopped = True
        raise StopNow("for a test")

    with monkeypatch.context() as patch:
        patch.setattr(place, name, stopping_outside)
        part = checked(tmp_path)
    assert stopped
    for each in part:
        assert each.verdict in ("undetermined", whole[each.name].verdict)
        if each.no_return is not None and each.no_return.step is not None:
            assert each.no_return == whole[each.name].no_return
    assert part.report.untaken in (None, whole.report.untaken)
    assert part.report.unseen in (None, whole.report.unseen)
    assert part.text()
