"""The memory of a native search: taken where it is written, bounded, and given back."""

from __future__ import annotations

import ctypes
import mmap
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from model_check.budget import memory
from model_check.budget.memory import _free_in_container
from model_check.explore import search
from model_check.explore.limits import Limits
from model_check.explore.native import engine
from model_check.explore.native.memory import Arena, Memory, Numbers, States
from model_check.explore.search import SearchOptions, explore
from model_check.language import load

ROOT = Path(__file__).parents[2]


def test_a_search_grows_its_table_only_within_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FIRST_TABLE", 10)
    monkeypatch.setattr(memory, "memory_in_use", lambda: 1 << 20)
    spec = load(ROOT / "specs" / "legacy-two-nodes.yaml")
    space = explore(
        spec, Limits(max_memory=(1 << 20) + (1 << 15)), options=SearchOptions(engine="native")
    )
    assert space.stopped == "the memory limit of 1 MB was reached"
    assert len(space.states) < 4096


def test_a_system_that_gives_no_memory_leaves_the_search_to_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def give_nothing(*_: Any, **__: Any) -> Any:
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(search, "NATIVE_FROM", 100)
    monkeypatch.setattr(mmap, "mmap", give_nothing)
    space = explore(load(ROOT / "specs" / "legacy.yaml"))
    assert (
        space.note == "the system gave no memory (Cannot allocate memory): the search ran in Python"
    )
    assert len(space.states) == 1398


def test_a_process_that_may_not_have_much_memory_ends_with_what_it_covered() -> None:
    checked = [
        sys.executable, "-m", "model_check", str(ROOT / "specs" / "legacy-two-nodes.yaml"),
        "--set", "TOTAL=10", "--engine", "native", "--no-draw", "--no-reason", "--json",
        "--workers", "1",
    ]  # fmt: skip
    # A shell sets the limit (kilobytes of address space): this process has mapped far more.
    limited = ["sh", "-c", 'ulimit -v 1048576; exec "$@"', "sh", *checked]
    done = subprocess.run(limited, capture_output=True, text=True)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert "Traceback" not in done.stderr


def test_a_container_that_limits_memory_is_asked(tmp_path: Path) -> None:
    assert _free_in_container(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n", "ascii")
    (tmp_path / "memory.current").write_text("1000\n", "ascii")
    assert _free_in_container(tmp_path) is None
    (tmp_path / "memory.max").write_text("5000\n", "ascii")
    assert _free_in_container(tmp_path) == 4000


@pytest.mark.parametrize(
    ("folder", "names", "prefix"),
    [
        ("", ("memory.max", "memory.current"), ""),
        ("memory", ("memory.limit_in_bytes", "memory.usage_in_bytes"), "total_"),
    ],
)
def test_parts_of_files_are_free_in_a_container_that_is_full_of_them(
    tmp_path: Path, folder: str, names: tuple[str, str], prefix: str
) -> None:
    root = tmp_path / folder
    root.mkdir(exist_ok=True)
    for name, value in zip(names, (5000, 4990), strict=True):
        (root / name).write_text(f"{value}\n", "ascii")
    assert _free_in_container(tmp_path) == 10
    told = {"anon": 1500, "file": 3400, "shmem": 400, "inactive_file": 900, "active_file": 2100}
    lines = [f"{prefix}{name} {value}\n" for name, value in told.items()]
    (root / "memory.stat").write_text("".join(lines), "ascii")
    assert _free_in_container(tmp_path) == 10 + 3000
    (root / names[1]).write_text("2000\n", "ascii")  # read a little later
    assert _free_in_container(tmp_path) == 5000
    (root / "memory.stat").write_text("".join(lines[:2]), "ascii")
    assert _free_in_container(tmp_path) == 3000


def test_numbers_and_states_in_memory_read_as_sequences() -> None:
    memory = Memory(1 << 16)
    ctypes.memmove(memory.address, (1 << 64 | 5).to_bytes(16, "little") * 2, 32)
    states = States(memory, 2, 2)
    assert list(states) == [1 << 64 | 5] * 2
    assert states[-1] == states[0:1][0]
    numbers = Numbers(memory, 4)
    assert list(numbers) == [5, 0, 1, 0]
    with pytest.raises(IndexError):
        numbers[4]
    memory.close()


def test_a_table_that_an_earlier_search_wrote_is_empty_for_the_next_one() -> None:
    arena = Arena(8, 100)
    table = (ctypes.c_char * 1000).from_address(arena.table.address)
    arena.clear_table(1000)
    table[900] = b"x"
    arena.clear_table(100)
    assert table[900] == b"x"  # beyond what was asked for
    arena.clear_table(1000)
    assert table[900] == b"\0"
    arena.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux refuses to fork what it counts")
def test_what_two_searches_reserved_does_not_keep_their_process_from_forking() -> None:
    """Linux joins neighbours, and forks nothing of which one piece is larger than all memory."""
    arenas = [Arena(size, engine.MOST_STATES) for size in (64, 128)]
    try:
        assert subprocess.run([sys.executable, "-c", ""], preexec_fn=int).returncode == 0
    finally:
        for each in arenas:
            each.close()
