"""Where a warning of the checker is shown, and that it changes no exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cli_invoke import invoke

SPEC = """\
model: warned
resources:
  news: {kind: "redis.pubsub[0..1]"}
processes:
  a: {run: "leave: news.unsubscribe()"}
properties:
  fine: {always: true}
"""
WARNING = "warning: a calls news.unsubscribe() and never news.subscribe()"


def write(folder: Path) -> Path:
    path = folder / "warned.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_a_warning_is_told_with_its_place_and_changes_no_exit_code(tmp_path: Path) -> None:
    path, out = write(tmp_path), tmp_path / "out"
    outcome = invoke(path, "--out", out)
    assert outcome.code == 0
    assert " ".join(outcome.out.split()).count(f"{path}:5:20: {WARNING}") == 1
    (warning,) = json.loads((out / "warned" / "result.json").read_text("utf-8"))["warnings"]
    assert (warning["file"], warning["line"], warning["column"]) == (str(path), 5, 20)
    assert f"warning: {warning['message']}".startswith(WARNING)
    assert WARNING in (out / "warned" / "report.html").read_text("utf-8")


def test_a_folder_tells_the_warnings_of_all_its_specs(tmp_path: Path) -> None:
    path = write(tmp_path)
    outcome = invoke(tmp_path, "--out", tmp_path / "out")
    assert outcome.code == 0
    assert f"{path}:5:20: {WARNING}" in " ".join(outcome.out.split())


def test_a_warning_is_one_of_pytest_too(tmp_path: Path) -> None:
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(write(tmp_path))]
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0
    assert f"SpecWarning: warned.yaml:5:20: {WARNING}" in done.stdout
