"""`initially`: program text that makes the first states."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences, native_differences
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import Spec, SpecError, load
from model_check.verify.checking import check_spec
from model_check.verify.show import format_value
from model_check.verify.trace import Tracer


def spec_of(folder: Path, text: str) -> Spec:
    path = folder / "spec.yaml"
    path.write_text(text)
    return load(path)


def space_of(folder: Path, text: str) -> Space:
    space, _ = check_spec(spec_of(folder, text))
    return space


def first_states(space: Space) -> list[dict[str, str]]:
    """The variables of the first states, as text."""
    views = [Tracer(space).to(number).initial.variables for number in range(space.initial)]
    return [{name: format_value(value) for name, value in view.items()} for view in views]


PROCESSES = """\
processes:
  node:
    count: 2
    vars: {n: 0..3}
    run: |
      if n > 1:
          work: total = total + n
vars:
  total: int
  flags: dict[0..2, 0..1]
"""
FORGETFUL = """\
model: forgetful
vars: {total: int}
initially: |
  await total > 5
processes:
  node:
    vars: {n: int}
    run: |
      keep: n = 2
      add: total = n
"""


def test_choices_for_each_key_make_all_first_states(tmp_path: Path) -> None:
    text = "initially: |\n  for k in range(3):\n      flags[k] = choose([0, 1])\n"
    space = space_of(tmp_path, PROCESSES + text)
    assert space.initial == 8
    assert len({str(each) for each in first_states(space)}) == 8


def test_an_await_keeps_the_states_in_which_it_is_true(tmp_path: Path) -> None:
    text = (
        "initially: |\n  for k in range(3):\n      flags[k] = choose([0, 1])\n"
        "  await sum(flags[k] for k in range(3)) == 1\n"
    )
    assert space_of(tmp_path, PROCESSES + text).initial == 3


def test_variables_of_processes_are_set_before_their_control_begins(tmp_path: Path) -> None:
    text = "initially: |\n  for w in node:\n      w.n = 1\n  node[total + 1].n += 1\n"
    space = space_of(tmp_path, PROCESSES + text)
    (first,) = first_states(space)
    assert (first["node[0].n"], first["node[1].n"]) == ("1", "2")
    # node[0] has ended from the start, node[1] works once.
    assert (len(space.states), space.transitions) == (2, 1)


def test_branches_and_either_leave_what_follows_as_it_is(tmp_path: Path) -> None:
    text = """\
initially: |
  x = choose({0, 1, 2})
  if x == 0:
      total = choose([5, 6])
  elif x == 1:
      either:
          total = 7
      or:
          total = 8
          await flags[0] == 1
  flags[2] = 1
  total += 10
"""
    firsts = first_states(space_of(tmp_path, PROCESSES + text))
    assert sorted(each["total"] for each in firsts) == ["10", "15", "16", "17"]
    assert {each["flags[2]"] for each in firsts} == {"1"}


EQUAL = {
    "a choice": ("initially: |\n  flags[0] = choose([0, 1])\n  total = flags[0] + 1\n", 2),
    "an if": ("initially: |\n  total = choose([1, 2])\n  if total == 1:\n      flags[0] = 1\n", 2),
}


@pytest.mark.parametrize(("text", "firsts"), EQUAL.values(), ids=EQUAL.keys())
def test_they_are_those_that_a_first_step_would_make(
    tmp_path: Path, text: str, firsts: int
) -> None:
    one = space_of(tmp_path, PROCESSES + text)
    lines = text.partition("|\n")[2].replace("  ", "          ", 1).replace("\n  ", "\n          ")
    step = f"  maker:\n    run: |\n      make:\n{lines}          made = True\n"
    other = PROCESSES.replace("vars:\n  total", f"{step}vars:\n  made: bool\n  total")
    other = other.replace("      if n > 1:\n          work: ", "      start: await made\n      if "
                          "n > 1:\n          work: ")  # fmt: skip
    assert one.initial == firsts
    assert len(space_of(tmp_path, other).graph.of(0)) == firsts


def test_no_first_state_left_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        space_of(tmp_path, PROCESSES + "initially: |\n  await total > 0\n")
    (told,) = error.value.diagnostics
    assert (told.position.line, told.message) == (11, "initially leaves no first state")


@pytest.mark.parametrize("engine", ["python", "native"])
def test_no_first_state_left_is_told_too_where_dead_values_are_forgotten(
    tmp_path: Path, engine: Engine
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(FORGETFUL, encoding="utf-8")
    with pytest.raises(SpecError, match="initially leaves no first state"):
        explore(load(path), options=SearchOptions(engine=engine, forget_from=0))


def test_what_fails_there_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        space_of(tmp_path, PROCESSES + "initially: |\n  flags[0] = 3 // total\n")
    (told,) = error.value.diagnostics
    assert (told.position.line, told.message) == (12, "division by zero in an initial state")


NUMBERS = """\
vars:
  n: int = choose([1, -1])
  k: 0..3
processes:
  waiting:
    run: |
      never: await False
"""
# Neither 16 nor -1 has room in the first layout.
TESTED = {
    "await n != 0": 2,
    "n = choose([1, 16, -1])\n  await n == 16 or n == -1": 2,
    "if n < 0:\n      n = 16\n  await n == 16": 1,
    "n += 20\n  k = choose([i for i in range(4) if i + 18 == n])": 2,
    "n += 20\n  k = choose({i for i in range(4) if i + 18 == n})": 2,
}


@pytest.mark.parametrize("program", TESTED)
def test_what_is_tested_has_the_room_that_it_needs(tmp_path: Path, program: str) -> None:
    spec = spec_of(tmp_path, f"{NUMBERS}initially: |\n  {program}\n")
    space, _ = check_spec(spec)
    assert space.initial == TESTED[program]
    assert differences(spec) == []


def test_a_number_in_a_dict_is_tested_as_it_was_chosen(tmp_path: Path) -> None:
    text = """\
processes:
  node:
    count: 3
    vars: {w: "dict[bool, int] = choose([{False: 1, True: 0}, {False: -1, True: 0}])"}
    run: |
      work: pass
initially: |
  await node[2].w != {False: node[2].w[True], True: node[2].w[False]}
"""
    assert space_of(tmp_path, text).initial == 8


@pytest.mark.parametrize(
    "then", ["await k == 1", "k = choose([i for i in range(4) if n == 1 and i == k])"]
)
def test_what_fails_is_told_also_where_what_follows_would_leave_it_out(
    tmp_path: Path, then: str
) -> None:
    with pytest.raises(SpecError) as error:
        space_of(tmp_path, f"{NUMBERS}initially: |\n  k = n\n  {then}\n")
    (told,) = error.value.diagnostics
    assert told.message == "k would be outside its range 0..3 in an initial state"
    assert told.position.line == 9


def test_a_variant_replaces_the_text_and_removes_it(tmp_path: Path) -> None:
    spec_of(tmp_path, PROCESSES + "initially: |\n  flags[0] = choose([0, 1])\n")
    variant = tmp_path / "variant.yaml"
    variant.write_text("extends: spec.yaml\ninitially: total = choose([1, 2, 3])\n")
    assert check_spec(load(variant))[0].initial == 3
    variant.write_text("extends: spec.yaml\ninitially: null\n")
    assert check_spec(load(variant))[0].initial == 1


def test_both_engines_and_the_interpreter_make_the_same(tmp_path: Path) -> None:
    text = """\
initially: |
  for w in node:
      w.n = choose([0, 2, 3])
  if node[0].n == 2:
      either:
          total = 1
      or:
          for k in [0, 2]:
              flags[k] = choose({0, 1})
  await node[0].n >= node[1].n or total == 1
"""
    spec = spec_of(tmp_path, PROCESSES + text)
    assert differences(spec) == []
    assert native_differences(spec) == []


WRONG = {
    "a: total = 1": "the label a stands in initially (the first states are made without a step)",
    "while total > 0:\n      total = 0": "initially cannot loop with while (for x in ... goes "
    "through what is known)",
    "total = log.llen()": "the command log.llen cannot be called here (a property looks at a "
    "state: log.items)",
    "for x in log.items:\n      total = choose([1, 2])": "nothing can be chosen here (a loop with "
    "a choice goes through a type, a range of constants or a list of constants)",
    "for x in log.items:\n      await x > 0": "a loop over what is not known before cannot wait "
    "(await all(... for x in ...))",
    "for x in log.items:\n      either:\n          total = 1\n      or:\n          total = 2":
    "nothing can be chosen here (a loop with a choice goes through a type, a range of constants "
    "or a list of constants)",
    "for x in range(2):\n      break": "a loop in initially goes to its end",
    "with atomic:\n      total = 1": "there are no steps in initially (leave `with` out)",
    "await done(node[0])": "done() cannot be asked here (the processes begin when the first "
    "states are made)",
    "await ended": "done() cannot be asked here (the processes begin when the first states are "
    "made; ended is used in line 16)",
    "node.n = 1": "there are 2 instances of node: say which, such as node[0]",
    "node[0].n = 7": "7 is outside of node.n, which is 0..3",
    "node[0].m = 1": "node has no variable m (there is n)",
    "log.items = [1]": "log is a resource: it cannot be set",
    "return total": "return stands in the commands of a kind only",
    "total = self": "self is the index of a process: there is none here",
}  # fmt: skip


@pytest.mark.parametrize("program", WRONG)
def test_a_mistake_is_told(tmp_path: Path, program: str) -> None:
    more = "resources:\n  log: {kind: 'redis.list[0..3]'}\ndefine:\n  ended: done(node[0])\n"
    with pytest.raises(SpecError) as error:
        spec_of(tmp_path, f"{PROCESSES}{more}initially: |\n  {program}\n")
    told = [f"{d.message} ({d.hint})" if d.hint else d.message for d in error.value.diagnostics]
    assert told == [WRONG[program]]
