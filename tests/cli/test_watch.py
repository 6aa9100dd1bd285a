"""`--watch`: a file that is really saved is checked again, until Ctrl-C."""

from __future__ import annotations

import builtins
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from cli_invoke import invoke
from model_check.cli.watch import MISSING, files_of, own_words

COUNTER = """\
model: counter
vars:
  total: int
processes:
  worker:
    run: |
      add: total += 1
properties:
  small:
    finally: total == 1
"""
VARIANT = "extends: base/counter.yaml\nmodel: variant\n"
PATIENCE = 60
"""Seconds for a check, on a machine that does much else."""


class Running:
    """A command that runs, and what it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str] = queue.Queue()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.put(line)

    def until(self, part: str) -> str:
        """The first line from now on that has this in it."""
        while True:
            line = self.lines.get(timeout=PATIENCE)
            if part in line:
                return line


@contextmanager
def watching(path: Path, *words: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "model_check", path.name, "--watch", "--no-reason", *words]
    with subprocess.Popen(
        command, cwd=path.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def news(folder: Path) -> Any:
    text = (folder / "out" / "watch.js").read_text(encoding="utf-8")
    assert text.startswith("news(")
    return json.loads(text[len("news(") : text.rindex(")")])


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "counter.yaml").write_text(COUNTER, encoding="utf-8")
    path = tmp_path / "variant.yaml"
    path.write_text(VARIANT, encoding="utf-8")
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of Unix")
def test_each_save_is_checked_a_mistake_is_told_and_ctrl_c_ends_it(variant: Path) -> None:
    base = variant.parent / "base" / "counter.yaml"
    with watching(variant) as running:
        running.until("✓ small")
        told = running.until("watching variant.yaml, base/counter.yaml; out/watch.html")
        assert told.endswith("(Ctrl-C ends)\n")
        first = news(variant.parent)
        assert (first["page"], first["says"]) == ("variant/report.html", "variant.yaml is watched")
        # What it extends is saved, as editors do it: written beside, and put in its place.
        beside = base.with_suffix(".new")
        beside.write_text(COUNTER.replace("+= 1", "+= 2"), encoding="utf-8")
        beside.replace(base)
        running.until("✗ small")
        running.until("watching")
        assert news(variant.parent)["version"] != first["version"]
        # It is broken while somebody types, and is waited on.
        variant.write_text(VARIANT + "vers:\n", encoding="utf-8")
        running.until("variant.yaml:3:1: vers is empty")
        running.until("watching")
        assert news(variant.parent)["wrong"] is True
        variant.write_text(VARIANT + "about: mended\n", encoding="utf-8")
        running.until("✗ small")
        running.until("watching")
        os.kill(running.process.pid, signal.SIGINT)
        assert running.process.wait(PATIENCE) == 0
        assert news(variant.parent)["over"] is True
    assert sorted(each.name for each in (variant.parent / "out").iterdir()) == [
        ".gitignore", "variant", "watch.html", "watch.js",
    ]  # fmt: skip


def test_all_files_that_a_spec_names_are_watched_also_those_that_are_not_there(
    variant: Path,
) -> None:
    more = "kinds: [own.yaml, more/own.yaml]\nproperties:\n  small: {expect: holds}\n"
    variant.write_text(VARIANT + more, encoding="utf-8")
    folder = variant.parent
    assert files_of(variant) == (
        variant,
        folder / "base" / "counter.yaml",
        folder / "own.yaml",
        folder / "more" / "own.yaml",
    )
    assert set(files_of(folder)) == set(files_of(variant))
    variant.write_text("extends: variant.yaml\nextends: [\n", encoding="utf-8")
    assert files_of(variant) == (variant,)


def test_the_check_has_all_words_but_those_for_whoever_watches() -> None:
    words = ["a.yaml", "--watch", "--set", "N=3", "--open", "--json"]
    assert own_words(words) == ["a.yaml", "--set", "N=3", "--json"]


def test_without_watchfiles_it_is_said_what_to_install(
    variant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "watchfiles":
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    outcome = invoke(variant, "--watch")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", MISSING + "\n")
