"""Random specs whose processes do several things at once, seen by the tool and the interpreter.

`python -m tests.fuzz --beside` goes on with other seeds, and with other comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from fuzz.bounded import contradictions
from fuzz.compare import SkippedError, differences, native_differences
from fuzz.repair import load_text, repaired
from fuzz.specs import beside_spec
from model_check.language import Spec
from model_check.language.tree.statements import Background, Both
from model_check.language.tree.walk import controls_in
from model_check.machine.ir import Const, Expr
from model_check.machine.lowering import tasks
from model_check.machine.lowering.scope import LoweringScope


def compared(seeds: Iterable[int], compare: Callable[[Spec], list[str]]) -> dict[int, list[str]]:
    """What differs, by seed, in specs with something side by side that are small enough."""
    found = {}
    for seed in seeds:
        text = repaired(beside_spec(seed))
        spec = None if text is None else load_text(text)
        if spec is not None and is_side_by_side(spec):
            try:
                found[seed] = compare(spec)
            except SkippedError:
                continue
    return found


def is_side_by_side(spec: Spec) -> bool:
    programs = (controls_in(process.run) for process in spec.processes)
    return any(isinstance(each, Both | Background) for run in programs for each in run)


def small(spec: Spec) -> list[str]:
    return differences(spec, limit=200)


@pytest.mark.parametrize(
    ("compare", "seeds"),
    [(small, range(4)), (native_differences, (1, 5)), (contradictions, (6,))],
)
def test_all_see_the_same_side_by_side(
    compare: Callable[[Spec], list[str]], seeds: Iterable[int]
) -> None:
    found = compared(seeds, compare)
    assert found
    assert {seed: problems for seed, problems in found.items() if problems} == {}


def test_a_branch_that_is_not_waited_for_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(scope: LoweringScope, of: Iterable[int]) -> Expr:
        del scope, of
        return Const(1)

    monkeypatch.setattr(tasks, "all_ended", hasty)
    assert compared([5], small)[5] != []
