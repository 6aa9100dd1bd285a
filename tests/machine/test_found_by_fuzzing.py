"""The smallest specs that showed a mistake of ours; `python -m tests.fuzz` found them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences, native_differences
from model_check.language import Spec, SpecError, load
from model_check.machine.python.program import execute
from model_check.machine.python.source import COVERED, source_of_steps
from model_check.verify.checking import check_spec


def spec_of(folder: Path, text: str) -> Spec:
    path = folder / "spec.yaml"
    path.write_text("model: small\n" + text, encoding="utf-8")
    return load(path)


def process(*lines: str, own: str = "", count: str = "") -> str:
    """A process `p` with variables and a program."""
    vars_ = f"    vars:\n      {own}\n" if own else ""
    number = f"    count: {count}\n" if count else ""
    run = "".join(f"      {line}\n" for line in lines)
    return f"processes:\n  p:\n{number}{vars_}    run: |\n{run}"


def checked(folder: Path, text: str) -> tuple[int, dict[str, tuple[str, int]]]:
    """How many states there are; each property's verdict, and in how many it is violated."""
    spec = spec_of(folder, text)
    assert differences(spec) == []
    space, judgement = check_spec(spec)
    return len(space.states), {r.name: (r.verdict, r.violating_states) for r in judgement.results}


PROPERTY = "properties:\n  asked: {{always: {}}}\n"

HOLDS = {"no_deadlock": ("holds", 0), "no_error": ("holds", 0)}


def test_a_member_is_found_in_a_set_of_optionals(tmp_path: Path) -> None:
    # A number was looked up by its place among numbers, though None came first.
    text = "types:\n  E: enum(red, green)\nvars:\n  e: E?\n" + process("go: await red not in {e}")
    assert checked(tmp_path, text) == (2, HOLDS)


def test_a_loop_before_the_first_step_is_entered(tmp_path: Path) -> None:
    # Folding constants took the list's last value for its first one: no step was left.
    text = process("for i in [-1]:", "    while True:", "        go: pass")
    spec = spec_of(tmp_path, text)
    assert differences(spec) == []
    space, _ = check_spec(spec)
    assert (len(space.states), space.transitions, space.terminal) == (1, 1, ())


def test_an_interval_starts_at_its_low_end(tmp_path: Path) -> None:
    text = "vars:\n  n: -2..1\n" + process("go: n += 3")
    assert checked(tmp_path, text) == (2, HOLDS)


def test_an_integer_of_a_record_in_a_list_gets_room(tmp_path: Path) -> None:
    text = 'vars:\n  r: "{n: int, m: int?}" = {n: -1, m: -70}\n  rs: "list[{n: int, m: int?}]"\n'
    text = text.replace('"{n: int, m: int?}" = {n: -1, m: -70}',
                        '"{n: int, m: int?} = {n: -1, m: -70}"')  # fmt: skip
    text += process("go: rs.append(r)")
    assert checked(tmp_path, text) == (2, HOLDS)


def test_a_choice_among_optionals_is_opened(tmp_path: Path) -> None:
    text = "vars:\n  n: 0..2\n  m: 0..2?\n" + process("go: n = choose([1, m])")
    states, verdicts = checked(tmp_path, text)
    assert (states, verdicts["no_error"]) == (2, ("violated", 1))


def test_an_initial_choice_among_optionals_is_opened(tmp_path: Path) -> None:
    text = "types:\n  M: 0..2?\n" + process("go: pass", own="n: 0..2 = choose([1, 2])")
    assert checked(tmp_path, text) == (4, HOLDS)


def test_what_a_set_cannot_hold_is_not_in_it_when_it_is_taken_out(tmp_path: Path) -> None:
    text = process("go: s.discard(self)", own="s: set[1..1] = {1}", count="2")
    assert checked(tmp_path, text) == (4, HOLDS)


def test_what_a_set_cannot_hold_is_not_put_in(tmp_path: Path) -> None:
    text = "vars:\n  s: set[2..3]\n  n: int\n" + process("go: s.add(n)")
    assert checked(tmp_path, text)[1]["no_error"] == ("violated", 1)


def test_membership_of_a_display_asks_for_equality_only(tmp_path: Path) -> None:
    # The display was made of the type that was looked for: other items were an error.
    text = "vars:\n  n: int\n  b: bool\n" + process("go: b = 3 not in {n, 1}")
    assert checked(tmp_path, text) == (2, HOLDS)


def test_nested_bounds_make_a_finite_set(tmp_path: Path) -> None:
    text = "vars:\n  n: int\n  b: bool\n" + process("go: b = {max(0, min(2, n))} == {0}")
    assert checked(tmp_path, text) == (2, HOLDS)


def test_every_state_in_which_a_property_has_no_value_is_counted(tmp_path: Path) -> None:
    text = "vars:\n  n: 0..2\n" + process("one: n = 1", "zero: n = 0", "two: pass")
    text += "properties:\n  f:\n    always: 2 // n > 0\n"
    assert checked(tmp_path, text)[1] == {
        "f": ("undetermined", 0), "no_deadlock": ("holds", 0), "no_error": ("violated", 3),
    }  # fmt: skip


def test_a_state_with_a_failing_step_is_told_as_no_deadlock(tmp_path: Path) -> None:
    text = "vars:\n  n: 0..2\n" + process("go: n = 1 // n")
    text += "properties:\n  f:\n    always: done(p)\n"
    _, judgement = check_spec(spec_of(tmp_path, text))
    ends = {r.name: r.trace.end for r in judgement.results if r.trace is not None}
    assert ends == {"f": "state", "no_error": "error"}


def test_a_loop_over_a_range_at_the_head_of_another_is_compiled(tmp_path: Path) -> None:
    # An empty range would go round for ever: the message had no place to point to.
    text = process("begin: pass", "while True:", "    for i in range(0, 1):",
                   "        go: await i == 0")  # fmt: skip
    assert checked(tmp_path, text)[0] == 2


def test_a_branch_at_the_head_of_a_loop_may_begin_with_a_loop(tmp_path: Path) -> None:
    # Behind it stood the choice itself, and was asked again and again.
    text = "vars:\n  n: 0..2\n" + process(
        "while True:", "    either:", "        for i in range(1, 3):", "            go: n = i",
        "    or:", "        back: n = 0")  # fmt: skip
    text += "properties:\n  next: {always: 'at(p, go)'}\n"
    assert checked(tmp_path, text) == (3, {"next": ("holds", 0), **HOLDS})


@pytest.mark.parametrize(
    ("lines", "deadlocks"),
    [
        (("while True:", "    work: await False"), 0),
        # Who is in the middle of a loop at its head is at work.
        (("while True:", "    for i in range(2):", "        work: await i == 0"), 1),
        # Who leaves the loop and then waits is not at its head.
        (
            ("while True:", "    if b:", "        break", "    work: b = True",
             "left: await False"),
            1,
        ),
        # Nor is who has begun a branch of its choice.
        (
            ("while True:", "    either:", "        work: b = b",
             "        stuck: await False", "    or:", "        set: b = True"),
            2,
        ),
    ],
)  # fmt: skip
def test_only_who_waits_at_the_head_of_a_loop_rests(
    tmp_path: Path, lines: tuple[str, ...], deadlocks: int
) -> None:
    spec = spec_of(tmp_path, process(*lines, own="b: bool"))
    assert differences(spec) == []
    _, judgement = check_spec(spec)
    verdicts = {r.name: r.violating_states for r in judgement.results}
    assert verdicts["no_deadlock"] == deadlocks


def test_a_failure_before_an_empty_choice_is_told(tmp_path: Path) -> None:
    # Nothing could be chosen from what the failed step went on with: it just never fired.
    text = process("go: n = choose(xs[1:])", own="xs: list[int]?\n      n: int")
    assert checked(tmp_path, text) == (
        1, {"no_deadlock": ("holds", 0), "no_error": ("violated", 1)},
    )  # fmt: skip


def test_a_failure_in_a_key_that_is_known_is_told(tmp_path: Path) -> None:
    text = "vars:\n  d: dict[0..1, bool]\n" + process("go: d[0 // self] = True")
    assert checked(tmp_path, text)[1]["no_error"] == ("violated", 1)


def test_a_set_made_after_a_failure_is_defined(tmp_path: Path) -> None:
    # What an empty list has instead of an item is outside of the interval that was known.
    text = "vars:\n  xs: list[1..3]\n" + process("go: pass")
    text += 'properties:\n  f: {never: "{min(2, xs[0]), 0} < {max(1, min(2, xs[-1]))}"}\n'
    assert checked(tmp_path, text)[1]["no_error"] == ("violated", 2)


AT_A_CHOICE = process(
    "first: b = not b",
    "either:",
    "    if b:",
    "        yes: pass",
    "    else:",
    "        no: pass",
    "or:",
    "    for x in xs:",
    "        if x < 2:",
    "            loop: pass",
    "    more: pass",
    own="b: bool\n      xs: list[0..2] = [2, 0]",
)


@pytest.mark.parametrize(
    ("label", "states"), [("first", 1), ("yes", 1), ("no", 0), ("loop", 1), ("more", 1)]
)
def test_at_a_choice_only_what_tests_and_loops_lead_to_is_next(
    tmp_path: Path, label: str, states: int
) -> None:
    # Every label of a branch was taken for one that may come next.
    text = AT_A_CHOICE + f"properties:\n  f:\n    never: at(p, {label})\n"
    assert checked(tmp_path, text)[1]["f"] == ("violated" if states else "holds", states)


def test_a_for_that_is_left_forgets_where_it_was(tmp_path: Path) -> None:
    text = process("for i in [1, 2]:", "    either:", "        stop: pass", "        break",
                   "    or:", "        go: pass")  # fmt: skip
    assert checked(tmp_path, text) == (3, HOLDS)


def test_loops_of_one_name_may_run_through_different_things(tmp_path: Path) -> None:
    # Both had one hidden variable for what was left, of the type of the last one.
    text = process("for i in [0, 0]:", "    one: pass", "for i in range(1, 3):", "    two: pass",
                   "for i in s:", "    three: pass", own="s: set[0..1] = {0, 1}")  # fmt: skip
    assert checked(tmp_path, text) == (7, HOLDS)


def test_what_may_be_none_does_not_go_into_a_list_of_values(tmp_path: Path) -> None:
    # It was taken for a value: extend() did not look at the items.
    text = "vars:\n  n: 0..2?\n  ns: list[0..2]\n" + process("go: ns.extend([n, n])")
    with pytest.raises(SpecError, match=r"an item is 0\.\.2, this is 0\.\.2\?"):
        spec_of(tmp_path, text)


def test_native_code_tells_a_failing_step_once(tmp_path: Path) -> None:
    pytest.importorskip("llvmlite")
    text = process("go:", "    k = choose([0, 0])", "    n = 1 // k", own="n: int")
    assert native_differences(spec_of(tmp_path, text)) == []


@pytest.mark.parametrize("formula", ["a % 2", "1 if a < 2 else 0", "max(a, 2)"])
def test_nothing_is_given_to_what_needs_a_number(tmp_path: Path, formula: str) -> None:
    # A `None` that was given as an `int?` had no number inside: lowering broke off.
    text = f'define: {{"d(a: int?)": "{formula}"}}\nvars:\n  v: int\n'
    count, told = checked(tmp_path, text + process("go: v = d(None)"))
    assert count == 1
    assert told == {**HOLDS, "no_error": ("violated", 1)}


def test_a_part_that_decided_nothing_has_a_value_whatever_room_it_takes(tmp_path: Path) -> None:
    # A list with a number below 0 was left out, for the formula itself never needed its room.
    asked = '"max([v] + list({-1, 2})) > 1 if v > 0 else False"'
    spec = spec_of(tmp_path, "vars:\n  v: int\n" + process("go: pass") + PROPERTY.format(asked))
    assert differences(spec) == []
    result = check_spec(spec)[1].results[0]
    assert result.values is not None
    assert {each.text: each.value for each in result.values.terms} == {
        "v": 0, "max([v] + list({-1, 2}))": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ("for i in []:", "    if True:", "        last: pass"),
        ("for i in [1, 2]:", "    if i > 2:", "        last: pass"),
        ("for i in [1, 2]:", "    if i > 1:", "        last: pass"),
    ],
)
@pytest.mark.parametrize("first", ["", "first: pass"])
def test_what_runs_beside_begins_before_a_loop_that_skips(
    tmp_path: Path, lines: tuple[str, ...], first: str
) -> None:
    # Where control can come back to where it was, the beginning of a task was passed over.
    beside = ("background:", "    beside: n = 1", *lines)
    text = process(*([first] if first else []), *beside)
    text += PROPERTY.replace("always", "finally").format('"n == 1"')
    _, told = checked(tmp_path, "vars:\n  n: int\n" + text)
    assert told["asked"] == ("holds", 0)


def test_a_server_that_fails_over_with_nothing_to_lose_has_its_conditions_told(
    tmp_path: Path,
) -> None:
    # A choice in which nothing but a successor was made was left without a line in Python.
    text = "servers: {redis: {failover: 1}}\nresources:\n  log: {kind: 'redis.stream[0..1]'}\n"
    machine = check_spec(spec_of(tmp_path, text + process("go: pass")))[0].machine
    assert "covered_1" in execute(source_of_steps(machine, COVERED))
