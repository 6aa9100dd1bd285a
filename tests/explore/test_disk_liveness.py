"""What never ends is judged alike on disk and in memory: its transitions, components and pairs of a
state and a place of an automaton lie in files there, and are given back between any two pieces of
work.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
from pathlib import Path

import pytest
from fuzz.disk import disk_differences
from fuzz.liveness_specs import random_liveness_spec
from fuzz.repair import load_text
from model_check import check
from model_check.api.check import Result
from model_check.api.options import CheckOptions
from model_check.budget.memory import memory_in_use
from model_check.errors import EXIT_UNDETERMINED
from model_check.explore.limits import Limits
from model_check.explore.native.disk import rooms
from model_check.explore.native.disk.mapped import MappedFile
from model_check.explore.native.disk.rooms import FileRooms
from model_check.explore.native.memory import Memory
from model_check.explore.native.work import Work
from model_check.language import load
from model_check.language.tree.spec import Spec
from thorough import each_spec

ROOT = Path(__file__).parents[2]
PHILOSOPHERS = ROOT / "tests" / "benchmarks" / "philosophers.yaml"
HOW = CheckOptions(engine="native", reason=False, workers=1, reduce="none", keep_dead=True)
LARGE = 1 << 40
MEGABYTE = 1 << 20
NAMES = {"checkpoint.json", "lock", "states", "parents", "terminal", "errors", "levels"}
"""The files of a checkpoint."""


def asks_runs(spec: Spec) -> bool:
    return any(each.form.asks_runs for each in spec.properties)


LIVE = [
    path
    for path in [
        *sorted((ROOT / "specs").glob("*.yaml")), *sorted((ROOT / "tests" / "specs").glob("*.yaml"))
    ]
    if asks_runs(load(path))
]  # fmt: skip


@each_spec(LIVE)
def test_specs_are_judged_alike_on_disk(path: Path) -> None:
    assert disk_differences(load(path), (1,), Limits(timeout=120)) == []


@pytest.mark.parametrize("seed", range(10))
def test_random_specs_are_judged_alike_on_disk(seed: int) -> None:
    spec = load_text(random_liveness_spec(seed))
    assert asks_runs(spec)
    assert disk_differences(spec, (1,)) == []


# --- rooms ---------------------------------------------------------------------------------------


def test_what_is_large_lies_in_a_file_and_what_is_small_does_not(tmp_path: Path) -> None:
    there = FileRooms(tmp_path, LARGE)
    assert type(there.take(MEGABYTE)) is Memory
    assert there.on_disk == 0
    scarce = FileRooms(tmp_path, MEGABYTE)
    assert type(scarce.take(1000)) is Memory
    file = scarce.take(MEGABYTE)
    assert isinstance(file, MappedFile)
    assert scarce.on_disk == MEGABYTE
    assert [*tmp_path.iterdir()] == []
    del file
    assert scarce.on_disk == 0


def test_half_of_the_memory_that_is_left_is_the_most_for_one_room(tmp_path: Path) -> None:
    limit = (memory_in_use() or 0) + 64 * MEGABYTE
    there = FileRooms(tmp_path, int(limit / (1 - rooms.SPARE)))
    left = there._left()
    assert 60 * MEGABYTE < left < 68 * MEGABYTE
    assert isinstance(there.take(left // 2 + MEGABYTE), MappedFile)
    kept = there.take(left // 2 - MEGABYTE)
    assert type(kept) is Memory
    assert isinstance(there.take(left // 2 - MEGABYTE), MappedFile)
    del kept
    assert type(there.take(left // 2 - MEGABYTE)) is Memory


def test_a_file_that_finds_no_room_takes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = os.posix_fallocate

    def by_half(file: int, start: int, length: int) -> None:
        reserve(file, start, length // 2)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with (tmp_path / "array").open("w+b") as file:
        memory = MappedFile(file.fileno(), 64 * MEGABYTE)
        memory.make_room(MEGABYTE)
        monkeypatch.setattr(os, "posix_fallocate", by_half)
        with pytest.raises(OSError, match="No space"):
            memory.grow(16 * MEGABYTE)
        assert memory.had == MEGABYTE
        assert os.fstat(file.fileno()).st_blocks * 512 <= 2 * MEGABYTE
        memory.close()


def test_numbers_of_a_room_are_there_after_its_memory_was_given_back(tmp_path: Path) -> None:
    scarce = FileRooms(tmp_path, MEGABYTE)
    work = Work(Limits(), lambda: None, rooms=scarce)
    numbers = work.room(MEGABYTE, 4)
    numbers[0], numbers[-1] = 5, 7
    scarce.drop()
    assert (numbers[0], numbers[1], numbers[-1]) == (5, 0, 7)


def test_a_room_grows_as_far_as_it_is_used(tmp_path: Path) -> None:
    scarce = FileRooms(tmp_path, MEGABYTE)
    growing = Work(Limits(), lambda: None, rooms=scarce).growing(1 << 30, 4)
    assert scarce.on_disk < MEGABYTE
    growing.up_to(MEGABYTE)
    assert 4 * MEGABYTE <= scarce.on_disk < 8 * MEGABYTE
    growing.numbers[MEGABYTE - 1] = 3
    growing.up_to(1 << 31)
    assert scarce.on_disk <= (1 << 32) + MEGABYTE
    assert growing.numbers[MEGABYTE - 1] == 3


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rooms are files."""
    monkeypatch.setattr(rooms, "SMALL", 0)
    monkeypatch.setattr(rooms, "SHARE", 0.0)


def found_by(result: Result) -> tuple[object, ...]:
    space = result.space
    return result.properties, space.states, space.transitions, space.depth


@pytest.mark.usefixtures("scarce")
def test_a_full_disk_leaves_undetermined_what_is_decided_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "search"

    def full(self: MappedFile, wanted: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(rooms, "MappedFile", type("Full", (MappedFile,), {"make_room": full}))
        ended = check(PHILOSOPHERS, None, HOW, disk=folder)
    assert ended.exit_code == EXIT_UNDETERMINED
    assert ended.space.complete
    assert f"the disk is full ({folder}: No space left on device)" in ended.report.unjudged
    verdicts = {each.name: each.verdict for each in ended.properties}
    assert verdicts["nobody_starves"] == "undetermined"
    assert ended.report.goes_on.endswith(f"--resume {folder}")
    assert {each.name for each in folder.iterdir()} == NAMES
    del ended
    last = check(PHILOSOPHERS, None, HOW, resume=folder, disk=folder)
    assert found_by(last) == found_by(check(PHILOSOPHERS, None, HOW))
    assert last.report.goes_on == ""


def open_files_of(folder: Path) -> list[str]:
    """What this process has open there that has no name any more."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one that lists them
            found.append(str(each.readlink()))
    return [each for each in found if each.startswith(str(folder)) and each.endswith("(deleted)")]


@pytest.mark.usefixtures("scarce")
def test_a_judgement_that_is_interrupted_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, had = tmp_path / "search", list[int]()
    take = FileRooms.take

    def counted(self: FileRooms, size: int, first: int | None = None) -> Memory:
        found = take(self, size, first)
        had.append(len(open_files_of(folder)))
        return found

    monkeypatch.setattr(FileRooms, "take", counted)
    limits = Limits(interrupted=lambda: bool(had))
    ended = check(PHILOSOPHERS, None, HOW, disk=folder, limits=limits)
    assert ended.report.unjudged == "interrupted"
    assert had[0] > 0
    assert ended.report.goes_on.endswith(f"--resume {folder}")
    del ended
    gc.collect()
    assert open_files_of(folder) == []
    assert {each.name for each in folder.iterdir()} == NAMES
