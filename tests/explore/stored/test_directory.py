"""A directory of a search comes back as it was committed last, or says what is wrong with it."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_check.explore.stored import directory
from model_check.explore.stored.directory import (
    MANIFEST,
    MOST_MARKS,
    DamagedError,
    Directory,
    StoredError,
)


def told(path: Path) -> tuple[dict[str, object] | None, dict[str, bytes]]:
    """What a directory holds."""
    with Directory.reading(path) as found:
        return found.contents, {name: b"".join(found.verified(name)) for name in found.names}


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """A directory with two arrays."""
    path = tmp_path / "search"
    with Directory.of(path) as made:
        made.append("states", b"12345678")
        made.append("parents", bytes(4))
        made.commit({"states": 1})
        made.append("states", b"abcdefgh")
        made.commit({"states": 2})
    return path


def test_what_is_committed_comes_back(held: Path) -> None:
    assert told(held) == ({"states": 2}, {"states": b"12345678abcdefgh", "parents": bytes(4)})


def test_what_is_not_committed_never_counts_and_is_cut_off(held: Path) -> None:
    before = told(held)
    with Directory.of(held) as made:
        made.append("states", b"more")
        made.append("errors", b"more")
    assert told(held) == before
    with Directory.of(held) as made:
        assert (held / "states").stat().st_size == 16
        assert (held / "errors").stat().st_size == 0
        made.append("states", b"!")
        made.commit({})
    assert told(held)[1]["states"] == b"12345678abcdefgh!"


def test_what_is_discarded_is_written_over(held: Path) -> None:
    with Directory.of(held) as made:
        made.append("states", b"wrong and long")
        made.discard()
        made.append("states", b"right")
        made.commit({})
    assert told(held)[1]["states"] == b"12345678abcdefghright"


def test_what_is_begun_anew_is_empty(held: Path) -> None:
    with Directory.of(held) as made:
        made.append("states", b"more")
        made.begin_anew({"anew": True})
    assert told(held) == ({"anew": True}, {})
    with Directory.of(held) as made:
        made.append("states", b"0")
        made.commit({})
    assert told(held)[1] == {"states": b"0"}


def test_bytes_that_somebody_else_wrote_can_count(held: Path) -> None:
    with Directory.of(held) as made:
        os.pwrite(made.file("states"), b"mapped", made.size("states"))
        made.counts("states", b"mapped")
        made.commit({})
    assert told(held)[1]["states"] == b"12345678abcdefghmapped"


def test_random_appends_and_commits_are_as_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PIECE", 5)
    chosen = random.Random(1)
    path = tmp_path / "search"
    committed: dict[str, bytes] = {}
    for _ in range(20):
        held = dict(committed)
        with Directory.of(path) as made:
            for _ in range(chosen.randrange(30)):
                name = chosen.choice(["states", "parents", "run-7"])
                data = chosen.randbytes(chosen.randrange(40))
                match chosen.randrange(8):
                    case 0:
                        made.commit({})
                        committed = dict(held)
                    case 1:
                        made.discard()
                        held = dict(committed)
                    case _:
                        made.append(name, data)
                        held[name] = held.get(name, b"") + data
            made.commit({})
            committed = held
        assert told(path)[1] == committed


class Killed(BaseException):
    """Nothing happens any more."""


def work_in(path: Path) -> Iterator[dict[str, bytes]]:
    """Appends, commits and a new beginning; gives what each commit is about to have count."""
    states = b""
    with Directory.of(path) as made:
        made.commit({})
        for i in range(6):
            if i == 3:
                yield {}
                made.begin_anew({})
                states = b""
            more = bytes([i]) * (9 + i)
            made.append("states", more)
            made.append(f"run-{i}", more)
            states += more
            runs = {f"run-{j}": bytes([j]) * (9 + j) for j in range(3 if i > 2 else 0, i + 1)}
            yield {"states": states, **runs}
            made.commit({})


def test_whenever_a_process_is_killed_the_last_commit_or_the_next_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each call of the system, and in the middle of what it writes."""
    calls = 0

    def counting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == last:
                if name == "pwrite":
                    real(given[0], given[1][:3], given[2])
                raise Killed
            # Nobody pulls the plug: what was written is there, and a busy disk takes long.
            return None if name == "fsync" else real(*given, **named)

        return call

    for name in ("pwrite", "fsync", "replace", "ftruncate"):
        monkeypatch.setattr(directory.os, name, counting(name, getattr(os, name)))
    ended, last = False, 0
    while not ended:
        last += 1
        calls = 0
        path = tmp_path / str(last)
        committed: dict[str, bytes] = {}
        coming: dict[str, bytes] = {}
        try:
            for expected in work_in(path):
                committed, coming = coming, expected
            ended = True
        except Killed:
            pass
        calls = -1_000_000
        with Directory.of(path) as found:
            seen = {name: b"".join(found.verified(name)) for name in found.names}
        assert seen in (committed, coming), last
    assert last > 50


def test_damage_anywhere_is_found_and_its_place_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PIECE", 16)
    path = tmp_path / "search"
    data = random.Random(2).randbytes(16 * 3 * MOST_MARKS)
    with Directory.of(path) as made:
        made.append("states", data)
        made.commit({})
    for at in (0, 1, 17, 1000, len(data) - 1):
        (path / "states").write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        with Directory.of(path) as opened, pytest.raises(DamagedError) as error:
            opened.verify()
        shown = re.search(r"states: is damaged somewhere in bytes ([\d,]+) to ([\d,]+)", str(error))
        assert shown is not None
        first, last = (int(each.replace(",", "")) for each in shown.groups())
        assert first <= at <= last <= first + len(data) // (MOST_MARKS // 4) + 16


def test_what_is_cut_short_is_said_with_its_length(held: Path) -> None:
    os.truncate(held / "states", 15)
    for opens in (Directory.of, Directory.reading):
        with pytest.raises(DamagedError, match=r"states: ends after 15 of 16 bytes"):
            opens(held)
    (held / "states").unlink()
    with pytest.raises(DamagedError, match=r"states: ends after 0 of 16 bytes"):
        Directory.of(held)


def test_any_damage_of_the_manifest_is_found(held: Path) -> None:
    whole = (held / MANIFEST).read_bytes()
    for at in range(len(whole)):
        damaged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        (held / MANIFEST).write_bytes(damaged)
        if whole[at : at + 1].isspace() and damaged[at : at + 1].isspace():
            continue
        with pytest.raises(StoredError, match=re.escape(os.fspath(held))):
            told(held)
    for at in (0, 1, len(whole) // 2, len(whole) - 2):
        (held / MANIFEST).write_bytes(whole[:at])
        with pytest.raises(DamagedError, match=re.escape(MANIFEST)):
            Directory.of(held)


def test_another_form_of_a_directory_is_refused(held: Path) -> None:
    manifest = json.loads((held / MANIFEST).read_text())
    (held / MANIFEST).write_text(json.dumps({**manifest, "format": "model-check search 9"}))
    with pytest.raises(StoredError, match="of another form than this version's"):
        Directory.of(held)


def test_a_directory_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StoredError, match=r"there is something here, and no checkpoint"):
        Directory.of(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(StoredError, match=r"thesis.txt"):
        Directory.of(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_where_there_is_no_search_none_is_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StoredError):
            Directory.reading(path)
    assert list(tmp_path.iterdir()) == []


def test_what_others_can_write_is_not_gone_on_with(held: Path) -> None:
    for each in (held, held / "states", held / MANIFEST):
        mode = each.stat().st_mode
        each.chmod(mode | 0o020)
        with pytest.raises(StoredError, match="not yours alone"):
            Directory.of(held)
        each.chmod(mode)
    assert told(held)[0] == {"states": 2}
    assert held.stat().st_mode & 0o077 == 0
    assert (held / "states").stat().st_mode & 0o077 == 0


def test_a_link_in_the_place_of_an_array_is_not_followed(held: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (held / "states").rename(other)
    (held / "states").symlink_to(other)
    with pytest.raises(StoredError):
        Directory.of(held)
    assert other.read_bytes() == b"12345678abcdefgh"


def test_one_process_at_a_time_has_it(held: Path) -> None:
    opening = (
        "from model_check.explore.stored.directory import Directory, StoredError\n"
        "import sys\n"
        "try: Directory.of(sys.argv[1])\n"
        "except StoredError as error: print(error)\n"
    )
    with Directory.of(held):
        other = subprocess.run(
            [sys.executable, "-c", opening, held], capture_output=True, text=True, timeout=60
        )
        assert "another model-check is writing here" in other.stdout
    with Directory.reading(held), Directory.reading(held):
        pass
