"""Values at the ends of their ranges, and with just as much room as they need."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from fuzz.compare import differences
from model_check.language import load
from model_check.verify.checking import check_spec


def verdicts(folder: Path, text: str) -> dict[str, str]:
    """Of each property; the interpreter says the same of everything."""
    path = folder / "spec.yaml"
    path.write_text("model: small\n" + text, encoding="utf-8")
    spec = load(path)
    assert differences(spec) == []
    return {result.name: result.verdict for result in check_spec(spec)[1].results}


@pytest.mark.parametrize(("item", "target"), [*product(range(6), ["1..3", "0..3", "1..5", "0..5"])])
def test_a_set_goes_into_a_narrower_one_if_all_of_its_items_do(
    tmp_path: Path, item: int, target: str
) -> None:
    low, high = map(int, target.split(".."))
    text = (
        f"vars:\n  a: set[0..5]\n  b: set[{target}]\n  n: 0..5\n"
        f"processes:\n  p:\n    run: |\n      one: n = {item}\n      two: a.add(n)\n"
        "      three: b = a\n"
        "properties:\n  same: {finally: a == b and len(b) == 1}\n"
    )
    fits = low <= item <= high
    assert verdicts(tmp_path, text) == {
        "same": "holds", "no_deadlock": "holds", "no_error": "holds" if fits else "violated",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "turns"),
    [("+ 1", 16), ("+ 1", 17), ("+ 1", 64), ("- 1", 17), ("- 1", 65), ("+ 7", 70), ("- 7", 70)],
)
def test_an_integer_has_room_for_every_number_wherever_it_lies(
    tmp_path: Path, step: str, turns: int
) -> None:
    text = f"""vars:
  n: int
  m: int?
  xs: list[int]
  r: "{{k: int?}}"
processes:
  p:
    run: |
      for i in range({turns}):
          go:
              n = n {step}
              m = n
              xs = [n]
              r.k = n
properties:
  same:
    always: n == 0 or len(xs) == 1 and xs[0] == n and m == n and r.k == n
  far:
    finally: n == 0 {step[0]} {turns} * {step[2:]}
"""
    path = tmp_path / "spec.yaml"
    path.write_text("model: small\n" + text, encoding="utf-8")
    # The numbers are too many for the interpreter.
    assert {each.verdict for each in check_spec(load(path))[1].results} == {"holds"}


def test_a_long_list_goes_into_a_list_of_lists(tmp_path: Path) -> None:
    text = """vars:
  xs: list[0..9]
  yss: list[list[0..9]]
processes:
  p:
    run: |
      for i in range(20):
          go:
              xs.append(i % 10)
              yss = [xs]
properties:
  same:
    always: len(yss) == 0 or len(yss[0]) == len(xs) and yss[0][0] == 0 and yss[0][-1] == xs[-1]
  long:
    finally: len(xs) == 20
"""
    assert set(verdicts(tmp_path, text).values()) == {"holds"}


@pytest.mark.parametrize("chosen", ["True", "False"])
def test_a_list_may_be_as_long_as_the_longer_of_two(tmp_path: Path, chosen: str) -> None:
    text = f"""vars:
  b: bool = {chosen}
  xs: list[0..9]
processes:
  p:
    run: |
      turn: b = not b
      go: xs = [1] if b else {list(range(10)) * 2}
properties:
  length:
    finally: len(xs) == (1 if b else 20)
  last:
    finally: xs[-1] == (1 if b else 9)
"""
    assert set(verdicts(tmp_path, text).values()) == {"holds"}


def test_two_things_that_may_be_none_are_equal_if_both_are_or_hold_the_same(
    tmp_path: Path,
) -> None:
    text = """vars:
  known: list[0..1?] = [None, 0, 1]
  i: 0..2
  j: 0..2
  a: 0..1?
  b: 0..1?
processes:
  p:
    run: |
      one: i = choose({0, 1, 2})
      two: j = choose({0, 1, 2})
      set:
          a = known[i]
          b = known[j]
properties:
  alike: {finally: (a == b) == (i == j)}
"""
    assert set(verdicts(tmp_path, text).values()) == {"holds"}


def test_who_waits_for_an_answer_in_a_loop_of_a_branch_is_at_work(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("""model: small
resources:
  stream: {kind: 'redis.stream[0..3]'}
processes:
  p:
    run: |
      while True:
          either:
              for i in range(2):
                  wait: stream.xread("$")
          or:
              other: pass
""")
    found = {result.name: result.verdict for result in check_spec(load(path))[1].results}
    assert found["no_deadlock"] == "violated"


@pytest.mark.parametrize("items", [[], [2], [2, 1], [2, 1, 3]])
def test_a_list_that_never_changes_is_run_through_item_by_item(
    tmp_path: Path, items: list[int]
) -> None:
    text = (
        f"vars:\n  xs: list[0..3] = {items}\n  n: 0..9\n"
        "processes:\n  p:\n    run: |\n      go: n = sum(x for x in xs)\n"
        f"properties:\n  added: {{finally: n == {sum(items)}}}\n"
    )
    assert set(verdicts(tmp_path, text).values()) == {"holds"}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("n in range(2, 4)", "n == 2 or n == 3"),
        ("n in range(m, m + 2)", "n == m or n == m + 1"),
        ("n in Some", "1 <= n and n <= 3"),
        ("a >= b", "all(x in a for x in b)"),
        ("a > b", "all(x in a for x in b) and a != b"),
        ("a <= b", "all(x in b for x in a)"),
        ("a < b", "all(x in b for x in a) and a != b"),
    ],
)
def test_a_range_and_a_set_have_their_ends_and_are_their_own_parts(
    tmp_path: Path, asked: str, meant: str
) -> None:
    text = f"""types:
  Some: 1..3
vars:
  n: 0..5
  m: 0..5
  a: set[0..1]
  b: set[0..1]
processes:
  p:
    run: |
      numbers:
          n = choose(range(0, 6))
          m = choose({{0, 4}})
      sets:
          a = choose([{{0}}, {{0, 1}}, {{1}}])
          b = choose([{{0}}, {{0, 1}}])
properties:
  same:
    always: ({asked}) == ({meant})
"""
    assert verdicts(tmp_path, text)["same"] == "holds"


def test_a_range_whose_ends_are_not_known_has_all_its_numbers(tmp_path: Path) -> None:
    text = """vars:
  n: 0..18
  xs: list[0..20]
processes:
  p:
    run: |
      for i in range(18):
          go:
              n = n + 1
              xs = list(range(0, n))
properties:
  whole:
    always: len(xs) == n and (n == 0 or xs[-1] == n - 1)
"""
    assert set(verdicts(tmp_path, text).values()) == {"holds"}


@pytest.mark.parametrize(("number", "there"), [(-1, False), (0, True), (1, True), (2, False)])
def test_a_resource_that_there_is_not_is_an_error(tmp_path: Path, number: int, there: bool) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(f"""model: small
vars: {{n: -1..2}}
resources:
  q: {{kind: 'queue[0..3]', count: 2}}
processes:
  p:
    run: |
      one: n = {number}
      two: q[n].put(1)
""")
    found = {result.name: result.verdict for result in check_spec(load(path))[1].results}
    assert found["no_error"] == ("holds" if there else "violated")


def test_sets_whose_items_lie_differently_in_bits_are_equal_if_their_items_are(
    tmp_path: Path,
) -> None:
    text = """vars:
  known: list[0..2?] = [None, 0, 1, 2]
  i: 0..3
  j: 0..2
  s: set[0..2?]
  t: set[0..2]
processes:
  p:
    run: |
      one: i = choose({0, 1, 2, 3})
      two: j = choose({0, 1, 2})
      set:
          s = {known[i]}
          t = {j}
properties:
  alike: {finally: (s == t) == (i == j + 1)}
  turned: {finally: (t == s) == (i == j + 1)}
"""
    assert set(verdicts(tmp_path, text).values()) == {"holds"}


def test_the_first_of_two_failures_of_a_step_is_told(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("""model: small
vars:
  n: 0..1
  m: 0..1
  xs: list[0..1]
processes:
  p:
    run: |
      go:
          m = 1 // n
          m = xs[5]
""")
    (trace,) = [r.trace for r in check_spec(load(path))[1].results if r.trace is not None]
    assert trace.error == "division by zero"
