"""What is said of states where the search was stopped: true, however the rest may be."""

from __future__ import annotations

from collections import Counter

import pytest
from fuzz.repair import load_text
from model_check.explore import portable
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.verify.checking import check_spec
from model_check.verify.page_tables import page_tables_of
from model_check.verify.state_graph import state_graph_of

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
