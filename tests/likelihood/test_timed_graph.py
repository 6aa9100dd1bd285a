"""What is asked of runs, where they are over, and which go on for ever."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from fuzz.repair import load_text
from likelihood.timed_specs import SPECS, said, space_of
from model_check.language import load
from model_check.likelihood import regions
from model_check.likelihood.clocks import clocks_of
from model_check.likelihood.coming import EndlessRunError, PlainRows, coming, coming_in
from model_check.likelihood.exploring import told_of_space
from model_check.likelihood.graph_of import Kind, endings_of, endless, starts_of, timed_graph
from model_check.likelihood.remembered import UndecidedError, left_out
from model_check.likelihood.runs.runner import Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.timed_graph import Clock

COIN = """\
model: coin
vars: {side: 0..2, later: bool}
processes:
  one:
    run: |
      either:
          a: side = 1
      or:
          b: side = 2
      then: later = True
define:
  shown: side
  heads: side == 1
  tails: side == 2
properties:
"""
FORMS = {
    "always: side != 2": 0.3,
    "never: side == 2": 0.3,
    "finally: side == 1": 0.3,
    "eventually: side == 1": 0.3,
    "eventually: side == 0": 0.0,
    "each_step: not (old(side) == 0 and side == 2)": 0.3,
    "leads_to: {after: side == 2, comes: side == 1}": 0.3,
    "leads_to: {after: side == 2, comes: later}": 0.0,
    "leads_to: {after: later and side == 2, comes: side == 2}": 0.0,
    "ltl: G !tails": 0.3,
    "ltl: F G heads": 0.3,
    "ltl: F later & G (tails -> F heads)": 0.3,
    "ltl: '!heads & !tails'": 0.0,
    "ltl: tails": 1.0,
}
POLL = """\
model: poll
vars: {turns: 0..3}
processes:
  poller:
    run: |
      while True:
          poll: turns = BODY
properties:
  few: {always: turns < 4}
define:
  shown: turns
timing:
  poller.poll: 1ms
"""


def shares(text: str) -> Mapping[str, float]:
    found = simulate(Tables(said(text)), most=2_000)
    return {name: share for name, (share, _, _) in found.broken.items()}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_means_of_a_run_what_it_says(form: str) -> None:
    text = f"{COIN}  asked: {{{form}}}\ntiming: {{one.b: 30%}}\n"
    found = shares(text)
    assert found["asked"] == pytest.approx(FORMS[form], abs=0.05)
    if FORMS[form] in (0.0, 1.0):
        assert found["asked"] == FORMS[form]
    assert found["no_error"] == 0.0


def test_what_is_asked_of_all_runs_or_is_too_much_is_left_out_and_why() -> None:
    text = f"{COIN}  some: {{possible: side == 2}}\n  until: {{ltl: '!heads U tails'}}\n"
    spec = load_text(text + "  plain: {always: side < 3}\n")
    assert [(each.name, why) for each, why in left_out(spec.properties)] == [
        ("some", "it is asked of all runs together, not of one"),
        ("until", "it asks more of a run as a whole than is remembered of one"),
    ]


def test_a_run_ends_where_a_step_runs_into_an_error_and_owes_nothing_then() -> None:
    text = """\
model: wrong
vars: {items: "list[0..3]", ready: bool, item: 0..3}
processes:
  one:
    run: |
      either:
          reads: item = items[0]
      or:
          skips: item = 1
      ends: ready = True
properties:
  comes: {eventually: ready}
  ends_ready: {finally: ready}
  is_read: {never: item == 1}
timing: {one.reads: 25%}
"""
    found = shares(text)
    assert found["no_error"] == pytest.approx(0.25, abs=0.05)
    assert found["is_read"] == 1 - found["no_error"]
    assert (found["comes"], found["ends_ready"], found["no_deadlock"]) == (0.0, 0.0, 0.0)


def test_a_formula_that_has_no_value_is_an_error() -> None:
    text = COIN + "  asked: {always: 'len([1][side - 1:]) + [1, 2][side] > 0'}\n"
    found = shares(text + "timing: {one.b: 40%}\n")
    assert found["no_error"] == pytest.approx(0.4, abs=0.05)
    assert found["asked"] == 0.0


def test_a_run_ends_in_a_deadlock_where_somebody_waits() -> None:
    text = """\
model: stuck
vars: {open: bool}
processes:
  one:
    run: |
      go: await open
  other:
    run: |
      either:
          opens: open = True
      or:
          leaves: pass
timing: {other.leaves: 20%}
"""
    assert shares(text)["no_deadlock"] == pytest.approx(0.2, abs=0.05)


def test_nothing_goes_wrong_any_more_where_nothing_else_can_happen() -> None:
    text = """\
model: crash
vars: {ready: bool}
processes:
  one:
    crashes: 1
    restarts: false
    run: |
      works: ready = True
properties:
  works: {finally: ready}
timing:
  one.works: 2ms
  one.crashes: 0..10ms
"""
    graph = said(text)
    found = simulate(Tables(graph), most=20_000)
    assert found.broken["works"][0] == pytest.approx(0.2, abs=0.01)
    ends = [n for n in range(graph.count) if not coming_in(graph).of(n)]
    assert len(ends) == 2  # ready, or crashed before; not crashed when all was ready


def test_endings_are_told_by_the_defines() -> None:
    spec = load_text(COIN + "  asked: {never: side == 2}\n")
    space = space_of(spec)
    times, begins = clocks_of(space.machine, spec.timing)
    asked = [each for each in spec.properties if each.name == "asked"]
    graph = timed_graph(space, times, begins, asked, ["shown"])
    kinds = endings_of(space, graph, ["shown"])
    assert sorted(each.values for each in kinds) == [(("shown", 1),), (("shown", 2),)]
    assert [dict(each.values)["shown"] for each in kinds] == list(graph.values["shown"])
    found = simulate(Tables(graph), most=1_000)
    (kind,) = found.endings["asked"]
    assert kinds[kind] == Kind((("shown", 2),))


def test_branches_start_the_clocks_of_their_own_and_of_who_waits_for_them() -> None:
    machine = space_of(
        load_text("""\
model: branches
processes:
  p:
    run: |
      begin: pass
      both:
          a: pass
      and:
          b: pass
      after: pass
""")
    ).machine
    starts = dict(zip([each.label for each in machine.steps], starts_of(machine), strict=True))
    assert starts == {"begin": (0, 1, 2), "after": (0,), "a": (0, 1), "b": (0, 2)}


def test_what_comes_last_comes_only_where_nothing_else_can() -> None:
    rows = PlainRows([0, 2, 3, 4, 4], [1, 2, 3, 3], [0, 1, 0, 2])
    clocks = [Clock(last=True), Clock(), Clock(never=True)]
    found = coming(rows, clocks, [0, 0, 0, 0])
    assert list(found.edges()) == [(0, 2, 1), (1, 3, 0)]
    assert list(found.places) == [1, 2]


# --- runs that go on ----------------------------------------------------------------------------


def test_a_loop_that_changes_nothing_that_is_asked_is_the_end_of_a_run() -> None:
    graph = said(POLL.replace("BODY", "turns"))
    assert list(graph.is_over) == [1]


def test_what_a_loop_changes_for_ever_is_told_as_such() -> None:
    text = POLL.replace("BODY", "(turns + 1) % 4").replace("timing:", "  same: 7\ntiming:")
    spec = load_text(text)
    space = space_of(spec)
    times, begins = clocks_of(space.machine, spec.timing)
    graph = timed_graph(space, times, begins, spec.properties, ["shown", "same"])
    assert endings_of(space, graph, ["shown", "same"]) == (Kind((("same", 7),), ("shown",)),)
    found = simulate(Tables(graph), most=10)
    assert found.means == {"same": (7.0, 7.0, 7.0)}
    assert regions.solve(graph).means == {"same": (7.0, 7.0, 7.0)}


def test_a_loop_in_which_no_time_passes_is_an_error_at_its_step() -> None:
    text = """\
model: busy
vars: {turn: 0..1, ready: bool}
processes:
  poller:
    run: |
      asks: while not ready:
          poll: turn = 1 - turn
  other:
    run: |
      ends: ready = True
properties:
  ends: {finally: ready}
timing: {other.ends: 1ms}
"""
    spec = load_text(text)
    with pytest.raises(EndlessRunError) as raised:
        simulate(Tables(said(text)), most=10, workers=2)
    (found,) = endless(space_of(spec).machine, raised.value).diagnostics
    assert (found.position.line, found.position.column) == (6, 13)
    assert found.message == "`poller.asks` goes round for ever, and no time passes meanwhile"
    assert found.hint == "say in `timing` how long it takes: `poller.asks: 1ms`"


def test_of_a_part_of_a_space_nothing_is_said() -> None:
    spec = load(SPECS / "legacy.yaml")
    text = COIN + "  asked: {always: side < 3}\nwithin: side < 2\n"
    with pytest.raises(UndecidedError, match="leave what lies `within`"):
        said(text)
    from model_check.explore.limits import Limits

    def tell(space: object) -> None:
        times, begins = clocks_of(space.machine, ())  # type: ignore[attr-defined]
        timed_graph(space, times, begins, (), ())  # type: ignore[arg-type]

    with pytest.raises(UndecidedError, match="the limit of 100 states was reached"):
        told_of_space(spec, tell, Limits(max_states=100))
