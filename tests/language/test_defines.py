"""Defines, with parameters and without, wherever an expression may stand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fuzz.repair import repaired
from fuzz.specs import random_spec
from model_check.explore.space import Space
from model_check.language import Spec, SpecError, load
from model_check.language.tree.expressions import Let
from model_check.language.tree.statements import Step
from model_check.language.tree.walk import controls_in, expressions_in
from model_check.verify.checking import check_spec
from model_check.verify.judgement import Judgement

WITH = """\
types:
  Part: 1..3
vars:
  taken: set[Part]
  last: 0..3
processes:
  node:
    count: 2
    vars:
      n: 0..3
    run: |
      while n < 2:
          take:
              p = choose([x for x in Part if free(x)])
              await may(n, 2)
              taken.add(p)
              n += 1
              last = larger(p, last)
      if many(n):
          look: if full:
              stop: pass
define:
  free(x): x not in taken
  many(k): k > 1
  may(k, most): k < most and not (many(k) and k == 3)
  "larger(a: 0..3, b: 0..3)": a if a > b else b
  full: all(not free(x) for x in Part)
  busy(w): w.n > 0
watch: [full, free(2)]
properties:
  f: {finally: full}
  b: {always: "any(busy(w) for w in node) or last == 0", prefer: ["larger(last, 1)"]}
"""
WITHOUT = """\
types:
  Part: 1..3
vars:
  taken: set[Part]
  last: 0..3
processes:
  node:
    count: 2
    vars:
      n: 0..3
    run: |
      while n < 2:
          take:
              p = choose([x for x in Part if x not in taken])
              await n < 2 and not (n > 1 and n == 3)
              taken.add(p)
              n += 1
              last = p if p > last else last
      if n > 1:
          look: if all(x in taken for x in Part):
              stop: pass
define:
  full: all(x in taken for x in Part)
properties:
  f: {finally: full}
  b: {always: any(w.n > 0 for w in node) or last == 0}
"""


def spec_of(folder: Path, text: str) -> Spec:
    path = folder / "spec.yaml"
    path.write_text(text)
    return load(path)


def checked(folder: Path, text: str) -> tuple[Space, Judgement]:
    return check_spec(spec_of(folder, text))


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as error:
        spec_of(folder, text)
    return [
        f"{d.position.line}:{d.position.column}: {d.message}" + (f" ({d.hint})" if d.hint else "")
        for d in error.value.diagnostics
    ]


def test_a_define_means_what_it_says_in_brackets_where_it_is_used(tmp_path: Path) -> None:
    (one, judged), (other, expected) = checked(tmp_path, WITH), checked(tmp_path, WITHOUT)
    assert len(one.states) == 28
    assert (len(one.states), one.transitions) == (len(other.states), other.transitions)
    assert [list(one.terminal), list(one.states)] == [list(other.terminal), list(other.states)]
    pairs = zip(judged.results, expected.results, strict=True)
    assert all(a.verdict == b.verdict for a, b in pairs)
    assert judged.violating == expected.violating


def test_what_a_define_is_given_is_computed_once_and_before(tmp_path: Path) -> None:
    text = """\
vars: {n: 0..3, m: 0..1}
processes: {p: {run: "a: if one(2 // n): m = 1"}}
define:
  one(x): True
"""
    _, judgement = checked(tmp_path, text)
    error = next(each for each in judgement.results if each.form.on_error)
    assert error.verdict == "violated"
    assert error.trace is not None
    assert "division by zero" in error.trace.error


def test_names_that_clash_inside_and_outside_are_kept_apart(tmp_path: Path) -> None:
    text = """\
vars: {s: "set[0..3] = {0, 1}", found: bool}
processes:
  p:
    run: |
      a: found = any(within_(x + 1) for x in s)
define:
  within_(y): any(shifted(y) == x for x in s)
  shifted(y): y + 1
properties:
  never_found: {always: not found}
"""
    # 0 + 1 + 1 and 1 + 1 + 1 are not in the set.
    _, judgement = checked(tmp_path, text)
    assert judgement.results[0].verdict == "holds"


def test_a_value_that_a_declared_parameter_does_not_hold_is_an_error(tmp_path: Path) -> None:
    text = """\
vars: {n: 0..3 = 3}
processes: {p: {run: "a: await low(n + 1)"}}
define:
  "low(x: 0..3)": x < 2
"""
    _, judgement = checked(tmp_path, text)
    error = next(each for each in judgement.results if each.form.on_error)
    assert error.trace is not None
    assert "x of low would be 4, outside its range 0..3" in error.trace.error


WRONG = """\
vars:
  taken: set[0..3]
  n: 0..3
resources:
  log: {kind: "redis.list[0..3]"}
processes:
  p:
    vars: {mine: 0..3}
    run: |
      b: await free() or free(1, 2) or full(1) or free or free(x=1)
      if free(mine):
          c: await held > 0
      if own(mine):
          d: await loop(1)
      e: await typed(7) and typed(True)
      f: await free(log.llen())
      g: await twice(n)
      h: await both(1) and both(taken) and both(n)
      i: await frei(1)
define:
  free(x): x not in taken
  full: len(taken) == 4
  held: len(log.items)
  own(x): x > 0 and mine == x + self
  loop(x): loop2(x + 1)
  loop2(x): loop(x)
  "typed(a: 0..3)": a > 1
  twice(y): y + nn > 0
  both(v): v + 1 > 0
  calls(z): log.llen() + z
properties:
  p1: {always: twice(2) and calls(1) > 0}
"""


def test_mistakes_are_told_where_they_stand_with_the_use_that_shows_them(tmp_path: Path) -> None:
    assert mistakes(tmp_path, WRONG) == [
        "10:16: free takes 1 argument, 0 given (write free(x))",
        "10:26: free takes 1 argument, 2 given (write free(x))",
        "10:40: full takes no argument (write full)",
        "10:51: free needs 1 argument (write free(x))",
        "10:59: free takes plain arguments only (write free(x))",
        "15:22: 7 is outside of a of typed, which is 0..3",
        "15:35: a of typed is 0..3, this is bool",
        "16:21: the command log.llen cannot be called here (what a define is given calls no "
        "command: x = ... in a statement before it)",
        "19:16: no such function: frei (did you mean free?)",
        "21:21: taken is shared (label it: a condition that reads shared state is a step; "
        "free(x) is used in line 11)",
        "23:13: a program cannot look into log (call one of its commands, log.command(); "
        "held is used in line 12)",
        "24:21: no such name here: mine (p.mine is a variable of p; own(x) is used in line 13)",
        "24:33: self is the index of a process: there is none here (own(x) is used in line 13)",
        "26:13: defines refer to each other in a circle: loop -> loop2 -> loop "
        "(loop2(x) is used in line 25)",
        "28:17: no such name: nn (did you mean n?; twice(y) is used in line 17)",
        "29:12: + does not work on set[0..3] and 1 (both(v) is used in line 18)",
        "30:13: the command log.llen cannot be called here (a property looks at a state: "
        "log.items; calls(z) is used in line 32)",
    ]


HEADS = {
    '"f(": 1': "2:5: this `(` is never closed",
    '"f()": 1': "2:6: f() has no parameters (write f)",
    '"f(x, x)": 1': "2:9: f has two parameters x",
    '"f(x) y": 1': "2:4: f(x) y names no definition (name, or f(x, y))",
    '"len(x)": 1': "2:4: `len` is a word of the language and cannot name a definition",
    '"f(1)": 1': "2:6: 1 cannot name a parameter (letters, digits and _, no digit first)",
    '"f(x: )": 1': "2:8: a type is missing here (such as 1..TOTAL, bool, enum(a, b), list[T], T?)",
    '"f(x: foo)": 1': "2:9: no such type: foo (there is int, bool)",
    '"f(n)": 1': "2:6: n is a parameter of f here and a shared variable at line 3: rename one "
    "of them",
    "f(x): 1\n  f(y): 2": "3:3: f is defined here twice",
}  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_a_head_that_is_no_head_is_refused(tmp_path: Path, head: str) -> None:
    text = f"define:\n  {head}\nvars: {{n: 0..3}}\nprocesses: {{p: {{run: 'a: pass'}}}}\n"
    assert HEADS[head] in mistakes(tmp_path, text)


def test_a_variant_replaces_and_removes_a_define_by_its_name(tmp_path: Path) -> None:
    spec_of(tmp_path, WITH)
    (tmp_path / "variant.yaml").write_text(
        "extends: spec.yaml\ndefine:\n  free(part, more): part not in taken\n"
    )
    with pytest.raises(SpecError) as error:
        load(tmp_path / "variant.yaml")
    assert {d.message for d in error.value.diagnostics} == {"free takes 2 arguments, 1 given"}
    (tmp_path / "variant.yaml").write_text(
        "extends: spec.yaml\ndefine:\n  free(part): part not in taken\n"
        "  busy: null\nproperties:\n  b: null\n"
    )
    assert "busy" not in str(load(tmp_path / "variant.yaml").properties)


def test_a_define_that_nobody_uses_is_warned_of(tmp_path: Path) -> None:
    text = "define:\n  f(x): x + nobody_knows\nprocesses: {p: {run: 'a: pass'}}\n"
    (warning,) = spec_of(tmp_path, text).warnings
    assert warning.message == "f(x) is used nowhere: nobody looked whether it is right"


EXPLODING = {
    "the same twice": "d{0}(x): d{1}(x) and d{1}(x)",
    "two arguments": "d{0}(x): d{1}(2 * x) and d{1}(2 * x + 1)",
}


@pytest.mark.parametrize("line", EXPLODING.values(), ids=EXPLODING.keys())
def test_defines_that_double_forty_times_are_refused_at_once(tmp_path: Path, line: str) -> None:
    lines = "".join(f"  {line.format(i, i + 1)}\n" for i in range(38))
    text = f"vars: {{n: 0..3}}\ndefine:\n{lines}  d38(x): x > 0\n"
    start = time.process_time()
    found = mistakes(tmp_path, text + "processes: {p: {run: 'a: await d0(n)'}}\n")
    assert "too large" in found[0]
    assert len(found) <= 2
    assert time.process_time() - start < 5


def test_random_specs_use_defines_with_parameters_in_their_steps(tmp_path: Path) -> None:
    used = 0
    for seed in range(30):
        text = repaired(random_spec(seed))
        (tmp_path / "own.yaml").write_text("")
        spec = spec_of(tmp_path, text or "")
        for process in spec.processes:
            steps = [each for each in controls_in(process.run) if isinstance(each, Step)]
            used += sum(isinstance(e, Let) for step in steps for e in expressions_in(step.body))
    assert used >= 2
