"""How the command ends where nobody hears it, where Python gives up, and at Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_invoke import SPECS, invoke
from model_check.cli import main
from model_check.explore import search

COMMAND = [sys.executable, "-m", "model_check"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and devices of Unix")

CHOICES = "".join(f"          x{i} = choose(range(100))\n" for i in range(8))
SLOW = (
    "model: slow\nprocesses:\n  p:\n    vars: {"
    + ", ".join(f"x{i}: 0..99" for i in range(8))
    + f"}}\n    run: |\n      a:\n{CHOICES}"
)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A spec of one step, with more to choose from than anybody can look at."""
    path = tmp_path / "slow.yaml"
    path.write_text(SLOW, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("gives_up", "told"),
    [
        (MemoryError, "undetermined: the system has no more memory; make the spec smaller"),
        (RecursionError, "undetermined: something in the spec is nested too deeply; write it"),
    ],
)
def test_where_python_gives_up_it_is_said_what_to_do(
    gives_up: type[BaseException], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise gives_up

    monkeypatch.setattr(main, "_chosen", fail)
    outcome = invoke(SPECS / "legacy.yaml")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith(told)


@pytest.mark.parametrize("words", [("nowhere.yaml",), ("--no-such-option",)])
@pytest.mark.parametrize("where", ["closed", "full"])
def test_where_nobody_hears_what_is_wrong_the_exit_code_tells(
    where: str, words: tuple[str, ...]
) -> None:
    if where == "full" and not Path("/dev/full").exists():
        pytest.skip("there is no device that is always full")
    closing = "2>&-" if where == "closed" else "2>/dev/full"
    line = ["sh", "-c", f'exec "$@" {closing}', "sh", *COMMAND, *words]
    assert subprocess.run(line, check=False, timeout=60).returncode == 2


@pytest.mark.parametrize("words", ["--help", "--version", "repair --help"])
def test_help_that_cannot_be_written_is_told_without_a_traceback(words: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no device that is always full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *words.split()], check=False, stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "standard output: No space left on device\n")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_file_name_that_is_no_utf_8_is_one_like_others(locale: str, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/l\xff.yaml"
    try:
        Path(os.fsdecode(path)).write_bytes((SPECS / "deadlock.yaml").read_bytes())
    except OSError:
        pytest.skip("this system has no such names")
    done = subprocess.run(
        [*COMMAND, path, "--no-reason", "--out", str(tmp_path / "out")],
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    text = (tmp_path / "out" / "deadlock" / "result.json").read_text(encoding="utf-8")
    assert json.loads(text)["path"].endswith("l\udcff.yaml")


def test_a_model_that_the_locale_cannot_name_is_told_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text('model: \xe9\nprocesses: {p: {run: "a: pass"}}\n', encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, str(path), "--out", str(tmp_path / "out")],
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(b"cannot write ")
    assert done.stderr.count(b"\n") == 1


def test_ctrl_c_in_the_middle_of_a_step_ends_with_what_is_known(slow: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, str(slow), "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        printed, told = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "✓" not in printed
    assert "interrupted" in printed + told
    assert "Traceback" not in told
    assert [path.name for path in tmp_path.rglob(".*")] == [".gitignore"]


def test_a_folder_whose_time_is_over_says_how_many_specs_were_not_checked(slow: Path) -> None:
    folder = slow.parent
    (folder / "z.yaml").write_text(SLOW.replace("slow", "z"), encoding="utf-8")
    # What the command loads late does not count here.
    invoke(SPECS / "faults", "--max-states", "9", "--out", folder / "out")
    outcome = invoke(folder, "--timeout", "1", "--out", folder / "out")
    assert outcome.code == 3
    told = r"the time limit of 1 s was reached: [12] of 2 specs were not checked\n"
    assert re.fullmatch(told, outcome.err)


def test_an_engine_that_cannot_run_here_searches_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(search.importlib.util, "find_spec", lambda _: None)
    outcome = invoke(SPECS / "legacy.yaml", "--engine", "native", "--out", tmp_path)
    assert (outcome.code, outcome.out) == (2, "")
    told = "llvmlite is not installed: nothing was searched; leave out --engine native\n"
    assert outcome.err == told
