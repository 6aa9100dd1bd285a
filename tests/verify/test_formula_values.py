"""What the parts of a formula are where a trace shows them, beside what Python computes from the
values that are shown; and what else the end of a trace tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from fuzz.formula_values import wrong_values
from fuzz.interpreter import Interpreter
from fuzz.replay import Replay
from model_check import Result, check
from model_check.language import load
from model_check.report.sequence.chips import chip_rows
from model_check.report.words.formula import end_values, reads_of, values_text
from model_check.report.words.phrases import happened, owner_of
from model_check.results.check import PropertyResult, Trace

SPEC = """\
model: parts
constants: {MOST: 3}
types: {Item: 1..3}
define:
  missing: set(Item) - set(seen)
  calm: "n < MOST and not loud"
  above(x): "[i for i in seen if i > x]"
vars:
  n: int
  loud: bool
  seen: list[Item]
  unread: bool = True
  ready: bool = True
  pair: "dict[Item, int]"
processes:
  worker:
    count: 2
    vars: {done_here: int}
    run: |
      for item in [2, 2]:
          add:
              seen.append(item)
              n += 1
              done_here += 1
              pair[item] += 1
  other:
    run: |
      look: if loud:
          n = 0
      close: ready = False
properties:
  few: {always: n < MOST}
  differ: {always: len(seen) == len(set(seen))}
  all_there: {finally: all(i in seen for i in Item)}
  none_large: {never: any(i > 1 for i in seen)}
  each_one: {always: all(w.done_here < 2 for w in worker)}
  by_name: {always: calm}
  with_argument: {finally: len(above(n)) > 0}
  by_key: {always: "pair[2] + pair[3] < 2 if n < 9 else True"}
  only_up: {each_step: n <= old(n)}
  comes: {leads_to: {after: n > 0, comes: loud}}
  can: {possible: n == MOST and not loud}
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    path = tmp_path_factory.mktemp("parts") / "parts.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return check(path, reason=False)


def terms(result: PropertyResult) -> dict[str, object]:
    assert result.values is not None
    return {each.text: each.value for each in result.values.terms}


def names_in(trace: Trace, step: int) -> dict[str, object]:
    """What Python sees of a state: the values that are shown."""
    state = trace.steps[step - 1].state if step else trace.initial
    shared = {name: value for name, value in state.variables.items() if "." not in name}
    pair = {i: shared.pop(f"pair[{i}]", 0) for i in (1, 2, 3)}
    worker = [
        SimpleNamespace(done_here=state.variables[f"worker[{i}].done_here"]) for i in range(2)
    ]
    return {**shared, "pair": pair, "worker": worker, "Item": [1, 2, 3], "MOST": 3}


KNOWN = {
    "few": {"n": 3},
    "differ": {"len(seen)": 2, "seen": [2, 2], "len(set(seen))": 1},
    "all_there": {"false for i": [1, 3], "seen": [2, 2, 2, 2]},
    "none_large": {"true for i": [2], "seen": [2]},
    "each_one": {"worker[0].done_here": 2, "worker[1].done_here": 0},
    "by_name": {"calm": False, "n": 3, "loud": False},
    "with_argument": {"len(above(n))": 0},
    "by_key": {"n": 2, "pair[2]": 2, "pair[3]": 0},
    "only_up": {"n": 1, "old(n)": 0},
    "can": {"n": 3, "loud": False},
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_parts_have_the_values_that_they_have(name: str, result: Result) -> None:
    found = terms(result[name])
    assert dict(sorted(found.items())) == dict(sorted(KNOWN[name].items()))


@pytest.mark.parametrize("name", sorted({*KNOWN} - {"by_name", "with_argument", "only_up"}))
def test_python_computes_the_same_from_the_state_that_is_shown(name: str, result: Result) -> None:
    values, trace = result[name].values, result.trace(name)
    assert values is not None
    names = names_in(trace, values.step)
    asked = 0
    for each in values.terms:
        if " for " not in each.text:
            assert eval(each.text, {}, names) == each.value  # noqa: S307
            asked += 1
    assert asked


def test_a_violation_is_told_with_them(result: Result) -> None:
    def told(name: str) -> str:
        return values_text(result[name]).replace("\N{NO-BREAK SPACE}", " ")

    assert told("few") == "n < MOST: n = 3"
    assert told("all_there") == (
        "all(i in seen for i in Item): false for i in [1, 3], seen = [2, 2, 2, 2]"
    )
    assert told("only_up") == "n <= old(n): n = 1, old(n) = 0"
    assert told("by_name") == "calm: n = 3, loud = False"
    assert told("comes") == "n = 4, loud = False"
    assert "  n < MOST: n = 3\n" in result.text()


def test_what_a_formula_reads_is_marked_at_the_end(result: Result) -> None:
    assert reads_of(result["few"]) == ("n",)
    assert reads_of(result["by_name"]) == ("n", "loud")
    assert "\n* n                   = 3\n" in result.text()
    assert "\n  unread              = True\n" in result.text()


def test_what_is_false_or_empty_at_the_end_is_told_where_it_is_read_or_became_so(
    result: Result,
) -> None:
    trace = result.trace("all_there")
    shown = {name for name, _ in end_values(trace)}
    assert "loud" not in shown
    assert ("ready" in shown) == any("ready" in step.changed for step in trace.steps)
    assert any("ready" in step.changed for step in trace.steps)
    assert "loud" in {name for name, _ in end_values(trace, ("loud",))}


def test_a_step_that_only_looked_says_what_it_found(result: Result) -> None:
    trace = result.trace("all_there")
    look = next(step for step in trace.steps if step.label == "look")
    assert [(each.text, each.true) for each in look.found] == [("loud", False)]
    assert happened(look) == ["loud is False"]
    assert not any(happened(step) for step in trace.steps if step.label != "look")


FAILS = """\
model: fails
vars: {x: 0..9 = 5, rate: 0..1}
processes:
  p:
    run: |
      pay:
          x = 4
          x = x // rate
"""


def test_a_step_that_fails_is_not_said_to_leave_anything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "fails.yaml"
    path.write_text(FAILS, encoding="utf-8")
    (step,) = check(path).trace("no_error").steps
    assert happened(step) == []


STAYS = """\
model: stays
vars: {balance: int, writes: 0..2, kept: "dict[1..2, int]"}
processes:
  worker:
    count: 2
    vars: {seen: int}
    run: |
      read: seen = balance
      write:
          balance = seen + 1
          kept[1] = 0
          writes += 1
properties:
  none_lost: {finally: balance == writes}
"""


def test_a_step_says_which_values_it_set_to_what_they_were(tmp_path: Path) -> None:
    path = tmp_path / "stays.yaml"
    path.write_text(STAYS, encoding="utf-8")
    result = check(path)
    told = [happened(step) for step in result.trace("none_lost").steps]
    assert told == [["seen stays 0"], ["seen stays 0"], [], ["balance stays 1"]]
    assert result.text().count("balance stays 1") == 1


def test_what_is_there_twice_is_marked_where_the_formula_asks_for_it(result: Result) -> None:
    (row,) = chip_rows(result["differ"])
    assert [(chip.text, chip.hole, chip.again) for chip in row.chips] == [
        ("2", False, False), ("2", False, True),
    ]  # fmt: skip
    (row,) = chip_rows(result["all_there"])
    assert not any(chip.again for chip in row.chips)


def test_what_lies_in_a_resource_is_its_own(tmp_path: Path) -> None:
    assert owner_of("stock[1]", ("stock", "shop")) == "stock"
    assert owner_of("socket[0].inbox[client[1]]", ("socket[0]", "client[1]")) == "socket[0]"
    assert owner_of("client.shown", ("client",)) == "client"
    assert owner_of("stocks[1]", ("stock",)) == ""
    assert owner_of("n", ()) == ""


def test_the_interpreter_computes_the_same_values_and_sees_others(tmp_path: Path) -> None:
    path = tmp_path / "parts.yaml"
    path.write_text(SPEC, encoding="utf-8")
    spec, found = load(path), check(path, reason=False)
    interpreter = Interpreter(spec)
    replay = Replay(interpreter, interpreter.explore(2000))
    asked = {each.name: each for each in spec.properties}
    shown = [each for each in found if each.values is not None and each.values.terms]
    assert len(shown) >= 8
    for each in shown:
        assert each.values is not None
        assert not [*wrong_values(replay, asked[each.name], each)]
        first, *others = each.values.terms
        other = replace(first, value=[9])
        for planted in (
            replace(each.values, terms=(other, *others)),
            replace(each.values, terms=tuple(others)),
            None,
        ):
            assert [*wrong_values(replay, asked[each.name], replace(each, values=planted))]
