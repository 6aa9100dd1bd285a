"""A search whose older states lie on disk finds what one in memory finds, array by array.

The plain search is the oracle, as it is of all others; mistakes are planted, to see that the
comparison sees them.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from cli.cli_invoke import invoke
from fuzz.disk import MISTAKES, alike_hashes, disk_differences
from fuzz.reduced_specs import random_reducible
from fuzz.repair import load_text
from model_check import check
from model_check.api.check import Result
from model_check.api.options import CheckOptions
from model_check.errors import EXIT_UNDETERMINED, EXIT_WRONG_INPUT, raise_if_callers
from model_check.explore.limits import Limits
from model_check.explore.native.disk import mapped
from model_check.explore.native.disk import run as disk_run
from model_check.explore.native.disk.mapped import MappedFile
from model_check.explore.native.disk.run import DiskRun, Shares, shares_of
from model_check.explore.native.disk.runs import Doubts, RunsOnDisk
from model_check.explore.search import NativeUnavailableError
from model_check.explore.stored.directory import Directory, StoredError
from model_check.language import load
from thorough import each_spec

ROOT = Path(__file__).parents[2]
PAGE = 4096

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
    assert disk_differences(load(path), limits=Limits(timeout=120)) == []


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
    leads_back = mistake == "what leads back is not noted"
    spec = load_text(RING) if leads_back else load(ROOT / "specs" / "fix-both-unacknowledged.yaml")
    with MISTAKES[mistake]():
        try:
            found = [*disk_differences(spec, (1,))]
        except AssertionError as error:
            found = [f"it contradicts itself: {error}"]
    assert found


# --- the files -----------------------------------------------------------------------------------


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all states go to disk."""
    small = Shares(bits=0, window=0, blocks=8, doubts=0)
    monkeypatch.setattr(disk_run.DiskRun, "_planned", lambda _: small)


def found_by(result: Result) -> tuple[object, ...]:
    """What a check says, but for times and where it was written down."""
    space = result.space
    return result.properties, space.states, space.transitions, space.depth


SPEC = ROOT / "specs" / "legacy-two-nodes.yaml"
HOW = CheckOptions(engine="native", reason=False, workers=2)


@pytest.mark.usefixtures("tiny")
def test_a_search_goes_on_on_disk_and_in_memory_by_turns(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    first = check(SPEC, None, HOW, disk=folder, max_states=3_000)
    assert first.exit_code == EXIT_UNDETERMINED
    assert f"--disk {folder}" in first.report.goes_on
    del first
    for most, disk in ((6_000, folder), (9_000, None), (12_000, folder), (15_000, folder)):
        further = check(SPEC, None, HOW, resume=folder, disk=disk, max_states=most)
        assert most <= further.space.states < most + 3_000
        del further
    last = check(SPEC, None, HOW, resume=folder, disk=folder)
    assert found_by(last) == found_by(check(SPEC, None, HOW))
    assert last.report.goes_on == ""


@pytest.mark.usefixtures("tiny")
def test_a_full_disk_ends_a_search_that_goes_on_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, reserve = tmp_path / "search", os.posix_fallocate
    left = [700_000]

    def full(file: int, start: int, length: int) -> None:
        left[0] -= length
        if left[0] < 0:
            left[0] += length
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reserve(file, start, length)

    with monkeypatch.context() as patched:
        patched.setattr(mapped, "SMALLEST", PAGE)
        patched.setattr(mapped, "LEAST_STEP", PAGE)
        patched.setattr(os, "posix_fallocate", full)
        ended = check(SPEC, None, HOW, disk=folder)
    assert ended.exit_code == EXIT_UNDETERMINED
    assert "the disk is full" in ended.space.stopped
    assert ended.report.goes_on.endswith(f"--resume {folder}")
    assert 1_000 < ended.space.states < 23_000
    del ended
    last = check(SPEC, None, HOW, resume=folder, disk=folder)
    assert found_by(last) == found_by(check(SPEC, None, HOW))


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("where", "what"),
    [
        (RunsOnDisk, "spill"),
        (RunsOnDisk, "merge"),
        (MappedFile, "make_room"),
        (MappedFile, "_write_soon"),
        (DiskRun, "_plan"),
        (Directory, "begin_anew"),
        (Directory, "commit"),
        (Directory, "_read_manifest"),
    ],
)
def test_what_a_caller_raises_is_not_taken_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: type, what: str
) -> None:
    def late(*_: object, **__: object) -> None:
        # What the handler of an alarm raises comes out of whatever runs then.
        raise TimeoutError("the caller waits no longer")

    monkeypatch.setattr(where, what, late)
    with pytest.raises(TimeoutError, match="waits no longer"):
        check(SPEC, None, HOW, disk=tmp_path / "search")


def test_what_the_system_tells_has_a_number() -> None:
    raise_if_callers(TimeoutError(errno.ETIMEDOUT, "a disk on a network"))
    raise_if_callers(OSError("a library is not found"))
    with pytest.raises(ConnectionError):
        raise_if_callers(ConnectionError("whoever is asked whether to stop"))


@pytest.mark.usefixtures("tiny")
def test_nothing_but_the_checkpoint_is_left_of_a_search(tmp_path: Path) -> None:
    result = check(SPEC, None, HOW, disk=tmp_path / "search")
    sizes = {each.name: each.stat().st_size for each in (tmp_path / "search").iterdir()}
    assert sizes.keys() == {
        "checkpoint.json", "lock", "states", "parents", "terminal", "errors", "levels",
    }  # fmt: skip
    assert sizes["parents"] == 4 * result.space.states


@pytest.mark.usefixtures("tiny")
def test_a_directory_is_in_use_as_long_as_what_was_found_there(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    result = check(SPEC, None, HOW, disk=folder, max_states=3_000)
    with pytest.raises(StoredError, match="still there"):
        check(SPEC, None, HOW, disk=folder, resume=folder)
    assert result.space.states >= 3_000


def test_a_file_can_be_read_again_once_its_memory_was_given_back(tmp_path: Path) -> None:
    with (tmp_path / "array").open("w+b") as file:
        memory = MappedFile(file.fileno(), 1 << 30)
        memory.grow(3 * PAGE)
        memory.map[PAGE : PAGE + 4] = b"kept"
        memory.drop()
        assert memory.map[PAGE : PAGE + 4] == b"kept"
        memory.cut(2 * PAGE)
        assert os.fstat(file.fileno()).st_size == 2 * PAGE
        memory.grow(3 * PAGE)
        assert memory.map[2 * PAGE : 3 * PAGE] == bytes(PAGE)
        memory.close()


@pytest.mark.parametrize("gigabytes", [0, 0.05, 0.25, 1, 4, 64])
@pytest.mark.parametrize("size", [8, 64, 4096])
def test_what_a_search_on_disk_has_in_memory_fits_there(gigabytes: float, size: int) -> None:
    memory = int(gigabytes * (1 << 30))
    shares = shares_of(memory, size, 1_000)
    table, window = 8 << shares.bits, shares.window * (size + 4)
    taken = table + window + 64 * shares.blocks + Doubts.bytes_of(shares.doubts)
    smallest = shares_of(0, size, 1_000)
    assert taken <= memory or shares == smallest
    assert shares.window >= 4_000
    assert shares.doubts >= 2_000


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--engine", "python"], "keeps all states in memory"),
        (["--memory-lean"], "in memory"),
        (["--resume", "elsewhere"], "name the same one"),
    ],
)
def test_disk_is_refused_where_it_makes_no_sense(words: list[str], why: str) -> None:
    found = invoke(SPEC, "--disk", "somewhere", *words)
    assert found.code == EXIT_WRONG_INPUT
    assert why in found.err


def test_without_compiled_code_there_is_no_search_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "is_possible", lambda: False)
    with pytest.raises(NativeUnavailableError, match="leave out --disk"):
        check(SPEC, None, HOW, disk=tmp_path / "search")
