"""Specs with many changes: few sets of them are looked at, and all are decided."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language.draft import Draft
from model_check.repairs.changes import plan_of
from model_check.repairs.search import search_repairs
from repair_specs import holds

MANY = Path(__file__).parent / "many"


@pytest.mark.parametrize(
    ("name", "changes", "repairs", "looked_at"),
    [
        ("nobody-invoices", 43, [], 60),
        (
            "order-and-cancellation", 26,
            [["order: place, reserve and confirm in one atomic step",
              "cancel: withdraw, release and excuse in one atomic step"]], 60,
        ),
    ],
)  # fmt: skip
def test_many_changes_are_decided_by_few_sets(
    name: str, changes: int, repairs: list[list[str]], looked_at: int
) -> None:
    found = search_repairs(Draft.read(MANY / f"{name}.yaml"))
    assert found.complete
    assert len(found.changes) == changes
    assert [[str(each) for each in one.changes] for one in found.repairs] == repairs
    assert found.explored + found.replayed <= looked_at


def test_what_was_not_looked_at_is_no_repair() -> None:
    plan = plan_of(Draft.read(MANY / "order-and-cancellation.yaml"))
    wanted = ("agreed", "no_deadlock", "no_error")
    assert not any(holds(plan, frozenset({i}), wanted) for i, c in enumerate(plan.changes)
                   if c.weight == 1)  # fmt: skip


def test_progress_is_told_within_one_set() -> None:
    told: list[str] = []
    specs = Path(__file__).parents[2] / "specs"
    search_repairs(Draft.read(specs / "legacy.yaml"), ["no_loss"], report=told.append)
    assert any("states of one more" in each for each in told)
