"""A search whose older states lie on disk finds what one in memory finds, array by array.

The plain search is the oracle, as it is of all others; mistakes are planted, to see that the
comparison sees them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.disk import MISTAKES, alike_hashes, disk_differences
from fuzz.reduced_specs import random_reducible
from fuzz.repair import load_text
from model_check.language import load
from thorough import each_spec

ROOT = Path(__file__).parents[2]
PAGE = 4096
MEGABYTE = 1 << 20

RING = """
model: ring
processes:
  walker:
    vars: {place: 0..300 = 0}
    run: |
      while True:
          go: place = (place + 1) % 301
"""
"""Only one step leads back."""


@each_spec(sorted((ROOT / "specs").glob("*.yaml")))
def test_a_search_on_disk_finds_the_same(path: Path) -> None:
    assert disk_differences(load(path)) == []


@pytest.mark.parametrize("seed", [8, 21])
def test_a_search_on_disk_finds_the_same_of_random_specs(seed: int) -> None:
    assert disk_differences(load_text(random_reducible(seed))) == []


def test_doubted_states_are_new_ones_and_old_ones_and_runs_are_merged() -> None:
    found = disk_differences(load(ROOT / "specs" / "resume-request.yaml"), (1,))
    wanted = {"doubted states that were new", "doubted states that were old", "4 runs"}
    assert wanted <= set(found.kinds)


def test_states_with_the_same_hash_are_told_apart() -> None:
    with alike_hashes():
        assert disk_differences(load(ROOT / "specs" / "resume-request.yaml"), (1,)) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str) -> None:
    text = (ROOT / "specs" / "resume-request.yaml").read_text(encoding="utf-8")
    if mistake == "what leads back is not noted":
        text = RING
    with MISTAKES[mistake]():
        try:
            found = [*disk_differences(load_text(text), (1,))]
        except AssertionError as error:
            found = [f"it contradicts itself: {error}"]
    assert found
