"""Layout programs that are missing, fail, hang or lie never stop a run."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from model_check import check
from model_check.report.documents.files import write_outputs
from model_check.report.pictures.layout_program import (
    Image,
    LayoutProgram,
    NoImage,
    draw,
    find_programs,
)

SPECS = Path(__file__).parents[2] / "specs"
DOT = "digraph { a -> b }"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fake programs are scripts")


def fake(directory: Path, name: str, script: str) -> LayoutProgram:
    """A layout program of our own."""
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return LayoutProgram(name, str(path), frozenset({"svg", "png", "pdf"}))


def test_the_bundled_program_is_found_without_being_on_the_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    programs = find_programs()
    assert [program.name for program in programs] == ["graphviz-pure"]
    drawing = draw(DOT, "svg", programs)
    assert isinstance(drawing, Image)
    assert drawing.data.count(b'class="node"') == 2


def test_png_is_drawn_and_pdf_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    drawing = draw(DOT, "png")
    assert isinstance(drawing, Image)
    assert drawing.data.startswith(b"\x89PNG")
    assert draw(DOT, "pdf") == NoImage("graphviz-pure cannot write pdf: install Graphviz")


def test_dot_on_the_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "dot", "cat >/dev/null; printf '%s' \"%PDF $1\"")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert draw(DOT, "pdf") == Image(b"%PDF -Tpdf", "dot")


def test_no_program_at_all_is_a_sentence() -> None:
    outcome = draw(DOT, "svg", ())
    assert outcome == NoImage("no layout program: install Graphviz, or the package graphviz-pure")


def test_a_hanging_program_is_stopped(tmp_path: Path) -> None:
    start = time.monotonic()
    outcome = draw(DOT, "svg", (fake(tmp_path, "dot", "exec sleep 30"),), timeout=0.2)
    assert outcome == NoImage("dot was stopped after 0.2 s")
    assert time.monotonic() - start < 10


def test_after_a_hang_no_other_program_is_tried(tmp_path: Path) -> None:
    slow = fake(tmp_path, "slow", "exec sleep 30")
    good = fake(tmp_path, "good", "echo '<svg/>'")
    assert isinstance(draw(DOT, "svg", (slow, good), timeout=0.2), NoImage)


def test_a_crash_is_told_with_its_last_line_and_the_next_program_is_tried(tmp_path: Path) -> None:
    broken = fake(tmp_path, "broken", "cat >/dev/null; echo one >&2; echo no plugins >&2; exit 3")
    good = fake(tmp_path, "good", "cat >/dev/null; printf '<svg/>'")
    assert draw(DOT, "svg", (broken,)) == NoImage("broken ended with code 3: no plugins")
    assert draw(DOT, "svg", (broken, good)) == Image(b"<svg/>", "good")


def test_a_program_that_cannot_start_or_gives_something_else_is_told(tmp_path: Path) -> None:
    absent = LayoutProgram("absent", str(tmp_path / "absent"), frozenset({"svg"}))
    assert draw(DOT, "svg", (absent,)) == NoImage(
        "absent could not be started: No such file or directory"
    )
    liar = fake(tmp_path, "liar", "cat >/dev/null; echo hello")
    assert draw(DOT, "png", (liar,)) == NoImage("liar gave no png")


def test_a_graph_with_a_mistake_is_no_drawing() -> None:
    outcome = draw("digraph {", "svg")
    assert isinstance(outcome, NoImage)
    assert "ended with code" in outcome.reason or "gave no svg" in outcome.reason


def test_what_a_hanging_program_started_is_stopped_as_well(tmp_path: Path) -> None:
    """`dot` is a script here and there, which waits for the real program."""
    script = fake(tmp_path, "dot", f"sleep 30 & echo $! >{tmp_path}/pid; wait")
    outcome = draw(DOT, "svg", (script,), timeout=0.5)
    assert outcome == NoImage("dot was stopped after 0.5 s")
    child = int((tmp_path / "pid").read_text())
    for _ in range(100):  # the system takes a moment to bury it
        if not is_running(child):
            return
        time.sleep(0.05)
    pytest.fail("the program's child is still running")


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    told = Path(f"/proc/{process}/stat")
    return not (told.exists() and ") Z " in told.read_text())


def test_a_check_goes_on_without_the_picture_of_a_hanging_program(tmp_path: Path) -> None:
    slow = fake(tmp_path, "dot", "exec sleep 30")
    result = check(SPECS / "peterson.yaml", reason=False)
    written = write_outputs(
        result.report, result.states, tmp_path,
        painter=partial(draw, programs=(slow,), timeout=0.2),
    )  # fmt: skip
    assert written.notes == ("no space.svg: dot was stopped after 0.2 s",)
    names = [path.name for path in written.files]
    assert "result.json" in names
    assert "space.dot" in names
    assert "space.svg" not in names
