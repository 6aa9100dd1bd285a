"""Repairs of random specs of known bugs, against exploring every set of changes; and that the
judge of it sees mistakes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from fuzz.advice import misrepaired
from fuzz.bug_specs import random_bug
from fuzz.compare import SkippedError
from fuzz.repair import repaired
from model_check.repairs import generalization, search
from model_check.repairs.change_sets import ChangeSets
from model_check.report.documents import advice_files
from thorough import mostly

JUDGED = (3, 10, 13, 16, 18, 19, 24, 25, 30)
"""Random specs of which everything that is said is judged; `python -m tests.fuzz --bugs` goes on
with others."""
ENOUGH = 60
"""Random specs among which a mistake must show itself."""
FIRST = {
    "others between the steps of a block": 16,
    "nobody was anywhere": 16,
    "weights left out": 25,
    "a text of another program": 18,
}
"""The first of them, where the very first ones show nothing and take long."""


def wrong(seed: int, counts: Counter[str]) -> list[str]:
    """What is said of a random spec, and is not so."""
    text = repaired(random_bug(seed))
    if text is None:
        return []
    try:
        return misrepaired(text, counts)
    except SkippedError:
        return []


@pytest.mark.thorough
def test_what_is_said_of_random_bugs_is_so() -> None:
    counts: Counter[str] = Counter()
    assert {seed: found for seed in JUDGED if (found := wrong(seed, counts))} == {}
    for what in ("complete", "repaired", "read again"):
        assert counts[what] > 0, what


def unweighed(self: ChangeSets, *given: Any) -> None:
    """As if every change weighed the same."""
    weighed(self, *given)
    self.choices._weights = (1,) * len(self.plan.changes)


def turned(spec: Any, repair: Any, draft: Any, *rest: Any) -> str:
    """A text that asks for the opposite."""
    text = written(spec, repair, draft, *rest)
    return re.sub("|".join(OPPOSITES), lambda found: OPPOSITES[found[0]], text)


OPPOSITES = {"is None": "is not None", "is not None": "is None", ">=": "<"}
weighed = ChangeSets.__init__
written = advice_files.repair_spec

MISTAKES: Mapping[str, tuple[object, str, object]] = {
    "others between the steps of a block": (generalization, "_runs_through", lambda *_: True),
    "nobody was anywhere": (generalization, "_visited", lambda *_: frozenset()),
    "weights left out": (ChangeSets, "__init__", unweighed),
    "a verdict that is not waited for": (search, "decided", lambda result: "holds"),
    "a text of another program": (advice_files, "repair_spec", turned),
}  # fmt: skip
"""Where a mistake is put, and what is put there."""


@pytest.mark.parametrize("name", mostly(MISTAKES, {"weights left out"}.__contains__))
def test_the_judge_sees_a_mistake(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, what, mistake = MISTAKES[name]
    monkeypatch.setattr(place, what, mistake)
    if not any(wrong(seed, Counter()) for seed in range(FIRST.get(name, 0), ENOUGH)):
        pytest.fail(f"not seen in {ENOUGH} specs")
