"""The first states of random specs, made by the tool and by an interpreter that shares no code
with it. `python -m tests.fuzz --beginnings` goes on with other seeds."""

from __future__ import annotations

import pytest
from fuzz.compare import SkippedError
from fuzz.first_states import first_differences, random_beginning
from fuzz.repair import load_text, repaired
from model_check.machine.ir import Expr
from model_check.machine.lowering import beginning

SEEDS = range(20)


def compared(seeds: range) -> dict[int, list[str]]:
    """What differs, by seed; specs that are too large are left out."""
    found = {}
    for seed in seeds:
        text = repaired(random_beginning(seed))
        if text is None:
            continue
        try:
            found[seed] = first_differences(load_text(text))
        except SkippedError:
            continue
    return found


def test_the_tool_and_the_interpreter_make_the_same_first_states() -> None:
    found = compared(SEEDS)
    assert {seed: problems for seed, problems in found.items() if problems} == {}
    assert len(found) > len(SEEDS) // 2


def test_a_failure_that_is_forgotten_where_a_test_is_false_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(self: beginning.Beginning, test: Expr, rest: beginning.Rest) -> None:
        with self.body.block() as kept:
            rest()
        self.body.when(test, kept, [])

    monkeypatch.setattr(beginning.Beginning, "where", forgetful)
    assert any(any(compared(range(seed, seed + 1)).values()) for seed in SEEDS)
