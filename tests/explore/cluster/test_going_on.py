"""A search that parts of a cluster had begun is gone on with by one machine, and the other way
round: in the end everything is as if one had searched at once. The parts are in this process."""

from __future__ import annotations

import json
import os
import random
import shlex
from pathlib import Path
from typing import Any

import pytest
from cli.cli_invoke import SPECS, check, invoke
from explore.stored.kept_arrays import in_files
from model_check.explore.cluster import on_ray
from model_check.explore.cluster import run as cluster_run
from model_check.explore.cluster.fleet import LocalCluster
from model_check.explore.limits import Limits
from model_check.explore.native import engine
from model_check.explore.reduction import Reducer
from model_check.explore.search import SearchOptions, explore
from model_check.explore.space import Space
from model_check.explore.stored.checkpoint import ARRAYS, Checkpoints
from model_check.explore.stored.directory import MANIFEST
from model_check.explore.stored.subject import Subject
from model_check.language import load
from model_check.language.records import replace
from model_check.language.tree.spec import Spec
from model_check.symbolic.finder import ReductionFinder
from model_check.verify.reducible import asked_of
from thorough import each_spec

SUBJECT = Subject(
    {
        "model": "", "version": "", "bytes": "little", "files": [], "constants": {},
        "faults": True, "options": {},
    }
)  # fmt: skip
ALONE = SearchOptions(engine="native", workers=1, forget_from=60, symmetry_from=150, order_from=300)
"""Everything is settled early, so that searches start over."""
SEARCHERS = {
    "alone": lambda: ALONE,
    "in Python": lambda: replace(ALONE, engine="python"),
    "two parts": lambda: replace(ALONE, cluster=LocalCluster(2)),
    "three parts": lambda: replace(ALONE, cluster=LocalCluster(3)),
}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_run, "FIRST_ROUND", 7)
    monkeypatch.setattr(cluster_run, "EACH", 40)
    monkeypatch.setattr(engine, "FIRST_CHUNK", 16)
    monkeypatch.setattr(engine, "CHUNK", 64)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a busy disk takes long


def kept(path: Path, every: float) -> Checkpoints:
    return Checkpoints(path, SUBJECT, resumes=True, begins=True, every=every)


def found(spec: Spec, how: str, limit: int | None, kept_in: Checkpoints) -> Space:
    reducer: Reducer = ReductionFinder()(asked_of(spec))
    return explore(
        spec, Limits(max_states=limit), options=SEARCHERS[how](), reducer=reducer,
        checkpoint=kept_in.search(),
    )  # fmt: skip


def told(space: Space) -> dict[str, object]:
    """All that a search found, but for how it was asked."""
    return {
        "states": list(space.states), "parents": list(space.parents), "levels": space.levels,
        "terminal": list(space.terminal), "outside": list(space.outside), "errors": space.errors,
        "transitions": space.transitions, "left_out": space.left_out, "initial": space.initial,
        "stopped": space.stopped, "growth": space.growth, "layout": space.layout,
    }  # fmt: skip


def differences(spec: Spec, folder: Path, seed: int, every: float) -> list[str]:
    """What differs where a search ends now and then and another searcher goes on with it; beside
    which two followed one another."""
    chosen = random.Random(seed)
    plain = kept(folder / "plain", every)
    whole = told(found(spec, "alone", None, plain))
    plain.close()
    limit, how, space = 0, "alone", None
    while space is None or space.stopped.startswith("the limit of"):
        limit += chosen.randrange(1, 1 + max(30, len(whole["states"]) // 4))  # type: ignore[arg-type]
        how = chosen.choice([each for each in SEARCHERS if each != how])
        searches = kept(folder / "cut", every)
        space = found(spec, how, limit, searches)
        assert searches.trouble == ""
        searches.close()
    seen, files = told(space), (in_files(folder / "plain"), in_files(folder / "cut"))
    return [
        *(name for name, value in whole.items() if value != seen[name]),
        *(f"the file {name}" for name in ARRAYS if files[0][name] != files[1][name]),
    ]


@each_spec(sorted(SPECS.glob("*.yaml")))
def test_parts_and_one_machine_go_on_with_what_the_other_had_begun(
    path: Path, tmp_path: Path
) -> None:
    assert differences(load(path), tmp_path, 1, every=0.0) == []


def test_what_parts_forget_on_the_way_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored = cluster_run.ClusterRun.restore

    def forgetful(run: cluster_run.ClusterRun, *given: Any) -> None:
        restored(run, *given)
        run._level_starts = run._level_starts[:1]

    monkeypatch.setattr(cluster_run.ClusterRun, "restore", forgetful)
    assert differences(load(SPECS / "fix-both.yaml"), tmp_path, 3, every=0.0) != []


# --- as a user asks for it ------------------------------------------------------------------------


class HereCluster(LocalCluster):
    """What `--cluster` asks for, without a Ray."""

    note = ""
    asked = 0

    def __init__(self, *_: object) -> None:
        super().__init__(2)

    def fleet(self) -> Any:
        HereCluster.asked += 1
        return super().fleet()

    def close(self) -> None:
        """Nothing was begun."""


@pytest.fixture
def without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_ray, "RayCluster", HereCluster)
    monkeypatch.setattr(HereCluster, "asked", 0)


def document(text: str) -> dict[str, Any]:
    """A result without its times and files."""
    found: dict[str, Any] = json.loads(text)
    found.pop("files")
    found["space"].pop("seconds")
    return found


CLUSTER = ("--cluster", "auto")
MACHINE = ("--workers", "1")
BEGUN = {"by a cluster": (CLUSTER, MACHINE), "by one machine": (MACHINE, CLUSTER)}


@pytest.mark.usefixtures("without_ray")
@pytest.mark.parametrize("name", BEGUN)
def test_what_is_begun_by_one_is_resumed_by_the_other(name: str, tmp_path: Path) -> None:
    first, second = BEGUN[name]
    spec = SPECS / "fix-gap-detection.yaml"
    words = ("--engine", "native", "--json")
    whole = check(spec, tmp_path, *words)
    kept = tmp_path / "kept"
    begun = check(spec, tmp_path, *words, *first, "--checkpoint", kept, "--max-states", 2000)
    assert begun.code == 3
    assert (HereCluster.asked > 0) == (first == CLUSTER)
    HereCluster.asked = 0
    count = json.loads((kept / MANIFEST).read_text())["contents"]["search"]["count"]
    assert 2000 <= count < document(whole.out)["space"]["states"]
    done = check(spec, tmp_path, *words, *second, "--resume", kept)
    assert document(done.out) == document(whole.out)
    assert (HereCluster.asked > 0) == (second == CLUSTER)


@pytest.mark.usefixtures("without_ray")
def test_the_command_that_goes_on_names_the_cluster_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    words = ("--engine", "native", *CLUSTER, "--checkpoint", kept, "--max-states", 1000)
    begun = check(SPECS / "fix-gap-detection.yaml", tmp_path, *words)
    (printed,) = (line.strip() for line in begun.out.splitlines() if "--resume" in line)
    assert "--cluster auto" in printed
    HereCluster.asked = 0
    assert invoke(*shlex.split(printed)[1:]).code == 0
    assert HereCluster.asked > 0
