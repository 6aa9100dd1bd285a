"""`model-check compare`: what it prints at each width, its JSON, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli_invoke import REPOSITORY, SPECS, Outcome, invoke, is_of_its_form
from model_check import CompareError, CompareResult, compare
from model_check.report.sequence.comparison import side_by_side
from model_check.report.words.columns import display_width

LEGACY, FIX = SPECS / "legacy.yaml", SPECS / "fix-both.yaml"


Run = Callable[..., Outcome]


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    """`model-check compare` with words, its pictures in a folder of the test's own."""

    def run(*words: object) -> Outcome:
        outcome = invoke("compare", *words, "--out", tmp_path / "out")
        assert "Traceback" not in outcome.err
        return outcome

    return run


@pytest.fixture(scope="module")
def on_fix() -> CompareResult:
    """The schedule of legacy on fix-both."""
    return compare(LEGACY, FIX)


def shown(outcome: Outcome) -> str:
    """What was printed, without the name of the file."""
    return outcome.out.partition("written:")[0]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_two_timelines_stand_side_by_side_at_every_width(width: int, on_fix: CompareResult) -> None:
    text = on_fix.text(width=width)
    lines = text.split("\n")
    assert max(display_width(line) for line in lines) <= width
    head = next(line for line in lines if line.startswith("turn"))
    first = next(line for line in lines if line.startswith("   1  ai_service"))
    place = head.index("fix-both")
    assert first[place:].startswith("save[7]")
    assert first[place - 2] == "≠"
    # Where there is room, what happened stands beside the step.
    assert ("PUBLISH" in first) == (width > 80)
    same = next(line for line in lines if line.startswith("  15  client"))
    assert "≠" not in same
    assert same[place:].startswith("show")
    assert "missing" in text
    assert "no_loss on this schedule: violated in legacy, holds in fix-both" in text


def test_the_fix_that_swaps_two_lines_fails_on_the_very_schedule() -> None:
    result = compare(LEGACY, SPECS / "fix-subscribe-first.yaml")
    assert not result
    assert result.report.second.verdicts["no_loss"] == "violated"
    assert result.report.second.trace.watch == {"missing": {7}}
    assert [turn.difference for turn in result.report.turns[:5]] == [
        "", "step", "step", "step", "",
    ]  # fmt: skip


def test_what_cannot_act_is_said_in_its_place() -> None:
    report = compare(LEGACY, SPECS / "fix-stream.yaml").report
    told = [turn.why for turn in report.turns if turn.second is None]
    assert told == ["waits at forward"] * 2 + ["has ended"] * 4 + ["waits at forward"] * 2
    assert [step.event for step in report.rest] == ["client.show#10"]


def test_a_process_that_one_spec_has_alone_is_named() -> None:
    text = compare(SPECS / "deadlock.yaml", SPECS / "peterson.yaml").text()
    assert "(there is no website)" in text
    assert "only in deadlock: website" in text
    assert "only in peterson: worker[1]" in text
    assert "peterson goes round for ever on this schedule" in text
    assert "peterson has no such property" in text


def test_names_are_looked_for_in_specs_and_beside_the_other_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(REPOSITORY)
    by_name = run("legacy", "fix-both")
    assert (by_name.code, by_name.err) == (0, "")
    monkeypatch.chdir(tmp_path)
    beside = run(LEGACY, "fix-both")
    assert beside.code == 0
    assert shown(beside) == shown(by_name)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (LEGACY, "fix-bith"),
            "no such spec: fix-bith (looked for fix-bith.yaml and specs/fix-bith.yaml and ",
        ),
        ((LEGACY, "fix-bith"), "; did you mean fix-both?"),
        ((SPECS, FIX), "this is a folder; name one spec"),
        ((FIX, LEGACY), "compare legacy with fix-both instead"),
        ((LEGACY, FIX, "--property", "no_los"), "legacy has no property no_los; did you mean"),
        ((LEGACY, FIX, "--property", "in_order"), "in_order is not violated in legacy"),
        ((LEGACY, FIX, "--trace", "absent.json"), "absent.json: no such file"),
        ((LEGACY, FIX, "--set", "TOTAL=0"), "TOTAL"),
        ((LEGACY, SPECS / "absent.yaml"), "absent.yaml"),
        ((LEGACY, SPECS / "peterson.yaml"), "legacy and peterson have no process in common"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_to_do(
    words: tuple[object, ...], message: str, run: Run
) -> None:
    outcome = run(*words)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.out == ""


def test_a_limit_before_the_violation_is_no_wrong_input(run: Run) -> None:
    outcome = run(LEGACY, FIX, "--max-states", "300")
    assert outcome.code == 3
    assert "the limit of 300 states was reached" in outcome.err


def test_a_limit_on_the_second_spec_leaves_it_undetermined(run: Run) -> None:
    outcome = run(LEGACY, SPECS / "fix-read-twice.yaml", "--max-states", "2000")
    assert outcome.code == 0
    assert outcome.out.count("undetermined in fix-read-twice") == 3
    assert "states looked at: the limit of 2,000 states was reached)" in outcome.out


@pytest.mark.parametrize("file", ["no_loss.itf.json", "result.json"])
def test_a_trace_from_a_file_gives_the_same(file: str, tmp_path: Path, run: Run) -> None:
    invoke(LEGACY, "--no-reason", "--no-draw", "--out", tmp_path)
    written = run(LEGACY, FIX, "--trace", tmp_path / "legacy" / file)
    assert shown(written) == shown(run(LEGACY, FIX))


@pytest.mark.parametrize("second", ["fix-both", "fix-stream", "peterson"])
def test_json_is_of_its_documented_form(second: str, run: Run) -> None:
    first = "deadlock" if second == "peterson" else "legacy"
    document = json.loads(run(SPECS / f"{first}.yaml", SPECS / f"{second}.yaml", "--json").out)
    is_of_its_form(document, "compare")
    assert document["schema"] == "model-check/compare/1"
    assert document["second"]["model"] == second


def test_plain_ascii_is_plain(run: Run) -> None:
    outcome = run(LEGACY, FIX, "--ascii")
    assert outcome.out.isascii()
    assert "! save[7]" in outcome.out


def test_two_processes_print_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-c", "from model_check.cli.main import main; main()", "compare",
             str(LEGACY), str(FIX), "--json", "--out", str(tmp_path)],
            capture_output=True, text=True, check=True, timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert printed[0] == printed[1]


def test_python_raises_what_the_command_says() -> None:
    with pytest.raises(CompareError, match="there is no trace to follow"):
        compare(FIX, LEGACY)


# --- the picture --------------------------------------------------------------------------------


def test_the_picture_stands_in_the_folder_of_the_first_spec(
    tmp_path: Path, run: Run, on_fix: CompareResult
) -> None:
    outcome = run(LEGACY, FIX)
    picture = tmp_path / "out" / "legacy" / "compare-legacy-fix-both.svg"
    assert "written:" in outcome.out
    text = picture.read_text(encoding="utf-8")
    assert text == on_fix.picture()
    ElementTree.fromstring(text)


def test_rows_of_a_turn_stand_at_the_same_height_and_say_what_differs(
    on_fix: CompareResult,
) -> None:
    first, second = side_by_side(on_fix.report)
    pairs = zip(first.groups, second.groups, strict=False)
    assert all((a.first, a.last, len(a.rows)) == (b.first, b.last, len(b.rows)) for a, b in pairs)
    text = on_fix.picture()
    # 1 to 5, two rows of 6 to 11, 12 to 14, and 21 to 23; 15 to 20 are alike.
    assert text.count("≠") == 9
    assert "no_loss is violated on this schedule" in text
    assert "no_loss holds on this schedule" in text
    assert "the schedule is over: fix-both goes on to its end" in text


def test_where_a_turn_passes_the_picture_says_why() -> None:
    text = compare(LEGACY, SPECS / "fix-stream.yaml").picture()
    assert "(waits at forward)" in text
    assert "(has ended)" in text
    text = compare(SPECS / "deadlock.yaml", SPECS / "peterson.yaml").picture()
    assert "(there is no website)" in text
    assert "it has no property all_drawn" in text
    assert "No end: after step " in text
    assert ">for ever</text>" in text


def test_a_hostile_name_is_only_text_in_the_picture(tmp_path: Path) -> None:
    text = LEGACY.read_text(encoding="utf-8").replace("chat:stream:", "<script>&amp;")
    evil = tmp_path / "evil.yaml"
    evil.write_text(text.replace("model: legacy", "model: evil"), encoding="utf-8")
    picture = compare(evil, evil).picture()
    assert "<script>" not in picture
    ElementTree.fromstring(picture)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    outcome = run(LEGACY, FIX)
    assert outcome.code == 2
