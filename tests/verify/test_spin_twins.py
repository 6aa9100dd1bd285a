"""Models with twins in Promela have the verdicts that SPIN found for them.

`python -m tests.twins` asks SPIN again, where it is installed. What is expected stands in the
specs, and each property of a twin is one of its spec.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import check
from twins.__main__ import claims, promela, specs


@pytest.mark.parametrize("spec", specs(), ids=lambda path: path.stem)
def test_the_verdicts_are_those_of_spin(spec: Path) -> None:
    result = check(spec, reason=False)
    verdicts = {each.name: each.verdict == each.expected for each in result}
    assert all(verdicts.values()), verdicts
    assert set(claims(promela(spec))) <= set(verdicts)


def test_there_are_twins_with_and_without_fairness() -> None:
    names = {path.stem for path in specs()}
    assert len(names) >= 12
    assert {"peterson", "peterson-unfair", "semaphore-strong"} <= names
