"""A search that ended anywhere and is gone on with, by either engine, is then as one at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check.explore import portable
from model_check.explore.limits import Limits
from model_check.explore.native import engine
from model_check.explore.reduction import Reducer
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Space
from model_check.explore.stored.checkpoint import ARRAYS, Checkpoints
from model_check.explore.stored.directory import Directory
from model_check.explore.stored.subject import Subject
from model_check.language import load
from model_check.language.records import replace
from model_check.language.source.diagnostics import SpecError
from model_check.language.tree.spec import Spec
from model_check.symbolic.finder import ReductionFinder
from model_check.verify.reducible import asked_of
from thorough import each_spec

ROOT = Path(__file__).parents[3]
SPECS = [*sorted((ROOT / "specs").rglob("*.yaml"))]
OPTIONS = SearchOptions(forget_from=60, symmetry_from=150, order_from=300)
"""Everything is settled early, so that searches start over."""
NOTHING_ELSE = {
    "model": "", "version": "", "bytes": "little", "files": [], "constants": {}, "faults": True,
    "options": {},
}  # fmt: skip


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable, "CHUNK", 8)
    monkeypatch.setattr(portable, "SLICE", 8)
    monkeypatch.setattr(engine, "FIRST_CHUNK", 16)
    monkeypatch.setattr(engine, "CHUNK", 64)


def kept(path: Path, subject: Subject, every: float = 0.0) -> Checkpoints:
    return Checkpoints(path, subject, resumes=True, begins=True, every=every)


def found(spec: Spec, engine: Engine, limit: int | None, checkpoints: Checkpoints) -> Space:
    reducer: Reducer = ReductionFinder()(asked_of(spec))
    return explore(
        spec, Limits(max_states=limit), options=replace(OPTIONS, engine=engine, workers=1),
        reducer=reducer, checkpoint=checkpoints.search(),
    )  # fmt: skip


def told(space: Space) -> dict[str, object]:
    """All that a search found, but for how it was asked."""
    return {
        "states": list(space.states), "parents": list(space.parents), "levels": space.levels,
        "terminal": list(space.terminal), "outside": list(space.outside), "errors": space.errors,
        "transitions": space.transitions, "left_out": space.left_out, "initial": space.initial,
        "expanded": space.expanded, "stopped": space.stopped, "growth": space.growth,
        "layout": space.layout, "note": space.note,
    }  # fmt: skip


def in_files(path: Path) -> dict[str, bytes]:
    with Directory.reading(path) as directory:
        return {name: b"".join(directory.verified(name)) for name in ARRAYS}


def differences(spec: Spec, folder: Path, seed: int) -> list[str]:
    """What differs where a search ends now and then and each of both engines goes on with it."""
    chosen = random.Random(seed)
    subject = Subject(NOTHING_ELSE)
    plain = kept(folder / "plain", subject, every=3600)
    whole = told(found(spec, "python", None, plain))
    plain.close()
    limit, space = 0, None
    while space is None or space.stopped.startswith("the limit of"):
        limit += chosen.randrange(1, 1 + max(30, len(whole["states"]) // 3))  # type: ignore[arg-type]
        searches = kept(folder / "cut", subject)
        space = found(spec, chosen.choice(["python", "native"]), limit, searches)
        assert searches.goes_on == space.stopped.startswith("the limit of")
        assert searches.trouble == ""
        searches.close()
    seen, files = told(space), (in_files(folder / "plain"), in_files(folder / "cut"))
    return [
        *(name for name, value in whole.items() if value != seen[name]),
        *(f"the file {name}" for name in ARRAYS if files[0][name] != files[1][name]),
    ]


@each_spec(SPECS)
def test_searches_of_specs_are_gone_on_with_by_either_engine(path: Path, tmp_path: Path) -> None:
    assert differences(load(path), tmp_path, 1) == []


def random_specs(seeds: range) -> Iterator[tuple[int, Spec]]:
    for seed in seeds:
        text = repaired(random_spec(seed))
        spec = None if text is None else load_text(text)
        if spec is None:
            continue
        with suppress(SpecError):
            if explore(spec, Limits(max_states=3000)).complete:
                yield seed, spec


def compared(folder: Path, seeds: range) -> dict[int, list[str]]:
    """What differs, by seed."""
    return {seed: differences(spec, folder / str(seed), seed) for seed, spec in random_specs(seeds)}


def test_searches_of_random_specs_are_gone_on_with(tmp_path: Path) -> None:
    found = compared(tmp_path, range(12))
    assert len(found) > 5
    assert {seed: names for seed, names in found.items() if names} == {}
