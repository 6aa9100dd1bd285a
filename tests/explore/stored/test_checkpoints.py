"""A search that ended anywhere and is gone on with, by either engine, is then as one at once."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from explore.stored.kept_arrays import in_files
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check.budget.spending import Budget, StopNow
from model_check.explore import portable
from model_check.explore.limits import Limits
from model_check.explore.native import engine
from model_check.explore.reduction import Reducer
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Space
from model_check.explore.stored import directory
from model_check.explore.stored.checkpoint import ARRAYS, Checkpoints
from model_check.explore.stored.subject import Subject
from model_check.language import load
from model_check.language.records import replace
from model_check.language.source.diagnostics import SpecError
from model_check.language.tree.spec import Spec
from model_check.symbolic.finder import ReductionFinder
from model_check.verify.reducible import asked_of
from thorough import each_spec

ROOT = Path(__file__).parents[3]
SPECS_FOLDER = ROOT / "specs"
SPECS = sorted(SPECS_FOLDER.rglob("*.yaml"))
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
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a busy disk takes long


def kept(path: Path, subject: Subject, every: float = 3600) -> Checkpoints:
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


def differences(spec: Spec, folder: Path, seed: int, every: float = 0.01) -> list[str]:
    """What differs where a search ends now and then and each of both engines goes on with it."""
    chosen = random.Random(seed)
    subject = Subject(NOTHING_ELSE)
    plain = kept(folder / "plain", subject)
    whole = told(found(spec, "python", None, plain))
    plain.close()
    limit, space = 0, None
    while space is None or space.stopped.startswith("the limit of"):
        limit += chosen.randrange(1, 1 + max(30, len(whole["states"]) // 3))  # type: ignore[arg-type]
        searches = kept(folder / "cut", subject, every)
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
    assert differences(load(path), tmp_path, 1, every=0.0) == []


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
    found = compared(tmp_path, range(7))
    assert len(found) > 3
    assert {seed: names for seed, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "forgotten", [{"terminal": []}, {"transitions": 0}, {"_left_out": -1}, {"_reached": []}]
)
def test_what_is_forgotten_on_the_way_is_seen(
    forgotten: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = portable.PortableRun.restore

    def forgetful(run: portable.PortableRun, *given: Any) -> None:
        restore(run, *given)
        for name, value in forgotten.items():
            setattr(run, name, value)

    monkeypatch.setattr(portable.PortableRun, "restore", forgetful)
    assert differences(load(SPECS_FOLDER / "fix-both.yaml"), tmp_path, 3) != []


def test_who_presses_ctrl_c_again_does_not_wait_and_finds_what_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a thread writes, slowly."""
    spec, slowly = load(SPECS_FOLDER / "fix-both.yaml"), os.pwrite
    first = kept(tmp_path / "kept", Subject(NOTHING_ELSE))
    found(spec, "python", 100, first)
    first.close()
    before = in_files(tmp_path / "kept")
    pieces: list[int] = []

    def one_more(*given: Any) -> int:
        pieces.append(1)
        time.sleep(0.02)
        return slowly(*given)

    def press(_: str) -> None:
        assert pieces  # it is being written
        raise StopNow("interrupted")

    monkeypatch.setattr(directory, "PIECE", 64)
    monkeypatch.setattr(directory.os, "pwrite", one_more)
    again = Checkpoints(
        tmp_path / "kept", Subject(NOTHING_ELSE), resumes=True, begins=False, every=0, say=press
    )
    found(spec, "python", 200, again)
    assert again.trouble == "it was interrupted"
    again.close()
    assert len(pieces) < 20
    assert in_files(tmp_path / "kept") == before


class Struck:
    """Has StopNow raised at the n-th line of the portable search, wherever a budget may."""

    def __init__(self, after: int, budget: Budget) -> None:
        self.lines = after
        self._budget = budget

    def __call__(self, frame: FrameType, event: str, _: object) -> Struck | None:
        if frame.f_code.co_filename != portable.__file__:
            return None
        if event == "line" and not self._budget._held:
            self.lines -= 1
            if self.lines == 0:
                raise StopNow("for a test")
        return self


def test_a_search_that_is_struck_anywhere_keeps_nothing_that_is_half_done(tmp_path: Path) -> None:
    spec, subject = load(SPECS_FOLDER / "deadlock.yaml"), Subject(NOTHING_ELSE)
    options = SearchOptions(engine="python")
    whole = told(explore(spec, options=options))
    stopped = 0
    for after in range(1, 3000, 53):
        path, limits = tmp_path / str(after), Limits()
        searches = kept(path, subject)
        before = sys.gettrace()
        with suppress(StopNow):  # before there is a state
            sys.settrace(Struck(after, limits.budget))
            try:
                space = explore(spec, limits, options=options, checkpoint=searches.search())
            finally:
                sys.settrace(before)
            stopped += space.stopped == "for a test"
        searches.close()
        again = kept(path, subject)
        assert told(explore(spec, options=options, checkpoint=again.search())) == whole, after
        again.close()
    assert stopped > 20
