"""What the forms that speak of whole runs, of steps and of some state say of small specs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from model_check import Result, check
from model_check.explore.search import Engine, SearchOptions
from model_check.language import load
from model_check.verify.checking import check_spec

TURNS = """\
model: turns
vars: {x: 0..3, on: bool}
processes:
  p:
    P
    run: |
      while True:
          up: x = (x + 1) % 3
  q:
    Q
    run: |
      either:
          start: on = True
      or:
          stop: pass
define:
  zero: x == 0
  two: x == 2
properties:
  asked: {PROPERTY}
"""


def asked(tmp_path: Path, asked: str, *, p: str = "", q: str = "") -> Result:
    path = tmp_path / "turns.yaml"
    text = TURNS.replace("PROPERTY", asked).replace("    P\n", p and f"    {p}\n")
    path.write_text(text.replace("    Q\n", q and f"    {q}\n"), encoding="utf-8")
    return check(path, reason=False)


@pytest.mark.parametrize(
    ("form", "verdict"),
    [
        ("finally: zero", "violated"),
        ("finally: x < 3", "holds"),
        ("eventually: two", "holds"),
        ("eventually: on", "violated"),
        ("leads_to: {after: zero, comes: two}", "holds"),
        ("leads_to: {after: two, comes: on}", "violated"),
        ("leads_to: {after: on, comes: two}", "holds"),
        ("each_step: x != old(x) or on != old(on) or old(zero)", "violated"),
        ("each_step: x < 3", "holds"),
        ("each_step: on or not old(on)", "holds"),
        ("possible: on and two", "holds"),
        ("possible: x == 3", "violated"),
        ('ltl: "G F zero & G F two"', "holds"),
        ('ltl: "F G zero"', "violated"),
        ('ltl: "zero U !zero"', "holds"),
        ('ltl: "F on | G !on"', "holds"),
        ('ltl: "G (on -> G on)"', "holds"),
        ('ltl: "G (two -> X zero)"', "violated"),  # q may take its step between
    ],
)
def test_each_form_has_the_verdict_that_it_means(tmp_path: Path, form: str, verdict: str) -> None:
    assert asked(tmp_path, form)["asked"].verdict == verdict


@pytest.mark.parametrize(
    ("promise", "verdict"),
    [("", "holds"), ("fairness: weak", "holds"), ("fairness: strong", "holds"),
     ("fairness: none", "violated")],
)  # fmt: skip
def test_a_process_that_is_promised_nothing_may_stop(
    tmp_path: Path, promise: str, verdict: str
) -> None:
    path = tmp_path / "stops.yaml"
    text = TURNS.replace("    P\n", "").replace("    Q\n", promise and f"    {promise}\n")
    path.write_text(text.replace("PROPERTY", "eventually: on or done(q)"), encoding="utf-8")
    assert check(path, reason=False)["asked"].verdict == verdict


LOCK = """\
model: lock
vars: {holder: 0..2}
processes:
  writer:
    count: 2
    PROMISE
    run: |
      while True:
          take:
              await holder == 0
              holder = self + 1
          give: holder = 0
properties:
  served: {leads_to: {after: holder == 2, comes: holder == 1}}
"""


@pytest.mark.parametrize(
    ("promise", "verdict"),
    [("fairness: weak", "violated"), ("fairness: strong", "holds"), ("strong: [take]", "holds"),
     ("strong: [give]", "violated"), ("strong: take", "holds")],
)  # fmt: skip
def test_who_can_go_on_only_now_and_then_starves_without_a_strong_promise(
    tmp_path: Path, promise: str, verdict: str
) -> None:
    path = tmp_path / "lock.yaml"
    path.write_text(LOCK.replace("PROMISE", promise), encoding="utf-8")
    result = check(path)["served"]
    assert result.verdict == verdict
    if result.trace is not None:
        assert [each.event for each in result.trace.steps] == ["writer[1].take", "writer[1].give"]
        assert result.trace.loop_from == 0
        assert result.no_return is not None
        assert (result.no_return.step, result.no_return.note) == (None, "")
        assert result.reason is not None
        assert [str(each) for each in result.reason.facts] == ["writer[0].take does not happen"]
        assert result.reason.races_note == "there are more than 10 different reasons"
        assert len(result.reason.races) == 1


def test_a_run_that_ends_repeats_its_last_state(tmp_path: Path) -> None:
    path = tmp_path / "ends.yaml"
    path.write_text(
        "model: ends\nvars: {x: 0..3}\nprocesses:\n  p:\n    run: |\n"
        "      for i in range(3):\n          up: x = x + 1\n"
        "define: {three: x == 3, two: x == 2}\n"
        "properties:\n"
        '  stays: {ltl: "F G three"}\n'
        '  leaves: {ltl: "G (two -> X three)", about: No other step comes between.}\n'
        "  comes_back: {leads_to: {after: three, comes: two}}\n"
        "  low: {eventually: x == 1}\n"
        '  again: {ltl: "G F two"}\n',
        encoding="utf-8",
    )
    found = {each.name: each.verdict for each in check(path, reason=False)}
    assert found == {
        "stays": "holds", "leaves": "holds", "comes_back": "violated", "low": "holds",
        "again": "violated", "no_deadlock": "holds", "no_error": "holds",
    }  # fmt: skip
    trace = check(path, reason=False).trace("comes_back")
    assert (trace.end, trace.loop_from, len(trace.steps)) == ("final", None, 3)


def test_a_deadlock_is_an_end_and_no_run_without_one(tmp_path: Path) -> None:
    path = tmp_path / "stuck.yaml"
    path.write_text(
        "model: stuck\nvars: {x: 0..1, y: 0..1}\nprocesses:\n  p:\n    run: |\n"
        "      wait: await x == 1\n      go: y = 1\nproperties:\n  comes: {eventually: y == 1}\n",
        encoding="utf-8",
    )
    result = check(path, reason=False)
    assert result["comes"].verdict == result["no_deadlock"].verdict == "violated"
    assert result.trace("comes").end == "deadlock"


def test_a_run_that_runs_into_an_error_breaks_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "fails.yaml"
    path.write_text(
        "model: fails\nvars: {x: 0..1, y: 0..1}\nprocesses:\n  p:\n    run: |\n"
        "      a: x = 1 // x\n      b: y = 1\nproperties:\n  comes: {eventually: y == 1}\n",
        encoding="utf-8",
    )
    assert {each.name: each.verdict for each in check(path, reason=False)} == {
        "comes": "holds", "no_deadlock": "holds", "no_error": "violated",
    }  # fmt: skip


def test_a_formula_without_a_value_leaves_the_verdict_open(tmp_path: Path) -> None:
    path = tmp_path / "open.yaml"
    path.write_text(
        "model: open\nvars: {items: 'list[0..1]'}\nprocesses:\n  p:\n    run: |\n"
        "      add: items.append(1)\nproperties:\n  comes: {eventually: 'items[0] == 1'}\n",
        encoding="utf-8",
    )
    result = check(path, reason=False)
    assert result["comes"].verdict == "undetermined"
    assert result["no_error"].verdict == "violated"


@pytest.mark.parametrize("engine", ["python", "native"])
def test_a_formula_without_a_value_in_a_loop_is_told_with_its_place(
    tmp_path: Path, engine: Engine
) -> None:
    path = tmp_path / "open.yaml"
    path.write_text(
        "model: open\nvars: {n: 0..1}\nprocesses:\n  p:\n    run: |\n      while True:\n"
        "          turn: n = 1 - n\nproperties:\n  rest:\n    finally: n < 2 and 1 // n <= 1\n"
        "  fine:\n    finally: n < 2 or 1 // n <= 1\n",
        encoding="utf-8",
    )
    result = check(path, reason=False, engine=engine)
    assert (result["rest"].verdict, result["fine"].verdict) == ("undetermined", "holds")
    assert result["rest"].note == (
        "in some run that never ends the formula is not known to stay true: "
        f"division by zero ({path}:10:24)"
    )


def test_what_is_possible_is_shown_by_its_shortest_run(tmp_path: Path) -> None:
    result = asked(tmp_path, "possible: on and two")
    assert len(result.trace("asked").steps) == 3
    assert asked(tmp_path, "possible: x == 3")["asked"].trace is None


def test_a_step_that_breaks_its_promise_is_the_last_that_is_shown(tmp_path: Path) -> None:
    result = asked(tmp_path, "each_step: not (old(two) and zero)")
    trace = result.trace("asked")
    assert [each.event for each in trace.steps] == ["p.up", "p.up#2", "p.up#3"]
    assert trace.steps[-1].state.variables["x"] == 0


def test_what_was_none_before_a_step_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(
        """\
model: claims
vars: {holder: 0..2?}
processes:
  node:
    run: |
      take: holder = 1
      give: holder = None
properties:
  never_passed_on:
    each_step: old(holder) is None or holder is None or holder == old(holder)
  changes: {each_step: holder != old(holder)}
  kept: {each_step: old(holder) is None, expect: violated}
""",
        encoding="utf-8",
    )
    assert {each.name: each.verdict for each in check(path, reason=False)} == {
        "never_passed_on": "holds", "changes": "holds", "kept": "violated",
        "no_deadlock": "holds", "no_error": "holds",
    }  # fmt: skip


def test_prefer_chooses_where_a_lasso_goes_round(tmp_path: Path) -> None:
    plain = asked(tmp_path, "finally: x == 3")
    preferred = asked(tmp_path, "finally: x == 3, prefer: [-x]")
    assert plain.trace("asked").loop_from == 1  # after the step of q, which is fair
    trace = preferred.trace("asked")
    assert trace.loop_from is not None
    begin = trace.steps[trace.loop_from - 1].state
    assert begin.variables["x"] == 2


FIVE = """\
model: five
vars: {n: 0..7 = 3}
processes:
  p:
    run: |
      while True:
          up: n = (n + 1) % 8
define: {five: n == 5}
properties:
  asked: {ltl: "G !five", prefer: [PREFERRED]}
"""


@pytest.mark.parametrize(
    ("preferred", "begins", "steps"), [("n", 0, 13), ("-n", 7, 12), ("n // 4", 3, 8)]
)
def test_a_lasso_begins_to_go_round_where_the_preferred_numbers_are_lowest(
    tmp_path: Path, preferred: str, begins: int, steps: int
) -> None:
    path = tmp_path / "five.yaml"
    path.write_text(FIVE.replace("PREFERRED", preferred), encoding="utf-8")
    trace = check(path, reason=False).trace("asked")
    assert trace.loop_from is not None
    views = [trace.initial, *(step.state for step in trace.steps)]
    assert (views[trace.loop_from].variables["n"], len(trace.steps)) == (begins, steps)


def test_an_automaton_that_is_too_large_decides_nothing(tmp_path: Path) -> None:
    names = {f"{side}{n}": f"x == {n % 3}" for side in "ab" for n in range(9)}
    path = tmp_path / "many.yaml"
    text = TURNS.replace("    P\n", "").replace("    Q\n", "")
    defined = "".join(f"  {name}: {value}\n" for name, value in names.items())
    text = text.replace("define:\n", f"define:\n{defined}")
    many = " & ".join(f"G (a{n} -> F b{n})" for n in range(9))
    path.write_text(text.replace("PROPERTY", f'ltl: "!({many})"'), encoding="utf-8")
    result = check(path, reason=False)
    found = result["asked"]
    assert found.verdict == "undetermined"
    assert "many.yaml:" in found.limit
    assert result["no_error"].verdict == "holds"


FORGETS = """\
model: forgets
vars: {x: 0..1}
processes:
  p:
    vars: {n: 0..SIZE}
    run: |
      while True:
          read: n = (n + x + 1) % (SIZE + 1)
          use: x = 1 - x
properties:
  comes: {eventually: x > 1}
"""


@pytest.mark.parametrize(
    ("text", "steps", "varying"),
    [
        (FORGETS, 4, ("p.n",)),
        # It is another in the middle of each round, and never where the round begins.
        (FORGETS.replace("x = 1 - x", "\n              x = 1 - x\n              n = 0"), 4, ()),
        (FORGETS.replace("x > 1", "x > 1 or p.n > 40"), 4 * 41, ()),
        # What others ask, and what is only shown, need not come back.
        (FORGETS + "  other: {always: p.n <= 40}\nwatch: [p.n]\n", 4, ("p.n",)),
    ],
)
@pytest.mark.parametrize("forget_from", [0, None])
def test_what_nobody_reads_need_not_come_back(
    tmp_path: Path, text: str, steps: int, varying: tuple[str, ...], forget_from: int | None
) -> None:
    path = tmp_path / "forgets.yaml"
    path.write_text(text.replace("SIZE", "40"), encoding="utf-8")
    space, judgement = check_spec(load(path), options=SearchOptions(forget_from=forget_from))
    (result,) = (each for each in judgement.results if each.name == "comes")
    trace = result.trace
    assert trace is not None
    assert (len(trace.steps), trace.loop_from, trace.varying) == (steps, 0, varying)
    (closes,) = (step.state.variables == trace.initial.variables for step in trace.steps[-1:])
    assert closes == (not varying)
    lasso = judgement.lassos["comes"]
    assert lasso.steps == tuple(
        next(k for n, k in space.successors(space.states[a]) if n == space.states[b])
        for a, b in pairwise(lasso.states)
    )


def test_where_everything_is_read_nothing_is_explored_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explored(*_: object) -> None:
        raise AssertionError("nobody should look")

    monkeypatch.setattr("model_check.verify.lasso_space.PortableRun", explored)
    assert asked(tmp_path, "finally: zero and on")["asked"].verdict == "violated"


def test_the_old_value_of_an_optional_may_be_none(tmp_path: Path) -> None:
    path = tmp_path / "optional.yaml"
    path.write_text(
        "model: optional\nvars:\n  x: '0..1?'\nprocesses:\n  p:\n    run: |\n      a: x = 1\n"
        "      b: x = 0\nproperties:\n  once: {each_step: old(x) == None}\n"
        "  fine: {each_step: old(x) == None or old(x) == 1}\n",
        encoding="utf-8",
    )
    found = check(path, reason=False)
    assert (found["once"].verdict, found["fine"].verdict) == ("violated", "holds")


def test_what_a_bound_hides_is_not_said_to_be_impossible(tmp_path: Path) -> None:
    path = tmp_path / "bound.yaml"
    path.write_text(
        "model: bound\nvars: {x: 0..9}\nwithin: x < 3\nprocesses:\n  p:\n    run: |\n"
        "      while True:\n          up: x = min(x + 1, 9)\nproperties:\n"
        "  far: {possible: x == 5}\n  near: {possible: x == 3}\n",
        encoding="utf-8",
    )
    found = check(path, reason=False)
    assert (found["far"].verdict, found["near"].verdict) == ("undetermined", "holds")


@pytest.mark.parametrize(
    ("within", "program", "note"),
    [
        ("x < 3", "while True:\n          up: x = min(x + 1, 9)",
         "every fair run leaves what `within` bounds: this is asked of nothing"),
        ("True", "up: x = 1 // x",
         "every fair run runs into an error: this is asked of nothing"),
        ("x < 3", "while True:\n          up: x = (x + 1) % 3", ""),
        ("x < 3", "either:\n          up: x = 5\n      or:\n          stay: pass", ""),
    ],
)  # fmt: skip
def test_what_is_asked_of_no_run_at_all_is_said_so(
    tmp_path: Path, within: str, program: str, note: str
) -> None:
    path = tmp_path / "none.yaml"
    path.write_text(
        f"model: none\nvars: {{x: 0..9}}\nwithin: {within}\nprocesses:\n  p:\n    run: |\n"
        f"      {program}\nproperties:\n  far: {{leads_to: {{after: x == 7, comes: x == 8}}}}\n",
        encoding="utf-8",
    )
    found = check(path, reason=False)["far"]
    assert (found.verdict, found.note) == ("holds", note)
