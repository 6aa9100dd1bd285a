"""What is said of random small specs' repairs, and of what they rest on, against exploring all
that it speaks of; and that the judge of it sees mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from fuzz.advice import misadvised
from fuzz.advice_specs import random_advice
from fuzz.compare import SkippedError
from fuzz.repair import repaired
from model_check.repairs.assumptions import _AssumptionSearch
from model_check.repairs.change_sets import ChangeSets, Cube, Shape
from model_check.results.repair import Need

JUDGED = (3, 4, 5, 6, 9, 10, 11, 12)
"""Random specs of which everything that is said is judged; `python -m tests.fuzz --repairs` goes
on with others."""
ENOUGH = 60
"""Random specs among which a mistake must show itself."""
FIRST = {"alternatives felt by nobody": 1, "sets too many excluded": 1,
         "a repair that is told twice": 13}  # fmt: skip
"""The first of them, where the very first ones show nothing and take long."""


def wrong(seed: int, counts: Counter[str]) -> list[str]:
    """What is said of a random spec, and is not so."""
    text = repaired(random_advice(seed))
    assert text is not None
    try:
        return misadvised(text, counts)
    except SkippedError:
        return []


@pytest.mark.thorough
def test_what_is_said_of_random_specs_is_so() -> None:
    counts: Counter[str] = Counter()
    assert {seed: found for seed in JUDGED if (found := wrong(seed, counts))} == {}
    for what in ("complete", "repaired", "of several changes", "rests", "rests on something"):
        assert counts[what] > 0, what


def apart(self: ChangeSets) -> dict[str, Shape]:
    """Alternatives as if nobody else could feel them."""
    found = together(self)
    return {name: numbers - found[""] if name else numbers for name, numbers in found.items()}


def greedy(self: ChangeSets, variants: Mapping[str, set[Cube]]) -> None:
    """As if what did not help alone could not help with others either."""
    honest(self, variants)
    for cube in frozenset().union(*variants.values()):
        if cube.chosen:
            self.exclude_larger(cube.chosen)


together = ChangeSets._coordinates
honest = ChangeSets.exclude_mixtures


def less(kept: Callable[..., tuple[Need, ...]]) -> Callable[..., tuple[Need, ...]]:
    return lambda *given: kept(*given)[:-1]


MISTAKES: Mapping[str, tuple[object, str, object, str]] = {
    "alternatives felt by nobody": (ChangeSets, "_coordinates", apart, "repairs"),
    "sets too many excluded": (ChangeSets, "exclude_mixtures", greedy, "repairs"),
    "a repair that is told twice": (ChangeSets, "exclude_larger", ChangeSets.exclude, "repairs"),
    "a need left out": (_AssumptionSearch, "_needs", less(_AssumptionSearch._needs), "rests"),
    "programs that keep the needs not explored": (
        _AssumptionSearch, "_suffices", lambda *_: True, "rests",
    ),
}  # fmt: skip
"""Where a mistake is put, what is put there, and of what it makes something false be said."""


@pytest.mark.thorough
@pytest.mark.parametrize("name", MISTAKES)
def test_the_judge_sees_a_mistake(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, what, mistake, topic = MISTAKES[name]
    monkeypatch.setattr(place, what, mistake)
    for seed in range(FIRST.get(name, 0), ENOUGH):
        if any(each.startswith(topic) for each in wrong(seed, Counter())):
            return
    pytest.fail(f"not seen in {ENOUGH} specs")
