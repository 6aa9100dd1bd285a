"""What the order floor says of random small specs, against brute force."""

from __future__ import annotations

from collections import Counter

from fuzz.compare import SkippedError
from fuzz.races import WANTED, disagreements, random_race
from fuzz.repair import load_text, repaired

# Those that are too large for the second judge are not counted: 200 are.
SPECS = 265


def test_reasons_points_of_no_return_and_z3_are_right_about_random_small_specs() -> None:
    counts: Counter[str] = Counter()
    wrong = {}
    for seed in range(SPECS):
        text = repaired(random_race(seed))
        if text is None:
            continue
        before = counts["bounded agrees"]
        try:
            wrong[seed] = disagreements(load_text(text), counts, {WANTED})
        except SkippedError:
            continue
        counts["specs judged twice"] += counts["bounded agrees"] > before
    assert {seed: problems for seed, problems in wrong.items() if problems} == {}
    assert counts["specs judged twice"] >= 200
    for what in ("reasons", "complete", "points of no return", "forced no", "covered no"):
        assert counts[what] > 10, what
