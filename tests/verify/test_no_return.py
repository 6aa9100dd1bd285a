"""The point of no return, held against the meaning of "every continuation" on the graph."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from lost_oracle import lost_by_brute_force
from model_check.explore.limits import Limits
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import SpecError, load
from model_check.language.tree.spec import Spec
from model_check.results.check import NoReturn, PropertyResult
from model_check.verify import no_return
from model_check.verify.checking import check_spec
from model_check.verify.doomed import doomed_states
from model_check.verify.judgement import Judgement
from model_check.verify.no_return import _ContinuationSearch, point_of_no_return
from model_check.verify.verdicts import judge
from thorough import each_spec

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.yaml"))


def points(
    spec: Spec, engine: Engine = "auto"
) -> Iterator[tuple[Space, Judgement, PropertyResult, NoReturn]]:
    """Of every violated property."""
    space = explore(spec, options=SearchOptions(engine=engine))
    judgement = judge(space)
    for result in judgement.results:
        if result.trace is not None and result.verdict == "violated":
            yield space, judgement, result, point_of_no_return(space, judgement, result)


def by_brute_force(space: Space, judgement: Judgement, result: PropertyResult) -> int:
    """The point of no return, from all transitions."""
    lost = lost_by_brute_force(space, judgement, result)
    path = judgement.paths[result.name]
    assert result.trace is not None
    never = len(path) if result.trace.end == "loop" else len(result.trace.steps)
    return next((i for i, number in enumerate(path) if number in lost), never)


@each_spec(SPECS)
def test_it_is_the_earliest_step_of_which_all_transitions_say_so(path: Path) -> None:
    for space, judgement, result, point in points(load(path, {})):
        first = by_brute_force(space, judgement, result)
        assert point == NoReturn(first, "", fair=result.form.asks_runs), result.name


def test_it_is_the_earliest_for_random_specs_too() -> None:
    kinds: set[str] = set()
    found: set[bool] = set()
    for seed in (*range(1, 4), *range(5, 10), *range(13, 17)):  # the others take long
        text = repaired(random_spec(seed))
        if text is None:
            continue
        try:
            space, judgement = check_spec(load_text(text), Limits(max_states=1500))
        except SpecError:
            continue  # it has no initial state
        if space.stopped:
            continue
        for result in judgement.results:
            if result.trace is None:
                continue
            point = point_of_no_return(space, judgement, result)
            first: int | None = by_brute_force(space, judgement, result)
            if first == len(judgement.paths[result.name]):
                first = None
            assert (point.step, point.note) == (first, ""), (seed, result)
            lost = lost_by_brute_force(space, judgement, result)
            assert doomed_states(space, result) == lost, (seed, result)
            kinds.add(result.kind)
            found.add(point.step == len(result.trace.steps))
    assert kinds == {"always", "never", "finally", "no_deadlock", "no_error"}
    assert found == {True, False}


def test_the_loss_of_chunk_7_is_certain_once_the_history_was_read_without_it() -> None:
    found = [*points(load(ROOT / "specs" / "legacy.yaml", {}))]
    assert [(result.name, point.step) for _, _, result, point in found] == [
        ("no_loss", 2), ("saved_is_shown", 2),
    ]  # fmt: skip
    result = found[0][2]
    assert result.trace is not None
    assert [each.event for each in result.trace.steps[:2]] == [
        "ai_service.publish[7]",
        "gateway.read_history",
    ]


def test_native_code_gives_the_same_point() -> None:
    pytest.importorskip("llvmlite")
    path = ROOT / "specs" / "legacy-reconnect.yaml"
    engines: tuple[Engine, ...] = ("python", "native")
    ours, native = ([point for *_, point in points(load(path, {}), engine)] for engine in engines)
    assert ours == native == [NoReturn(8, ""), NoReturn(8, "", fair=True)]


LOOP = """\
model: loop
vars:
  broken: bool = False
  stopped: bool = False
processes:
  breaker:
    run: |
      think: pass
      break_it: broken = True
      think_again: pass
  spinner:
    run: |
      watch: while not stopped:
          turn: pass
  stopper:
    run: |
      stop: stopped = True
properties:
  whole_at_the_end:
    finally: not broken
    expect: violated
  never_broken:
    never: broken
    expect: violated
"""


def test_what_goes_on_for_ever_violates_a_property_about_the_end_in_fair_runs() -> None:
    found = {result.name: point.step for *_, result, point in points(load_text(LOOP))}
    # Whether it spins for ever or stops, the breaker breaks it: it is never passed over for ever.
    assert found["whole_at_the_end"] == 0
    text = LOOP
    for name in ("breaker", "stopper"):
        text = text.replace(f"  {name}:\n", f"  {name}:\n    fairness: none\n")
    alone = load_text(text)
    found = {result.name: point.step for *_, result, point in points(alone)}
    result = next(result for *_, result, _ in points(alone))
    assert result.trace is not None
    names = [each.label for each in result.trace.steps]
    # The breaker may stop before it breaks anything, though everybody else has ended.
    assert found["whole_at_the_end"] == names.index("break_it") + 1
    # And while `think` can be put off for ever, nothing is broken.
    assert found["never_broken"] == 2


def test_native_code_sees_that_a_run_may_go_round_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(no_return, "FEW_LOOKED_AT", 1)
    alone = load_text(LOOP.replace("  breaker:\n", "  breaker:\n    fairness: none\n"))
    ours, native = ([p for *_, p in points(alone, each)] for each in ("python", "native"))
    assert ours == native
    assert ours[-1].step == 2


ENDS = """\
model: ends
vars:
  n: int = 0
processes:
  one:
    run: |
      first: n = 1
      second: n = 2
properties:
  nothing_happens:
    finally: n == 0
    expect: violated
  small:
    always: n < 1
    prefer: [0 - n]
    expect: violated
"""


def test_what_every_run_violates_is_certain_before_the_first_step() -> None:
    found = {result.name: point.step for *_, result, point in points(load_text(ENDS))}
    assert found == {"nothing_happens": 0, "small": 0}


def test_a_run_time_error_can_be_certain_before_the_step_that_fails() -> None:
    text = """\
model: late
vars:
  box: list[int] = [1]
  got: int = 0
processes:
  clearer:
    run: |
      hesitate: pass
      either:
          clear: box = []
      or:
          keep: pass
  consumer:
    run: |
      look: await len(box) == 0
      take: got = box[0]
properties:
  no_error: {expect: violated}
"""
    found = {result.name: point.step for *_, result, point in points(load_text(text))}
    assert found["no_error"] == 2


def test_a_run_that_an_error_ends_violates_nothing_else_by_that() -> None:
    text = """\
model: crash
vars: {n: 0..2}
processes:
  p:
    run: |
      begin: n = 1
      either:
          spoil: n = 2
      or:
          crash: n = 1 // (n - 1)
      rest: pass
properties:
  whole: {finally: n != 2, expect: violated}
  clean: {never: n == 2, expect: violated}
  no_error: {expect: violated}
"""
    found = {result.name: point for *_, result, point in points(load_text(text))}
    # Until the branch is taken it may crash instead; and until the crash it may be spoilt.
    assert {name: point.step for name, point in found.items()} == {
        "whole": 2, "clean": 2, "no_error": 2,
    }  # fmt: skip


def test_what_is_certain_from_one_initial_state_is_not_said_of_all() -> None:
    text = """\
model: beginnings
vars: {n: "0..1 = choose([0, 1])", m: "0..1 = choose([0, 1])"}
processes:
  p:
    run: |
      rest: pass
properties:
  one: {finally: n == 0, expect: violated}
  both: {finally: n == m and n != m, expect: violated}
"""
    found = {result.name: point for *_, result, point in points(load_text(text))}
    assert found["one"] == NoReturn(0, "there are other initial states")
    assert found["both"] == NoReturn(0, "")


def test_it_is_not_told_of_a_space_that_was_not_explored() -> None:
    spec = load(ROOT / "specs" / "fix-append-first.yaml", {})
    space = explore(spec, Limits(max_states=1500), options=SearchOptions(engine="python"))
    judgement = judge(space)
    result = next(each for each in judgement.results if each.trace is not None)
    point = point_of_no_return(space, judgement, result)
    assert point == NoReturn(None, "not everything was explored: how a run can go on is not known")


def test_it_gives_up_after_so_many_states_and_when_interrupted() -> None:
    space, judgement, result, _ = next(points(load(ROOT / "specs" / "legacy.yaml", {})))
    point = point_of_no_return(space, judgement, result, most=3)
    assert point == NoReturn(None, "no answer after looking at 3 states")
    # So little has to be looked at that nobody is asked before the end.
    asked = point_of_no_return(space, judgement, result, interrupted=lambda: True)
    assert asked.step == 2


ZERO = """\
model: zero
vars:
  n: 0..1 = 1
  x: 0..1
  y: 0..1
processes:
  p:
    run: |
      mark: x = 1
  q:
    run: |
      while True:
          clear:
              await n == 1
              n = 0
  r:
    run: |
      break_it:
          await x == 1
          y = 1 // y
properties:
  unmarked: {never: x == 1, expect: violated}
  no_error: {expect: violated}
"""


def test_a_step_to_the_state_whose_bits_are_all_zero_is_no_error() -> None:
    found = {result.name: point.step for *_, result, point in points(load_text(ZERO))}
    assert found == {"unmarked": 0, "no_error": 0}


def test_a_step_to_the_state_whose_bits_are_all_zero_is_a_way_on() -> None:
    text = """\
model: zero
vars: {n: 0..1, m: 0..1}
processes:
  p:
    run: |
      while True:
          turn: n = 1 - n
  q:
    run: |
      while True:
          divide: m = 0 // (1 - n)
properties:
  no_error: {expect: violated}
"""
    # For ever round and round, without a division.
    found = {result.name: point.step for *_, result, point in points(load_text(text))}
    assert found == {"no_error": 2}


def test_as_many_states_as_may_be_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    space, judgement, result, _ = next(points(load(ROOT / "specs" / "legacy.yaml", {})))
    looked = []
    onward = _ContinuationSearch._onward
    monkeypatch.setattr(
        _ContinuationSearch, "_onward", lambda *asked: looked.append(1) or onward(*asked)
    )
    assert point_of_no_return(space, judgement, result).step == 2
    most = len(looked)
    assert point_of_no_return(space, judgement, result, most=most).step == 2
    assert point_of_no_return(space, judgement, result, most=most - 1).step is None


RESTS = """\
model: rests
vars: {n: 0..2}
processes:
  p:
    FAIRNESS
    run: |
      a: n += 1
      b: n += 1
properties:
  small: {always: n < 2}
"""


@pytest.mark.parametrize(
    ("fairness", "step"),
    [
        ("fairness: none", 2),
        ("fairness: weak", 0),
        ("fairness: none\n    strong: [b]", 1),
        ("fairness: none\n    strong: [a]", 2),
    ],
)
def test_who_need_not_act_may_never_come_to_it(tmp_path: Path, fairness: str, step: int) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(RESTS.replace("FAIRNESS", fairness), encoding="utf-8")
    ((space, _, result, point),) = points(load(path))
    assert point.step == step
    assert doomed_states(space, result) == frozenset(range(step, 3))


WITHOUT_VALUE = """\
model: without_value
vars: {x: 0..2}
processes:
  p:
    run: |
      either:
          far: x = 2
          back: x = 1
          again: x = 1
      or:
          near: x = 1
properties:
  asked: FORM
"""


@pytest.mark.parametrize(
    ("form", "steps", "lost"),
    [
        ('{eventually: "[False, True][x]"}', ["far"], {1}),
        ('{each_step: "2 // (x - old(x)) > -3"}', ["far", "back", "again"], {1, 3}),
    ],
)
def test_what_has_no_value_is_an_error_that_is_certain_by_then(
    form: str, steps: list[str], lost: set[int]
) -> None:
    ((space, _, result, point),) = points(load_text(WITHOUT_VALUE.replace("FORM", form)))
    assert result.trace is not None
    assert [step.label for step in result.trace.steps] == steps
    assert point.step == 1
    assert doomed_states(space, result) == lost


def test_what_only_a_crash_leads_on_from_is_lost_if_all_that_it_leads_to_is() -> None:
    spec = load_text("""\
model: hangs
vars: {paid: bool}
processes:
  payer:
    crashes: 1
    keeps: [tried]
    vars: {tried: bool}
    run: |
      if tried:
          pay: paid = True
      else:
          note: tried = True
          hang: await False
properties:
  is_paid: {finally: paid}
""")
    space, judgement = check_spec(spec)
    (result,) = (each for each in judgement.results if each.name == "is_paid")
    assert result.verdict == "violated"
    assert point_of_no_return(space, judgement, result) == NoReturn(None, "")
    assert 0 not in doomed_states(space, result)
