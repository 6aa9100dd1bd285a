"""A search in many parts, in this process, finds what one search alone finds, array by array."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fuzz.compare import SkippedError
from fuzz.parts import parts_differences
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check.explore.cluster import run as cluster_run
from model_check.explore.cluster.elsewhere import WHY
from model_check.explore.cluster.fleet import LocalCluster, LocalFleet, LostError, NoMorePartsError
from model_check.explore.search import SearchOptions, explore
from model_check.explore.stored.checkpoint import Checkpoints
from model_check.explore.stored.subject import Subject
from model_check.language import load
from model_check.symbolic.finder import ReductionFinder
from model_check.verify.checking import check_spec
from model_check.verify.coverage import coverage_of
from thorough import each_spec

ROOT = Path(__file__).parents[3]
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
FLEETS = (1, 2, 3, 4)


def clusters(*sizes: int) -> list[LocalCluster]:
    return [LocalCluster(size) for size in sizes]


@pytest.fixture
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round of few states, so that small spaces have many."""
    monkeypatch.setattr(cluster_run, "FIRST_ROUND", 7)
    monkeypatch.setattr(cluster_run, "EACH", 5)


@each_spec(SPECS)
def test_every_spec_is_explored_alike_in_any_number_of_parts(path: Path) -> None:
    assert parts_differences(load(path), clusters(*FLEETS)) == []


@pytest.mark.parametrize("name", ["legacy-two-nodes", "legacy-reconnect"])
def test_what_is_forgotten_and_left_out_is_so_in_parts(name: str, short_rounds: None) -> None:
    spec = load(ROOT / "specs" / f"{name}.yaml")
    finder = ReductionFinder()
    assert parts_differences(spec, clusters(3), forget=True, finder=finder) == []


@pytest.mark.usefixtures("short_rounds")
@pytest.mark.parametrize("seeds", [range(60, 65)])
def test_random_specs_are_explored_alike(seeds: range) -> None:
    found, compared = {}, 0
    for seed in seeds:
        text = repaired(random_spec(seed))
        if text is None:
            continue
        try:
            found[seed] = parts_differences(load_text(text), clusters(2, 3), forget=bool(seed % 2))
            compared += 1
        except SkippedError:
            continue
    assert {seed: each for seed, each in found.items() if each} == {}
    assert compared > len(seeds) // 2


def test_a_layout_that_grows_and_one_that_grows_without_end_are_told_alike() -> None:
    text = """
model: counts
vars:
  total: int = 0
processes:
  counter:
    run: |
      while True:
          count: total += 3
properties:
  small:
    always: total < 1000000
"""
    assert parts_differences(load_text(text), clusters(1, 3)) == []


class Losing(LocalFleet):
    """Some of its parts are lost at random moments, be it that others have done what was asked."""

    def __init__(self, size: int, seed: int, times: int) -> None:
        super().__init__(size)
        self._source = random.Random(seed)
        self.left = times

    def ask(
        self, name: str, given: Sequence[Sequence[Any]], answers: int = 1
    ) -> list[tuple[Any, ...]]:
        if self.left and self._source.random() < 0.04:
            self.left -= 1
            done = self._source.randrange(self.size)
            for part, each in list(zip(self.parts, given, strict=True))[:done]:
                getattr(part, name)(*each)
            raise LostError([self._source.randrange(self.size)], "killed")
        return super().ask(name, given, answers)


class LosingCluster(LocalCluster):
    def __init__(self, seed: int, times: int, folder: Path | None) -> None:
        super().__init__(3, folder, every=0.0)
        self._fleet: Losing = Losing(3, seed, times)

    @property
    def left(self) -> int:
        """Losses that have not come."""
        return self._fleet.left


@pytest.mark.usefixtures("short_rounds")
@pytest.mark.parametrize("seed", range(2))
def test_a_part_that_is_lost_changes_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_run, "EACH", 100)
    monkeypatch.setattr(cluster_run, "FIRST_ROUND", 100)
    cluster = LosingCluster(seed, 10, tmp_path)
    spec = load(ROOT / "specs" / "fix-gap-detection.yaml")
    assert parts_differences(spec, [cluster]) == []
    assert cluster.left < 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part-0", "part-1", "part-2"]


@pytest.mark.usefixtures("short_rounds")
def test_where_nothing_is_kept_a_search_starts_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_run, "EACH", 300)
    cluster = LosingCluster(1, 3, None)
    assert parts_differences(load(ROOT / "specs" / "legacy.yaml"), [cluster]) == []
    assert cluster.left == 0


class Unmended(Losing):
    """A part that is lost can have no other in its place."""

    def replace(self, lost: Sequence[int]) -> None:
        raise NoMorePartsError("there is no place for others")


@pytest.mark.usefixtures("short_rounds")
@pytest.mark.parametrize("is_kept", [True, False])
def test_where_lost_parts_get_no_place_it_is_told_how_to_go_on(
    is_kept: bool, tmp_path: Path
) -> None:
    cluster = LosingCluster(1, 1, None)
    cluster._fleet = Unmended(3, 1, 1)
    spec = load(ROOT / "specs" / "legacy.yaml")
    options = SearchOptions(engine="native", cluster=cluster)
    searches = Checkpoints(tmp_path / "kept", Subject({}), resumes=False, begins=True, every=3600)
    with pytest.raises(NoMorePartsError, match=r"^there is no place for others; ") as error:
        explore(spec, options=options, checkpoint=searches.search() if is_kept else None)
    searches.close()
    assert ("to go on from what was written down: --resume" in str(error.value)) == is_kept
    assert error.value.exit_code == 3


@pytest.fixture
def stays_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No machine has the memory for all that was found."""
    monkeypatch.setattr(cluster_run.ClusterRun, "_fits", lambda _: False)


@pytest.mark.usefixtures("stays_elsewhere")
@pytest.mark.parametrize(
    "name", ["legacy", "fix-both", "legacy-reconnect", "deadlock", "optimistic"]
)
def test_what_fits_into_no_machine_is_asked_of_the_parts(name: str) -> None:
    spec = load(ROOT / "specs" / f"{name}.yaml")
    assert parts_differences(spec, clusters(1, 3)) == []


@pytest.mark.usefixtures("stays_elsewhere")
def test_what_needs_all_transitions_is_undetermined_where_they_fit_into_no_machine() -> None:
    spec = load(ROOT / "specs" / "legacy.yaml")
    space, judgement = check_spec(
        spec, options=SearchOptions(engine="native", cluster=LocalCluster(2))
    )
    assert space.is_elsewhere
    found = {each.name: (each.verdict, each.note) for each in judgement.results}
    assert found["no_loss"][0] == "violated"
    assert found["saved_is_shown"] == ("undetermined", WHY)
    assert found["no_duplicate"][0] == "holds"
    assert coverage_of(space) == coverage_of(explore(spec))
    assert [space.index[state] for state in space.states[:50]] == list(range(50))
