"""What may go wrong, in both engines: a run may end where nothing else can happen."""

from __future__ import annotations

import pytest
from fuzz.compare import SkippedError, native_differences
from fuzz.fault_specs import FAULT_SPECS
from fuzz.faulty import faulty
from fuzz.forgetting import forgetting_differences
from fuzz.race_specs import random_race
from fuzz.repair import load_text, repaired
from model_check.explore.limits import Limits
from model_check.explore.native.library import Kernel
from model_check.verify.checking import check_spec

FEW = Limits(max_states=400)
NATIVE = ("stays away", "of one's own", "only faults")


@pytest.mark.parametrize("name", NATIVE)
def test_native_code_sees_the_same_go_wrong(name: str) -> None:
    assert native_differences(load_text(FAULT_SPECS[name]), workers=(1, 2)) == []


@pytest.mark.parametrize("name", ["stays away", "for ever", "strong", "only faults"])
def test_what_goes_wrong_is_the_same_without_dead_values(name: str) -> None:
    assert forgetting_differences(load_text(FAULT_SPECS[name])) == []


def test_native_code_that_takes_a_fault_for_a_step_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Kernel.expand_text
    monkeypatch.setattr(
        Kernel,
        "expand_text",
        lambda self, *, faults, reduction: right(self, faults=False, reduction=reduction),
    )
    found = native_differences(load_text(FAULT_SPECS["stays away"]), workers=(1,))
    assert any("terminal" in each for each in found)


def test_random_races_go_wrong_alike_without_dead_values() -> None:
    compared = 0
    for seed in range(10, 16):
        text = repaired(faulty(random_race)(seed))
        if text is not None:
            try:
                assert forgetting_differences(load_text(text), FEW) == [], text
            except SkippedError:
                continue
            compared += 1
    assert compared >= 1


def test_a_run_may_end_where_nothing_but_an_error_of_a_fault_can_happen() -> None:
    text = FAULT_SPECS["of one's own"].replace("overflows: 2", "overflows: true")
    space, _ = check_spec(load_text(text))
    failing = {number for number, _, _ in space.errors}
    assert failing & set(space.terminal)
    assert native_differences(load_text(text), workers=(1,)) == []
