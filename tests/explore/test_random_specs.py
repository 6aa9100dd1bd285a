"""Random specs, seen by the tool and by an interpreter that shares no code with it.

Numbers of states, transitions, final and failing states, verdicts, and shortest traces must
agree, and every trace must be a run of the interpreter. `python -m tests.fuzz` goes on with
other seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest
from fuzz.compare import SkippedError, differences, native_differences
from fuzz.drawn import SPECS, drawn_specs
from fuzz.repair import load_text, repaired, shrunk
from fuzz.specs import random_spec
from hypothesis import assume, example, given, reject, settings
from model_check.explore import memo
from model_check.machine.core import Machine
from model_check.machine.ir import Expr, Operator
from model_check.machine.lowering import expressions

SEEDS = (range(10), range(10, 20))


def compared(seeds: range, compare: Callable[..., list[str]] = differences) -> dict[int, list[str]]:
    """What differs, by seed; specs that are too large are left out."""
    found = {}
    for seed in seeds:
        text = repaired(random_spec(seed))
        if text is None:
            continue
        try:
            found[seed] = compare(load_text(text))
        except SkippedError:
            continue
    return found


def is_seen(first: int) -> bool:
    """Whether some of the specs shows a mistake that was put into the tool."""
    for seed in range(first, 60):
        try:
            if any(compared(range(seed, seed + 1)).values()):
                return True
        except (AssertionError, LookupError, ValueError, StopIteration):
            return True  # it made the tool contradict itself
    return False


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_tool_and_the_interpreter_see_the_same(seeds: range) -> None:
    found = compared(seeds)
    assert {seed: problems for seed, problems in found.items() if problems} == {}
    assert len(found) > len(seeds) // 2


# `python -m tests.fuzz --native --specs 300` goes on with more.
@settings(max_examples=6, derandomize=True, deadline=None, database=None)
@given(SPECS)
@example(random_spec(1))
def test_native_code_sees_the_same_in_what_hypothesis_makes(wild: str) -> None:
    text = repaired(wild)
    assume(text is not None)
    assert text is not None
    try:
        assert native_differences(load_text(text)) == [], text
    except SkippedError:
        reject()


def test_hypothesis_makes_different_specs_again_and_again_the_same() -> None:
    first, again = (list(islice(drawn_specs(5), 6)) for _ in range(2))
    assert first == again
    assert len({text for _, text in first}) == 6


def test_a_wrong_operation_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = expressions.op

    def wrong(operator: Operator, left: Expr, right_: Expr) -> Expr:
        return right("+" if operator == "-" else operator, left, right_)

    monkeypatch.setattr(expressions, "op", wrong)
    assert is_seen(first=10)


def test_a_forgotten_field_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    # The memory of the search must know all that a step reads: here it forgets one field.
    right = memo.footprint

    def forgetful(machine: Machine, instance: int, *, fault: bool = False) -> int:
        location = machine.fields[machine.instances[instance].location_field]
        others = [f for f in machine.fields if f.mask and f.index != location.index]
        mask = right(machine, instance)
        return mask & ~(others[0].mask << others[0].offset) if others else mask

    monkeypatch.setattr(memo, "footprint", forgetful)
    assert is_seen(first=5)


def test_the_same_seed_gives_the_same_spec() -> None:
    assert random_spec(7) == random_spec(7) != random_spec(8)


def test_a_disagreement_is_made_small() -> None:
    text = repaired(random_spec(3))
    assert text is not None
    small = shrunk(text, lambda fewer: "l0: pass" in fewer or "l0:" in fewer)
    assert len(small.splitlines()) <= 2
