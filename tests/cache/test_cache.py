"""What is kept on disk comes back as it was, or not at all; only the user can have put it there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from model_check.cache import CACHE_SWITCH, Cache, user_cache

KEY = b"what it is made of"
DATA = bytes(range(256))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    cache = Cache(tmp_path / "kept" / "model-check")
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA
    return cache


def files_of(cache: Cache) -> list[Path]:
    assert cache.folder is not None
    return sorted(cache.folder.iterdir())


def file_of(cache: Cache) -> Path:
    (path,) = files_of(cache)
    return path


def test_what_was_never_kept_is_not_there(cache: Cache) -> None:
    assert cache.get(KEY + b" and more") is None


def test_what_is_made_anew_takes_the_place_of_what_was(cache: Cache) -> None:
    cache.put(KEY, b"new")
    assert cache.get(KEY) == b"new"
    file_of(cache)


def test_nobody_else_may_read_or_write_it(cache: Cache) -> None:
    assert cache.folder is not None
    assert cache.folder.stat().st_mode & 0o077 == 0
    assert file_of(cache).stat().st_mode & 0o077 == 0


def test_any_damage_is_seen_and_mended_by_the_next_who_makes_it(cache: Cache) -> None:
    path = file_of(cache)
    whole = path.read_bytes()
    damaged = [
        b"", whole[:10], whole[:-1], whole + b"x",
        *(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))),
    ]  # fmt: skip
    for content in damaged:
        path.write_bytes(content)
        assert cache.get(KEY) is None
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA


def test_a_file_under_the_name_of_another_is_not_taken_for_it(cache: Cache) -> None:
    first = file_of(cache)
    cache.put(b"other", b"other data")
    (other,) = set(files_of(cache)) - {first}
    first.replace(other)
    assert cache.get(b"other") is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_loaded(cache: Cache, mode: int) -> None:
    file_of(cache).chmod(mode)
    assert cache.get(KEY) is None


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_nothing_is_loaded_or_kept_in_a_folder_that_others_may_write(
    cache: Cache, mode: int
) -> None:
    assert cache.folder is not None
    cache.folder.chmod(mode)
    assert cache.get(KEY) is None
    cache.put(b"other", DATA)
    file_of(cache)


def test_what_belongs_to_somebody_else_is_not_loaded(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    assert cache.get(KEY) is None
    cache.put(b"other", DATA)
    file_of(cache)


def test_a_file_of_somebody_else_is_not_loaded_from_a_folder_of_ones_own(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = os.fstat

    def as_told(opened: int) -> os.stat_result:
        found = told(opened)
        if Path(f"/dev/fd/{opened}").is_dir():
            return found
        return os.stat_result([*found[:4], found.st_uid + 1, *found[5:]])

    monkeypatch.setattr(os, "fstat", as_told)
    assert cache.get(KEY) is None


def _link(path: Path, elsewhere: Path) -> None:
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _pipe(path: Path, _: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("put", [_link, _pipe, _folder])
def test_only_a_regular_file_is_loaded(
    cache: Cache, tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    put(file_of(cache), tmp_path / "elsewhere")
    assert cache.get(KEY) is None


def test_a_link_is_replaced_and_what_it_points_at_stays(cache: Cache, tmp_path: Path) -> None:
    _link(file_of(cache), tmp_path / "elsewhere")
    before = (tmp_path / "elsewhere").read_bytes()
    cache.put(KEY, b"new")
    assert cache.get(KEY) == b"new"
    assert (tmp_path / "elsewhere").read_bytes() == before


def test_a_folder_that_is_a_link_is_not_followed(cache: Cache, tmp_path: Path) -> None:
    assert cache.folder is not None
    _link(cache.folder, tmp_path / "elsewhere")
    assert cache.get(KEY) is None
    cache.put(b"other", DATA)
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1


def test_where_nothing_can_be_kept_nothing_is_and_nobody_is_bothered(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file" / "kept", tmp_path / "no" / "such" / "home", None):
        cache = Cache(folder)
        cache.put(KEY, DATA)
        assert cache.get(KEY) is None
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_was_used_longest_ago_goes_when_the_folder_is_full(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "model-check", most_bytes=1500)
    left_over = tmp_path / "model-check" / "0123456789abcdef.kept"
    for number in range(4):
        cache.put(b"%d" % number, DATA)
        newest = max(files_of(cache), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (number, number))
        if number == 0:
            left_over.write_bytes(b"half written when its run was ended")
            os.utime(left_over, (0, 0))
    # A use makes it young again.
    assert cache.get(b"0") == DATA
    cache.put(b"4", DATA)
    assert [cache.get(b"%d" % number) is not None for number in range(5)] == [
        True, False, True, True, True
    ]  # fmt: skip
    assert not left_over.exists()


def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "model-check", most_bytes=200)
    cache.put(KEY, DATA)
    assert cache.get(KEY) is None


def test_files_of_another_kind_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_bytes(bytes(2000))
    cache = Cache(tmp_path, most_bytes=1500)
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA
    assert (tmp_path / "thesis.tex").stat().st_size == 2000


def test_runs_at_once_see_whole_files(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "model-check", most_bytes=60_000)
    values = [bytes([number]) * (1 + 4000 * number) for number in range(8)]
    wrong = []

    def work(first: int) -> None:
        for turn in range(first, first + 60):
            key = b"%d" % (turn % 3)
            cache.put(key, values[turn % 8])
            found = cache.get(key)
            if found is not None and found not in values:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong
    assert {len(path.name) for path in files_of(cache)} == {64 + len(".kept")}


def test_the_cache_is_where_the_system_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CACHE_SWITCH, raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/my")
    assert user_cache().folder == Path("/var/my/model-check")
    for nothing in ("", "not/absolute"):
        monkeypatch.setenv("XDG_CACHE_HOME", nothing)
        monkeypatch.setattr("sys.platform", "linux")
        assert user_cache().folder == Path("/home/me/.cache/model-check")
        monkeypatch.setattr("sys.platform", "darwin")
        assert user_cache().folder == Path("/home/me/Library/Caches/model-check")


@pytest.mark.parametrize("word", ["off", "OFF", "0", "no"])
def test_the_cache_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(CACHE_SWITCH, word)
    assert user_cache().folder is None
