"""What is forgotten, on specs small enough to count by hand: states with and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.forgetting import forgetting_differences
from model_check.explore.search import SearchOptions, explore
from model_check.language import Spec, load
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout


def spec_of(folder: Path, text: str) -> Spec:
    path = folder / "spec.yaml"
    path.write_text("model: small\n" + text, encoding="utf-8")
    return load(path)


def states(folder: Path, text: str) -> tuple[int, int]:
    """How many states there are with all values, and with dead ones forgotten."""
    spec = spec_of(folder, text)
    assert forgetting_differences(spec) == []
    whole = explore(spec, options=SearchOptions(forget_from=None))
    return len(whole.states), len(explore(spec, options=SearchOptions(forget_from=0)).states)


PICK = """vars:
  big: bool = false
processes:
  p:
    vars:
      seen: 0..3
    run: |
      pick: seen = choose({0, 1, 2, 3})
      use: big = seen > 1
      rest: pass
"""
ASKED = PICK + "properties:\n  small:\n    never: big and at(p, pick)\n"


def test_a_value_is_forgotten_after_its_last_read(tmp_path: Path) -> None:
    # 1, then 4 by `seen`; with all values 4 and 4 more, else 2 and 2 by `big`.
    assert states(tmp_path, ASKED) == (13, 9)


def test_a_value_that_only_makes_another_that_nobody_reads_is_never_there(tmp_path: Path) -> None:
    assert states(tmp_path, PICK) == (13, 4)


@pytest.mark.parametrize("reader", ["never: big and p.seen == 0", "always: p.seen < 4"])
def test_what_a_property_reads_is_kept(tmp_path: Path, reader: str) -> None:
    text = PICK + f"properties:\n  asked:\n    {reader}\n"
    # `big` follows from `seen`.
    assert states(tmp_path, text) == (13, 13)


@pytest.mark.parametrize("key", ["define:\n  d: p.seen\n", "watch: [p.seen]\n"])
def test_what_an_expression_that_is_shown_reads_is_kept(tmp_path: Path, key: str) -> None:
    assert states(tmp_path, ASKED + key) == (13, 13)


def test_what_another_process_reads_is_kept(tmp_path: Path) -> None:
    other = "  q:\n    run: |\n      look: await p.seen == 3\n"
    # q can look at each of the 3 last places of p where `seen` is 3.
    assert states(tmp_path, PICK + other) == (13 + 3, 13 + 3)


def test_a_value_is_kept_while_a_guard_can_read_it(tmp_path: Path) -> None:
    text = PICK.replace("rest: pass", "rest: await seen != 2")
    whole, seen = states(tmp_path, text)
    assert (whole, seen) == (1 + 4 + 4 + 3, 1 + 4 + 4 + 1)


def test_a_failure_of_a_dead_write_is_still_told(tmp_path: Path) -> None:
    text = PICK.replace("rest: pass", "rest: seen = seen + 1")
    spec = spec_of(tmp_path, text)
    assert forgetting_differences(spec) == []
    assert len(explore(spec, options=SearchOptions(forget_from=0)).errors) == 1


def test_the_turn_of_a_loop_names_its_events_and_is_kept(tmp_path: Path) -> None:
    text = "processes:\n  p:\n    run: |\n      for i in range(3):\n          go: pass\n"
    assert states(tmp_path, text) == (4, 4)


def test_a_value_that_only_one_branch_reads_is_forgotten_in_the_other(tmp_path: Path) -> None:
    text = """processes:
  p:
    vars:
      seen: 0..3
    run: |
      pick: seen = choose({0, 1, 2, 3})
      either:
          look: await seen == 0
      or:
          skip: pass
          done: pass
"""
    # 1, 4 by `seen`; then, each by `seen` or one: behind `look` and at the end, and behind skip.
    assert states(tmp_path, text) == (1 + 4 + 4 + 4, 1 + 4 + 1 + 1)


def test_values_that_differ_from_the_beginning_are_kept_there(tmp_path: Path) -> None:
    text = "processes:\n  p:\n    vars:\n      n: 0..2 = choose({0, 1, 2})\n    run: |\n"
    text += "      go: await n != 1\n      on: pass\n"
    assert states(tmp_path, text) == (3 + 2 + 2, 3 + 1 + 1)


def test_two_values_at_the_beginning_are_one_after_the_first_step_if_nobody_reads_them(
    tmp_path: Path,
) -> None:
    text = "processes:\n  p:\n    vars:\n      n: 0..1 = choose({0, 1})\n    run: |\n"
    text += "      first: pass\n      set: n = 1\n      look: await n == 1\n"
    assert states(tmp_path, text) == (2 + 2 + 1 + 1, 2 + 1 + 1 + 1)


def test_what_any_of_several_properties_reads_is_kept(tmp_path: Path) -> None:
    text = """processes:
  p:
    vars:
      seen: 0..1
      other: 0..1
    run: |
      pick: seen = choose({0, 1})
      again: other = choose({0, 1})
      rest: pass
properties:
  one: {always: p.seen < 2}
  two: {always: p.other < 2}
"""
    assert states(tmp_path, text) == (1 + 2 + 4 + 4, 1 + 2 + 4 + 4)


def test_what_is_never_read_takes_no_bits(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, PICK)
    whole = make_program(spec, Layout()).machine
    seen = make_program(spec, Layout(), forget=True).machine
    assert (whole.width, seen.width) == (2 + 2 + 1, 2)


def test_nothing_is_made_where_nothing_can_be_forgotten(tmp_path: Path) -> None:
    text = "vars:\n  n: 0..3\nprocesses:\n  p:\n    run: |\n      while True:\n"
    text += "          go: n = 3 - n\n"
    text += "properties:\n  small:\n    never: n == 2\n"
    assert make_program(spec_of(tmp_path, text), Layout(), forget=True).forgetting is None
