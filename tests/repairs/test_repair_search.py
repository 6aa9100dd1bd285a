"""Repairs: what can be changed, and that all smallest ones are found and no others."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

import pytest
from model_check.explore.limits import Limits
from model_check.language.draft import Draft
from model_check.language.forms import FORMS
from model_check.language.source.diagnostics import SpecError
from model_check.repairs.changes import Plan, order_of, plan_of
from model_check.repairs.counterexample_learning import Counterexample, run_again
from model_check.repairs.search import search_repairs
from model_check.results.repair import Repairs
from model_check.verify import verdicts
from repair_specs import (
    SPECS,
    Known,
    all_candidates,
    holds,
    minimal_repairs,
    random_spec,
    search_of,
    text_of,
    without,
    written,
)

BOTH = ("ai_service: save before publish", "gateway: subscribe before read_history")
JOINED = (
    "ai_service: publish and save in one atomic step",
    "gateway: subscribe before read_history",
)
DROPS = "client drops duplicates"
LOCK = "one lock around ai_service: publish to save; around gateway: read_history to subscribe"
SHORT = {"STORED": "1", "TOTAL": "2"}
"""A stream that is short enough to exhaust all sets."""


def texts(found: Repairs) -> list[tuple[str, ...]]:
    return [tuple(str(change) for change in each.changes) for each in found.repairs]


def changes_of(folder: Path, run: str, extra: str = "") -> list[str]:
    text = f"model: m\n{extra}processes:\n  p:\n    vars: {{m: 0..9, n: 0..9}}\n    run: |\n"
    text += "".join(f"      {row}\n" for row in run.splitlines())
    return [str(each) for each in plan_of(Draft.read(written(folder, text))).changes]


# --- the changes --------------------------------------------------------------------------------


def test_the_changes_of_legacy() -> None:
    plan = plan_of(Draft.read(SPECS / "legacy.yaml"))
    assert [str(each) for each in plan.changes] == [
        "ai_service: save before publish", "ai_service: publish and save in one atomic step",
        "gateway: subscribe before send_history", "gateway: subscribe before read_history",
        LOCK, DROPS,
    ]  # fmt: skip
    # A lock writes the lines that are moved and joined, and goes with none of these.
    assert list(plan.conflicts()) == [(0, 4), (1, 4), (2, 4), (3, 4)]


@pytest.mark.parametrize("size", range(1, 6))
def test_moves_ask_for_an_order_and_every_order_is_asked_for_by_its_pairs(size: int) -> None:
    pairs = list(combinations(range(size), 2))
    orders = {
        order_of(size, moved)
        for count in range(len(pairs) + 1)
        for moved in combinations(pairs, count)
    }
    assert orders - {None} == set(permutations(range(size)))
    for order in permutations(range(size)):
        turned = [(a, b) for a, b in pairs if order.index(a) > order.index(b)]
        assert order_of(size, turned) == order


@pytest.mark.parametrize(
    ("first", "second", "free"),
    [
        ("m = 1", "n = 1", True), ("m = 1", "n = m", False), ("n = m", "m = 1", False),
        ("m = 1", "m = 2", False), ("x = 1", "y = 1", True), ("x = 1", "m = x", False),
        ("m = x", "n = x", True), ("r.rpush(1)", "s.incr()", True),
        ("r.rpush(1)", "m = r.llen()", False), ("m = r.llen()", "n = r.llen()", True),
        ("r.rpush(1)", "r.rpush(2)", False), ("r.rpush(m)", "m = 1", False),
        ("await done(p)", "m = 1", False), ("await done(q)", "m = 1", True),
        ("m = q.k", "n = 1", True), ("t[m] = 1", "m = t[0]", False),
        ("t[0] = 1", "t[1] = 1", False),
    ],
)  # fmt: skip
def test_two_steps_change_places_only_where_no_data_flows_between_them(
    first: str, second: str, free: bool, tmp_path: Path
) -> None:
    extra = (
        "vars: {x: 0..9, y: 0..9, t: 'list[0..9] = [0, 0]'}\nresources:\n"
        "  r: {kind: 'redis.list[0..9]'}\n  s: {kind: 'redis.string[int]'}\n"
    )
    other = "processes:\n  q:\n    vars: {k: 0..9}\n    run: |\n      go: k = 1\n"
    text = f"model: m\n{extra}{other}  p:\n    vars: {{m: 0..9, n: 0..9}}\n    run: |\n"
    text += f"      a: {first}\n      b: {second}\n"
    changes = plan_of(Draft.read(written(tmp_path, text))).changes
    moves = [str(each) for each in changes if each.kind == "move"]
    assert moves == (["p: b before a"] if free else [])


def test_a_step_moves_past_several_neighbours_but_not_past_loops_and_choices(
    tmp_path: Path,
) -> None:
    run = "a: m = 1\nb: x = 1\nc: y = 1\nfor i in range(2):\n    d: x = 2\ne: y = 2\n"
    assert changes_of(tmp_path, run, "vars: {x: 0..9, y: 0..9}\n") == [
        "p: b before a", "p: c before b", "p: c before a", "p: a after c",
    ]  # fmt: skip


def test_only_what_one_server_can_do_at_once_is_joined(tmp_path: Path) -> None:
    extra = (
        "vars: {x: 0..9}\nresources:\n  r: {kind: 'redis.list[0..9]'}\n"
        "  s: {kind: 'redis.string[int]'}\n  w: {kind: 'websocket[0..9]'}\n"
        "  c: {kind: 'redis.pubsub[0..9]'}\n"
    )
    run = (
        "a: r.rpush(1)\nb: s.incr()\nd: n = r.llen()\ne: w.send(1)\nf: s.delete()\n"
        "g: c.subscribe()\nh: r.rpush(x)\ni: m = r.blpop()\nj: r.rpush(2)\nk: c.publish(1)\n"
    )
    assert [each for each in changes_of(tmp_path, run, extra) if "atomic" in each] == [
        "p: a and b in one atomic step", "p: a, b and d in one atomic step",
        "p: b and d in one atomic step", "p: j and k in one atomic step",
    ]  # fmt: skip


def test_a_change_that_the_checker_refuses_is_none(tmp_path: Path) -> None:
    text = (
        "model: m\nresources:\n  r: {kind: 'redis.list[0..9]'}\n  s: {kind: 'redis.string[int]'}\n"
        "processes:\n  p:\n    vars: {m: int, n: int}\n    run: |\n"
        "      a:\n          t = r.llen()\n          m = t\n"
        "      b:\n          t = [s.incr()]\n          n = t[0]\n"
    )  # joined, t would be a number and a list
    plan = plan_of(Draft.read(written(tmp_path, text)))
    assert [str(each) for each in plan.changes] == ["p: b before a"]


def test_alternatives_exclude_what_they_replace_and_each_other(tmp_path: Path) -> None:
    text = (
        "model: m\nvars: {x: 0..9, y: 0..9}\nprocesses:\n  p:\n    run: |\n      a: x = 1\n"
        "      b: y = 1\nalternatives:\n"
        "  one: {processes: {p: {run: 'a: x = 2'}}}\n  two: {processes: {p: {run: 'a: x = 3'}}}\n"
        "  three: {vars: {x: '1..9'}}\n"
    )
    plan = plan_of(Draft.read(written(tmp_path, text)))
    assert [str(each) for each in plan.changes] == ["p: b before a", "one", "two", "three"]
    assert list(plan.conflicts()) == [(0, 1), (0, 2), (1, 2)]


# --- all repairs and no others ------------------------------------------------------------------


@pytest.fixture(scope="module")
def legacy() -> Plan:
    return plan_of(Draft.read(SPECS / "legacy.yaml"))


@pytest.fixture(scope="module")
def without_loss(legacy: Plan) -> Repairs:
    return search_repairs(legacy.draft, ["no_loss"])


@pytest.fixture(scope="module")
def without_any_fault(legacy: Plan) -> Repairs:
    return search_repairs(legacy.draft)


@pytest.fixture(scope="module")
def shorter() -> tuple[Plan, Known]:
    """Legacy with a short stream, and the verdicts that are known of its sets."""
    return plan_of(Draft.read(SPECS / "legacy.yaml", SHORT)), {}


def test_legacy_loses_nothing_after_two_changes_and_after_no_single_one(
    legacy: Plan, without_loss: Repairs, shorter: tuple[Plan, Known]
) -> None:
    found, (plan, known) = without_loss, shorter
    assert found.complete
    assert texts(found) == [BOTH, JOINED]
    wanted = ("no_loss", "no_deadlock", "no_error")
    assert found.wanted == wanted
    # By exhausting all sets of changes that weigh less than a lock, without clauses.
    lighter = [c for c in all_candidates(plan) if plan.weight(c) < 4]
    repairing = [c for c in lighter if holds(plan, c, wanted, known)]
    assert min(map(len, repairing)) == 2
    assert [text_of(plan, c) for c in repairing if len(c) == 2] == [
        text_of(plan, frozenset(legacy.changes.index(x) for x in each.changes))
        for each in found.repairs
    ]


def test_for_all_properties_of_legacy_the_client_drops_duplicates_as_well(
    legacy: Plan, without_any_fault: Repairs, shorter: tuple[Plan, Known]
) -> None:
    found = without_any_fault
    assert found.complete
    assert texts(found) == [(*BOTH, DROPS), (*JOINED, DROPS)]
    assert all(set(each.verdicts.values()) == {"holds"} for each in found.repairs)
    # By exhausting all sets.
    (plan, known), (lock,) = shorter, [i for i, c in enumerate(shorter[0].changes) if c.weight > 1]
    every = minimal_repairs(plan, found.wanted, known)
    assert [each for each in every if lock not in each] == [
        frozenset(legacy.changes.index(x) for x in each.changes) for each in found.repairs
    ]


# Seeds of specs with few changes, and the sizes of all their minimal repairs.
RANDOM = {
    13: [1], 184: [1, 1], 228: [1], 231: [1, 1], 253: [1, 1], 279: [1], 304: [2], 324: [1, 1],
    412: [1, 1], 480: [1], 544: [1], 573: [1], 677: [1, 1], 1: [], 29: [],
}  # fmt: skip


@pytest.mark.parametrize(("seed", "sizes"), RANDOM.items())
def test_random_specs_have_the_repairs_that_exhausting_all_sets_finds(
    seed: int, sizes: list[int], tmp_path: Path
) -> None:
    plan = without(plan_of(Draft.read(random_spec(tmp_path, seed))), "lock")
    found = search_of(plan, minimal=True)
    assert found.complete
    numbers = [frozenset(plan.changes.index(x) for x in each.changes) for each in found.repairs]
    assert [len(each) for each in numbers] == sizes
    expected = minimal_repairs(plan, found.wanted)
    assert {text_of(plan, each) for each in numbers} == {text_of(plan, each) for each in expected}
    assert len(numbers) == len(expected)


def test_a_property_that_asks_where_processes_stand_is_repaired_too(tmp_path: Path) -> None:
    text = (SPECS / "peterson.yaml").read_text(encoding="utf-8")
    ask, give = "          ask: wants[self] = True\n", "          give_way: turn = 1 - self\n"
    assert ask + give in text
    plan = plan_of(Draft.read(written(tmp_path, text.replace(ask + give, give + ask))))
    found = search_repairs(plan.draft)
    assert found.complete
    assert texts(found) == [("worker: ask before give_way",)]
    single = [frozenset({i}) for i, each in enumerate(plan.changes) if each.weight == 1]
    assert [c for c in single if holds(plan, c, found.wanted)] == [
        frozenset({plan.changes.index(found.repairs[0].changes[0])})
    ]


# --- what a counterexample teaches --------------------------------------------------------------


def test_a_trace_is_run_again_on_a_program_that_can_do_its_steps(tmp_path: Path) -> None:
    text = (
        "model: m\nvars: {{x: 0..9}}\nprocesses:\n  p:\n    vars: {{m: 0..9}}\n    run: |\n"
        "      a: x = {}\n      b: m = 1\n  q:\n    run: |\n      c: x = 5\n"
        "properties:\n  low: {{always: x < 5}}\n"
    )
    from model_check.machine.make import make_program
    from model_check.machine.shapes import Layout
    from model_check.repairs.counterexample_learning import Variant
    from model_check.verify.checking import check_spec

    spec = Draft.read(written(tmp_path, text.format(1))).spec()
    trace = check_spec(spec)[1].results[0].trace
    assert trace is not None
    counterexample = Counterexample(trace, "low", FORMS["always"])
    for value, same in ((1, True), (2, True)):
        other = Draft.read(written(tmp_path, text.format(value))).spec()
        again = run_again(counterexample, Variant(make_program(other, Layout())))
        assert (again is not None) is same
    good = text.format(1).replace("c: x = 5", "c: x = 4")
    more = text.format(1).replace("x: 0..9}", "x: 0..9, z: 0..9}")
    for changed in (good, more):
        other = Draft.read(written(tmp_path, changed)).spec()
        assert run_again(counterexample, Variant(make_program(other, Layout()))) is None


def test_known_traces_and_their_mixtures_save_searches(
    legacy: Plan, without_any_fault: Repairs
) -> None:
    found = without_any_fault
    assert found.complete
    assert found.explored + found.replayed < len(all_candidates(legacy)) - 1
    assert found.replayed > 0


LOOK = """
  {name}:
    run: |
      test: {test}
      set: v{name} = 1
  watch_{name}:
    run: |
      look:
          if u{name} == 1 and v{name} == 0:
              bad = True
"""


def test_a_process_that_an_alternative_changes_is_not_taken_for_unchanged(tmp_path: Path) -> None:
    # p is right as it is: turned, or with the alternative, watch_p sees up without vp.
    watched = LOOK.format(name="p", test="up = 1")
    p = watched.replace("test: up = 1\n      set: vp = 1", "first: vp = 1\n      second: up = 1")
    others = [
        LOOK.format(name=name, test=f"u{name} = 1 if vp == 1 and up == 0 else 0") for name in "qrs"
    ]
    names = ", ".join(f"{kind}{name}: 0..1" for name in "pqrs" for kind in "uv")
    text = (
        f"model: m\nvars: {{bad: bool, {names}}}\nprocesses:{p}{''.join(others)}"
        "properties:\n  fine: {never: bad}\n"
        "alternatives:\n  p turned:\n    processes:\n      p:\n        run: |\n"
        "          second: up = 1\n          first: vp = 1\n"
    )
    found = search_repairs(Draft.read(written(tmp_path, text)))
    assert found.complete
    assert texts(found) == [("q: set before test", "r: set before test", "s: set before test")]


def test_a_constant_that_an_alternative_changes_is_felt_by_every_process(tmp_path: Path) -> None:
    # Each of the two changes alone ends as the spec does.
    text = (
        "model: m\nconstants: {K: 0}\nvars: {x: bool, y: bool}\nprocesses:\n  p:\n    run: |\n"
        "      a: pass\n      b:\n          await False\n          x = True\n"
        "      c:\n          await K == 1\n          y = True\n"
        "properties:\n  fine: {finally: y}\n"
        "alternatives:\n  K is 1:\n    constants: {K: 1}\n"
    )
    found = search_repairs(Draft.read(written(tmp_path, text)), ["fine"])
    assert found.complete
    assert texts(found) == [("p: c before b", "K is 1"), ("p: c before a", "K is 1")]


# --- no repair, nothing to repair, and limits ---------------------------------------------------


def test_without_a_repair_the_best_set_of_changes_is_told_with_a_shortest_trace() -> None:
    found = search_of(without(plan_of(Draft.read(SPECS / "fix-append-first.yaml")), "lock"))
    assert found.complete
    assert found.repairs == ()
    assert found.best is not None
    # Nothing is lost then, as it was before; shown twice, and in another order.
    assert [str(each) for each in found.best.changes] == ["gateway: subscribe before read_history"]
    assert found.best.violated == ("no_duplicate", "in_order")
    assert len(found.best.trace.steps) == 14
    plan = without(plan_of(Draft.read(SPECS / "fix-append-first.yaml", SHORT)), "lock")
    assert not any(holds(plan, each, found.wanted) for each in all_candidates(plan))


def test_a_spec_that_holds_has_nothing_to_repair() -> None:
    found = search_repairs(Draft.read(SPECS / "fix-both.yaml"))
    assert found.holds_already
    assert (found.repairs, found.explored, found.best) == ((), 1, None)


def test_a_limit_of_states_leaves_sets_undecided_and_the_list_incomplete() -> None:
    draft = Draft.read(SPECS / "legacy.yaml")
    found = search_repairs(draft, ["no_loss"], limits=Limits(max_states=1_500))
    assert not found.complete
    assert found.undecided > 0
    assert found.why_undecided == "the limit of 1,500 states was reached"
    assert texts(found) == [JOINED]  # 1,133 states; the other has 1,870


def test_a_set_of_whose_endless_runs_nothing_is_known_is_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "model: m\nvars: {paid: bool}\nprocesses:\n  handler:\n    run: |\n      either:\n"
        "          pay: paid = True\n      or:\n          crash: pass\n  other:\n    run: |\n"
        "      while True:\n          look: if paid:\n              break\n"
        "properties:\n  paid_at_last: {finally: paid}\n"
    )
    draft = Draft.read(written(tmp_path, text))
    monkeypatch.setattr(verdicts, "MOST_TRANSITIONS", 4)
    found = search_repairs(draft)
    assert (found.undecided, found.complete) == (1, False)
    assert found.why_undecided.startswith("judged of the runs that end")
    monkeypatch.undo()
    found = search_repairs(draft)
    assert (found.undecided, found.complete, found.repairs) == (0, True, ())
    assert found.best is not None
    assert found.best.trace is not None
    assert found.best.trace.end == "loop"


def test_time_and_ctrl_c_end_with_what_is_known() -> None:
    draft = Draft.read(SPECS / "legacy.yaml")
    found = search_repairs(draft, limits=Limits(timeout=0))
    assert (found.complete, found.stopped) == (False, "the time limit of 0 s was reached")
    asked = iter([False] * 40)
    found = search_repairs(draft, limits=Limits(interrupted=lambda: next(asked, True)))
    assert (found.complete, found.stopped) == (False, "interrupted")
    assert 0 < found.explored < 14
    assert not found.holds_already


def test_of_smaller_sets_only_what_is_true_is_said_when_larger_ones_are_stopped(
    legacy: Plan, without_loss: Repairs
) -> None:
    from model_check.report.text.advice import render_repairs

    found = replace(without_loss, minimal=True)  # there are no larger ones
    stopped = replace(found, complete=False, stopped="interrupted", size=4)
    text = render_repairs(stopped)
    assert "No set that weighs less than 4 is a repair" not in text
    assert "There is no other set that weighs less than 4 and of which no part is one." in text


def test_an_unknown_property_is_a_mistake_of_the_command_line() -> None:
    with pytest.raises(SpecError, match=r"no such property: no_los \(did you mean no_loss\?\)"):
        search_repairs(Draft.read(SPECS / "legacy.yaml"), ["no_los"])
